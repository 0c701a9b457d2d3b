import { goJson, goQuote } from '../errors/go-text.ts';
import { builtInType } from './built-in.ts';
import { base64Problem, quantityProblem, timeProblem } from './go-text-formats.ts';
import { isMap, own } from './json-value.ts';
import type { Schema } from './schema.ts';

/**
 * Why Go could not decode this into the type that the schema describes, in Go's words and for the first such field:
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. `undefined`: it could.
 * Of a custom resource only apiVersion, kind and metadata have Go types, at its root and in embedded resources.
 */
export function decodingProblems(schema: Schema, object: unknown): string | undefined {
  if (schema.name !== undefined) return ofStruct(schema, object, { struct: '', path: '', type: goTypeOf(schema) });
  return ofCustom(schema, object, '');
}

/** Where a value stands: in which struct, at which field, and as what Go type. */
interface Place {
  readonly struct: string;
  readonly path: string;
  readonly type: string;
  /** Structs around it. */
  readonly depth?: number;
}

/** JSONSchemaProps alone can be nested this deep. Go bears 10,000; nobody needs either, and calls here are bounded. */
const MAX_DEPTH = 500;

function wrong(what: string, { struct, path, type }: Place): string {
  const into = struct === '' ? 'Go value' : `Go struct field ${struct}.${path}`;
  return `json: cannot unmarshal ${what} into ${into} of type ${type}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function ofValue(schema: Schema, value: unknown, place: Place): string | undefined {
  if (value === null || value === undefined) return undefined;
  const special = SPECIAL[schema.name ?? ''];
  if (special !== undefined) return special(value, place);
  switch (schema.type) {
    case 'string':
      if (schema.format === 'byte') return ofBytes(value, place);
      return typeof value === 'string' ? undefined : wrong(kindOf(value), place);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong(kindOf(value), place);
    case 'integer':
      return ofInteger(value, place);
    case 'number':
      return typeof value === 'number' ? undefined : wrong(kindOf(value), place);
    case 'array':
      return ofList(schema, value, place);
    case 'object':
      return isMapType(schema) ? ofMap(schema, value, place) : ofStruct(schema, value, place);
    default:
      return undefined;
  }
}

/** What most fields are: nothing can be wrong with it, and where it stands is not worked out. */
function isPlainText({ type, format, name }: Schema, value: unknown): boolean {
  return typeof value === 'string' && type === 'string' && format !== 'byte' && name === undefined;
}

function isMapType(schema: Schema): boolean {
  return schema.additionalProperties !== undefined;
}

function ofStruct(schema: Schema, value: unknown, place: Place): string | undefined {
  if (!isMap(value)) return wrong(kindOf(value), place);
  const depth = (place.depth ?? 0) + 1;
  if (depth > MAX_DEPTH) return 'exceeded max depth';
  const struct = shortName(schema.name ?? '');
  for (const key of Object.keys(value)) {
    const property = own(schema.properties, key);
    if (property === undefined || isPlainText(property, value[key])) continue;
    const field = `${property.go?.embedded ?? ''}${key}`;
    const path = place.path === '' ? field : `${place.path}.${field}`;
    const type = (property.go?.type ?? goTypeOf(property)).replace(/^\*/, '');
    const problem = ofValue(property, value[key], { struct, path, type, depth });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function ofMap(schema: Schema, value: unknown, place: Place): string | undefined {
  if (!isMap(value)) return wrong(kindOf(value), place);
  const values = schema.additionalProperties;
  if (typeof values !== 'object') return undefined;
  let at: Place | undefined;
  for (const key of Object.keys(value)) {
    if (isPlainText(values, value[key])) continue;
    at ??= { ...place, type: elementType(place.type, /^map\[string\]\*?/, values) };
    const problem = ofValue(values, value[key], at);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function ofList(schema: Schema, value: unknown, place: Place): string | undefined {
  if (!Array.isArray(value)) return wrong(kindOf(value), place);
  const { items } = schema;
  if (items === undefined) return undefined;
  const type = elementType(place.type, /^\[\]\*?/, items);
  for (const item of value) {
    const problem = ofValue(items, item, { ...place, type });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function elementType(type: string, prefix: RegExp, element: Schema): string {
  return prefix.test(type) ? type.replace(prefix, '') : goTypeOf(element);
}

function ofInteger(value: unknown, place: Place): string | undefined {
  if (typeof value !== 'number') return wrong(kindOf(value), place);
  const bits = place.type === 'int64' ? 63 : 31;
  const fits = Number.isInteger(value) && value < 2 ** bits && value >= -(2 ** bits);
  return fits ? undefined : wrong(`number ${goJson(value)}`, place);
}

function ofBytes(value: unknown, place: Place): string | undefined {
  return typeof value === 'string' ? base64Problem(value) : wrong(kindOf(value), place);
}

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** Types that read themselves. What they complain of is not always told with the field. */
const SPECIAL: Readonly<Record<string, (value: unknown, place: Place) => string | undefined>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': (value, place) =>
    typeof value === 'string' ? timeProblem(value, 0) : wrong(kindOf(value), { ...place, type: 'string' }),
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': (value, place) =>
    typeof value === 'string' ? timeProblem(value, 6) : wrong(kindOf(value), { ...place, type: 'string' }),
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (value) =>
    quantityProblem(typeof value === 'string' ? value : goJson(value)),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': (value, place) =>
    typeof value === 'string' ? undefined : ofInteger(value, { ...place, type: 'int32' }),
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': () => undefined,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': () => undefined,
  [`${JSON_SCHEMA}OrBool`]: (value, place) => {
    if (isMap(value)) return ofJsonSchema(value, place);
    return typeof value === 'boolean' ? undefined : 'boolean or JSON schema expected';
  },
  [`${JSON_SCHEMA}OrArray`]: (value, place) => {
    for (const schema of Array.isArray(value) ? value : [value]) {
      const problem = isMap(schema) ? ofJsonSchema(schema, place) : undefined;
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
};

function ofJsonSchema(value: unknown, place: Place): string | undefined {
  const schema = builtInType(JSON_SCHEMA);
  return schema === undefined ? undefined : ofStruct(schema, value, { ...place, type: goTypeOf(schema) });
}

function ofCustom(schema: Schema, value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return undefined;
    for (const [i, item] of value.entries()) {
      const problem = ofCustom(items, item, `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (!isMap(value)) return undefined;
  const isResource = path === '' || schema['x-kubernetes-embedded-resource'] === true;
  for (const key of Object.keys(value)) {
    const property = own(schema.properties, key);
    const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    const at = property === undefined ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const known = property ?? values;
    if (known === undefined) continue;
    const problem =
      isResource && META_FIELDS.has(key) ? ofMetaField(key, known, value[key], at) : ofCustom(known, value[key], at);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const META_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

function ofMetaField(key: string, schema: Schema, value: unknown, path: string): string | undefined {
  const isRoot = path === key;
  if (key !== 'metadata')
    return typeof value === 'string' || isRoot ? undefined : inField(path, value, 'must be a string');
  if (schema.name === undefined || value === null) return undefined;
  const problem = ofStruct(schema, value, { struct: '', path: '', type: goTypeOf(schema) });
  return problem === undefined || isRoot ? problem : inField(path, value, problem);
}

function inField(path: string, value: unknown, problem: string): string {
  return `${path}: Invalid value: ${typeof value === 'string' ? goQuote(value) : goJson(value)}: ${problem}`;
}

/** `v1.Container`, of `io.k8s.api.core.v1.Container`. */
function goTypeOf(schema: Schema): string {
  if (schema.name !== undefined) return schema.name.split('.').slice(-2).join('.');
  if (schema.type === 'integer') return schema.format ?? 'int64';
  return schema.type === 'boolean' ? 'bool' : (schema.type ?? 'interface {}');
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
