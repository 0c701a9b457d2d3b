import { invalid } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { validateEmbeddedResources } from '../schema/embedded-resources.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { pruneUnknown } from '../schema/prune.ts';
import type { Schema } from '../schema/schema.ts';
import { validateValue } from '../schema/validate-value.ts';

/** Defaults must be what the schema allows, and hold no more than it knows. Kubernetes: `schema/defaulting/validation.go`. */
export function validateDefaults(schema: Schema, path: string): FieldError[] {
  // The root is a resource, whatever it says.
  return validateBelow({ ...schema, 'x-kubernetes-embedded-resource': true }, path);
}

function validateBelow(schema: Schema, path: string): FieldError[] {
  const { items, properties = {} } = schema;
  return [
    ...(schema.default === undefined || schema.default === null ? [] : validateDefault(schema, `${path}.default`)),
    ...(items === undefined ? [] : validateBelow(items, `${path}.items`)),
    ...Object.entries(properties).flatMap(([name, property]) => validateBelow(property, `${path}.properties[${name}]`)),
  ];
}

function validateDefault(schema: Schema, path: string): FieldError[] {
  const value = structuredClone(schema.default);
  // Within a field, so that it is not taken for a whole object.
  pruneUnknown({ type: 'object', properties: { default: withoutDefaults(schema) } }, { default: value });
  return [
    ...(jsonEqual(value, schema.default) ? [] : [invalid(path, schema.default, 'must not have unknown fields')]),
    ...validateEmbeddedResources({ type: 'object', properties: { [path]: schema } }, { [path]: schema.default }),
    ...validateValue(schema, schema.default, path),
  ];
}

/** Pruning leaves a null where there is a default; here that would hide one that may not be. */
function withoutDefaults({ default: _, ...schema }: Schema): Schema {
  return schema;
}
