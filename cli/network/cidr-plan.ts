import type { IpFamily, IpRange } from '../../apis/meta/ip-range.ts';
import { CliError, usageError } from '../exit.ts';
import { FreeRanges, familyName, partsOf } from './free-ranges.ts';

/** Sizes by prefix length. */
export interface Sizes {
  readonly cluster: number;
  readonly service: number;
  readonly node: number;
}

/** What Kubernetes takes for a node when nobody says otherwise, and ranges around it that leave room for 256 nodes. */
export const DEFAULT_SIZES: Readonly<Record<IpFamily, Sizes>> = {
  4: { cluster: 16, service: 20, node: 24 },
  6: { cluster: 56, service: 112, node: 64 },
};

/** kube-apiserver refuses a Service range that is wider than this, counted from the end of the address. */
const WIDEST_SERVICE_RANGE: Readonly<Record<IpFamily, number>> = { 4: 12, 6: 108 };

export interface PlanRequest {
  readonly clusters: readonly string[];
  /** Nodes of each cluster that get a range of their own. */
  readonly nodes: number;
  /** At most one of each family. */
  readonly pools: readonly IpRange[];
  readonly sizes: Readonly<Record<IpFamily, Sizes>>;
  /** Ranges that are somebody's already. */
  readonly taken: readonly IpRange[];
}

/** What one cluster is to be built with; one entry per family everywhere. */
export interface ClusterPlan {
  readonly cluster: string;
  readonly pods: readonly IpRange[];
  readonly services: readonly IpRange[];
  /** By node, in order. */
  readonly nodes: readonly (readonly IpRange[])[];
  /** Prefix length of a node's range. */
  readonly nodePrefixes: readonly number[];
}

/**
 * Ranges for clusters that are yet to be built: no two share an address, and none lies in what is taken. Those for pods come first and one after
 * the other, so that cluster C and node N can be read in an address: 10.C.N.0/24.
 * @throws CliError when the pool is too small or the sizes do not fit into each other
 */
export function planCidrs(request: PlanRequest): ClusterPlan[] {
  for (const { family } of request.pools) assertSizes(request.sizes[family], family, request.nodes);
  const free = request.pools.map((pool) => ({ pool, ranges: new FreeRanges(pool, request.taken) }));
  const pods = request.clusters.map(() => free.map(({ pool, ranges }) => takeFor(request, pool, ranges, 'cluster')));
  const services = request.clusters.map(() =>
    free.map(({ pool, ranges }) => takeFor(request, pool, ranges, 'service')),
  );
  return request.clusters.map((cluster, index) => {
    const own = pods[index] ?? [];
    const parts = own.map((range) => partsOf(range, request.sizes[range.family].node, request.nodes));
    return {
      cluster,
      pods: own,
      services: services[index] ?? [],
      nodes: Array.from({ length: request.nodes }, (_, node) => parts.flatMap((ranges) => ranges[node] ?? [])),
      nodePrefixes: own.map(({ family }) => request.sizes[family].node),
    };
  });
}

function takeFor(
  { sizes, clusters }: PlanRequest,
  pool: IpRange,
  ranges: FreeRanges,
  what: 'cluster' | 'service',
): IpRange {
  const prefix = sizes[pool.family][what];
  const range = ranges.take(prefix);
  if (range !== undefined) return range;
  throw new CliError(`${pool.text} has no room for ${clusters.length} clusters: no free /${prefix} is left in it`, {
    hint: `a wider --pool, or smaller ranges with --${what}-prefix`,
  });
}

function assertSizes({ cluster, service, node }: Sizes, family: IpFamily, nodes: number): void {
  if (node < cluster) {
    throw usageError(
      `--node-prefix ${node} is wider than --cluster-prefix ${cluster} (${familyName(family)})`,
      "a node gets a part of its cluster's range",
    );
  }
  if (nodes > 2 ** Math.min(node - cluster, 30)) {
    throw usageError(
      `a /${cluster} holds ${2 ** (node - cluster)} ranges of /${node}, not ${nodes}`,
      'a smaller --node-prefix number for the cluster, or fewer --nodes',
    );
  }
  if (service < WIDEST_SERVICE_RANGE[family]) {
    throw usageError(
      `--service-prefix ${service}: kube-apiserver takes no Service range wider than /${WIDEST_SERVICE_RANGE[family]}`,
    );
  }
}
