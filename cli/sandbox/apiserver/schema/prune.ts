import { builtInType } from './built-in.ts';
import { isMap, own } from './json-value.ts';
import type { Schema } from './schema.ts';

const META_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Takes away what the schema does not know, in place, and says what it took, for strict decoding to refuse or to warn of:
 * `spec.template.spec.containers[0].foo`. In custom resources nulls go as well where the schema wants a value and has no
 * default for it; nothing is said of those.
 */
export function pruneUnknown(schema: Schema, object: unknown): string[] {
  const dropped: string[] = [];
  prune(schema, object, '', dropped);
  // Of custom resources Kubernetes tells by the alphabet.
  return isBuiltInType(schema) ? dropped : dropped.sort();
}

function prune(schema: Schema, value: unknown, path: string, dropped: string[]): void {
  if (schema.name !== undefined && SCHEMA_OR_ELSE.test(schema.name)) {
    pruneJsonSchemas(value);
  } else if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) {
      if (isBuiltInType(schema) || keepsUnknown(schema)) return;
      for (const [i, item] of value.entries()) pruneAll(item, `${path}[${i}]`, dropped);
      return;
    }
    for (const [i, item] of value.entries()) prune(items, item, `${path}[${i}]`, dropped);
  } else if (isMap(value)) pruneMap(schema, value, path, dropped);
}

function pruneMap(schema: Schema, map: Record<string, unknown>, path: string, dropped: string[]): void {
  const { properties, additionalProperties } = schema;
  const keeps = keepsUnknown(schema) || additionalProperties === true;
  const embedded = schema['x-kubernetes-embedded-resource'] === true || path === '';
  for (const key of Object.keys(map)) {
    const known = own(properties, key) ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (known === undefined) {
      if (keeps || (embedded && META_FIELDS.has(key))) continue;
      dropped.push(below(path, key));
      delete map[key];
    } else if (map[key] === null && mayNotBeNull(known)) delete map[key];
    // There is nothing in a text or number, and most fields are one.
    else if (typeof map[key] === 'object') prune(known, map[key], below(path, key), dropped);
  }
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

const SCHEMA_OR_ELSE = /\.JSONSchemaPropsOr(Array|Bool|StringArray)$/;
const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** In CRDs, `items` and their kin decode themselves: what they do not know goes without a word. */
function pruneJsonSchemas(value: unknown): void {
  const schema = builtInType(JSON_SCHEMA);
  if (schema === undefined) return;
  for (const one of Array.isArray(value) ? value : [value]) if (isMap(one)) prune(schema, one, '', []);
}

/** Below what no schema describes, and nothing keeps. */
function pruneAll(value: unknown, path: string, dropped: string[]): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) pruneAll(item, `${path}[${i}]`, dropped);
  } else if (isMap(value)) {
    for (const key of Object.keys(value)) {
      dropped.push(`${path}.${key}`);
      delete value[key];
    }
  }
}

/** `additionalProperties: true`, a schema of any JSON, and RawExtension keep what they get. */
function keepsUnknown(schema: Schema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return true;
  return isBuiltInType(schema) && schema.properties === undefined && schema.additionalProperties === undefined;
}

function isBuiltInType(schema: Schema): boolean {
  return schema.name !== undefined || schema.go !== undefined;
}

function mayNotBeNull(schema: Schema): boolean {
  return schema.nullable !== true && schema.default === undefined && !isBuiltInType(schema);
}
