import { ObjectTable } from '../storage/object-table.ts';
import type { Storage, Stored } from '../storage/storage.ts';

/** What was stored at `revision`, as long as the events since are kept: the present, with what came later undone. */
export function snapshotAt(
  storage: Storage,
  storageKey: string,
  namespace: string | undefined,
  revision: number,
): readonly Stored[] | undefined {
  const present = storage.list(storageKey, namespace);
  if (revision === storage.revision) return present;
  const events = storage.eventsSince(revision);
  if (events === undefined) return undefined;
  const before = new Map<string, Stored | undefined>();
  for (const { stored, previous } of events) {
    if (stored.storageKey !== storageKey || (namespace !== undefined && stored.namespace !== namespace)) continue;
    const key = ObjectTable.key(stored.namespace, stored.name);
    if (!before.has(key)) before.set(key, previous);
  }
  if (before.size === 0) return present;
  const kept = present.filter(({ namespace: own, name }) => !before.has(ObjectTable.key(own, name)));
  return [...kept, ...[...before.values()].filter((stored) => stored !== undefined)].sort(byKey);
}

function byKey(a: Stored, b: Stored): number {
  const [left, right] = [ObjectTable.key(a.namespace, a.name), ObjectTable.key(b.namespace, b.name)];
  return left < right ? -1 : left > right ? 1 : 0;
}
