import type { KubeObject } from '../../apis/meta/v1.ts';
import { CONTROL_PLANE_ANNOTATION } from '../../apis/well-known.ts';
import type { Client, ObjectRef } from '../kube/client.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../kube/core-kinds.ts';
import { optional } from '../kube/optional.ts';
import type { Resource } from '../kube/resource.ts';
import type { ControlPlane } from './control-plane.ts';
import { type EnsureOptions, ensure, type Outcome, ownerOf } from './ensure.ts';
import {
  type BindingObject,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  type PolicyRule,
  RBAC_GROUP,
  ROLE_BINDINGS,
  ROLES,
  type RoleObject,
} from './kinds.ts';
import { clusterRoleOf, type MemberNames } from './names.ts';

/** Annotation on the member's role that grants the kinds: what was asked for when it was made, so that widening it asks for the same. */
export const RBAC_MODE_ANNOTATION = 'fedmesh.io/rbac';

export type RbacMode = 'types' | 'types+rbac' | 'full';

/** The mode that was asked for; without a word about it the one that the member has. */
export function modeFor(
  asked: { readonly rbac?: 'types' | 'full'; readonly allowRbacPropagation: boolean },
  present: RbacMode | undefined,
): RbacMode {
  if (asked.rbac === 'full') return 'full';
  if (asked.rbac === undefined && present !== undefined && !asked.allowRbacPropagation) return present;
  return asked.allowRbacPropagation ? 'types+rbac' : 'types';
}

/** The mode of the role that a member has, if it has one of ours. */
export async function presentMode(member: Client, rights: Rights, signal: AbortSignal): Promise<RbacMode | undefined> {
  const { resource, ref } = grantingRole(rights);
  const role = await optional(member.get<RoleObject>(resource, ref, { signal }));
  const mode = role?.metadata.annotations?.[RBAC_MODE_ANNOTATION];
  return mode === 'full' || mode === 'types+rbac' || mode === 'types' ? mode : undefined;
}

/**
 * A control plane's rights in one member, and how they hang together. Whatever goes last takes the rest along, because by
 * then there is no right left to remove it with:
 *
 *     Namespace (only if join made it) → ClusterRoleBinding → ClusterRole
 *     ServiceAccount → RoleBinding, Role
 *
 * Where the control plane's scope is the cluster, the ClusterRole grants the federated kinds; else the Role does.
 */
export interface Rights {
  readonly names: MemberNames;
  /** The control plane's namespace in the member. */
  readonly namespace: string;
  readonly controlPlane: ControlPlane;
}

/** The name of the ClusterRole and its binding. */
export function clusterRoleNameOf({ names, namespace, controlPlane }: Rights): string {
  return clusterRoleOf(names, { namespace, scope: controlPlane.scope });
}

/** The role that grants the federated kinds. */
export function grantingRole({ names, namespace, controlPlane }: Rights): { resource: Resource; ref: ObjectRef } {
  return controlPlane.scope === 'Cluster'
    ? { resource: CLUSTER_ROLES, ref: { name: names.role } }
    : { resource: ROLES, ref: { namespace, name: names.role } };
}

export function desiredServiceAccount({ names, namespace, controlPlane }: Rights): KubeObject {
  return {
    metadata: { name: names.serviceAccount, namespace, annotations: { [CONTROL_PLANE_ANNOTATION]: controlPlane.uid } },
    // Its tokens are asked for one by one; no Pod is to get one by accident.
    automountServiceAccountToken: false,
  };
}

export function desiredClusterRole(rights: Rights, rules: PolicyRule[], mode: RbacMode): RoleObject {
  return { metadata: { name: clusterRoleNameOf(rights), annotations: roleMarks(rights, 'Cluster', mode) }, rules };
}

function roleMarks(rights: Rights, scope: 'Cluster' | 'Namespaced', mode: RbacMode): Record<string, string> {
  const isGranting = rights.controlPlane.scope === scope;
  return { ...withControlPlane(rights), ...(isGranting ? { [RBAC_MODE_ANNOTATION]: mode } : {}) };
}

function bindingTo(rights: Rights, kind: 'ClusterRole' | 'Role'): Pick<BindingObject, 'roleRef' | 'subjects'> {
  const { names, namespace } = rights;
  return {
    roleRef: { apiGroup: RBAC_GROUP, kind, name: kind === 'Role' ? names.role : clusterRoleNameOf(rights) },
    subjects: [{ kind: 'ServiceAccount', name: names.serviceAccount, namespace }],
  };
}

function withControlPlane({ controlPlane }: Rights): Record<string, string> {
  return { [CONTROL_PLANE_ANNOTATION]: controlPlane.uid };
}

/** `namespace`: the member's namespace when join made it, so that the binding goes with it. */
export function desiredClusterRoleBinding(rights: Rights, namespace: KubeObject | undefined): BindingObject {
  return {
    metadata: {
      name: clusterRoleNameOf(rights),
      annotations: withControlPlane(rights),
      ...(namespace === undefined ? {} : { ownerReferences: [ownerOf(NAMESPACES, namespace)] }),
    },
    ...bindingTo(rights, 'ClusterRole'),
  };
}

/** Lets the ClusterRole go with its binding. */
export async function bindClusterRoleLife(
  member: Client,
  rights: Rights,
  binding: KubeObject,
  options: EnsureOptions,
): Promise<Outcome> {
  const desired: RoleObject = {
    metadata: { name: clusterRoleNameOf(rights), ownerReferences: [ownerOf(CLUSTER_ROLE_BINDINGS, binding)] },
  };
  return (await ensure<RoleObject>(member, CLUSTER_ROLES, desired, options)).outcome;
}

export function desiredRole(
  rights: Rights,
  serviceAccount: KubeObject,
  rules: PolicyRule[],
  mode: RbacMode,
): RoleObject {
  return {
    metadata: {
      name: rights.names.role,
      namespace: rights.namespace,
      annotations: roleMarks(rights, 'Namespaced', mode),
      ownerReferences: [ownerOf(SERVICE_ACCOUNTS, serviceAccount)],
    },
    rules,
  };
}

export function desiredRoleBinding(rights: Rights, serviceAccount: KubeObject): BindingObject {
  return {
    metadata: {
      name: rights.names.role,
      namespace: rights.namespace,
      annotations: withControlPlane(rights),
      ownerReferences: [ownerOf(SERVICE_ACCOUNTS, serviceAccount)],
    },
    ...bindingTo(rights, 'Role'),
  };
}

/** What join puts into the control plane's namespace in a member: no reason to keep that namespace. */
export function ownContents({ names }: Rights): { resource: string; name: string }[] {
  return [
    { resource: 'serviceaccounts', name: names.serviceAccount },
    { resource: `${ROLES.plural}.${RBAC_GROUP}`, name: names.role },
    { resource: `${ROLE_BINDINGS.plural}.${RBAC_GROUP}`, name: names.role },
    // KubeFed v0.10.0 keeps the ServiceAccount's token in a Secret of its name.
    { resource: 'secrets', name: names.serviceAccount },
  ];
}
