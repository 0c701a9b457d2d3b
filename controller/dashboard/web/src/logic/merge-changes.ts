import type {
  Changes,
  ClusterList,
  ClusterSummary,
  ObjectKey,
  ObjectSummary,
} from '../../../../../apis/dashboard/v1.ts';
import { isSameObject } from './routes.ts';

/** The list as it stands after the changes; the same list where they do not touch it. */
export function mergeClusters(list: ClusterList, { clusters, clustersGone }: Changes): ClusterList {
  if (clusters.length + clustersGone.length === 0) return list;
  const items = new Map<string, ClusterSummary>(list.items.map((cluster) => [cluster.name, cluster]));
  for (const cluster of clusters) items.set(cluster.name, cluster);
  for (const name of clustersGone) items.delete(name);
  const sorted = [...items.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...list, items: sorted, total: sorted.length };
}

/** The rows that are loaded, by their place in the list. */
export type Rows = ReadonlyMap<number, ObjectSummary>;

/**
 * What changes in the rows that are loaded; the same rows where nothing does. A row stays in its place: only a new reading of
 * the list knows where an object stands now, and `stale` says whether one is due.
 */
export function mergeRows(rows: Rows, { objects, objectsGone }: Changes): { rows: Rows; stale: boolean } {
  if (objects.length + objectsGone.length === 0) return { rows, stale: false };
  const changed = new Map(objects.map((object) => [nameOf(object), object]));
  let merged: Map<number, ObjectSummary> | undefined;
  for (const [place, row] of rows) {
    const now = changed.get(nameOf(row));
    if (now === undefined) continue;
    merged ??= new Map(rows);
    merged.set(place, now);
  }
  // One that is not among the loaded ones may be new, or count in other totals.
  return { rows: merged ?? rows, stale: true };
}

export function touchesCluster(name: string, { clusters, clustersGone }: Changes): boolean {
  return clusters.some((cluster) => cluster.name === name) || clustersGone.includes(name);
}

export function touchesObject(key: ObjectKey, { objects, objectsGone }: Changes): boolean {
  return [...objects, ...objectsGone].some((other) => isSameObject(key, other));
}

function nameOf({ type, namespace, name }: ObjectKey): string {
  return `${type} ${namespace ?? ''} ${name}`;
}
