/** One ReplicaSet of a Deployment, as a rolling update looks at it. */
export interface RolloutSet {
  /** `spec.replicas`. */
  readonly replicas: number;
  /** `status.availableReplicas`. */
  readonly available: number;
}

/** How many Pods a rolling update may have beyond what is wanted, and how many may be missing. */
export interface RolloutBounds {
  readonly surge: number;
  readonly unavailable: number;
}

/** Percentages of the wanted replicas: of the surge rounded up, of what may be missing down; never both nothing. */
export function boundsOf(
  replicas: number,
  { maxSurge = '25%', maxUnavailable = '25%' }: { maxSurge?: number | string; maxUnavailable?: number | string },
): RolloutBounds {
  const surge = share(maxSurge, replicas, Math.ceil);
  const unavailable = share(maxUnavailable, replicas, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** Replicas that the newest set may have now. Kubernetes: `NewRSNewReplicas`. */
export function newReplicas(wanted: number, newest: number, total: number, { surge }: RolloutBounds): number {
  if (newest >= wanted) return wanted;
  return newest + Math.max(0, Math.min(wanted + surge - total, wanted - newest));
}

/** Replicas that the older sets, oldest first, may still have. Kubernetes: `reconcileOldReplicaSets`. */
export function oldReplicas(
  wanted: number,
  newest: RolloutSet,
  old: readonly RolloutSet[],
  { unavailable }: RolloutBounds,
): number[] {
  const least = wanted - unavailable;
  const total = old.reduce((sum, { replicas }) => sum + replicas, newest.replicas);
  let spare = total - least - (newest.replicas - newest.available);
  const left = old.map(({ replicas }) => replicas);
  // What does not work goes first: nobody misses it.
  for (const [index, { replicas, available }] of old.entries()) {
    const broken = Math.min(Math.max(spare, 0), replicas - available);
    left[index] = replicas - Math.max(broken, 0);
    spare -= Math.max(broken, 0);
  }
  let dispensable = old.reduce((sum, { available }) => sum + available, newest.available) - least;
  for (const [index, replicas] of left.entries()) {
    const taken = Math.min(Math.max(dispensable, 0), replicas);
    left[index] = replicas - taken;
    dispensable -= taken;
  }
  return left;
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * of) / 100);
}
