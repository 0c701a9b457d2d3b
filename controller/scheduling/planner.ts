import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type {
  ClusterPreferences,
  ReplicaSchedulingPreferenceSpec,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { fnv1 } from './fnv1.ts';

/** What a plan is made of: the numbers of a preference, and what runs where. Names of clusters are its keys throughout. */
export interface PlannerInput {
  readonly preferences: Readonly<Record<string, DeepReadonly<ClusterPreferences>>>;
  readonly totalReplicas: number;
  /** Whether running replicas may be moved. */
  readonly rebalance: boolean;
  /** The clusters that may get replicas. */
  readonly clusters: readonly string[];
  /** Replicas that run. A cluster that is missing runs none. */
  readonly current: ReadonlyMap<string, number>;
  /** The most that a cluster can run, where that is known. */
  readonly capacity: ReadonlyMap<string, number>;
  /** `namespace/name` of what is planned: clusters of equal weight take turns by it. */
  readonly key: string;
}

export interface Plan {
  /** Replicas that should run in each cluster. Every cluster of the input is here. */
  readonly plan: ReadonlyMap<string, number>;
  /** Replicas that a cluster should have beyond its capacity, in case there turns out to be room. */
  readonly overflow: ReadonlyMap<string, number>;
}

/** A cluster that takes part in the sharing out. */
interface Share {
  readonly cluster: string;
  readonly min: number;
  readonly max: number;
  readonly weight: number;
  readonly capacity: number;
  readonly hash: number;
  planned: number;
  /** Of what is planned, what the cluster got because it runs there: its next shares are paid from it. */
  prepaid: number;
}

const EVERYWHERE: PlannerInput['preferences'] = { '*': { weight: 1 } };

/** The planner's part of a preference. Without any clusters all weigh the same, as in KubeFed. */
export function preferencesOf(
  spec: DeepReadonly<ReplicaSchedulingPreferenceSpec>,
): Pick<PlannerInput, 'preferences' | 'totalReplicas' | 'rebalance'> {
  const { clusters = {}, totalReplicas, rebalance = false } = spec;
  return { preferences: Object.keys(clusters).length === 0 ? EVERYWHERE : clusters, totalReplicas, rebalance };
}

/**
 * Shares out replicas as KubeFed's planner does, replica by replica: a change of controllers moves none. Heavier clusters
 * come first, those of equal weight in the order of a hash that differs from workload to workload. Everyone gets its minimum;
 * then, unless rebalancing is on, keeps what it runs; then the rest goes by weight, fractions rounded up, to those that have
 * neither reached their maximum nor their capacity, until nothing is left or nobody takes more.
 */
export function planReplicas(input: PlannerInput): Plan {
  const { clusters, rebalance, current } = input;
  const plan = new Map<string, number>();
  const overflow = new Map<string, number>();
  for (const cluster of clusters) plan.set(cluster, 0);
  const shares = sharesOf(input);

  let remaining = giveMinimum(shares, input.totalReplicas);
  if (!rebalance) remaining = keepRunning(shares, current, remaining);
  remaining = shareByWeight(shares, remaining, overflow);

  for (const { cluster, planned } of shares) plan.set(cluster, planned);
  return { plan, overflow: rebalance ? overflow : trimmed(overflow, remaining) };
}

/** What to write for each cluster: its plan and what it gets beyond its capacity. */
export function replicasOf({ plan, overflow }: Plan): Map<string, number> {
  return new Map([...plan].map(([cluster, replicas]) => [cluster, replicas + (overflow.get(cluster) ?? 0)]));
}

function sharesOf({ clusters, preferences, capacity, key }: PlannerInput): Share[] {
  const shares: Share[] = [];
  for (const cluster of clusters) {
    const named = Object.hasOwn(preferences, cluster) ? preferences[cluster] : preferences['*'];
    if (named === undefined) continue;
    shares.push({
      cluster,
      min: named.minReplicas ?? 0,
      max: named.maxReplicas ?? Number.POSITIVE_INFINITY,
      weight: named.weight ?? 0,
      capacity: capacity.get(cluster) ?? Number.POSITIVE_INFINITY,
      hash: fnv1(cluster + key),
      planned: 0,
      prepaid: 0,
    });
  }
  // Go's sort leaves the order of equal hashes open; a name makes it the same each time.
  return shares.sort((a, b) => b.weight - a.weight || a.hash - b.hash || (a.cluster < b.cluster ? -1 : 1));
}

/** Returns what is left, as the other steps do. */
function giveMinimum(shares: readonly Share[], total: number): number {
  let remaining = total;
  for (const share of shares) {
    share.planned = Math.min(share.min, remaining, share.capacity);
    remaining -= share.planned;
  }
  return remaining;
}

function keepRunning(shares: readonly Share[], current: ReadonlyMap<string, number>, total: number): number {
  let remaining = total;
  for (const share of shares) {
    const running = current.get(share.cluster) ?? 0;
    if (running <= share.planned) continue;
    const target = Math.min(running, share.max, share.capacity);
    share.prepaid = Math.max(0, Math.min(target - share.planned, remaining));
    share.planned += share.prepaid;
    remaining -= share.prepaid;
  }
  return remaining;
}

function shareByWeight(all: readonly Share[], total: number, overflow: Map<string, number>): number {
  let remaining = total;
  let open = all;
  let progress = true;
  while (progress && remaining > 0) {
    progress = false;
    const weights = open.reduce((sum, { weight }) => sum + weight, 0);
    if (weights === 0) break;
    const toShare = remaining;
    const stillOpen: Share[] = [];
    for (const share of open) {
      const before = share.planned;
      const due = Math.min(partOf(toShare, share.weight, weights), remaining);
      const paid = Math.min(due, share.prepaid);
      share.prepaid -= paid;
      let planned = before + due - paid;
      let full = false;
      if (planned > share.max) {
        planned = share.max;
        full = true;
      }
      if (planned > share.capacity) {
        overflow.set(share.cluster, planned - share.capacity);
        planned = share.capacity;
        full = true;
      }
      if (!full) stillOpen.push(share);
      share.planned = planned;
      remaining -= planned - before;
      if (paid > 0 || planned > before) progress = true;
    }
    open = stillOpen;
  }
  return remaining;
}

/** `total * weight / weights`, rounded up; exact also where the product is beyond what a number holds. */
function partOf(total: number, weight: number, weights: number): number {
  const product = total * weight;
  if (product + weights <= Number.MAX_SAFE_INTEGER) return Math.floor((product + weights - 1) / weights);
  const sum = BigInt(weights);
  return Number((BigInt(total) * BigInt(weight) + sum - 1n) / sum);
}

/** Without rebalancing nobody gets more beyond its capacity than could be placed nowhere else. */
function trimmed(overflow: ReadonlyMap<string, number>, unplaced: number): Map<string, number> {
  const kept = new Map<string, number>();
  for (const [cluster, replicas] of overflow) {
    const most = Math.min(replicas, unplaced);
    if (most > 0) kept.set(cluster, most);
  }
  return kept;
}
