import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { badRequest } from '../errors/status-error.ts';
import { isMap, own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';
import { inElementOrder } from './element-order.ts';
import { goString, type JsonObject, put } from './json-object.ts';
import { asList, asMap, goType, indexByKey, itemType, noMergeKey } from './merge-key.ts';
import { metaOfList, metaOfMap, type PatchMeta } from './patch-meta.ts';
import { brokenPatch } from './refusal.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList';
const ELEMENT_ORDER = '$setElementOrder';

/**
 * Merges a strategic merge patch into an object of a built-in kind and returns the result; both stay as they are, parts of
 * both may stand in the result. As `k8s.io/apimachinery/pkg/util/strategicpatch` does it on the server: lists merge by the
 * schema's `x-kubernetes-patch-strategy` and merge key, `$patch`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…` are obeyed.
 *
 * @param patch the decoded body of the request
 * @throws StatusError 400 for malformed directives, 422 for lists of lists, 500 (as in Kubernetes) where its engine gives up
 */
export function applyStrategicMergePatch(schema: Schema, object: DeepReadonly<JsonObject>, patch: unknown): JsonObject {
  if (patch === null) return { ...object };
  if (!isMap(patch)) {
    const found = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
    throw badRequest(`json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
  }
  return mergedMap(object, patch, schema);
}

function mergedMap(original: DeepReadonly<JsonObject>, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (Object.hasOwn(patch, DIRECTIVE)) return directedMap(patch);
  const result = retained(original, patch);
  const done = mergeOrderedLists(result, patch, schema);
  for (const key of Object.keys(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER) || done.has(key)) continue;
    if (key.startsWith(DELETE_FROM)) deleteFromList(result, key, own(patch, key), schema);
    else mergeField(result, key, own(patch, key), schema);
  }
  return result;
}

/** `$patch: replace` takes the rest as it stands, `$patch: delete` leaves an empty map. */
function directedMap(patch: JsonObject): JsonObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw brokenPatch(`unknown patch type: ${goString(directive)} in map: ${goString(patch)}`);
}

/** A copy of the original with no more than the keys of `$retainKeys`, if the patch has one. */
function retained(original: DeepReadonly<JsonObject>, patch: JsonObject): JsonObject {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return { ...original };
  const list = own(patch, RETAIN_KEYS);
  if (!Array.isArray(list)) throw badRequest('invalid patch format of retainKeys');
  const keys = new Set<unknown>(list);
  for (const [key, value] of Object.entries(patch)) {
    const says =
      key !== RETAIN_KEYS && value !== null && !key.startsWith(DELETE_FROM) && !key.startsWith(ELEMENT_ORDER);
    if (says && !keys.has(key)) throw badRequest('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.has(key)));
}

function mergeField(result: JsonObject, key: string, value: unknown, schema: Schema | undefined): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const current = own(result, key);
  if (isMap(value) && isMap(current)) {
    const meta = metaOfMap(schema, key);
    put(result, key, meta.strategy === 'replace' ? value : mergedMap(current, value, meta.schema));
  } else if (Array.isArray(value) && Array.isArray(current)) {
    const meta = metaOfList(schema, key);
    put(result, key, meta.strategy === 'merge' ? mergedList(current, value, meta) : value);
  } else {
    const fresh = withoutDirectives(value, true);
    if (fresh === undefined) delete result[key];
    else put(result, key, fresh);
  }
}

function deleteFromList(result: JsonObject, directive: string, value: unknown, schema: Schema | undefined): void {
  const key = fieldOf(directive, DELETE_FROM);
  if (key === undefined) throw badRequest('invalid patch format of primitive list');
  if (value === null) {
    delete result[key];
    return;
  }
  const current = own(result, key);
  if (isMap(current) && isMap(value)) {
    mergeField(result, key, value, schema);
    return;
  }
  if (!Array.isArray(current) || !Array.isArray(value)) return;
  const meta = metaOfList(schema, key);
  if (current.length === 0 && value.length === 0) return;
  if (itemType(current, value) === 'map[string]interface {}') {
    put(result, key, mergedList(current, value, meta));
    return;
  }
  const gone = new Set<unknown>(value);
  put(
    result,
    key,
    inElementOrder(
      current.filter((item) => !gone.has(item)),
      value,
      current,
      meta.mergeKey,
    ),
  );
}

/** Merges the lists that have a `$setElementOrder`, puts them in that order, and returns their names. */
function mergeOrderedLists(result: JsonObject, patch: JsonObject, schema: Schema | undefined): Set<string> {
  const done = new Set<string>();
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(ELEMENT_ORDER)) continue;
    const order = asList(own(patch, directive));
    const key = fieldOf(directive, ELEMENT_ORDER);
    if (key === undefined) throw badRequest('invalid patch format of setElementOrder list');
    const current = Object.hasOwn(result, key) ? asList(result[key]) : undefined;
    const patched = Object.hasOwn(patch, key) ? asList(patch[key]) : undefined;
    const meta = metaOfList(schema, key);
    checkOrder(patched ?? [], order, meta.mergeKey);
    if (current === undefined && patched === undefined) continue;
    const merged = orderedContent(current, patched, meta);
    if (itemType(current ?? [], patched ?? []) === undefined)
      throw brokenPatch('no elements in any of the given slices');
    const serverOrder = shiftedOrder(current ?? [], patched ?? [], meta);
    put(result, key, inElementOrder(merged, order, serverOrder, meta.mergeKey));
    done.add(key);
  }
  return done;
}

function orderedContent(current: unknown[] | undefined, patched: unknown[] | undefined, meta: PatchMeta): unknown[] {
  if (current === undefined) return asList(withoutDirectives(patched ?? [], false));
  if (patched === undefined) return current;
  return meta.strategy === 'merge' ? mergedList(current, patched, meta) : patched;
}

/**
 * The order in which the server had its items, as Kubernetes sees it once the lists are merged: deletions and additions went through
 * the same memory, so that what follows a deleted item has moved up, and the first additions stand in the place of what was deleted.
 */
function shiftedOrder(current: readonly unknown[], patched: readonly unknown[], meta: PatchMeta): readonly unknown[] {
  const items = patched.filter(isMap);
  const directives = items.filter((item) => Object.hasOwn(item, DIRECTIVE));
  if (meta.strategy !== 'merge' || meta.mergeKey === '' || directives.length === 0) return current;
  const { base, additions } = obeyItems(current, items, meta.mergeKey);
  if (base === additions || base.length >= current.length) return current;
  const added = additions.filter((item) => indexByKey(base, meta.mergeKey, own(item, meta.mergeKey)) === -1);
  const moved = [...base, ...added].slice(0, current.length);
  return [...moved, ...current.slice(moved.length)];
}

/** The items of the patch must stand in the order that the patch itself asks for. */
function checkOrder(patched: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (patched.length === 0 || order.length === 0) return;
  const keyOf = (item: unknown): unknown => {
    if (mergeKey === '') return item;
    const map = asMap(item);
    if (!Object.hasOwn(map, mergeKey)) throw noMergeKey(map, mergeKey);
    return own(map, mergeKey);
  };
  let place = 0;
  for (const item of patched) {
    if (isMap(item) && Object.hasOwn(item, DIRECTIVE)) continue;
    while (place < order.length && keyOf(order[place]) !== keyOf(item)) place += 1;
    if (place >= order.length) {
      throw brokenPatch(
        `The order in patch list:\n${goString(patched)}\n doesn't match ${ELEMENT_ORDER} list:\n${goString(order)}\n`,
      );
    }
    place += 1;
  }
}

