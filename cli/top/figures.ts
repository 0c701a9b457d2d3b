import type { Buckets, ClusterSnapshot, Snapshot } from './snapshot.ts';

export interface ClusterFigures {
  readonly name: string;
  readonly state?: 'ready' | 'notready' | 'offline';
  readonly waiting?: number;
  readonly underWay?: number;
  readonly oldestSeconds?: number;
  readonly stalled?: boolean;
  /** Copies that are not as they should be, though the member is well. */
  readonly failing?: number;
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  /** Over what was looked at, or since the controller leads where nothing was propagated meanwhile. */
  readonly propagation?: {
    readonly count: number;
    readonly p50Seconds: number;
    readonly p99Seconds: number;
    readonly over: 'window' | 'term';
  };
  readonly tokenSeconds?: number;
}

export interface Figures {
  readonly windowSeconds: number;
  readonly federatedObjects: number;
  readonly eventLoopP99Seconds?: number;
  readonly residentBytes?: number;
  /** Members by name, the host (which has no state) last. */
  readonly clusters: readonly ClusterFigures[];
}

/**
 * What two looks at the same replica say. Counters that went back, as after a restart, count from zero.
 *
 * @param first the oldest look that still counts; its distance to `last` is the window
 * @param recent the look before `last`: rates are those of now
 */
export function figuresOf(first: Snapshot, recent: Snapshot, last: Snapshot): Figures {
  const seconds = Math.max((last.at - recent.at) / 1000, 0.001);
  const clusters = [...last.clusters].map(([name, now]): ClusterFigures => {
    const { requests, errors, propagation, ...shown } = now;
    const before = recent.clusters.get(name);
    return {
      name,
      ...shown,
      requestsPerSecond: increase(before?.requests, requests) / seconds,
      errorsPerSecond: increase(before?.errors, errors) / seconds,
      ...propagationOf(first.clusters.get(name), propagation),
    };
  });
  const { eventLoopP99Seconds, residentBytes, federatedObjects } = last;
  return {
    windowSeconds: (last.at - first.at) / 1000,
    federatedObjects,
    ...(eventLoopP99Seconds === undefined ? {} : { eventLoopP99Seconds }),
    ...(residentBytes === undefined ? {} : { residentBytes }),
    clusters: clusters.sort(
      (a, b) => Number(a.state === undefined) - Number(b.state === undefined) || a.name.localeCompare(b.name),
    ),
  };
}

function propagationOf(before: ClusterSnapshot | undefined, now: Buckets): Pick<ClusterFigures, 'propagation'> {
  const meanwhile = difference(before?.propagation ?? new Map(), now);
  const over = total(meanwhile) > 0 ? 'window' : 'term';
  const buckets = over === 'window' ? meanwhile : now;
  const count = total(buckets);
  if (count === 0) return {};
  return { propagation: { count, p50Seconds: quantile(0.5, buckets), p99Seconds: quantile(0.99, buckets), over } };
}

function increase(before: number | undefined, now: number): number {
  return before === undefined ? 0 : now < before ? now : now - before;
}

function difference(before: Buckets, now: Buckets): Buckets {
  if (total(now) < total(before)) return now;
  return new Map([...now].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

function total(buckets: Buckets): number {
  return buckets.get(Number.POSITIVE_INFINITY) ?? 0;
}

/** As PromQL's `histogram_quantile`: within a bucket everything is spread evenly; what is past the last bound counts as that. */
export function quantile(share: number, buckets: Buckets): number {
  const rank = share * total(buckets);
  let [lower, below] = [0, 0];
  for (const [bound, count] of [...buckets].sort(([a], [b]) => a - b)) {
    if (bound === Number.POSITIVE_INFINITY) break;
    if (count >= rank && count > below) return lower + ((bound - lower) * (rank - below)) / (count - below);
    [lower, below] = [bound, count];
  }
  return lower;
}
