import type { ClusterNetworkStatus } from '../../apis/core/v1beta1/cluster-network.ts';
import type { ClusterCondition, KubeFedClusterStatus } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { enumerateSentences } from '../../apis/enumeration.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { conditionAt, type Finding, saysTheSame } from '../clusters/condition.ts';
import type { NetworkFault } from './discovery/discover.ts';
import { describeOverlap } from './overlap/describe.ts';
import type { Overlap } from './overlap/overlaps.ts';
import type { InsideFault } from './overlap/within-cluster.ts';

/** Of KubeFedCluster; beside `Ready` and `Offline`, and never a reason to move anything. */
export const NETWORK_CONDITIONS = { discovered: 'NetworkDiscovered', overlap: 'NetworkOverlap' } as const;

/** What was found of one member's network. */
export interface NetworkFindings {
  readonly network: ClusterNetworkStatus;
  readonly faults: readonly NetworkFault[];
  readonly inside: readonly InsideFault[];
  /** What its role does not let the controller read, by its name in RBAC. */
  readonly forbidden: readonly string[];
}

/** How many sentences a condition holds. */
const NAMED = 3;

/** How many ranges of nodes a status holds: enough for people, and never too much for etcd. */
const NODE_RANGES = 100;

/**
 * The status to write for what was found, or undefined when the one that is there says so already. Conditions of others stay.
 * @param overlaps with other members, seen from any side
 * @param now RFC 3339
 */
export function networkStatus(
  cluster: string,
  previous: DeepReadonly<KubeFedClusterStatus> | undefined,
  findings: NetworkFindings,
  overlaps: readonly Overlap[],
  now: string,
): KubeFedClusterStatus | undefined {
  const had = previous?.conditions ?? [];
  const own = [discoveredCondition(cluster, findings), overlapCondition(findings, overlaps)].map((condition) => {
    const old = had.find(({ type }) => type === condition.type);
    return old !== undefined && saysTheSame(old, condition) ? old : conditionAt(condition, old, now);
  });
  const network = bounded(findings.network);
  const unchanged = own.every((condition) => had.includes(condition)) && sameNetwork(previous?.network, network);
  if (unchanged) return undefined;
  const types = new Set(own.map(({ type }) => type));
  return {
    ...(previous as KubeFedClusterStatus | undefined),
    conditions: [...had.filter(({ type }) => !types.has(type)), ...own] as ClusterCondition[],
    network,
  };
}

function discoveredCondition(cluster: string, { faults, forbidden }: NetworkFindings): Finding {
  const type = NETWORK_CONDITIONS.discovered;
  const first = faults[0];
  const unknown = first?.code === 'PodRangeUnknown' || first?.code === 'ServiceRangeUnknown';
  if (forbidden.length > 0 && unknown) {
    const message = `the member's role does not let the controller ${forbidden.join(', ')}: \`fedctl join ${cluster}\` again grants it, or declare the ranges in spec.network`;
    return { type, status: 'False', reason: 'Forbidden', message };
  }
  if (first !== undefined) {
    const messages = faults.map(({ message }) => message);
    return { type, status: 'False', reason: first.code, message: enumerateSentences(messages, NAMED) };
  }
  return { type, status: 'True', reason: 'RangesFound', message: 'pod, Service and node ranges are known' };
}

/** Overlaps that only matter for ranges that nobody routes are not worth a condition: nearly all clusters have the same Service range. */
function overlapCondition({ inside }: NetworkFindings, overlaps: readonly Overlap[]): Finding {
  const type = NETWORK_CONDITIONS.overlap;
  const conflicts = overlaps.filter(({ harm }) => harm === 'conflict').map(describeOverlap);
  const messages = [...conflicts, ...inside.map(({ message }) => message)];
  if (messages.length === 0) {
    return { type, status: 'False', reason: 'NoOverlap', message: 'no range misleads packets of another member' };
  }
  const reason = conflicts.length > 0 ? 'RangesOverlap' : (inside[0]?.code ?? 'RangesOverlap');
  return { type, status: 'True', reason, message: enumerateSentences(messages, NAMED) };
}

function bounded(network: ClusterNetworkStatus): ClusterNetworkStatus {
  return { ...network, nodeCIDRs: (network.nodeCIDRs ?? []).slice(0, NODE_RANGES) };
}

function sameNetwork(a: DeepReadonly<ClusterNetworkStatus> | undefined, b: ClusterNetworkStatus): boolean {
  return textOf(a) === textOf(b);
}

/** The same for what an API server may have put in another order, or left out because it was empty. */
function textOf({ podCIDRs, serviceCIDRs, nodeCIDRs }: DeepReadonly<ClusterNetworkStatus> = {}): string {
  return JSON.stringify(
    [podCIDRs, serviceCIDRs, nodeCIDRs].map((ranges) =>
      (ranges ?? []).map(({ cidr, source, confidence }) => [cidr, source, confidence]),
    ),
  );
}
