import { isMap } from '../schema/json-value.ts';
import { deduced, type FieldType, type ListType, type MapType } from './field-type.ts';
import { itemElement, itemsByElement, TypedValueError } from './list-items.ts';
import { elementText, type PathElement } from './path-element.ts';

/**
 * What is there with what is applied merged into it; neither is changed, parts of both stand in the result. Nothing is removed;
 * items of lists stand as applied, those that are only there keep their place among them. structured-merge-diff's
 * `TypedValue.Merge`.
 * @throws TypedValueError
 */
export function merge(there: unknown, applied: unknown, type: FieldType): unknown {
  if (applied === undefined) return there;
  if (there === undefined) return applied;
  const { map, scalar, list } = deduced(type, applied);
  if (map !== undefined) return mergeMaps(there, applied, map);
  if (scalar !== undefined || list === undefined) return applied;
  return mergeLists(there, applied, list);
}

function mergeMaps(there: unknown, applied: unknown, map: MapType): unknown {
  if (map.atomic || !isMap(there) || !isMap(applied)) {
    // An empty value takes nothing away from what merges.
    return !map.atomic && isMap(there) && applied === null && Object.keys(there).length > 0 ? there : applied;
  }
  const result: Record<string, unknown> = { ...there };
  for (const [name, value] of Object.entries(applied)) {
    const type = map.field(name)?.type ?? map.element;
    const current = Object.hasOwn(there, name) ? there[name] : undefined;
    const merged = type === undefined ? value : merge(current, value, type);
    if (name === '__proto__') Object.defineProperty(result, name, { value: merged, enumerable: true });
    else result[name] = merged;
  }
  return result;
}

function mergeLists(there: unknown, applied: unknown, list: ListType): unknown {
  if (list.atomic) return applied;
  const left = Array.isArray(there) ? there : [];
  const right = Array.isArray(applied) ? applied : [];
  if (left.length === 0) return applied;
  if (right.length === 0) return there;
  return interleave(list, left, right);
}

/** The walk over both lists of structured-merge-diff's `visitListItems`, step by step. */
function interleave(list: ListType, left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const leftElements = left.map((item) => itemElement(list, item));
  const rightElements = right.map((item) => itemElement(list, item));
  const leftItems = itemsByElement(list, left);
  const rightItems = new Map<PathElement, unknown>();
  for (const [index, element] of rightElements.entries()) {
    if (rightItems.has(element)) throw new TypedValueError(`duplicate entries for key ${elementText(element)}`);
    rightItems.set(element, right[index]);
  }
  const mergeItem = (element: PathElement): unknown => {
    const items = leftItems.get(element);
    // Duplicates are not merged with what replaces them.
    const single = items?.length === 1 ? items[0] : undefined;
    return merge(single, rightItems.get(element), list.item);
  };
  const shared = rightElements.filter((element) => leftItems.has(element));
  let nextShared = shared.shift();
  const merged = new Set<PathElement>();
  const result: unknown[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const leftElement = leftElements[l];
    const rightElement = rightElements[r];
    if (leftElement !== undefined && rightElement !== undefined) {
      if (leftElement === rightElement) {
        merged.add(leftElement);
        result.push(mergeItem(leftElement));
        l += 1;
        r += 1;
        nextShared = shared.shift();
        continue;
      }
      if (rightItems.has(leftElement) && nextShared !== undefined && nextShared !== leftElement) {
        // Shared, but its turn comes later.
        l += 1;
        continue;
      }
    }
    if (leftElement !== undefined) {
      if (!rightItems.has(leftElement)) {
        result.push(left[l]);
        l += 1;
        continue;
      }
      if (merged.has(leftElement)) l += 1;
    }
    if (rightElement !== undefined) {
      merged.add(rightElement);
      result.push(mergeItem(rightElement));
      r += 1;
      if (nextShared === rightElement) nextShared = shared.shift();
    }
  }
  return result;
}
