import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION } from '../../apis/well-known.ts';
import { type Secret, TOKEN_KEY, tokenOf } from '../clusters/endpoint.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from '../kube/core-kinds.ts';
import { isNotFound } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import type { Resource } from '../kube/resource.ts';
import { checkToken } from './connection-check.ts';
import { ensure } from './ensure.ts';
import { MembershipError } from './errors.ts';
import { forgetUnusedSecrets } from './host-records.ts';
import { CLUSTER_ANNOTATION } from './identity.ts';
import { CLUSTER_UID_ANNOTATION, desiredSpec, type JoinPlan } from './join-plan.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, type RoleObject } from './kinds.ts';
import {
  bindClusterRoleLife,
  clusterRoleNameOf,
  desiredClusterRole,
  desiredClusterRoleBinding,
  desiredRole,
  desiredRoleBinding,
  desiredServiceAccount,
} from './rights.ts';
import { type MemberRules, memberRules } from './role.ts';
import type { Step } from './steps.ts';
import { claimsOf, renewalTime, requestToken, TOKEN_EXPIRES_ANNOTATION, TOKEN_ISSUED_ANNOTATION } from './token.ts';

/** What one step leaves for those after it. */
interface Made {
  /** The member's namespace, when join made it. */
  ownNamespace?: KubeObject;
  serviceAccount: KubeObject;
  token?: string;
}

/** The steps of a join, in the order in which an interruption does least harm: the KubeFedCluster comes last. */
export function joinSteps(plan: JoinPlan): Step[] {
  const made: Made = { serviceAccount: desiredServiceAccount(plan.rights) };
  return [
    namespaceStep(plan, made),
    serviceAccountStep(plan, made),
    clusterRoleStep(plan, made),
    clusterRoleBindingStep(plan, made),
    roleStep(plan, made),
    roleBindingStep(plan, made),
    tokenStep(plan, made),
    ...(plan.reachable && plan.request.dryRun !== true ? [connectionStep(plan, made)] : []),
    clusterStep(plan),
  ];
}

function namespaceStep(plan: JoinPlan, made: Made): Step {
  const { rights, request, isHost } = plan;
  const { member, signal, dryRun } = request;
  const { uid } = rights.controlPlane;
  return inMember(plan, `Namespace ${rights.namespace}`, {
    async apply() {
      const ref = { name: rights.namespace };
      const present = await optional(member.get<KubeObject>(NAMESPACES, ref, { signal }));
      if (present?.metadata.deletionTimestamp !== undefined) throw isTerminating(plan);
      if (present !== undefined) {
        const isOurs = !isHost && present.metadata.annotations?.[CREATED_BY_ANNOTATION] === uid;
        if (isOurs) made.ownNamespace = present;
        return 'unchanged';
      }
      const desired = { metadata: { name: rights.namespace, annotations: { [CREATED_BY_ANNOTATION]: uid } } };
      const { object, outcome } = await ensure<KubeObject>(member, NAMESPACES, desired, writing(signal, dryRun));
      made.ownNamespace = object;
      return outcome;
    },
    undo: (undoSignal) => remove(member, NAMESPACES, made.ownNamespace, undoSignal),
  });
}

function isTerminating({ rights, request }: JoinPlan): MembershipError {
  return new MembershipError(
    'Leaving',
    `namespace "${rights.namespace}" of cluster "${request.name}" is just being deleted`,
    {
      cluster: request.name,
      hint: 'run the command again when it is gone',
    },
  );
}

function serviceAccountStep(plan: JoinPlan, made: Made): Step {
  const { rights, request } = plan;
  const { member, signal, dryRun } = request;
  return inMember(plan, `ServiceAccount ${rights.namespace}/${rights.names.serviceAccount}`, {
    async apply() {
      const desired = desiredServiceAccount(rights);
      const { object, outcome } = await ensure(member, SERVICE_ACCOUNTS, desired, writing(signal, dryRun));
      made.serviceAccount = object;
      return outcome;
    },
    undo: (undoSignal) => remove(member, SERVICE_ACCOUNTS, made.serviceAccount, undoSignal),
  });
}

