import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { badRequest } from '../errors/status-error.ts';
import { isMap, own } from '../schema/json-value.ts';
import { type JsonObject, put } from './json-object.ts';

/**
 * Merges a JSON merge patch (RFC 7386) into `object` and returns the result; both stay as they are, parts of both may stand
 * in the result.
 *
 * @param patch the decoded body of the request
 * @throws StatusError 400 when the patch is no object
 */
export function applyMergePatch(object: DeepReadonly<JsonObject>, patch: unknown): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isMap(patch)) {
    const found = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    );
  }
  return merged(object, patch);
}

function merged(object: DeepReadonly<JsonObject>, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...object };
  for (const key of Object.keys(patch)) {
    const value = own(patch, key);
    if (value === null) {
      delete result[key];
      continue;
    }
    const current = own(result, key);
    put(result, key, isMap(value) && isMap(current) ? merged(current, value) : withoutNulls(value));
  }
  return result;
}

/** A new value's nulls say that there is nothing. In lists they stay, but not those of the objects in lists. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isMap(value) ? merged({}, value) : value;
}
