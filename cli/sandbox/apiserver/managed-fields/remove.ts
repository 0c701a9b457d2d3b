import { elementsOf, type FieldSet, isMember } from './field-set.ts';
import { deduced, type FieldType, type ListType, type MapType } from './field-type.ts';
import { itemElement } from './list-items.ts';
import { fieldElement } from './path-element.ts';

/**
 * The value without the fields of the set; it is not changed, parts of it stand in the result. What nothing is left of is
 * `null`. structured-merge-diff's `TypedValue.RemoveItems`.
 */
export function removeFields(value: unknown, set: FieldSet, type: FieldType): unknown {
  const { map, scalar, list } = deduced(type, value);
  if (map !== undefined) return removeFromMap(value, set, map);
  if (scalar !== undefined || list === undefined) return value;
  return removeFromList(value, set, list);
}

function removeFromMap(value: unknown, set: FieldSet, map: MapType): unknown {
  if (map.atomic || typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const kept = Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
    const branch = set[fieldElement(name)];
    if (branch === undefined) return [[name, child]];
    if (isMember(branch)) return [];
    const type = map.field(name)?.type ?? map.element;
    return [[name, type === undefined ? child : removeFields(child, branch, type)]];
  });
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function removeFromList(value: unknown, set: FieldSet, list: ListType): unknown {
  if (list.atomic || !Array.isArray(value)) return null;
  const kept = value.flatMap((item): unknown[] => {
    const branch = set[itemElement(list, item)];
    if (branch === undefined) return [item];
    if (isMember(branch)) return [];
    return [elementsOf(branch).length === 0 ? item : removeFields(item, branch, list.item)];
  });
  return kept.length === 0 ? null : kept;
}
