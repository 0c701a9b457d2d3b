import type { KubeObject } from '../../apis/meta/v1.ts';
import { CONTROL_PLANE_ANNOTATION, CREATED_BY_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import { optional } from '../kube/optional.ts';
import { ensure, type Outcome } from './ensure.ts';
import type { RoleObject } from './kinds.ts';
import type { MeshNeeds } from './network-rules.ts';
import { grantingRole, RBAC_MODE_ANNOTATION, type Rights } from './rights.ts';
import { type GrantedType, grantsEverything, grantsProbes, memberRules } from './role.ts';

export interface WidenInput {
  readonly rights: Rights;
  /** The targets of all enabled type configs, the new ones included. */
  readonly types: readonly GrantedType[];
  /** What the mesh between the members asks of it. */
  readonly mesh?: MeshNeeds | undefined;
  /** Grants roles and bindings too, also where join did not. */
  readonly allowRbac?: boolean;
  /** Grants what asking probes takes, also where join did not. */
  readonly probes?: boolean;
  readonly dryRun?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes a member's role cover the kinds that are federated now. `member` acts with a person's rights: a control plane cannot
 * widen its own. A role that grants everything, or that is not there, stays as it is.
 */
export async function widenRole(member: Client, input: WidenInput): Promise<Outcome> {
  const { rights, types, dryRun, signal } = input;
  const { names, namespace, controlPlane } = rights;
  const { scope } = controlPlane;
  const { resource, ref } = grantingRole(rights);
  const present = await optional(member.get<RoleObject>(resource, ref, { signal }));
  if (present === undefined || grantsEverything(present.rules ?? [])) return 'unchanged';
  const mode = present.metadata.annotations?.[RBAC_MODE_ANNOTATION];
  const allowRbac = input.allowRbac === true || mode === 'types+rbac';
  const home = await optional(member.get<KubeObject>(NAMESPACES, { name: namespace }, { signal }));
  const ownsNamespace = home?.metadata.annotations?.[CREATED_BY_ANNOTATION] === rights.controlPlane.uid;
  const probes = input.probes === true || grantsProbes(present.rules ?? []);
  const rules = memberRules({
    names,
    scope,
    namespace,
    types,
    ownsNamespace,
    allowRbac,
    probes,
    full: false,
    mesh: input.mesh,
  });
  const annotations = {
    [CONTROL_PLANE_ANNOTATION]: controlPlane.uid,
    [RBAC_MODE_ANNOTATION]: allowRbac ? 'types+rbac' : 'types',
  };
  const desired: RoleObject = {
    metadata: { ...ref, annotations },
    rules: scope === 'Cluster' ? rules.cluster : rules.namespaced,
  };
  return (await ensure<RoleObject>(member, resource, desired, { signal, dryRun: dryRun ?? false })).outcome;
}
