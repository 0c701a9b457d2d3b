import { groupResourceOf, type Resource } from '../kube/resource.ts';

/** Clusters that a message names. */
const SHOWN_CLUSTERS = 20;

/** `earth 5, vulcan 4`. */
export function inWords(replicas: ReadonlyMap<string, number>): string {
  const words = [...replicas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cluster, count]) => `${cluster} ${count}`);
  const shown = words.slice(0, SHOWN_CLUSTERS).join(', ');
  return words.length > SHOWN_CLUSTERS ? `${shown} and ${words.length - SHOWN_CLUSTERS} more clusters` : shown;
}

export function notEnabled(kind: string): string {
  const plural = kind === 'FederatedReplicaSet' ? 'replicasets.apps' : 'deployments.apps';
  return `${kind} is not propagated: "fedctl enable ${plural}" changes that`;
}

export function podsForbidden(cluster: string, target: Resource): string {
  return (
    `Fedmesh may not list pods in ${cluster}, so it does not see which of them find no node: ` +
    `"fedctl enable ${groupResourceOf(target)}" with ${cluster}'s context at hand widens its role there`
  );
}
