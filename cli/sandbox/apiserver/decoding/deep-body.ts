import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { builtInType } from '../schema/built-in.ts';
import { isMap, own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';
import { tooDeep } from './parse-body.ts';

/**
 * Whatever an object goes through recurses; at the end of the stack not every kind of failure can be caught (V8 ends the process
 * when it cannot compile a regular expression there). Go allows 10,000 levels.
 */
const MAX_LEVELS = 1_000;

/**
 * Empties, in place, what the schema does not know of an object, or of a patch shaped like one, for it goes anyway.
 * @throws {BodyProblem} nested too deeply even so
 */
export function withoutDepths({ schema = {}, custom }: ResourceDefinition, value: unknown): void {
  emptyUnknown(schema, value);
  if (custom && isMap(value)) emptyUnknown(builtInType(OBJECT_META) ?? {}, value.metadata);
  if (isDeeper(value, MAX_LEVELS)) throw tooDeep(MAX_LEVELS);
}

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Schemas may hold themselves, so this too goes no further than what is left may be deep. */
function emptyUnknown(schema: Schema, value: unknown, level = 0): void {
  if (level > MAX_LEVELS) return;
  const { properties, additionalProperties, items } = schema;
  if (Array.isArray(value)) {
    if (items !== undefined) for (const item of value) emptyUnknown(items, item, level + 1);
  } else if (isMap(value)) {
    const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true || properties === undefined;
    for (const [key, field] of Object.entries(value)) {
      if (typeof field !== 'object' || field === null) continue;
      const known =
        own(properties, key) ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (known !== undefined) emptyUnknown(known, field, level + 1);
      else if (!keeps && !(level === 0 && ALWAYS_KNOWN.has(key))) value[key] = Array.isArray(field) ? [] : {};
    }
  }
}

const ALWAYS_KNOWN = new Set(['apiVersion', 'kind', 'metadata']);

/** Level by level, so without recursion. */
function isDeeper(value: unknown, limit: number): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= limit) return true;
    level = level.flatMap((container) =>
      Object.values(container).filter((child) => typeof child === 'object' && child !== null),
    );
  }
  return false;
}
