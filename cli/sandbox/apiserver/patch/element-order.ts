import { isMap, own } from '../schema/json-value.ts';
import type { JsonObject } from './json-object.ts';
import { noMergeKey } from './merge-key.ts';

/**
 * Puts a merged list in order: what the patch names as the patch has it, what only the server has as the server has it, and
 * each of the latter before the first of the former that it stood before. Kubernetes: `normalizeElementOrder`.
 */
export function inElementOrder(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const keyOf = mergeKey === '' ? (item: unknown) => item : (item: unknown) => keyOfItem(item, mergeKey);
  const patchPlaces = placesOf(patchOrder, keyOf);
  const serverPlaces = placesOf(serverOrder, keyOf);
  const named: unknown[] = [];
  const serverOnly: unknown[] = [];
  for (const item of merged) (patchPlaces.has(keyOf(item)) ? named : serverOnly).push(item);
  return interleaved(
    sortedBy(serverOnly, serverPlaces, keyOf),
    sortedBy(named, patchPlaces, keyOf),
    serverPlaces,
    keyOf,
  );
}

function keyOfItem(item: unknown, mergeKey: string): unknown {
  if (!isMap(item) || !Object.hasOwn(item, mergeKey)) throw noMergeKey(item as JsonObject, mergeKey);
  return own(item, mergeKey);
}

function placesOf(order: readonly unknown[], keyOf: (item: unknown) => unknown): Map<unknown, number> {
  const places = new Map<unknown, number>();
  order.forEach((item, place) => {
    const key = keyOf(item);
    if (!places.has(key)) places.set(key, place);
  });
  return places;
}

function sortedBy(
  items: unknown[],
  places: ReadonlyMap<unknown, number>,
  keyOf: (item: unknown) => unknown,
): unknown[] {
  const place = (item: unknown) => places.get(keyOf(item)) ?? Number.MAX_SAFE_INTEGER;
  return items.toSorted((a, b) => place(a) - place(b));
}

function interleaved(
  serverOnly: readonly unknown[],
  named: readonly unknown[],
  serverPlaces: ReadonlyMap<unknown, number>,
  keyOf: (item: unknown) => unknown,
): unknown[] {
  const all: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = serverPlaces.get(keyOf(item));
    while (place !== undefined && next < serverOnly.length) {
      const other = serverPlaces.get(keyOf(serverOnly[next]));
      if (other === undefined || other >= place) break;
      all.push(serverOnly[next]);
      next += 1;
    }
    all.push(item);
  }
  return [...all, ...serverOnly.slice(next)];
}
