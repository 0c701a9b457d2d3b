import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { CustomResourceDefinition, JsonSchema } from '../apis/apiextensions/v1.ts';
import type { DeepReadonly } from '../apis/meta/v1.ts';

const AJV = new Ajv({ strict: false, allErrors: true });
addFormats.default(AJV);

/**
 * A CRD's schema as ajv reads it. Where an API server would silently drop a field, this one complains: so a mistyped field is a
 * failure, and an object that passes is stored as it was written.
 */
export function strictValidator(schema: DeepReadonly<JsonSchema>): ValidateFunction {
  return AJV.compile(closed(schema, true));
}

/** As an API server judges an object: unknown fields are no fault. */
export function lenientValidator(schema: DeepReadonly<JsonSchema>): ValidateFunction {
  return AJV.compile(schema);
}

/** The schema of a CRD's only version. */
export function schemaOf(crd: DeepReadonly<CustomResourceDefinition>): DeepReadonly<JsonSchema> {
  const schema = crd.spec.versions[0]?.schema?.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${crd.metadata.name} has no schema`);
  return schema;
}

/** What an API server keeps of a value: fields that the schema does not know are gone. */
export function pruned(schema: DeepReadonly<JsonSchema>, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = schema.items;
    return items === undefined ? value : value.map((item) => pruned(items, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, field]) => {
    const known = schema.properties?.[name];
    if (known !== undefined) return [[name, pruned(known, field)]];
    if (typeof schema.additionalProperties === 'object') return [[name, pruned(schema.additionalProperties, field)]];
    const keepsUnknown =
      schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
    return keepsUnknown ? [[name, field]] : [];
  });
  return Object.fromEntries(kept);
}

function closed(schema: DeepReadonly<JsonSchema>, root = false): JsonSchema {
  const copy = structuredClone(schema) as JsonSchema;
  for (const [name, property] of Object.entries(copy.properties ?? {})) {
    // The API server knows metadata by itself.
    if (copy.properties && !(root && name === 'metadata')) copy.properties[name] = closed(property);
  }
  if (copy.items) copy.items = closed(copy.items);
  if (typeof copy.additionalProperties === 'object') copy.additionalProperties = closed(copy.additionalProperties);
  const isClosed = copy.type === 'object' && copy.additionalProperties === undefined;
  if (isClosed && copy['x-kubernetes-preserve-unknown-fields'] !== true) copy.additionalProperties = false;
  return copy;
}