function rulesFor({ rights, types, mode, probes, mesh }: JoinPlan, made: Made): MemberRules {
  const { names, namespace, controlPlane } = rights;
  return memberRules({
    ...{ names, namespace, types, scope: controlPlane.scope },
    ownsNamespace: made.ownNamespace !== undefined,
    allowRbac: mode === 'types+rbac',
    probes,
    full: mode === 'full',
    mesh,
  });
}

function clusterRoleStep(plan: JoinPlan, made: Made): Step {
  const { rights, request, mode } = plan;
  const { member, signal, dryRun } = request;
  let object: RoleObject | undefined;
  return inMember(plan, `ClusterRole ${clusterRoleNameOf(rights)}`, {
    async apply() {
      const desired = desiredClusterRole(rights, rulesFor(plan, made).cluster, mode);
      const result = await ensure<RoleObject>(member, CLUSTER_ROLES, desired, writing(signal, dryRun));
      object = result.object;
      return result.outcome;
    },
    undo: (undoSignal) => remove(member, CLUSTER_ROLES, object, undoSignal),
  });
}

function clusterRoleBindingStep(plan: JoinPlan, made: Made): Step {
  const { rights, request } = plan;
  const { member, signal, dryRun } = request;
  let object: KubeObject | undefined;
  return inMember(plan, `ClusterRoleBinding ${clusterRoleNameOf(rights)}`, {
    async apply() {
      const desired = desiredClusterRoleBinding(rights, made.ownNamespace);
      const result = await ensure(member, CLUSTER_ROLE_BINDINGS, desired, writing(signal, dryRun));
      object = result.object;
      if (dryRun === true) return result.outcome;
      const bound = await bindClusterRoleLife(member, rights, result.object, { signal });
      return result.outcome === 'unchanged' ? bound : result.outcome;
    },
    undo: (undoSignal) => remove(member, CLUSTER_ROLE_BINDINGS, object, undoSignal),
  });
}

function roleStep(plan: JoinPlan, made: Made): Step {
  const { rights, request, mode } = plan;
  const { member, signal, dryRun } = request;
  let object: KubeObject | undefined;
  return inMember(plan, `Role ${rights.namespace}/${rights.names.role}`, {
    async apply() {
      const desired = desiredRole(rights, made.serviceAccount, rulesFor(plan, made).namespaced, mode);
      const result = await ensure(member, ROLES, desired, writing(signal, dryRun));
      object = result.object;
      return result.outcome;
    },
    undo: (undoSignal) => remove(member, ROLES, object, undoSignal),
  });
}

function roleBindingStep(plan: JoinPlan, made: Made): Step {
  const { rights, request } = plan;
  const { member, signal, dryRun } = request;
  let object: KubeObject | undefined;
  return inMember(plan, `RoleBinding ${rights.namespace}/${rights.names.role}`, {
    async apply() {
      const desired = desiredRoleBinding(rights, made.serviceAccount);
      const result = await ensure(member, ROLE_BINDINGS, desired, writing(signal, dryRun));
      object = result.object;
      return result.outcome;
    },
    undo: (undoSignal) => remove(member, ROLE_BINDINGS, object, undoSignal),
  });
}

function tokenStep(plan: JoinPlan, made: Made): Step {
  const { request, rights, secretName } = plan;
  const { host, member, signal, namespace, dryRun, clock } = request;
  let object: Secret | undefined;
  return inHost(`Secret ${namespace}/${secretName} with a token`, {
    async apply() {
      const present = await optional(host.get<Secret>(SECRETS, { namespace, name: secretName }, { signal }));
      if (present !== undefined) assertForThisMember(plan, present);
      const token = tokenOf(present);
      if (isGood(token, made.serviceAccount, clock.now())) {
        made.token = token;
        return 'unchanged';
      }
      if (dryRun === true) return present === undefined ? 'created' : 'updated';
      const account = { namespace: rights.namespace, name: rights.names.serviceAccount };
      const issued = await requestToken(member, account, { now: clock.now(), signal });
      made.token = issued.token;
      const desired: Secret = {
        metadata: {
          name: secretName,
          namespace,
          annotations: {
            [CLUSTER_ANNOTATION]: request.name,
            [TOKEN_ISSUED_ANNOTATION]: issued.issued,
            [TOKEN_EXPIRES_ANNOTATION]: issued.expires,
          },
        },
        data: { ...present?.data, [TOKEN_KEY]: Buffer.from(issued.token, 'utf8').toString('base64') },
      };
      const result = await ensure<Secret>(host, SECRETS, desired, { signal });
      object = result.object;
      return result.outcome;
    },
    undo: (undoSignal) => remove(host, SECRETS, object, undoSignal),
  });
}

