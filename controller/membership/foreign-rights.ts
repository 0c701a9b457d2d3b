import { CONTROL_PLANE_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { MembershipError } from './errors.ts';
import { CLUSTER_ROLES, type RoleObject } from './kinds.ts';
import { ROLE_PREFIX } from './names.ts';
import type { Rights } from './rights.ts';

export interface ForeignRightsInput {
  cluster: string;
  rights: Rights;
  /** The host has a KubeFedCluster of this name already: rights of that name without a mark are KubeFed's, from this very host. */
  known: boolean;
}

/**
 * Two control planes that write to one member undo each other's work in silence, so the second is turned away. Both
 * KubeFed and Fedmesh leave a ClusterRole of a known name.
 * @throws MembershipError `OtherControlPlane`, or `AlreadyJoined` when this control plane has joined the cluster under another name.
 */
export async function assertNoOtherControlPlane(
  member: Client,
  input: ForeignRightsInput,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, rights } = input;
  const roles = (await member.listAll<RoleObject>(CLUSTER_ROLES, { metadataOnly: true, signal })).items;
  for (const { metadata } of roles) {
    const name = metadata.name ?? '';
    if (!name.startsWith(ROLE_PREFIX)) continue;
    const holder = metadata.annotations?.[CONTROL_PLANE_ANNOTATION];
    const isOurName = name === rights.names.role || isNamespacedHealthCheck(name, rights);
    if (holder === rights.controlPlane.uid && isOurName) continue;
    if (holder === undefined && isOurName && input.known) continue;
    if (holder === rights.controlPlane.uid) throw joinedAs(cluster, name);
    throw new MembershipError(
      'OtherControlPlane',
      `cluster "${cluster}" is managed by another control plane: it holds ClusterRole "${name}" there`,
      {
        cluster,
        hint: `unjoin it there first; if that control plane is gone, delete ClusterRole and ClusterRoleBinding "${name}" in the cluster`,
      },
    );
  }
}

/** KubeFed's second ClusterRole, where its scope is one namespace. */
function isNamespacedHealthCheck(name: string, { names, namespace }: Rights): boolean {
  return name === `${ROLE_PREFIX}${namespace}:healthcheck-${names.serviceAccount}`;
}

function joinedAs(cluster: string, role: string): MembershipError {
  const account = role.slice(ROLE_PREFIX.length);
  return new MembershipError(
    'AlreadyJoined',
    `this control plane has joined cluster "${cluster}" under another name: ServiceAccount "${account}" is its own`,
    {
      cluster,
      hint: 'one cluster is one member: `fedctl status` shows the names; unjoin the other name first',
    },
  );
}
