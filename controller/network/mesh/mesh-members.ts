import type { CompleteMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Accessor } from '../../clusters/accessor.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { isLeaving } from '../../clusters/leaving.ts';
import type { Clock } from '../../time/clock.ts';
import { within } from '../../time/within.ts';
import type { NetworkController, SeenNetwork } from '../network-controller.ts';
import type { MeshNode } from '../providers/provider.ts';
import type { MeshMember } from './member-networks.ts';
import { withGatewaysNow } from './mesh-nodes.ts';

/** One member that answers slowly holds up the mesh for no longer. */
const MEMBER_TIMEOUT_MS = 5_000;

export interface MeshMembersOptions {
  readonly clusters: Clusters;
  readonly network: Pick<NetworkController, 'seen'>;
  readonly clock: Clock;
}

/** Every member that is not leaving, with its ranges as they were found and its gateways' nodes as they are now. */
export function meshMembers(
  options: MeshMembersOptions,
  { gateways }: Pick<DeepReadonly<CompleteMeshConfigSpec>, 'gateways'>,
  signal: AbortSignal,
): Promise<MeshMember[]> {
  const { clusters, network } = options;
  return Promise.all(
    clusters.list().flatMap((accessor) => {
      const cluster = clusters.object(accessor.name);
      if (cluster === undefined || isLeaving(cluster)) return [];
      const seen = network.seen(accessor.name);
      const names = gateways.filter((gateway) => gateway.cluster === accessor.name).map(({ node }) => node);
      const ranges = seen?.network ?? cluster.status?.network;
      return [nodesOf(options, accessor, seen, names, signal).then((nodes) => ({ cluster, network: ranges, nodes }))];
    }),
  );
}

async function nodesOf(
  { clock }: MeshMembersOptions,
  { ready, client }: Accessor,
  seen: SeenNetwork | undefined,
  gateways: readonly string[],
  signal: AbortSignal,
): Promise<readonly MeshNode[] | undefined> {
  const nodes = seen?.nodes;
  if (nodes === undefined || !ready || client === undefined || gateways.length === 0) return nodes;
  return within(clock, MEMBER_TIMEOUT_MS, signal, (limited) => withGatewaysNow(client, nodes, gateways, limited)).catch(
    () => {
      signal.throwIfAborted();
      return nodes;
    },
  );
}

/** Names of the members that are on their way out. */
export function leavingMembers(clusters: Clusters): ReadonlySet<string> {
  return new Set(
    clusters.list().flatMap(({ name }) => {
      const cluster = clusters.object(name);
      return cluster !== undefined && isLeaving(cluster) ? [name] : [];
    }),
  );
}
