import type { ClusterNetworkSpec } from '../../apis/core/v1beta1/cluster-network.ts';
import {
  KUBEFED_CLUSTERS,
  type KubeFedCluster,
  type KubeFedClusterSpec,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { MESH_CONFIG_NAME, MESH_CONFIGS, type MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import type { Endpoint } from '../kube/endpoint.ts';
import { isForbidden } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import { probeSettingsOf } from '../network/reachability/settings.ts';
import type { Clock } from '../time/clock.ts';
import { checkAddress } from './connection-check.ts';
import type { ControlPlane } from './control-plane.ts';
import { MembershipError } from './errors.ts';
import { assertNoOtherControlPlane, type Neighbour } from './foreign-rights.ts';
import { enabledTypes, readTypeConfigs } from './granted-types.ts';
import { readMeshNeeds } from './mesh-needs.ts';
import { clusterNameFault, memberNames, secretNameOf } from './names.ts';
import type { MeshNeeds } from './network-rules.ts';
import { isLoopback } from './reach.ts';
import { modeFor, presentMode, type RbacMode, type Rights } from './rights.ts';
import { type GrantedType, withheldTypes } from './role.ts';
import type { StepReport } from './steps.ts';

/** Annotation on a KubeFedCluster: UID of the member's kube-system namespace, by which the cluster is known again. */
export const CLUSTER_UID_ANNOTATION = 'fedmesh.io/cluster-uid';

export interface JoinRequest {
  name: string;
  /** The host's part in the names of what is made in the member. */
  hostName: string;
  host: Client;
  /** URL of the host's API server, as this process reaches it. */
  hostServer: string;
  /** Acts with the rights of the person who joins. */
  member: Client;
  /** How `member` is reached; what the request does not say otherwise goes into the KubeFedCluster. */
  memberEndpoint: Endpoint;
  /** The control plane's namespace, in the host and in the member. */
  namespace: string;
  /** How the controller reaches the member, when it is not as this process does. */
  apiEndpoint?: string;
  tlsServerName?: string;
  proxyUrl?: string;
  /** Declared address ranges and policy; what it does not speak of stays as it is. */
  network?: ClusterNetworkSpec;
  labels?: Readonly<Record<string, string>>;
  secretName?: string;
  /** Refuse instead of mending what is there. */
  errorOnExisting?: boolean;
  /** Without it a member that is mended keeps the mode that it has. */
  rbac?: 'types' | 'full';
  allowRbacPropagation: boolean;
  /** Nothing is written; the reports say what would be. */
  dryRun?: boolean;
  clock: Clock;
  signal: AbortSignal;
  onStep?: (report: StepReport) => void;
  onWarning?: (message: string) => void;
}

/** All that is known before the first write. */
export interface JoinPlan {
  readonly request: JoinRequest;
  /** What the member's role is to cover. */
  readonly mode: RbacMode;
  /** The KubeFedCluster, when there is one: something is being mended. */
  readonly present: KubeFedCluster | undefined;
  readonly rights: Rights;
  readonly clusterUid: string;
  readonly isHost: boolean;
  readonly types: readonly GrantedType[];
  /** Whether its probes are to be asked. */
  readonly probes: boolean;
  /** What the mesh between the members asks of the role; undefined: there is none. */
  readonly mesh: MeshNeeds | undefined;
  /** Federated kinds that the role is not to cover. */
  readonly withheld: readonly GrantedType[];
  readonly apiEndpoint: string;
  readonly secretName: string;
  /** This process reaches the member at `apiEndpoint`. Another than the kubeconfig's may be for the controller alone. */
  readonly reachable: boolean;
}

export function assertName(name: string): void {
  const fault = clusterNameFault(name);
  if (fault === undefined) return;
  throw new MembershipError('InvalidName', `"${name}" is not a name for a cluster: it ${fault}`, {
    cluster: name,
    hint: 'give the member any valid name, and its context with --cluster-context',
  });
}

/** The kubeconfig's 127.0.0.1 is right for this process, and most likely wrong for the controller. */
export function warnOfLoopback(request: JoinRequest, present: KubeFedCluster | undefined): void {
  const server = request.apiEndpoint ?? present?.spec.apiEndpoint ?? request.memberEndpoint.server;
  const proxy = request.proxyUrl ?? present?.spec.proxyURL ?? '';
  if (!isLoopback(server) || proxy !== '') return;
  if (!isLoopback(request.hostServer)) {
    throw new MembershipError(
      'UnreachableFromController',
      `cluster "${request.name}" is ${server} here, but that address means another machine to the controller in the host`,
      {
        cluster: request.name,
        hint: 'give the address by which the host reaches it with --api-endpoint',
      },
    );
  }
  // Whoever mends a membership has been told.
  if (present?.spec.apiEndpoint === server) return;
  request.onWarning?.(
    `${server} is reached only by a controller on this machine; --api-endpoint gives another address`,
  );
}

export async function readPresent(request: JoinRequest): Promise<KubeFedCluster | undefined> {
  const { host, name, namespace, signal } = request;
  const present = await optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace, name }, { signal }));
  if (present?.metadata.deletionTimestamp !== undefined) {
    throw new MembershipError('Leaving', `cluster "${name}" is just leaving the federation`, {
      cluster: name,
      hint: `wait until it has left; \`fedctl unjoin ${name}\` shows how far it is`,
    });
  }
  if (present !== undefined && request.errorOnExisting === true) {
    throw new MembershipError('AlreadyExists', `cluster "${name}" has joined already`, {
      cluster: name,
      hint: 'without --error-on-existing, join mends what is missing',
    });
  }
  return present;
}

