import { isMap, jsonEqual } from '../schema/json-value.ts';
import { branchOf, type FieldSet, LEAF, NOTHING, unionBranch } from './field-set.ts';
import { deduced, type FieldType, type ListType, type MapType } from './field-type.ts';
import { type ItemsByElement, itemsByElement, sortItems } from './list-items.ts';
import { compareText, fieldElement, type PathElement } from './path-element.ts';

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
  if (before === undefined) return { changed: wholeBranch(after, type), removed: undefined };
  if (after === undefined) return { changed: undefined, removed: wholeBranch(before, type) };
  const typeBefore = deduced(type, before);
  const typeAfter = deduced(type, after);
  if (typeBefore === typeAfter) return compareAs(before, after, typeAfter);
  // The shape changed, which only untyped values may: all that was is gone, all that is, is new.
  const old = compareAs(before, after, typeBefore);
  const fresh = compareAs(before, after, typeAfter);
  return { changed: either(old?.changed, fresh?.changed), removed: either(old?.removed, fresh?.removed) };
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
  return jsonEqual(before, after) ? undefined : CHANGED;
}

type Fields = Readonly<Record<string, unknown>>;
/** Stands for a map where there is none, `null` say: nothing in it has a zero value. */
const NO_FIELDS: Fields = Object.freeze({});

function compareMaps(before: unknown, after: unknown, map: MapType): Branches | undefined {
  if (map.atomic || (isEmptyMap(before) && isEmptyMap(after))) return compareLeaves(before, after);
  const left = isMap(before) ? before : NO_FIELDS;
  const right = isMap(after) ? after : NO_FIELDS;
  const differences = new Differences();
  for (const name of Object.keys(right)) compareField(differences, left, right, name, map);
  for (const name of Object.keys(left)) {
    if (!Object.hasOwn(right, name)) compareField(differences, left, right, name, map);
  }
  return differences.branches(sortFields);
}

function compareField(differences: Differences, left: Fields, right: Fields, name: string, map: MapType): void {
  const field = map.field(name);
  // A zero value stands in where one object lacks the field, unless the object itself is not there.
  const before = Object.hasOwn(left, name) ? left[name] : left === NO_FIELDS ? undefined : field?.zero;
  const after = Object.hasOwn(right, name) ? right[name] : right === NO_FIELDS ? undefined : field?.zero;
  if (before === after) return;
  const type = field?.type ?? map.element;
  const branches = type === undefined ? compareLeaves(before, after) : compareValues(before, after, type);
  if (branches !== undefined) differences.add(field?.pathElement ?? fieldElement(name), branches);
}

function compareLists(before: unknown, after: unknown, list: ListType): Branches | undefined {
  if (list.atomic || (isEmptyList(before) && isEmptyList(after))) return compareLeaves(before, after);
  if (jsonEqual(before, after)) return undefined;
  const left = itemsByElement(list, Array.isArray(before) ? before : []);
  const right = itemsByElement(list, Array.isArray(after) ? after : []);
  const differences = new Differences();
  for (const [element, items] of left) {
    differences.add(element, compareItems(items, right.get(element) ?? [], list.item));
  }
  for (const [element, items] of right) {
    if (!left.has(element)) differences.add(element, compareItems([], items, list.item));
  }
  return differences.branches((below) => sortItems(list, below, right, left));
}

/** Items of one name. Where there are several they are owned as one, whatever is below them. */
function compareItems(before: readonly unknown[], after: readonly unknown[], type: FieldType): Branches | undefined {
  if (before.length <= 1 && after.length <= 1) return compareValues(before[0], after[0], type);
  if (before.length >= 2 && after.length >= 2) return jsonEqual(before, after) ? undefined : CHANGED;
  if (before.length >= 2) {
    const single = after.length === 0 ? undefined : compareValues(undefined, after[0], type);
    return { changed: single?.changed, removed: either(single?.removed, LEAF) };
  }
  const single = before.length === 0 ? undefined : compareValues(before[0], undefined, type);
  return { changed: either(single?.changed, LEAF), removed: single?.removed };
}

type Below = [PathElement, FieldSet][];

/** The differences below a map or list that is in both objects. */
class Differences {
  readonly #changed: Below = [];
  readonly #removed: Below = [];

  add(element: PathElement, branches: Branches | undefined): void {
    if (branches?.changed !== undefined) this.#changed.push([element, branches.changed]);
    if (branches?.removed !== undefined) this.#removed.push([element, branches.removed]);
  }

  branches(sort: (below: Below) => Below): Branches | undefined {
    if (this.#changed.length === 0 && this.#removed.length === 0) return undefined;
    return { changed: branchOf(false, sort(this.#changed)), removed: branchOf(false, sort(this.#removed)) };
  }
}

/** All fields of a value that one object has and the other lacks. Most of a new object goes this way. */
function wholeBranch(value: unknown, type: FieldType): FieldSet {
  const { map, scalar, list } = deduced(type, value);
  if (map !== undefined) return map.atomic || !isMap(value) ? LEAF : wholeMap(value, map);
  if (scalar !== undefined || list === undefined || list.atomic || !Array.isArray(value)) return LEAF;
  return wholeList(value, list);
}

function wholeMap(value: Fields, map: MapType): FieldSet {
  const below: Below = [];
  for (const name of Object.keys(value)) {
    const field = map.field(name);
    const type = field?.type ?? map.element;
    const child = value[name];
    const branch = type === undefined || typeof child !== 'object' ? LEAF : wholeBranch(child, type);
    below.push([field?.pathElement ?? fieldElement(name), branch]);
  }
  return branchOf(true, sortFields(below)) ?? LEAF;
}

function wholeList(value: readonly unknown[], list: ListType): FieldSet {
  const items: ItemsByElement = itemsByElement(list, value);
  const below: Below = [];
  for (const [element, same] of items) {
    below.push([element, same.length > 1 ? LEAF : wholeBranch(same[0], list.item)]);
  }
  return branchOf(true, sortItems(list, below, items)) ?? LEAF;
}

function sortFields(below: Below): Below {
  return below.length > 1 ? below.sort(([a], [b]) => compareText(a, b)) : below;
}

function isEmptyMap(value: unknown): boolean {
  if (!isMap(value)) return true;
  for (const _ in value) return false;
  return true;
}

function isEmptyList(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}
