import { builtInType } from '../schema/built-in.ts';
import type { Schema } from '../schema/schema.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/**
 * How values of a type are merged and owned: what structured-merge-diff calls an atom, made from a schema. Values whose type
 * only shows in the value itself (nothing says more, or a CRD preserves unknown fields) may have several of the three.
 */
export interface FieldType {
  /** Has more than one of the three. */
  readonly isOpen: boolean;
  readonly scalar: ScalarType | undefined;
  readonly list: ListType | undefined;
  readonly map: MapType | undefined;
}

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListType {
  /** Owned as a whole. */
  readonly atomic: boolean;
  /** Of items that are maps; sorted. None: a set of scalars. */
  readonly keys: readonly string[];
  /** What a key that is left out means; `undefined`: it stays out. */
  readonly keyDefaults: Readonly<Record<string, unknown>>;
  readonly item: FieldType;
}

export interface MapType {
  readonly atomic: boolean;
  /** What the schema names. */
  field(name: string): MapField | undefined;
  /** Those that are there even when nobody set them: Go's structs and zero values. */
  readonly zeroFields: readonly (readonly [string, unknown])[];
  /** Of what the schema does not name; `undefined`: there may be nothing else. */
  readonly element: FieldType | undefined;
}

export interface MapField {
  readonly pathElement: PathElement;
  readonly type: FieldType;
  /** What Go has where JSON has nothing; `undefined`: nothing either. */
  readonly zero: unknown;
}

const NO_ZEROS: MapType['zeroFields'] = [];

/** Whatever it is, it is owned as a whole: `runtime.RawExtension`, the items of lists that nothing is known of. */
export const UNTYPED: FieldType = {
  isOpen: true,
  scalar: 'untyped',
  list: {
    atomic: true,
    keys: [],
    keyDefaults: {},
    get item() {
      return UNTYPED;
    },
  },
  map: {
    atomic: true,
    field: () => undefined,
    zeroFields: NO_ZEROS,
    get element() {
      return UNTYPED;
    },
  },
};

/** Deduced from the value: maps are merged, lists are owned as a whole. */
export const DEDUCED: FieldType = {
  isOpen: true,
  scalar: 'untyped',
  list: { atomic: true, keys: [], keyDefaults: {}, item: UNTYPED },
  map: {
    atomic: false,
    field: () => undefined,
    zeroFields: NO_ZEROS,
    get element() {
      return DEDUCED;
    },
  },
};

const known = { pruning: new WeakMap<Schema, FieldType>(), preserving: new WeakMap<Schema, FieldType>() };
/** The fields of a type, by the `properties` that all copies of its schema share. */
const knownFields = {
  pruning: new WeakMap<object, Map<string, MapField | null>>(),
  preserving: new WeakMap<object, Map<string, MapField | null>>(),
};

/** Made once per schema, as far as anybody asks. `undefined`: a custom resource without a schema. */
export function fieldTypeOf(schema: Schema | undefined): FieldType {
  return schema === undefined ? DEDUCED : typeOf(schema, false);
}

/** `preserving`: the schema or one above it preserves unknown fields, which everything below inherits. */
function typeOf(schema: Schema, inherited: boolean): FieldType {
  const preserving = inherited || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const cache = preserving ? known.preserving : known.pruning;
  let type = cache.get(schema);
  if (type === undefined) {
    type = compile(schema, preserving);
    cache.set(schema, type);
  }
  return type;
}

function compile(schema: Schema, preserving: boolean): FieldType {
  if (schema.name === 'io.k8s.apimachinery.pkg.api.resource.Quantity') return scalar('untyped');
  if (schema.name === 'io.k8s.apimachinery.pkg.runtime.RawExtension') return UNTYPED;
  switch (schema.type) {
    case undefined:
      return { isOpen: true, scalar: 'untyped', list: listOf(schema, preserving), map: mapOf(schema, preserving) };
    case 'object':
      return { isOpen: false, scalar: undefined, list: undefined, map: mapOf(schema, preserving) };
    case 'array':
      return { isOpen: false, scalar: undefined, list: listOf(schema, preserving), map: undefined };
    case 'integer':
    case 'number':
      return scalar('numeric');
    case 'boolean':
      return scalar('boolean');
    default:
      return scalar(schema.format === undefined || schema.format === 'byte' ? 'string' : 'untyped');
  }
}

function scalar(type: ScalarType): FieldType {
  return { isOpen: false, scalar: type, list: undefined, map: undefined };
}

function listOf(schema: Schema, preserving: boolean): ListType {
  const { items } = schema;
  const keys = mergeKeys(schema);
  const item = lazily(() => (items === undefined ? UNTYPED : typeOf(items, preserving)));
  const keyDefaults: Record<string, unknown> = {};
  for (const key of keys ?? []) {
    const value = items?.properties?.[key]?.default;
    if (value !== undefined) keyDefaults[key] = value;
  }
  return {
    atomic: keys === undefined,
    keys: keys?.toSorted() ?? [],
    keyDefaults,
    get item() {
      return item();
    },
  };
}

