import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { isMap } from '../schema/json-value.ts';
import { BodyProblem } from './parse-body.ts';

/**
 * Whatever an object goes through recurses; at the end of the stack not every kind of failure can be caught (V8 ends the process
 * when it cannot compile a regular expression there). Go allows 10,000 levels.
 */
const MAX_LEVELS = 1_000;

/**
 * Empties, in place, what the schema does not know at the top of an object, or of a patch shaped like one, for it goes
 * anyway. @throws {BodyProblem} nested too deeply even so
 */
export function withoutDepths({ schema, custom }: ResourceDefinition, value: unknown): void {
  const keepsAll = custom && (schema === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true);
  if (isMap(value) && !keepsAll) {
    for (const [key, field] of Object.entries(value)) {
      if (typeof field !== 'object' || field === null || ALWAYS_KNOWN.has(key)) continue;
      if (schema?.properties === undefined || Object.hasOwn(schema.properties, key)) continue;
      value[key] = Array.isArray(field) ? [] : {};
    }
  }
  if (isDeeper(value, MAX_LEVELS)) throw new BodyProblem("invalid character '[' exceeded max depth", true);
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
