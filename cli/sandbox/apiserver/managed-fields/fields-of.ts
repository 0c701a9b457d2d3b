import { branchOf, elementsOf, type FieldSet, isMember, LEAF, NOTHING } from './field-set.ts';
import { deduced, type FieldType, type ListType, type MapType } from './field-type.ts';
import { itemsByElement, sortItems } from './list-items.ts';
import { compareText, fieldElement, type PathElement } from './path-element.ts';

/** Every field that an object mentions: what somebody owns who applies it. @throws TypedValueError */
export function fieldsOf(object: unknown, type: FieldType): FieldSet {
  return fieldsOfValue(object, type)?.branch ?? NOTHING;
}

/** `branch` undefined: nothing of it is owned, such as an empty list that merges. */
interface Found {
  readonly branch: FieldSet | undefined;
}

const OWNED: Found = { branch: LEAF };
const UNOWNED: Found = { branch: undefined };

function fieldsOfValue(value: unknown, type: FieldType): Found {
  const { map, scalar, list } = deduced(type, value);
  if (map !== undefined) return map.atomic ? OWNED : fieldsOfMap(value, map);
  if (scalar !== undefined || list === undefined) return OWNED;
  return list.atomic ? OWNED : fieldsOfList(value, list);
}

function fieldsOfMap(value: unknown, map: MapType): Found {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return UNOWNED;
  const below: [PathElement, FieldSet][] = [];
  for (const [name, child] of Object.entries(value)) {
    const field = map.field(name);
    const type = field?.type ?? map.element;
    const found = type === undefined ? OWNED : fieldsOfValue(child, type);
    // Fields that the schema names count only for what is in them; keys of a map count themselves.
    const itself = field === undefined || isNothing(child);
    const element = field?.pathElement ?? fieldElement(name);
    if (found.branch !== undefined) below.push([element, itself ? asMember(found.branch) : found.branch]);
    else if (itself) below.push([element, LEAF]);
  }
  return { branch: branchOf(false, below.length > 1 ? below.sort(([a], [b]) => compareText(a, b)) : below) };
}

function fieldsOfList(value: unknown, list: ListType): Found {
  if (!Array.isArray(value)) return UNOWNED;
  const below: [PathElement, FieldSet][] = [];
  const byElement = itemsByElement(list, value);
  for (const [element, items] of byElement) {
    const found = items.length > 1 ? OWNED : fieldsOfValue(items[0], list.item);
    below.push([element, found.branch === undefined ? LEAF : asMember(found.branch)]);
  }
  return { branch: branchOf(false, sortItems(list, below, byElement)) };
}

function isNothing(value: unknown): boolean {
  return value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);
}

function asMember(branch: FieldSet): FieldSet {
  return isMember(branch) ? branch : { '.': LEAF, ...branch };
}

/**
 * The set with the fields that the schema names made members where something below them is in the set: owning `spec.replicas`
 * then is owning `spec` too. Keys of maps and items of lists stay as they are.
 */
export function withNamedFields(set: FieldSet, type: FieldType): FieldSet {
  return namedBranch(set, type, false) ?? NOTHING;
}

function namedBranch(branch: FieldSet, type: FieldType | undefined, member: boolean): FieldSet | undefined {
  const below = elementsOf(branch).map((element): readonly [PathElement, FieldSet] => {
    const child = branch[element] as FieldSet;
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    const field = name === undefined ? undefined : type?.map?.field(name);
    const next = name === undefined ? type?.list?.item : (field?.type ?? type?.map?.element);
    const counts = isMember(child) || field !== undefined;
    return [element, namedBranch(child, next, counts) ?? LEAF];
  });
  return branchOf(member, below);
}
