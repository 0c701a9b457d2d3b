import type { StatusError } from '../errors/status-error.ts';
import { isMap, own } from '../schema/json-value.ts';
import { goString, type JsonObject } from './json-object.ts';
import { brokenPatch, unprocessablePatch } from './refusal.ts';

export function noMergeKey(item: unknown, mergeKey: string): StatusError {
  return brokenPatch(`map: ${goString(item)} does not contain declared merge key: ${mergeKey}`);
}

/** Where the first item with that key stands; -1 for nowhere. */
export function indexByKey(items: readonly unknown[], mergeKey: string, value: unknown): number {
  return items.findIndex((item, index) => {
    if (!isMap(item)) throw brokenPatch(`value for key ${index} is not a map`);
    return Object.hasOwn(item, mergeKey) && own(item, mergeKey) === value;
  });
}

/** The type of all items, `undefined` when there are none. */
export function itemType(...lists: readonly (readonly unknown[])[]): string | undefined {
  let type: string | undefined;
  for (const item of lists.flat(1)) {
    const found = goType(item);
    if (type === undefined && found === '[]interface {}') throw unprocessablePatch();
    type ??= found;
    if (type !== found) {
      throw brokenPatch(`list element types are not identical: ${goString(lists)}`);
    }
  }
  return type;
}

export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (isMap(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

export function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw brokenPatch(`expected a []interface {}, but received a ${goType(value)}`);
}

export function asMap(value: unknown): JsonObject {
  if (isMap(value)) return value;
  throw brokenPatch(`expected a map[string]interface {}, but received a ${goType(value)}`);
}