/** Empty for sets, `undefined` for lists that are owned as a whole. */
function mergeKeys(schema: Schema): readonly string[] | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'atomic':
      return undefined;
    case 'set':
      return [];
    case 'map':
      return schema['x-kubernetes-list-map-keys'] ?? [];
    case undefined: {
      const strategy = schema['x-kubernetes-patch-strategy'];
      if (strategy !== 'merge' && strategy !== 'merge,retainKeys') return undefined;
      const key = schema['x-kubernetes-patch-merge-key'];
      return key === undefined ? [] : [key];
    }
  }
}

function mapOf(schema: Schema, preserving: boolean): MapType {
  const { additionalProperties } = schema;
  const properties = propertiesOf(schema);
  const fields = fieldsOf(properties, preserving);
  const field = (name: string): MapField | undefined => {
    let found = fields.get(name);
    if (found === undefined) {
      found = mapField(properties, name, preserving);
      fields.set(name, found);
    }
    return found ?? undefined;
  };
  const element = lazily(() => elementType(schema, additionalProperties, preserving));
  const zeroFields = lazily(() => zerosOf(properties));
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    field,
    get zeroFields() {
      return zeroFields();
    },
    get element() {
      return element();
    },
  };
}

const NO_PROPERTIES: Readonly<Record<string, Schema>> = {};
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** An object within an object is published with the fields that every object has. */
function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  const { properties = NO_PROPERTIES } = schema;
  if (schema['x-kubernetes-embedded-resource'] !== true) return properties;
  const metadata = builtInType(OBJECT_META);
  const text: Schema = { type: 'string' };
  return { ...properties, apiVersion: text, kind: text, ...(metadata === undefined ? {} : { metadata }) };
}

function fieldsOf(properties: object, preserving: boolean): Map<string, MapField | null> {
  const cache = preserving ? knownFields.preserving : knownFields.pruning;
  let fields = cache.get(properties);
  if (fields === undefined) {
    fields = new Map();
    cache.set(properties, fields);
  }
  return fields;
}

function mapField(properties: Readonly<Record<string, Schema>>, name: string, preserving: boolean): MapField | null {
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return schema === undefined
    ? null
    : { pathElement: fieldElement(name), type: typeOf(schema, preserving), zero: zeroOf(schema) };
}

function elementType(
  schema: Schema,
  additional: Schema['additionalProperties'],
  preserving: boolean,
): FieldType | undefined {
  if (typeof additional === 'object') return typeOf(additional, preserving);
  if (additional !== undefined) return additional ? DEDUCED : undefined;
  const free = preserving || Object.keys(schema.properties ?? {}).length === 0;
  return free ? DEDUCED : undefined;
}

function zerosOf(properties: Readonly<Record<string, Schema>>): MapType['zeroFields'] {
  const zeros: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const zero = zeroOf(schema);
    if (zero !== undefined) zeros.push([name, zero]);
  }
  return zeros.length === 0 ? NO_ZEROS : zeros;
}

/** Structs count as empty ones: what they hold is looked up where they are entered. */
const EMPTY_STRUCT = Object.freeze({});

function zeroOf({ go, type, properties }: Schema): unknown {
  if (go === undefined || go.type.startsWith('*') || go.omitZero) return undefined;
  if (properties !== undefined && !go.type.startsWith('[]') && !go.type.startsWith('map[')) return EMPTY_STRUCT;
  const isTime = go.type === 'v1.Time' || go.type === 'v1.MicroTime';
  if (go.omitEmpty && !isTime) return undefined;
  if (isTime || go.kind.startsWith('[]') || go.kind.startsWith('map[')) return null;
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return 0;
  return type === 'string' ? '' : null;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The same type without the shapes that the value does not have; the type itself when it has none of them, or is null. */
export function deduced(type: FieldType, value: unknown): FieldType {
  if (!type.isOpen || value === null || value === undefined) return type;
  if (Array.isArray(value)) return type.list === undefined ? type : onlyList(type);
  if (typeof value === 'object') return type.map === undefined ? type : onlyMap(type);
  return type.scalar === undefined ? type : onlyScalar(type);
}

const onlyList = memoized(({ list }) => ({ isOpen: false, scalar: undefined, list, map: undefined }));
const onlyMap = memoized(({ map }) => ({ isOpen: false, scalar: undefined, list: undefined, map }));
const onlyScalar = memoized(({ scalar }) => ({ isOpen: false, scalar, list: undefined, map: undefined }));

function memoized(narrow: (type: FieldType) => FieldType): (type: FieldType) => FieldType {
  const cache = new WeakMap<FieldType, FieldType>();
  return (type) => {
    let narrowed = cache.get(type);
    if (narrowed === undefined) {
      narrowed = narrow(type);
      cache.set(type, narrowed);
    }
    return narrowed;
  };
}
