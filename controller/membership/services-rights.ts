import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import { MULTICLUSTER_GROUP, SERVICE_EXPORTS } from '../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS } from '../../apis/multicluster/service-import.ts';
import { CONTROL_PLANE_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { type EnsureOptions, ensure, type Outcome, ownerOf } from './ensure.ts';
import { MembershipError } from './errors.ts';
import {
  type BindingObject,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  type PolicyRule,
  RBAC_GROUP,
  type RoleObject,
} from './kinds.ts';
import { clusterRoleNameOf, type Rights } from './rights.ts';

const OBJECT_VERBS = ['get', 'list', 'watch', 'create', 'update', 'delete'];

/** What multi-cluster Services need in a member. Whoever may write EndpointSlices can send a Service's traffic anywhere: hence only on request. */
export const SERVICES_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['services'], verbs: OBJECT_VERBS },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: OBJECT_VERBS },
  // OpenShift asks for it where addresses are those of Pods.
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices/restricted'], verbs: ['create'] },
  { apiGroups: [MULTICLUSTER_GROUP], resources: ['serviceimports'], verbs: OBJECT_VERBS },
  // Those that `fedctl export` made go with the membership.
  { apiGroups: [MULTICLUSTER_GROUP], resources: ['serviceexports'], verbs: ['get', 'list', 'watch', 'delete'] },
  { apiGroups: [MULTICLUSTER_GROUP], resources: ['serviceexports/status', 'serviceimports/status'], verbs: ['update'] },
  {
    apiGroups: [CUSTOM_RESOURCE_DEFINITIONS.group],
    resources: [CUSTOM_RESOURCE_DEFINITIONS.plural],
    resourceNames: [groupResourceOf(SERVICE_EXPORTS), groupResourceOf(SERVICE_IMPORTS)],
    verbs: ['get', 'delete'],
  },
];

/** ClusterRole and ClusterRoleBinding of these rights in a member. They belong to the membership's own, and go with it. */
export function servicesRoleName({ names }: Rights): string {
  return `fedmesh-services:${names.serviceAccount}`;
}

/** `member` acts with a person's rights: a control plane cannot widen its own. */
export async function grantServices(member: Client, rights: Rights, options: EnsureOptions): Promise<Outcome> {
  const { names, namespace, controlPlane } = rights;
  const holder = await optional(
    member.get<BindingObject>(CLUSTER_ROLE_BINDINGS, { name: clusterRoleNameOf(rights) }, { signal: options.signal }),
  );
  if (holder === undefined) {
    throw new MembershipError('NotJoined', `cluster "${member.cluster}" grants this control plane nothing yet`, {
      cluster: member.cluster,
      hint: 'join it first (again): `fedctl join`',
    });
  }
  const name = servicesRoleName(rights);
  const metadata = {
    name,
    annotations: { [CONTROL_PLANE_ANNOTATION]: controlPlane.uid },
    ownerReferences: [ownerOf(CLUSTER_ROLE_BINDINGS, holder)],
  };
  const role: RoleObject = { metadata, rules: SERVICES_RULES.map((rule) => ({ ...rule })) };
  const binding: BindingObject = {
    metadata,
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: names.serviceAccount, namespace }],
  };
  const first = await ensure<RoleObject>(member, CLUSTER_ROLES, role, options);
  const second = await ensure<BindingObject>(member, CLUSTER_ROLE_BINDINGS, binding, options);
  return first.outcome === 'unchanged' ? second.outcome : first.outcome;
}

/** From then on the controller writes nothing of multi-cluster Services in the member. */
export async function revokeServices(member: Client, rights: Rights, signal: AbortSignal): Promise<void> {
  for (const kind of [CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES]) {
    try {
      await member.delete(kind, { name: servicesRoleName(rights) }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
