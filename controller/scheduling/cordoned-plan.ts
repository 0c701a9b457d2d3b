import { type PlannerInput, planReplicas, replicasOf } from './planner.ts';

/** A planner's input, and what is said of clusters that are to get nothing new. Without any of those it is the planner's plan. */
export interface CordonedInput extends PlannerInput {
  /** What each cordoned cluster has. They take part, and get no more than that. */
  readonly held: ReadonlyMap<string, number>;
  /** What each cluster has that is being drained. They take no part: `clusters` does not name them. */
  readonly draining: ReadonlyMap<string, number>;
  /** Replicas that are ready. A cluster that is missing has none, or cannot be seen. */
  readonly ready: ReadonlyMap<string, number>;
}

export interface CordonedPlan {
  /** What to write for each cluster, those that are being drained included. */
  readonly replicas: ReadonlyMap<string, number>;
  /** Replicas that have no place outside the clusters that are being drained. */
  readonly unplaced: number;
}

/**
 * Shares out replicas beside cordoned clusters. One that is merely cordoned keeps what it has, as long as there is a share
 * for it. What is in one that is being drained is given to the others first, and leaves only as far as the others have
 * become ready: at no time do fewer run than were wanted and ran before, and what has no place elsewhere stays. Nothing is
 * rebalanced among the others as long as one is drained.
 */
export function planBesideCordons(input: CordonedInput): CordonedPlan {
  const { held, draining, ready, totalReplicas } = input;
  // Rebalancing takes from one that runs to give to one that does not yet: what leaves is to be replaced first.
  const rebalance = input.rebalance && draining.size === 0;
  const shared = planReplicas({ ...(held.size === 0 ? input : withHeld(input)), rebalance });
  const replicas = replicasOf(shared);
  const placed = sum(shared.plan.values());
  let missing = totalReplicas - sum([...replicas].map(([cluster, count]) => Math.min(count, ready.get(cluster) ?? 0)));
  for (const [cluster, has] of [...draining].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const stays = Math.min(has, Math.max(0, missing));
    missing -= stays;
    replicas.set(cluster, stays);
  }
  return { replicas, unplaced: totalReplicas - placed };
}

/** To the planner a cordoned cluster is one that runs what it has, and whose bounds end there. */
function withHeld(input: CordonedInput): PlannerInput {
  const preferences = { ...input.preferences };
  const current = new Map(input.current);
  for (const [cluster, has] of input.held) {
    current.set(cluster, has);
    const own = Object.hasOwn(input.preferences, cluster) ? input.preferences[cluster] : input.preferences['*'];
    if (own === undefined) continue;
    const { minReplicas = 0, maxReplicas = has } = own;
    preferences[cluster] = {
      ...own,
      minReplicas: Math.min(minReplicas, has),
      maxReplicas: Math.min(maxReplicas, has),
    };
  }
  return { ...input, preferences, current };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}
