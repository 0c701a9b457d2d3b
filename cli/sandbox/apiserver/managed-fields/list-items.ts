import type { FieldSet } from './field-set.ts';
import type { ListType } from './field-type.ts';
import {
  compareElements,
  compareText,
  keyElement,
  type PathElement,
  type Scalar,
  valueElement,
} from './path-element.ts';

/** An object that does not fit its schema in a way that merging cannot live with. */
export class TypedValueError extends Error {
  override readonly name = 'TypedValueError';
}

/** What names an item of a list that merges: its keys, or itself. @throws TypedValueError */
export function itemElement(list: ListType, item: unknown): PathElement {
  return list.keys.length === 0 ? setElement(item) : mapElement(list, item);
}

function setElement(item: unknown): PathElement {
  if (item === null) {
    throw new TypedValueError("associative list without keys has an element that's an explicit null");
  }
  if (Array.isArray(item)) throw new TypedValueError('not supported: associative list with lists as elements');
  if (typeof item === 'object') {
    throw new TypedValueError("associative list without keys has an element that's a map type");
  }
  return valueElement(item as Scalar);
}

function mapElement(list: ListType, item: unknown): PathElement {
  if (item === null) throw new TypedValueError('associative list with keys may not have a null element');
  if (typeof item !== 'object' || Array.isArray(item)) {
    throw new TypedValueError('associative list with keys may not have non-map elements');
  }
  const keys: [string, unknown][] = [];
  for (const name of list.keys) {
    const value = Object.hasOwn(item, name) ? (item as Record<string, unknown>)[name] : list.keyDefaults[name];
    // A key that is left out makes another item than one that is there.
    if (value !== undefined) keys.push([name, value]);
  }
  if (keys.length === 0) {
    const names = list.keys.map((name) => JSON.stringify(name)).join(' ');
    throw new TypedValueError(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    );
  }
  return keyElement(keys);
}

/** What stands in a list by what names it; several items where they share a name. */
export type ItemsByElement = ReadonlyMap<PathElement, readonly unknown[]>;

/** In the order of the first of each name. @throws TypedValueError */
export function itemsByElement(list: ListType, items: readonly unknown[]): ItemsByElement {
  const found = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const element = itemElement(list, item);
    const same = found.get(element);
    if (same === undefined) found.set(element, [item]);
    else same.push(item);
  }
  return found;
}

/**
 * Puts branches in the order of their elements, in place. The items tell it faster than the elements, which would have to be
 * parsed; each element is among one of `sources`.
 */
export function sortItems(
  list: ListType,
  below: [PathElement, FieldSet][],
  ...sources: readonly ItemsByElement[]
): [PathElement, FieldSet][] {
  if (below.length < 2) return below;
  const itemOf = (element: PathElement): unknown => {
    for (const source of sources) {
      const items = source.get(element);
      if (items !== undefined) return items[0];
    }
    return undefined;
  };
  return below.sort(([a], [b]) => compareItems(list, itemOf(a), itemOf(b)) ?? compareElements(a, b));
}

/** `undefined`: the elements must tell. */
function compareItems(list: ListType, a: unknown, b: unknown): number | undefined {
  if (list.keys.length === 0) return compareScalars(a, b);
  for (const key of list.keys) {
    const order = compareScalars(keyOf(a, key), keyOf(b, key));
    if (order !== 0) return order;
  }
  return 0;
}

function keyOf(item: unknown, key: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[key] : undefined;
}

function compareScalars(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return typeof a === 'number' && typeof b === 'number' ? a - b : undefined;
}
