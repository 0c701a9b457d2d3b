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
  return AJV.compile(translated(schema, { root: true, closed: true }));
}

/** As an API server judges an object: unknown fields are no fault. */
export function lenientValidator(schema: DeepReadonly<JsonSchema>): ValidateFunction {
  return AJV.compile(translated(schema, { root: true, closed: false }));
}

/** The schema of a CRD's only version. */
export function schemaOf(crd: DeepReadonly<CustomResourceDefinition>): DeepReadonly<JsonSchema> {
  const schema = crd.spec.versions[0]?.schema?.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${crd.metadata.name} has no schema`);
  return schema;
}

/** What an API server keeps of a value: fields that the schema does not know are gone, and so are nulls where none may be. */
export function pruned(schema: DeepReadonly<JsonSchema>, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = schema.items;
    return items === undefined ? value : value.map((item) => pruned(items, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties, additionalProperties: values } = schema;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || values === true;
  const kept = Object.entries(value).flatMap(([name, field]) => {
    const known = properties?.[name] ?? (typeof values === 'object' ? values : undefined);
    if (known === undefined) return keepsUnknown ? [[name, field]] : [];
    return field === null && known.nullable !== true ? [] : [[name, pruned(known, field)]];
  });
  return Object.fromEntries(kept);
}

function translated(schema: DeepReadonly<JsonSchema>, options: { root?: boolean; closed: boolean }): JsonSchema {
  const { closed } = options;
  const copy = structuredClone(schema) as JsonSchema;
  // ajv has no null for a schema without a type: there anything goes as it is.
  if (copy.type === undefined) delete copy.nullable;
  if (copy.properties !== undefined) {
    const properties = Object.entries(copy.properties).map(([name, property]) => {
      // The API server knows metadata by itself.
      const isMetadata = options.root === true && name === 'metadata';
      return [name, isMetadata ? property : translated(property, { closed })] as const;
    });
    copy.properties = Object.fromEntries(properties);
  }
  if (copy.items) copy.items = translated(copy.items, { closed });
  if (typeof copy.additionalProperties === 'object') {
    copy.additionalProperties = translated(copy.additionalProperties, { closed });
  }
  const dropsUnknown = copy.type === 'object' && copy['x-kubernetes-preserve-unknown-fields'] !== true;
  if (closed && dropsUnknown && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}
