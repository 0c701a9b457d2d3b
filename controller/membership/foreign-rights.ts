import { CONTROL_PLANE_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { MembershipError } from './errors.ts';
import { CLUSTER_ROLES, type RoleObject } from './kinds.ts';
import { holderOf } from './names.ts';
import { clusterRoleNameOf, type Rights } from './rights.ts';

export interface ForeignRightsInput {
  cluster: string;
  rights: Rights;
  /** The host has a KubeFedCluster of this name already: rights of that name without a mark are KubeFed's, from this very host. */
  known: boolean;
}

/** Another control plane in a member that may be there as well. */
export interface Neighbour {
  readonly clusterRole: string;
  /** The namespace that it is limited to; `undefined`: all are its own. */
  readonly onlyIn: string | undefined;
}

/**
 * Two control planes that write to one member undo each other's work in silence, so the second is turned away. Both
 * KubeFed and Fedmesh leave a ClusterRole of a known name. Those that are limited to namespaces of their own do not meet;
 * one for all namespaces and one for a single one may, and the marks on what they create keep them apart.
 *
 * @returns those that the newcomer may meet
 * @throws MembershipError `OtherControlPlane`, or `AlreadyJoined` when this control plane has joined the cluster under another name.
 */
export async function assertNoOtherControlPlane(
  member: Client,
  input: ForeignRightsInput,
  signal: AbortSignal,
): Promise<Neighbour[]> {
  const roles = (await member.listAll<RoleObject>(CLUSTER_ROLES, { metadataOnly: true, signal })).items;
  return roles.flatMap(({ metadata }) => {
    const clusterRole = metadata.name ?? '';
    const relation = relationOf(clusterRole, metadata.annotations?.[CONTROL_PLANE_ANNOTATION], input);
    if (relation === 'renamed') throw joinedAs(input.cluster, clusterRole);
    if (relation === 'rival') throw heldByAnother(input.cluster, clusterRole);
    return relation === 'neighbour' ? [{ clusterRole, onlyIn: holderOf(clusterRole)?.onlyIn }] : [];
  });
}

/** @param owner the control plane that has marked the ClusterRole; KubeFed marks none */
export function relationOf(
  clusterRole: string,
  owner: string | undefined,
  { rights, known }: Pick<ForeignRightsInput, 'rights' | 'known'>,
): 'none' | 'own' | 'renamed' | 'apart' | 'neighbour' | 'rival' {
  const holder = holderOf(clusterRole);
  if (holder === undefined) return 'none';
  const { namespace, controlPlane } = rights;
  const isOurName = clusterRole === clusterRoleNameOf(rights);
  if (isOurName && (owner === controlPlane.uid || (owner === undefined && known))) return 'own';
  if (owner === controlPlane.uid) return 'renamed';
  const onlyIn = controlPlane.scope === 'Namespaced' ? namespace : undefined;
  if ((holder.onlyIn === undefined) !== (onlyIn === undefined)) return 'neighbour';
  return holder.onlyIn !== onlyIn ? 'apart' : 'rival';
}

function heldByAnother(cluster: string, clusterRole: string): MembershipError {
  return new MembershipError(
    'OtherControlPlane',
    `cluster "${cluster}" is managed by another control plane: it holds ClusterRole "${clusterRole}" there`,
    {
      cluster,
      hint: `unjoin it there first; if that control plane is gone, delete ClusterRole and ClusterRoleBinding "${clusterRole}" in the cluster`,
    },
  );
}

function joinedAs(cluster: string, clusterRole: string): MembershipError {
  const account = holderOf(clusterRole)?.serviceAccount ?? clusterRole;
  return new MembershipError(
    'AlreadyJoined',
    `this control plane has joined cluster "${cluster}" under another name: ServiceAccount "${account}" is its own`,
    {
      cluster,
      hint: 'one cluster is one member: `fedctl status` shows the names; unjoin the other name first',
    },
  );
}
