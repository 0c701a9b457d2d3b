import type { FieldError } from '../errors/status-error.ts';
import { isMap, jsonEqual, own } from './json-value.ts';
import type { Schema } from './schema.ts';
import { type Check, checkEnum, checkFormat, checkNumber, checkString, checkType, typesOf } from './validate-scalar.ts';
import { Findings } from './validation-findings.ts';

/** Nothing to compare with: a create, or an item that cannot be told from its neighbours. */
const NO_OTHER = Symbol('no other');

/**
 * What a custom resource's schema has against a value, in Kubernetes' words and with Kubernetes' oddities
 * (`kube-openapi/pkg/validation/validate`). What allOf, anyOf, oneOf and not find has no field: `<nil>`.
 *
 * @param path prepended to the fields that errors name, but not to their words: `status` for the status subresource
 * @param stored what is stored at present, if anything: parts that did not change may stay as wrong as they are
 */
export function validateValue(schema: Schema, value: unknown, path: string, stored: unknown = NO_OTHER): FieldError[] {
  const found = new Findings(path);
  validate({ schema, path: '', found }, value, stored);
  return found.errors;
}

function validate(check: Check, value: unknown, stored: unknown): void {
  if (stored === NO_OTHER) {
    inspect(check, value, stored);
    return;
  }
  const found = check.found.apart();
  inspect({ ...check, found }, value, stored);
  // Ratcheting: an object that was stored before the schema forbade this can still be changed elsewhere.
  if (found.errors.length === 0 || !jsonEqual(value, stored)) check.found.merge(found);
}

function inspect(check: Check, value: unknown, stored: unknown): void {
  const { schema, found } = check;
  // Metadata is of a type that Go has decoded and code has judged.
  if (schema.name !== undefined) return;
  const types = typesOf(schema);
  const typed = types.length > 0 || schema.format !== undefined;
  if (value === null) {
    if (typed) checkType(check, types, value);
    checkEnum(check, value);
    return;
  }
  if (typed) {
    checkType(check, types, value);
    found.matches++;
  }
  checkLogic(check, value, stored);
  if (typeof value === 'string') {
    checkString(check, value);
    checkFormat(check, value);
  } else if (typeof value === 'number') {
    checkNumber(check, types, value);
  } else if (Array.isArray(value)) {
    checkList(check, value, stored);
    found.matches += 2;
  }
  checkEnum(check, value);
  found.matches++;
  if (isMap(value)) {
    checkMap(check, value, stored);
    found.matches++;
  }
  found.matches++;
}

function checkLogic(check: Check, value: unknown, stored: unknown): void {
  const { schema, found, path } = check;
  const { allOf, anyOf, oneOf, not } = schema;
  if (anyOf !== undefined && anyOf.length > 0) {
    let best: Findings | undefined;
    let success: Findings | undefined;
    for (const alternative of anyOf) {
      const result = tried(check, alternative, value, stored);
      if (result.errors.length === 0) {
        success = result;
        break;
      }
      if (best === undefined || result.matches > best.matches) best = result;
    }
    if (success === undefined) found.addUnplaced(`${JSON.stringify(path)} must validate at least one schema (anyOf)`);
    const kept = success ?? best;
    if (kept !== undefined) found.merge(kept);
  }
  if (oneOf !== undefined && oneOf.length > 0) checkOneOf(check, oneOf, value, stored);
  if (allOf !== undefined && allOf.length > 0) {
    let valid = 0;
    for (const part of allOf) {
      const result = tried(check, part, value, stored);
      if (result.errors.length === 0) valid++;
      found.merge(result);
    }
    if (valid !== allOf.length) {
      const none = valid === 0 ? '. None validated' : '';
      found.addUnplaced(`${JSON.stringify(path)} must validate all the schemas (allOf)${none}`);
    }
  }
  if (not !== undefined && tried(check, not, value, stored).errors.length === 0) {
    found.addUnplaced(`${JSON.stringify(path)} must not validate the schema (not)`);
  }
  found.matches += 2;
}

function checkOneOf(check: Check, oneOf: readonly Schema[], value: unknown, stored: unknown): void {
  const { found, path } = check;
  let best: Findings | undefined;
  let success: Findings | undefined;
  let valid = 0;
  for (const alternative of oneOf) {
    const result = tried(check, alternative, value, stored);
    if (result.errors.length === 0) {
      valid++;
      best = undefined;
      success ??= result;
    } else if (valid === 0 && (best === undefined || result.matches > best.matches)) best = result;
  }
  if (valid === 1 && success !== undefined) {
    found.merge(success);
    return;
  }
  const outcome = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
  found.addUnplaced(`${JSON.stringify(path)} must validate one and only one schema (oneOf). ${outcome}`);
  if (best !== undefined) found.merge(best);
}

function tried(check: Check, schema: Schema, value: unknown, stored: unknown): Findings {
  const found = check.found.apart();
  inspect({ schema, path: check.path, found }, value, stored);
  return found;
}

function checkList(check: Check, list: readonly unknown[], stored: unknown): void {
  const { schema, found, path } = check;
  const { items, minItems, maxItems } = schema;
  if (items !== undefined) {
    const others = storedItems(schema, stored);
    for (let i = 0; i < list.length; i++) {
      validate({ schema: items, path: `${path}[${i}]`, found }, list[i], others(list[i]));
    }
  }
  if (minItems !== undefined && list.length < minItems) {
    found.addInvalid(path, list.length, `should have at least ${minItems} items`);
  }
  if (maxItems !== undefined && list.length > maxItems) found.addTooMany(path, list.length, maxItems);
}

/** Items of a map-like list are the same by their keys; those of others cannot be told from each other. */
function storedItems(schema: Schema, stored: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !Array.isArray(stored)) return () => NO_OTHER;
  const keyOf = (item: unknown) => (isMap(item) ? JSON.stringify(keys.map((key) => item[key] ?? null)) : '');
  const byKey = new Map(stored.map((item) => [keyOf(item), item as unknown]));
  return (item) => {
    const key = keyOf(item);
    return byKey.has(key) ? byKey.get(key) : NO_OTHER;
  };
}

function checkMap(check: Check, map: Record<string, unknown>, stored: unknown): void {
  const { schema, found, path } = check;
  const { properties, additionalProperties, required, minProperties, maxProperties } = schema;
  const keys = Object.keys(map);
  if (minProperties !== undefined && keys.length < minProperties) {
    found.addInvalid(path, keys.length, `should have at least ${minProperties} properties`);
  }
  if (maxProperties !== undefined && keys.length > maxProperties) found.addTooMany(path, keys.length, maxProperties);

  for (const key of keys) {
    const known = own(properties, key);
    if (known !== undefined) {
      const name = path === '' ? key : `${path}.${key}`;
      validate({ schema: known, path: name, found }, map[key], otherOf(stored, key));
    } else if (additionalProperties === false) {
      found.addForbiddenProperty(path, key);
    } else if (typeof additionalProperties === 'object') {
      validate({ schema: additionalProperties, path: `${path}.${key}`, found }, map[key], otherOf(stored, key));
    }
  }
  for (const key of required ?? []) if (!Object.hasOwn(map, key)) found.addRequired(`${path}.${key}`);
}

function otherOf(stored: unknown, key: string): unknown {
  return isMap(stored) && Object.hasOwn(stored, key) ? stored[key] : NO_OTHER;
}
