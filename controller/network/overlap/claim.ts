import type { IpRange } from '../../../apis/meta/ip-range.ts';

/** What the addresses of a range are for: pods, Services, the nodes themselves, or the mesh that the gateways speak through. */
export type RangeUse = 'pod' | 'service' | 'node' | 'mesh';

export const RANGE_USES: readonly RangeUse[] = ['pod', 'service', 'node', 'mesh'];

/** A range that a cluster, or the mesh, has for itself. */
export interface Claim {
  /** The member; for the mesh its provider's name. */
  readonly cluster: string;
  readonly use: RangeUse;
  readonly range: IpRange;
  /** Where it was read, for people: `kubeadm-config`, `spec.network`, `node earth-1`. */
  readonly source: string;
}

/**
 * - `conflict`: packets reach the wrong one of the two, or neither.
 * - `note`: harmless as long as nobody routes the ranges in question.
 */
export type Harm = 'conflict' | 'note';

/** Which ranges other members have routes to, besides those of pods. */
export interface RoutedUses {
  readonly services: boolean;
  readonly nodes: boolean;
}

/** What it does when two clusters' ranges of these uses share addresses; undefined: nothing. */
export function harmOf(a: Claim, b: Claim, routed: RoutedUses): Harm | undefined {
  const uses = new Set([a.use, b.use]);
  if (uses.has('mesh') && uses.has('node')) return nodesInMesh(a, b) ? undefined : 'conflict';
  if (uses.has('service')) return routed.services ? 'conflict' : 'note';
  if (uses.has('node') && uses.size === 1) return routed.nodes ? 'conflict' : 'note';
  return uses.has('mesh') && uses.size === 1 ? undefined : 'conflict';
}

/** Nodes may have their addresses in the mesh, and only there: their network is then no wider than the mesh. */
function nodesInMesh(a: Claim, b: Claim): boolean {
  const [mesh, node] = a.use === 'mesh' ? [a, b] : [b, a];
  return node.range.prefix >= mesh.range.prefix;
}