export async function planJoin(
  request: JoinRequest,
  controlPlane: ControlPlane,
  present: KubeFedCluster | undefined,
): Promise<JoinPlan> {
  const { name, host, member, memberEndpoint, namespace, signal } = request;
  const kubeSystem = await member.get<KubeObject>(NAMESPACES, { name: 'kube-system' }, { signal });
  const clusterUid = kubeSystem.metadata.uid ?? '';
  const known = await assertSameCluster(request, present, clusterUid);
  const rights = { names: memberNames(name, request.hostName), namespace, controlPlane };
  for (const neighbour of await assertNoOtherControlPlane(member, { cluster: name, rights, known }, signal)) {
    request.onWarning?.(besideAnother(name, neighbour));
  }
  const types = enabledTypes(await readTypeConfigs(host, namespace, signal), controlPlane);
  const mesh = await readMeshNeeds(host, namespace, signal);
  const mode = modeFor(request, await presentMode(member, rights, signal));
  const plan = {
    request,
    mode,
    present,
    rights,
    clusterUid,
    isHost: clusterUid !== '' && clusterUid === controlPlane.hostClusterUid,
    types,
    probes: await isProbing(request),
    mesh,
    withheld: mode === 'full' ? [] : withheldTypes(types, { allowRbac: mode === 'types+rbac' }),
    apiEndpoint: request.apiEndpoint ?? present?.spec.apiEndpoint ?? memberEndpoint.server,
    secretName: request.secretName ?? present?.spec.secretRef.name ?? secretNameOf(name),
  };
  const { clock, onWarning } = request;
  const unreachable = await checkAddress({ cluster: name, spec: desiredSpec(plan), clock, signal });
  if (unreachable !== undefined) {
    onWarning?.(
      `${plan.apiEndpoint} does not answer here (${unreachable}): whether the controller reaches it shows later`,
    );
  }
  return { ...plan, reachable: unreachable === undefined };
}

async function isProbing({ host, namespace, signal }: JoinRequest): Promise<boolean> {
  const ref = { namespace, name: MESH_CONFIG_NAME };
  try {
    return probeSettingsOf(await optional(host.get<MeshConfig>(MESH_CONFIGS, ref, { signal }))) !== undefined;
  } catch (error) {
    // Who may not see it joins without; the conditions of the member tell then what is missing.
    if (isForbidden(error)) return false;
    throw error;
  }
}

function besideAnother(cluster: string, { clusterRole, onlyIn }: Neighbour): string {
  const where = onlyIn === undefined ? 'every namespace' : `namespace "${onlyIn}"`;
  return (
    `another control plane federates ${where} of "${cluster}" too (ClusterRole "${clusterRole}"): what either creates is left alone by ` +
    'the other; let them not adopt the same objects'
  );
}

/**
 * That the name does not belong to another cluster, and the cluster to no other name.
 * @returns whether the host knows this cluster under this name.
 */
async function assertSameCluster(
  request: JoinRequest,
  present: KubeFedCluster | undefined,
  clusterUid: string,
): Promise<boolean> {
  const { name, host, namespace, memberEndpoint, signal } = request;
  const members = (await host.listAll<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace, signal })).items;
  const other = members.find(
    ({ metadata }) => metadata.name !== name && metadata.annotations?.[CLUSTER_UID_ANNOTATION] === clusterUid,
  );
  if (other !== undefined) {
    throw new MembershipError('AlreadyJoined', `cluster "${name}" has joined already, as "${other.metadata.name}"`, {
      cluster: name,
      hint: `one cluster is one member: \`fedctl unjoin ${other.metadata.name}\` first, or go on using that name`,
    });
  }
  if (present === undefined) return false;
  const knownUid = present.metadata.annotations?.[CLUSTER_UID_ANNOTATION];
  const sameAddress = present.spec.apiEndpoint === (request.apiEndpoint ?? memberEndpoint.server);
  if (knownUid === undefined ? sameAddress : knownUid === clusterUid) return true;
  throw new MembershipError('NameTaken', `another cluster has joined as "${name}": ${present.spec.apiEndpoint}`, {
    cluster: name,
    hint: 'choose another name and give the context with --cluster-context, or unjoin the other one first',
  });
}

/** How the controller reaches the member: as this process does, but for what the request says otherwise. */
export function desiredSpec({
  request,
  present,
  apiEndpoint,
  secretName,
}: Omit<JoinPlan, 'reachable'>): KubeFedClusterSpec {
  const { tls, proxyUrl } = request.memberEndpoint;
  const tlsServerName = request.tlsServerName ?? present?.spec.tlsServerName ?? tls.serverName;
  const proxyURL = request.proxyUrl ?? present?.spec.proxyURL ?? proxyUrl;
  const { proxyURL: _former, ...kept } = present?.spec ?? {};
  return {
    ...kept,
    apiEndpoint,
    secretRef: { name: secretName },
    ...(tls.ca === undefined ? {} : { caBundle: Buffer.from(tls.ca, 'utf8').toString('base64') }),
    ...(tls.skip?.all === true ? { disabledTLSValidations: ['*'] } : {}),
    // An empty one says that there is none, whatever the kubeconfig or an earlier join said.
    ...(proxyURL === undefined || proxyURL === '' ? {} : { proxyURL }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(request.network === undefined ? {} : { network: { ...present?.spec.network, ...request.network } }),
  };
}