/** `finalizers` of `$setElementOrder/finalizers`. */
function fieldOf(directive: string, prefix: string): string | undefined {
  return directive.startsWith(`${prefix}/`) ? directive.slice(prefix.length + 1) : undefined;
}

function mergedList(original: readonly unknown[], patch: readonly unknown[], meta: PatchMeta): unknown[] {
  const type = itemType(original, patch);
  if (type === undefined) return [];
  if (type !== 'map[string]interface {}') {
    return inElementOrder([...new Set([...original, ...patch])], patch, original, meta.mergeKey);
  }
  if (meta.mergeKey === '') throw brokenPatch(`cannot merge lists without merge key for ${goKind(meta.schema)}`);
  const { base, additions } = obeyItems(original, patch.map(asMap), meta.mergeKey);
  const merged = [...base];
  for (const item of additions) {
    if (!Object.hasOwn(item, meta.mergeKey)) throw noMergeKey(item, meta.mergeKey);
    const index = indexByKey(merged, meta.mergeKey, own(item, meta.mergeKey));
    if (index === -1) merged.push(item);
    else merged[index] = mergedMap(asMap(merged[index]), item, meta.schema);
  }
  return inElementOrder(merged, additions, base, meta.mergeKey);
}

/** Carries out the items that are orders: `{$patch: delete, name: x}` removes, `{$patch: replace}` starts afresh. */
function obeyItems(
  original: readonly unknown[],
  patch: readonly JsonObject[],
  mergeKey: string,
): { base: readonly unknown[]; additions: readonly JsonObject[] } {
  const additions: JsonObject[] = [];
  let base = original;
  let replace = false;
  for (const item of patch) {
    if (!Object.hasOwn(item, DIRECTIVE)) {
      additions.push(item);
      continue;
    }
    const directive = own(item, DIRECTIVE);
    if (directive === 'replace') {
      replace = true;
    } else if (directive === 'delete') {
      if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
      const gone = own(item, mergeKey);
      base = base.filter((each) => own(asMap(each), mergeKey) !== gone);
    } else if (directive === 'merge') {
      throw brokenPatch('merging lists cannot yet be specified in the patch');
    } else {
      throw brokenPatch(`unknown patch type: ${goString(directive)} in map: ${goString(item)}`);
    }
  }
  return replace ? { base: additions, additions: [] } : { base, additions };
}

/** A value that is new to the object: what is an order goes, and so do nulls in maps if `dropNulls`. */
function withoutDirectives(value: unknown, dropNulls: boolean): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutDirectives(item, dropNulls)).filter((item) => item !== undefined);
  }
  if (!isMap(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = own(value, key);
    if (item === null && dropNulls) continue;
    const kept = withoutDirectives(item, dropNulls);
    if (kept !== undefined) put(result, key, kept);
  }
  return result;
}

function goKind(schema: Schema | undefined): string {
  return schema?.properties === undefined ? goType(schema?.type === 'object' ? {} : '') : 'struct';
}
