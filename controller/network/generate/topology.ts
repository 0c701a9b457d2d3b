import { contains, type IpRange } from '../../../apis/meta/ip-range.ts';
import type { MemberNetwork, MeshNode } from '../providers/provider.ts';
import { addressesOf, bare } from './addresses.ts';

/** A range and the addresses under which other members reach it, one for one. */
export interface Translation {
  readonly real: IpRange;
  readonly virtual: IpRange;
}

/** How members lie to each other: all that routes and rules follow from. */
export interface Topology {
  readonly members: readonly MemberNetwork[];
  /** Networks in which machines reach each other without a router. */
  readonly layer2: readonly IpRange[];
  /** Whether nodes of one cluster need routes to each other's pods: kubenet, or no network plugin at all. */
  readonly withinClusters: boolean;
  /** The mesh's interface on the gateways; missing: the mesh, or a router, brings the gateways' own routes. */
  readonly meshInterface?: string;
  /** By cluster, for pod ranges that others reach under other addresses. */
  readonly translations: Readonly<Record<string, readonly Translation[]>>;
}

/** What other members send packets to. */
export function exposedRange(topology: Topology, cluster: string, real: IpRange): IpRange {
  const translation = topology.translations[cluster]?.find((each) => each.real.text === real.text);
  return translation?.virtual ?? real;
}

/**
 * The address at which `from` reaches `to` without a router; undefined: there is none.
 * Nodes of one cluster share a network unless one was declared that has only one of them.
 */
export function hop(
  { layer2 }: Topology,
  family: IpRange['family'],
  from: MeshNode,
  to: MeshNode,
  sameCluster: boolean,
): string | undefined {
  const own = addressesOf(from.addresses).filter((address) => address.family === family);
  const others = addressesOf(to.addresses).filter((address) => address.family === family);
  const direct = others.find((other) =>
    own.some((mine) => layer2.some((net) => contains(net, mine) && contains(net, other))),
  );
  if (direct !== undefined) return bare(direct);
  const placed = [...own, ...others].some((address) => layer2.some((net) => contains(net, address)));
  const [first] = others;
  return sameCluster && !placed && own.length > 0 && first !== undefined ? bare(first) : undefined;
}
