import type { ReachabilityView } from '../../../../../apis/dashboard/v1.ts';

export type Pair = ReachabilityView['pairs'][number];
type Answer = Pair['pods'];

/** More are no matrix to look at, and too many for the document. */
const MOST_SHOWN = 30;

const RANK: Readonly<Record<Answer, number>> = { no: 0, unknown: 1, yes: 2 };

/** The worse of both answers. */
export function standingOfPair({ pods, services }: Pair): Answer {
  return RANK[pods] <= RANK[services] ? pods : services;
}

export function worstFirst(pairs: readonly Pair[]): Pair[] {
  return pairs.toSorted((a, b) => RANK[standingOfPair(a)] - RANK[standingOfPair(b)]);
}

/** All clusters, or as many as a matrix can show: those that most is amiss with, in the order they came in. */
export function inSight(clusters: readonly string[], pairs: readonly Pair[], most = MOST_SHOWN): readonly string[] {
  if (clusters.length <= most) return clusters;
  const amiss = new Map<string, number>(clusters.map((cluster) => [cluster, 0]));
  for (const pair of pairs) {
    const weight = 2 - RANK[standingOfPair(pair)];
    for (const cluster of [pair.from, pair.to]) amiss.set(cluster, (amiss.get(cluster) ?? 0) + weight);
  }
  const worst = new Set(clusters.toSorted((a, b) => (amiss.get(b) ?? 0) - (amiss.get(a) ?? 0)).slice(0, most));
  return clusters.filter((cluster) => worst.has(cluster));
}
