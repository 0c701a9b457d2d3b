import isEqual from 'lodash/isEqual.js';
import { type FieldSet, LEAF, NOTHING, sortedBranch, unionBranch } from './field-set.ts';
import { deduced, type FieldType, type ListType, type MapType } from './field-type.ts';
import { itemsByElement } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/** Which fields differ between two objects of a type. No field is in both sets. */
export interface Comparison {
  /** Added, or there before with another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** structured-merge-diff's `TypedValue.Compare`. @throws TypedValueError */
export function compare(before: unknown, after: unknown, type: FieldType): Comparison {
  const branches = compareValues(before, after, type);
  return { changed: branches?.changed ?? NOTHING, removed: branches?.removed ?? NOTHING };
}

/** What a value contributes to either set, as branches of those sets. `undefined`: no difference. */
interface Branches {
  readonly changed: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const CHANGED: Branches = { changed: LEAF, removed: undefined };
const REMOVED: Branches = { changed: undefined, removed: LEAF };

/** At most one of the two values is undefined: it is not there. */
function compareValues(before: unknown, after: unknown, type: FieldType): Branches | undefined {
  if (before === after) return undefined;
  const typeBefore = deduced(type, before);
  const typeAfter = deduced(type, after);
  if (after === undefined) return compareAs(before, after, typeBefore);
  if (before === undefined || typeBefore === typeAfter) return compareAs(before, after, typeAfter);
  // The shape changed, which only untyped values may: all that was is gone, all that is, is new.
  const old = compareAs(before, after, typeBefore);
  const fresh = compareAs(before, after, typeAfter);
  return {
    changed: either(old?.changed, fresh?.changed),
    removed: either(old?.removed, fresh?.removed),
  };
}

function either(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  return a === undefined ? b : b === undefined ? a : unionBranch(a, b);
}

function compareAs(before: unknown, after: unknown, { map, scalar, list }: FieldType): Branches | undefined {
  if (map !== undefined) return compareMaps(before, after, map);
  if (scalar !== undefined || list === undefined) return compareLeaves(before, after);
  return compareLists(before, after, list);
}

function compareLeaves(before: unknown, after: unknown): Branches | undefined {
  if (before === undefined) return CHANGED;
  if (after === undefined) return REMOVED;
  return isEqual(before, after) ? undefined : CHANGED;
}

type Fields = Readonly<Record<string, unknown>>;
const NO_FIELDS: Fields = Object.freeze({});

function compareMaps(before: unknown, after: unknown, map: MapType): Branches | undefined {
  if (map.atomic || (isEmptyMap(before) && isEmptyMap(after))) return compareLeaves(before, after);
  const left = isMap(before) ? before : NO_FIELDS;
  const right = isMap(after) ? after : NO_FIELDS;
  const collected = new Collected();
  for (const name of Object.keys(right)) {
    const field = map.field(name);
    collected.add(fieldElement(name), compareField(left, right, name, field?.zero, field?.type ?? map.element));
  }
  for (const name of Object.keys(left)) {
    if (Object.hasOwn(right, name)) continue;
    const field = map.field(name);
    collected.add(fieldElement(name), compareField(left, right, name, field?.zero, field?.type ?? map.element));
  }
  return collected.branches(before === undefined, after === undefined);
}

/** `zero` stands in where one object lacks the field, unless the object itself is not there. */
function compareField(
  left: Fields,
  right: Fields,
  name: string,
  zero: unknown,
  type: FieldType | undefined,
): Branches | undefined {
  const before = Object.hasOwn(left, name) ? left[name] : left === NO_FIELDS ? undefined : zero;
  const after = Object.hasOwn(right, name) ? right[name] : right === NO_FIELDS ? undefined : zero;
  return type === undefined ? compareLeaves(before, after) : compareValues(before, after, type);
}

function compareLists(before: unknown, after: unknown, list: ListType): Branches | undefined {
  if (list.atomic || (isEmptyList(before) && isEmptyList(after))) return compareLeaves(before, after);
  const left = itemsByElement(list, Array.isArray(before) ? before : []);
  const right = itemsByElement(list, Array.isArray(after) ? after : []);
  const collected = new Collected();
  for (const [element, items] of left) {
    collected.add(element, compareItems(items, right.get(element) ?? [], list.item));
  }
  for (const [element, items] of right) {
    if (!left.has(element)) collected.add(element, compareItems([], items, list.item));
  }
  return collected.branches(before === undefined, after === undefined);
}

/** Items of one name. Where there are several they are owned as one, whatever is below them. */
function compareItems(before: readonly unknown[], after: readonly unknown[], type: FieldType): Branches | undefined {
  if (before.length <= 1 && after.length <= 1) return compareValues(before[0], after[0], type);
  if (before.length >= 2 && after.length >= 2) return isEqual(before, after) ? undefined : CHANGED;
  if (before.length >= 2) {
    const single = after.length === 0 ? undefined : compareValues(undefined, after[0], type);
    return { changed: single?.changed, removed: either(single?.removed, LEAF) };
  }
  const single = before.length === 0 ? undefined : compareValues(before[0], undefined, type);
  return { changed: either(single?.changed, LEAF), removed: single?.removed };
}

/** The differences below a map or list. */
class Collected {
  readonly #changed: [PathElement, FieldSet][] = [];
  readonly #removed: [PathElement, FieldSet][] = [];

  add(element: PathElement, branches: Branches | undefined): void {
    if (branches?.changed !== undefined) this.#changed.push([element, branches.changed]);
    if (branches?.removed !== undefined) this.#removed.push([element, branches.removed]);
  }

  /** With the map or list itself, if it was or is not there. */
  branches(isNew: boolean, isGone: boolean): Branches | undefined {
    if (!isNew && !isGone && this.#changed.length === 0 && this.#removed.length === 0) return undefined;
    return { changed: sortedBranch(isNew, this.#changed), removed: sortedBranch(isGone, this.#removed) };
  }
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyMap(value: unknown): boolean {
  if (!isMap(value)) return true;
  for (const _ in value) return false;
  return true;
}

function isEmptyList(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}
