import { forbiddenField, invalid, notSupported, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';

/** What `x-kubernetes-list-type` and `-list-map-keys` ask of a schema. */
export function validateListSchema(schema: Schema, path: string): FieldError[] {
  const listType: string | undefined = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const { items } = schema;
  const errors: FieldError[] = [];
  const type = schema.type ?? '';
  if (listType !== undefined && type !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified';
    errors.push(type === '' ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
  } else if (listType === 'set' && items !== undefined) errors.push(...validateSetItems(items, path));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  }
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = `${path}.x-kubernetes-list-type`;
    errors.push(listType === undefined ? required(at, why) : invalid(at, listType, why));
  }
  if (listType === 'map') errors.push(...validateMapItems(items, keys, path));
  if ((listType === 'map' || listType === 'set') && items !== undefined) {
    errors.push(...validateNullability(items, listType, keys, path));
  }
  return errors;
}

/** Items of a set are compared as wholes. */
function validateSetItems(items: Schema, path: string): FieldError[] {
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const ofItems = items['x-kubernetes-list-type'];
  if (items.type === 'array' && ofItems !== undefined && ofItems !== 'atomic') {
    return [invalid(`${path}.items.x-kubernetes-list-type`, ofItems, why)];
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalid(`${path}.items.x-kubernetes-map-type`, ofItems, why)];
  }
  return [];
}

function validateMapItems(items: Schema | undefined, keys: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
    return errors;
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(`${path}.items.type`, items.type ?? '', why));
    return errors;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = own(items.properties, key);
    if (property === undefined) errors.push(invalid(at, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(`${path}.items.properties[${key}].type`, items.type, why));
    }
    if (seen.has(key)) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
    seen.add(key);
  }
  return errors;
}

function validateNullability(
  items: Schema,
  listType: 'map' | 'set',
  keys: readonly string[],
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (items.nullable === true) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbiddenField(`${path}.items.nullable`, why));
  }
  if (listType === 'set') return errors;
  for (const key of keys) {
    const property = own(items.properties, key);
    if (property === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    if (items.required?.includes(key) !== true && property.default === undefined) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(`${at}.default`, why));
    }
    if (property.nullable === true) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      errors.push(forbiddenField(`${at}.nullable`, why));
    }
  }
  return errors;
}
