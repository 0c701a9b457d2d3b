import { builtInType } from '../schema/built-in.ts';
import type { Schema } from '../schema/schema.ts';
import { canonicalAmount, canonicalQuantity } from './quantity.ts';

type Fields = Record<string, unknown>;

/** How one field is decoded and encoded again. */
interface FieldEncoding {
  readonly name: string;
  /** What stands there when nothing was sent; `undefined`: nothing. */
  readonly zero: () => unknown;
  readonly convert: ((value: unknown) => unknown) | undefined;
  readonly isDropped: (value: unknown) => boolean;
}

type Nature =
  | 'struct'
  | 'list'
  | 'map'
  | 'string'
  | 'bool'
  | 'number'
  | 'intOrString'
  | 'quantity'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'raw';

interface StructEncoding {
  readonly byName: ReadonlyMap<string, FieldEncoding>;
  /** Those that stand there even when nothing was sent: few, where a PodSpec has forty fields. */
  readonly present: readonly FieldEncoding[];
}

/** Every struct by the `properties` that all copies of its schema share. For the whole process. */
const encodings = new WeakMap<object, StructEncoding>();

/**
 * Makes an object of a built-in kind what a trip through Go's types makes of it, in place: empty values go where a field says
 * `omitempty`, structs and zero values appear where it does not, quantities and times are written in their one way. What a client
 * reads back is this, and defaulting may rely on it. Unknown fields are left alone: pruning is the schema's.
 */
export function encodeAsGo(schema: Schema, object: Fields): void {
  const { byName, present } = encodingOf(schema);
  for (const name of Object.keys(object)) {
    const field = byName.get(name);
    if (field === undefined) continue;
    const { zero, convert, isDropped } = field;
    const sent = object[name];
    const value = sent === undefined || sent === null ? zero() : convert === undefined ? sent : convert(sent);
    if (value === undefined || isDropped(value)) delete object[name];
    else if (value !== sent) object[name] = value;
  }
  for (const { name, zero } of present) {
    if (object[name] === undefined) object[name] = zero();
  }
}

/** What Go writes for a struct that nobody filled: `{ loadBalancer: {} }` for `io.k8s.api.core.v1.ServiceStatus`. */
export function zeroOf(type: string): Fields {
  const schema = builtInType(type);
  if (schema === undefined) throw new Error(`no type ${type}`);
  return zeroStruct(schema);
}

function zeroStruct(schema: Schema): Fields {
  const zero: Fields = {};
  encodeAsGo(schema, zero);
  return zero;
}

const NOTHING: StructEncoding = { byName: new Map(), present: [] };

function encodingOf({ properties }: Schema): StructEncoding {
  if (properties === undefined) return NOTHING;
  let encoding = encodings.get(properties);
  if (encoding === undefined) {
    const fields = Object.entries(properties).flatMap(([name, schema]) =>
      schema.go ? [fieldEncoding(name, schema)] : [],
    );
    const byName = new Map(fields.map((field) => [field.name, field]));
    encoding = { byName, present: fields.filter(({ zero }) => zero() !== undefined) };
    encodings.set(properties, encoding);
  }
  return encoding;
}

function fieldEncoding(name: string, schema: Schema): FieldEncoding {
  const nature = natureOf(schema);
  const { type = '', omitEmpty = false, omitZero = false } = schema.go ?? {};
  const convert = converter(schema, nature);
  if (type.startsWith('*'))
    return { name, zero: () => (omitEmpty ? undefined : null), convert, isDropped: () => false };
  return {
    name,
    zero: omitZero || (omitEmpty && canBeEmpty(nature)) ? () => undefined : () => zeroValue(schema, nature),
    convert,
    isDropped: omitEmpty ? emptiness(nature) : () => false,
  };
}

function natureOf(schema: Schema): Nature {
  const goType = schema.go?.type.replace(/^\*/, '') ?? '';
  if (goType === 'v1.Duration') return 'duration';
  switch (schema.name?.slice(schema.name.lastIndexOf('.') + 1)) {
    case 'Quantity':
      return 'quantity';
    case 'Time':
      return 'time';
    case 'MicroTime':
      return 'microTime';
    case 'IntOrString':
      return 'intOrString';
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
    case 'JSONSchemaPropsOrArray':
    case 'JSONSchemaPropsOrBool':
    case 'JSONSchemaPropsOrStringArray':
      return 'raw';
  }
  if (schema.properties !== undefined) return 'struct';
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return 'list';
    case 'object':
      return schema.additionalProperties === undefined ? 'struct' : 'map';
    default:
      return 'raw';
  }
}

/** `omitempty` knows no empty struct. A duration is a number to Go. */
function canBeEmpty(nature: Nature): boolean {
  return nature === 'string' || nature === 'bool' || nature === 'number' || nature === 'list' || nature === 'map';
}

function emptiness(nature: Nature): (value: unknown) => boolean {
  switch (nature) {
    case 'string':
      return (value) => value === '';
    case 'bool':
      return (value) => value === false;
    case 'number':
      return (value) => value === 0;
    case 'list':
      return (value) => Array.isArray(value) && value.length === 0;
    case 'map':
      return (value) => isFields(value) && Object.keys(value).length === 0;
    default:
      return () => false;
  }
}

function zeroValue(schema: Schema, nature: Nature): unknown {
  switch (nature) {
    case 'string':
      return schema.format === 'byte' ? null : '';
    case 'bool':
      return false;
    case 'number':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    case 'struct':
      return zeroStruct(schema);
    default:
      return null;
  }
}

/** `undefined` where a value stays as it is. */
function converter(schema: Schema, nature: Nature): ((value: unknown) => unknown) | undefined {
  switch (nature) {
    case 'struct':
      return (value) => {
        if (isFields(value)) encodeAsGo(schema, value);
        return value;
      };
    case 'list':
      return schema.items === undefined ? undefined : listConverter(schema.items);
    case 'map':
      return typeof schema.additionalProperties === 'object'
        ? mapConverter(schema.additionalProperties, schema)
        : undefined;
    case 'quantity':
      return canonicalQuantity;
    case 'time':
      return (value) => canonicalTime(value, 0);
    case 'microTime':
      return (value) => canonicalTime(value, 6);
    default:
      return undefined;
  }
}

type Convert = (value: unknown) => unknown;

function listConverter(items: Schema): (value: unknown) => unknown {
  const nature = natureOf(items);
  const convert = converter(items, nature);
  return (list) => {
    if (!Array.isArray(list)) return list;
    for (let i = 0; i < list.length; i++) {
      if (list[i] === null) list[i] = zeroValue(items, nature);
      else if (convert !== undefined) list[i] = convert(list[i]);
    }
    return list;
  };
}

function mapConverter(values: Schema, map: Schema): Convert {
  const nature = natureOf(values);
  const isResourceList = map.go?.type === 'v1.ResourceList';
  const convert = isResourceList ? canonicalAmount : converter(values, nature);
  return (map) => {
    if (!isFields(map)) return map;
    for (const key of Object.keys(map)) {
      if (map[key] === null) map[key] = zeroValue(values, nature);
      else if (convert !== undefined) map[key] = convert(map[key]);
    }
    return map;
  };
}

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 in UTC with so many digits after the second; anything else stays, for decoding to refuse. */
function canonicalTime(value: unknown, digits: 0 | 6): unknown {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (typeof value !== 'string' || match === null) return value;
  const fraction = (match[1] ?? '.').slice(1).padEnd(6, '0').slice(0, digits);
  const seconds = value.endsWith('Z') ? value.slice(0, 19) : new Date(value).toISOString().slice(0, 19);
  return digits === 0 ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
