import type { Storage, StorageEvent, Stored } from '../storage/storage.ts';

/**
 * A storage as it was after some revision, to read from; made by undoing what was written since. As far back as the
 * recent events reach: beyond that, as it was when they begin.
 */
export function storageAt(storage: Storage, wanted: number): Storage {
  const [revision, since] = eventsAfter(storage, wanted);
  /** What was there before the first write since, by key; `undefined`: nothing. */
  const before = new Map<string, Stored | undefined>();
  for (const { stored, previous } of since) {
    const key = keyOf(stored.storageKey, stored.namespace, stored.name);
    if (!before.has(key)) before.set(key, previous);
  }
  return {
    revision,
    get(storageKey, namespace, name) {
      const key = keyOf(storageKey, namespace, name);
      return before.has(key) ? before.get(key) : storage.get(storageKey, namespace, name);
    },
    list(storageKey, namespace) {
      const now = storage.list(storageKey, namespace);
      const changed = [...before].filter(([key]) => isIn(key, storageKey, namespace));
      if (changed.length === 0) return now;
      const keys = new Set(changed.map(([key]) => key));
      const kept = now.filter((stored) => !keys.has(keyOf(stored.storageKey, stored.namespace, stored.name)));
      return [...kept, ...changed.flatMap(([, stored]) => stored ?? [])].sort(byKey);
    },
    create: isPast,
    update: isPast,
    delete: isPast,
    subscribe: (listener) => storage.subscribe(listener),
    eventsSince: (after) => storage.eventsSince(after),
  };
}

function eventsAfter(storage: Storage, wanted: number): [revision: number, events: readonly StorageEvent[]] {
  let known = Math.min(Math.max(wanted, 0), storage.revision);
  let events = storage.eventsSince(known);
  // Halving the distance finds the oldest state that is still known.
  for (let unknown = known; events === undefined && known < storage.revision; ) {
    known = Math.ceil((unknown + 1 + storage.revision) / 2);
    events = storage.eventsSince(known);
    if (events === undefined) unknown = known;
  }
  return [known, events ?? []];
}

function isPast(): never {
  throw new Error('the past cannot be written to');
}

function keyOf(storageKey: string, namespace: string, name: string): string {
  return `${storageKey}/${namespace}/${name}`;
}

function isIn(key: string, storageKey: string, namespace: string | undefined): boolean {
  return key.startsWith(namespace === undefined ? `${storageKey}/` : `${storageKey}/${namespace}/`);
}

function byKey(one: Stored, other: Stored): number {
  return compare(one.namespace, other.namespace) || compare(one.name, other.name);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
