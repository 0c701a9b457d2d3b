import type { DeepReadonly, ManagedFieldsEntry } from '../../../apis/meta/v1.ts';
import { FIELD_MANAGER } from '../../../apis/well-known.ts';
import { isJsonObject, type JsonObject, withoutMember } from '../json/json-pointer.ts';

type Entries = readonly DeepReadonly<ManagedFieldsEntry>[];
type Path = readonly string[];

/**
 * The `managedFields` that an object needs before an apply of ours means what it says, or `undefined` when it has them.
 *
 * - What we own by PUT or PATCH (operation `Update`) goes over to our apply: a field that the template loses is taken away
 *   only when nobody else owns it, and our own earlier writes count as somebody else. It is what kubectl's
 *   `csaupgrade` does, for one manager.
 * - What is left to the member goes the other way: a field that an apply owned alone and is silent about is taken away.
 */
export function ownershipFor(entries: Entries, leftToMember: readonly Path[]): ManagedFieldsEntry[] | undefined {
  const applied = entries.find((entry) => isOurs(entry) && entry.operation === 'Apply');
  const updated = entries.filter((entry) => isOurs(entry) && entry.operation === 'Update');
  const kept = leftToMember.map((path) => path.map((token) => `f:${token}`));
  const fromUpdates = updated.some(({ fieldsV1 = {} }) => Object.keys(without(fieldsV1, kept)).length > 0);
  const fromApply = kept.some((path) => has(applied?.fieldsV1 ?? {}, path));
  if (!fromUpdates && !fromApply) return undefined;
  const all = [applied, ...updated].reduce<JsonObject>((union, entry) => merge(union, entry?.fieldsV1 ?? {}), {});
  const model = applied ?? updated[0] ?? {};
  const left = only(all, kept);
  return [
    ...(entries.filter((entry) => entry !== applied && !updated.includes(entry)) as ManagedFieldsEntry[]),
    { ...(model as ManagedFieldsEntry), operation: 'Apply', fieldsV1: without(all, kept) },
    ...(Object.keys(left).length === 0
      ? []
      : [{ ...(model as ManagedFieldsEntry), operation: 'Update', fieldsV1: left }]),
  ];
}

function isOurs({ manager, subresource }: DeepReadonly<ManagedFieldsEntry>): boolean {
  return manager === FIELD_MANAGER && !subresource;
}

/** Sets of fields are trees of objects: their union. */
function merge(a: JsonObject, b: JsonObject): JsonObject {
  const members = Object.entries(b).map(([name, value]) => {
    const before = Object.hasOwn(a, name) ? a[name] : undefined;
    return [name, isJsonObject(before) && isJsonObject(value) ? merge(before, value) : value];
  });
  return { ...a, ...Object.fromEntries(members) };
}

function has(tree: JsonObject, [first, ...rest]: Path): boolean {
  if (first === undefined) return true;
  const child = Object.hasOwn(tree, first) ? tree[first] : undefined;
  return isJsonObject(child) && has(child, rest);
}

/** The tree less these paths, and less what then holds nothing. */
function without(tree: JsonObject, paths: readonly Path[]): Record<string, unknown> {
  return paths.reduce<JsonObject>((rest, path) => cut(rest, path), tree) as Record<string, unknown>;
}

function cut(tree: JsonObject, [first, ...rest]: Path): JsonObject {
  if (first === undefined || !Object.hasOwn(tree, first)) return tree;
  const child = tree[first];
  if (rest.length === 0 || !isJsonObject(child)) return withoutMember(tree, first);
  const remaining = cut(child, rest);
  const isEmpty = Object.keys(remaining).every((name) => name === '.');
  return isEmpty ? withoutMember(tree, first) : { ...tree, [first]: remaining };
}

function only(tree: JsonObject, paths: readonly Path[]): Record<string, unknown> {
  const present = paths.filter((path) => has(tree, path));
  return present.reduce<JsonObject>((union, path) => merge(union, branch(tree, path)), {}) as Record<string, unknown>;
}

function branch(tree: JsonObject, [first, ...rest]: Path): JsonObject {
  if (first === undefined) return tree;
  const child = tree[first];
  return { [first]: isJsonObject(child) ? branch(child, rest) : {} };
}
