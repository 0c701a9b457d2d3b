import { isMap, own } from './json-value.ts';
import type { Schema } from './schema.ts';

/**
 * Fills in the defaults of a custom resource's schema, in place: where a field is missing, and where it is null and may not be.
 * The types of built-in kinds (metadata) have theirs in code, and are left alone.
 */
export function applyDefaults(schema: Schema, object: unknown): void {
  if (schema.name !== undefined || !mayHaveDefaults(schema)) return;
  if (Array.isArray(object)) {
    const { items } = schema;
    if (items === undefined) return;
    for (let i = 0; i < object.length; i++) {
      if (object[i] === null && wantsValue(items)) object[i] = copyOf(items.default);
      applyDefaults(items, object[i]);
    }
  } else if (isMap(object)) fillMap(schema, object);
}

function fillMap({ properties, additionalProperties }: Schema, map: Record<string, unknown>): void {
  for (const name in properties) {
    const property = properties[name];
    if (property?.default === undefined || property.default === null) continue;
    if (!Object.hasOwn(map, name) || (map[name] === null && property.nullable !== true)) {
      map[name] = copyOf(property.default);
    }
  }
  const values = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  for (const key of Object.keys(map)) {
    const property = own(properties, key);
    if (property !== undefined) applyDefaults(property, map[key]);
    else if (values !== undefined) {
      if (map[key] === null && wantsValue(values)) map[key] = copyOf(values.default);
      applyDefaults(values, map[key]);
    }
  }
}

function wantsValue(schema: Schema): boolean {
  return schema.nullable !== true && schema.default !== undefined;
}

function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}

const known = new WeakMap<Schema, boolean>();

/** Most schemas have few defaults: whole branches need not be looked at. */
function mayHaveDefaults(schema: Schema): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  known.set(schema, true); // what contains itself is looked at
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ];
  const found = parts.some((part) => part.default !== undefined || (part.name === undefined && mayHaveDefaults(part)));
  known.set(schema, found);
  return found;
}
