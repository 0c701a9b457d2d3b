import { duplicate, invalid } from '../errors/field-errors.ts';
import { goJson } from '../errors/go-text.ts';
import type { FieldError } from '../errors/status-error.ts';
import { isMap, own } from './json-value.ts';
import type { Schema } from './schema.ts';

/** Items that occur twice in lists that are sets, or maps by their keys. Paths begin at the root: `spec.ports[1]`. */
export function validateListTypes(schema: Schema, value: unknown, path = ''): FieldError[] {
  const errors: FieldError[] = [];
  visit(schema, value, path, errors);
  return errors;
}

function visit(schema: Schema, value: unknown, path: string, errors: FieldError[]): void {
  if (Array.isArray(value)) {
    const type = schema['x-kubernetes-list-type'];
    if (type === 'set') {
      for (const i of repeated(value)) errors.push(duplicate(`${path}[${i}]`, value[i]));
    } else if (type === 'map') {
      errors.push(...repeatedKeys(schema['x-kubernetes-list-map-keys'] ?? [], value, path));
    }
    const { items } = schema;
    if (items === undefined) return;
    for (const [i, item] of value.entries()) visit(items, item, `${path}[${i}]`, errors);
  } else if (isMap(value)) {
    const { properties, additionalProperties } = schema;
    for (const key of Object.keys(value)) {
      const known = own(properties, key);
      if (known !== undefined) visit(known, value[key], path === '' ? key : `${path}.${key}`, errors);
      else if (typeof additionalProperties === 'object')
        visit(additionalProperties, value[key], `${path}[${key}]`, errors);
    }
  }
}

function repeatedKeys(keys: readonly string[], list: readonly unknown[], path: string): FieldError[] {
  const wrong = list.findIndex((item) => item !== null && !isMap(item));
  if (wrong >= 0) {
    return [invalid(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map')];
  }
  const keysOf = list.map((item) =>
    Object.fromEntries(keys.flatMap((key) => (isMap(item) && Object.hasOwn(item, key) ? [[key, item[key]]] : []))),
  );
  return repeated(keysOf).map((i) => duplicate(`${path}[${i}]`, keysOf[i]));
}

/** The indices of each item's first repetition. */
function repeated(list: readonly unknown[]): number[] {
  const times = new Map<string, number>();
  const indices: number[] = [];
  list.forEach((item, i) => {
    const text = goJson(item);
    const before = times.get(text) ?? 0;
    if (before === 1) indices.push(i);
    times.set(text, before + 1);
  });
  return indices;
}