function assertForThisMember({ request, present, secretName }: JoinPlan, secret: Secret): void {
  const cluster = secret.metadata.annotations?.[CLUSTER_ANNOTATION];
  const isReferred = present?.spec.secretRef.name === secretName;
  // Also one that was asked for by name: its token would be lost, and all of it with the member's unjoin.
  if (cluster === request.name || isReferred) return;
  throw new MembershipError('NameTaken', `Secret "${secretName}" in the host belongs to something else`, {
    cluster: request.name,
    hint: 'choose another name with --secret-name',
  });
}

/** Whether a token is this ServiceAccount's and has most of its life before it. */
function isGood(token: string | undefined, account: KubeObject, now: number): token is string {
  const claims = token === undefined ? undefined : claimsOf(token);
  if (claims === undefined) return false;
  if (claims.uid !== account.metadata.uid || claims.serviceAccount !== account.metadata.name) return false;
  const { issuedAt, expiresAt } = claims;
  return expiresAt === undefined || now < renewalTime({ issuedAt: issuedAt ?? now, expiresAt });
}

/** The last moment to find out that the controller would not be let in. */
function connectionStep(plan: JoinPlan, made: Made): Step {
  const { request, apiEndpoint } = plan;
  const { name, clock, signal } = request;
  return inMember(plan, `${apiEndpoint} with that token`, {
    async apply() {
      await checkToken({ cluster: name, spec: desiredSpec(plan), clock, signal }, made.token ?? '');
      return 'verified';
    },
  });
}

function clusterStep(plan: JoinPlan): Step {
  const { request, rights } = plan;
  const { host, signal, namespace, name, dryRun } = request;
  let object: KubeFedCluster | undefined;
  return inHost(`KubeFedCluster ${namespace}/${name}`, {
    async apply() {
      const desired: KubeFedCluster = {
        metadata: {
          name,
          namespace,
          ...(request.labels === undefined ? {} : { labels: { ...request.labels } }),
          annotations: { [CLUSTER_UID_ANNOTATION]: plan.clusterUid },
        },
        spec: desiredSpec(plan),
      };
      const result = await ensure(host, KUBEFED_CLUSTERS, desired, writing(signal, dryRun));
      object = result.object;
      assertKept(plan, result.object);
      if (dryRun !== true && result.outcome === 'updated') await forgetUnusedSecrets(host, result.object, signal);
      return result.outcome;
    },
    undo: (undoSignal) => remove(host, KUBEFED_CLUSTERS, object, undoSignal),
  });

  function assertKept({ request: { tlsServerName, network } }: JoinPlan, stored: KubeFedCluster): void {
    if (tlsServerName !== undefined && stored.spec.tlsServerName !== tlsServerName) throw tooNarrow('TLS server name');
    if (network !== undefined && stored.spec.network === undefined) throw tooNarrow('address ranges of members');
  }

  function tooNarrow(what: string): MembershipError {
    return new MembershipError('CrdTooNarrow', `the host keeps no ${what}: its KubeFedCluster CRD does not know it`, {
      cluster: name,
      hint: `\`fedctl init\` widens the CRD; namespace "${rights.namespace}" and all that is in it stay as they are`,
    });
  }
}

type Work = Pick<Step, 'apply' | 'undo'>;

function inMember({ request }: JoinPlan, name: string, work: Work): Step {
  return { name, where: request.name, ...work };
}

function inHost(name: string, work: Work): Step {
  return { name, where: 'host', ...work };
}

function writing(signal: AbortSignal, dryRun: boolean | undefined): { signal: AbortSignal; dryRun: boolean } {
  return { signal, dryRun: dryRun ?? false };
}

/** Takes back what was created: that very object, and no other of its name. */
async function remove(
  client: Client,
  resource: Resource,
  object: KubeObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = object?.metadata ?? {};
  if (name === undefined || uid === undefined) return;
  try {
    await client.delete(
      resource,
      { name, ...(namespace === undefined ? {} : { namespace }) },
      { preconditions: { uid }, propagationPolicy: 'Background', signal },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
