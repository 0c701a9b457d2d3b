import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { isPropagationStatus } from './status/propagation-status.ts';

/** How many federated objects stand alike in a cluster. */
export interface Standing {
  readonly cluster: string;
  /** As `status.clusters[].status` says it; `OK` where that says nothing, `Other` for words that nobody here writes. */
  readonly status: string;
  readonly count: number;
}

/** Counts what the status of federated objects says of their copies in the clusters that are joined. */
export function standingOf(
  objects: Iterable<DeepReadonly<FederatedObject>>,
  isJoined: (cluster: string) => boolean,
): Standing[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { status } of objects) {
    for (const { name, status: word = '' } of status?.clusters ?? []) {
      let words = counts.get(name);
      if (words === undefined) {
        words = new Map();
        counts.set(name, words);
      }
      const known = word === '' ? 'OK' : isPropagationStatus(word) ? word : 'Other';
      words.set(known, (words.get(known) ?? 0) + 1);
    }
  }
  return [...counts].flatMap(([cluster, words]) =>
    isJoined(cluster) ? [...words].map(([status, count]) => ({ cluster, status, count })) : [],
  );
}
