import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Seconds. */
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

const REACHABILITY_STATUSES = ['True', 'False', 'Unknown'] as const;

/** Bounded by members and by the words there are for what can be wrong. */
export function createReachabilityObserver(registry: Registry): Metrics['reachabilityObserver'] {
  const registers = [registry];
  const pairs = new Gauge({
    name: 'fedmesh_reachability_pairs',
    help: 'Ordered pairs of members by what is wrong between them (class): Reachable when nothing is.',
    labelNames: ['class'],
    registers,
  });
  const members = new Gauge({
    name: 'fedmesh_member_reachable',
    help: 'Whether a condition of reachability (PodsReachable, ServicesReachable) of a member has this status.',
    labelNames: ['cluster', 'condition', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'fedmesh_reachability_round_duration_seconds',
    help: 'Time taken to have all probes asked once and to write down what they found.',
    buckets: BUCKETS,
    registers,
  });
  const classes = new Set<string>();
  const conditions = new Map<string, Set<string>>();
  const forget = (cluster: string) => {
    for (const condition of conditions.get(cluster) ?? [])
      for (const status of REACHABILITY_STATUSES) members.remove({ cluster, condition, status });
    conditions.delete(cluster);
  };
  return {
    round(seconds, found) {
      duration.observe(seconds);
      // A class that has gone keeps its series, at 0: an alert on it ends so.
      const counts = new Map<string, number>();
      for (const { class: word } of found) counts.set(word, (counts.get(word) ?? 0) + 1);
      for (const word of classes) if (!counts.has(word)) counts.set(word, 0);
      for (const [word, count] of counts) pairs.set({ class: word }, count);
      for (const word of counts.keys()) classes.add(word);
    },
    member(cluster, condition, status) {
      conditions.set(cluster, (conditions.get(cluster) ?? new Set()).add(condition));
      for (const each of REACHABILITY_STATUSES)
        members.set({ cluster, condition, status: each }, each === status ? 1 : 0);
    },
    gone(cluster) {
      if (cluster !== undefined) return forget(cluster);
      for (const each of [...conditions.keys()]) forget(each);
      pairs.reset();
      classes.clear();
    },
  };
}
