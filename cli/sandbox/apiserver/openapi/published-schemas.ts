import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { builtInSchema } from '../schema/built-in.ts';
import { builtInDocument, type RawSchema, REFERENCE_PREFIX } from '../schema/built-in-document.ts';
import type { Schema } from '../schema/schema.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
/** What requests and answers of every resource carry. */
const CARRIED = ['DeleteOptions', 'Patch', 'Status', 'WatchEvent'];
const API_VERSION =
  'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources';
const KIND =
  'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';
const METADATA =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const LIST_METADATA =
  'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';

/** The names under which the types of a resource are published. */
export interface TypeNames {
  readonly object: string;
  readonly list: string | undefined;
}

export function typeNamesOf(definition: ResourceDefinition): TypeNames {
  const { group, version, kind, listKind, custom } = definition;
  if (custom) return { object: customName(definition, kind), list: customName(definition, listKind) };
  const object = builtInSchema(group, version, kind)?.name ?? customName(definition, kind);
  return { object, list: builtInSchema(group, version, listKind)?.name };
}

/** `io.kubefed.core.v1beta1.KubeFedCluster`, of core.kubefed.io. */
function customName({ group, version }: ResourceDefinition, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

/** Every type that the resources of a group-version need, as OpenAPI v3 has them, in the order of their names. */
export function publishedSchemas(definitions: readonly ResourceDefinition[]): Record<string, RawSchema> {
  const schemas = new Map<string, RawSchema>();
  for (const definition of definitions) {
    const { object, list } = typeNamesOf(definition);
    if (definition.custom) {
      schemas.set(object, customSchema(definition));
      if (list !== undefined) schemas.set(list, customList(definition, object));
      withReferred(schemas, customSchema(definition));
      addBuiltIn(schemas, `${META}ListMeta`);
    } else {
      addBuiltIn(schemas, object);
      if (list !== undefined) addBuiltIn(schemas, list);
    }
    for (const subresource of Object.values(definition.subresources)) {
      if (subresource.kind !== 'action') continue;
      const { group, version, kind } = subresource.responseKind;
      const name = builtInSchema(group, version, kind)?.name;
      if (name !== undefined) addBuiltIn(schemas, name);
    }
  }
  for (const kind of CARRIED) addBuiltIn(schemas, META + kind);
  const [first] = definitions;
  if (first !== undefined) nameSharedKinds(schemas, first);
  return Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A type and all that it refers to. */
function addBuiltIn(schemas: Map<string, RawSchema>, name: string): void {
  const schema = builtInDocument().definitions[name];
  if (schema === undefined || schemas.has(name)) return;
  schemas.set(name, schema);
  withReferred(schemas, schema);
}

function withReferred(schemas: Map<string, RawSchema>, schema: RawSchema): void {
  for (const reference of referencesOf(schema)) addBuiltIn(schemas, reference);
}

const references = new WeakMap<RawSchema, readonly string[]>();

function referencesOf(schema: RawSchema): readonly string[] {
  const known = references.get(schema);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === '$ref' && typeof child === 'string') found.add(child.slice(REFERENCE_PREFIX.length));
      else visit(child);
    }
  };
  visit(schema);
  const list = [...found];
  references.set(schema, list);
  return list;
}

/** DeleteOptions and WatchEvent are of this group-version as well as of v1. */
function nameSharedKinds(schemas: Map<string, RawSchema>, { group, version }: ResourceDefinition): void {
  for (const kind of ['DeleteOptions', 'Status', 'WatchEvent']) {
    const schema = schemas.get(META + kind);
    if (schema === undefined) continue;
    const own = { group, kind, version };
    const ofV1 = { group: '', kind, version: 'v1' };
    const kinds = group === '' || kind === 'Status' ? [ofV1] : [ofV1, own];
    schemas.set(META + kind, { ...schema, 'x-kubernetes-group-version-kind': kinds });
  }
}

function customSchema({ schema, group, version, kind }: ResourceDefinition): RawSchema {
  const published = schema === undefined ? {} : published3(schema);
  const properties = { ...published.properties };
  properties.apiVersion = { description: API_VERSION, type: 'string' };
  properties.kind = { description: KIND, type: 'string' };
  properties.metadata = { description: METADATA, allOf: [{ $ref: `${REFERENCE_PREFIX}${META}ObjectMeta` }] };
  return {
    ...published,
    type: 'object',
    properties: sorted(properties),
    'x-kubernetes-group-version-kind': [{ group, kind, version }],
  };
}

function customList(definition: ResourceDefinition, object: string): RawSchema {
  const { group, version, kind, listKind, plural } = definition;
  const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { description: API_VERSION, type: 'string' },
      items: {
        description: `List of ${plural}. More info: ${conventions}`,
        type: 'array',
        items: { $ref: REFERENCE_PREFIX + object },
      },
      kind: { description: KIND, type: 'string' },
      metadata: { description: LIST_METADATA, allOf: [{ $ref: `${REFERENCE_PREFIX}${META}ListMeta` }] },
    },
    'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
  };
}

/** With references again where built-in types stand. */
function published3(schema: Schema): RawSchema {
  if (schema.name !== undefined) {
    const reference = { $ref: REFERENCE_PREFIX + schema.name };
    return schema.description === undefined ? reference : { description: schema.description, allOf: [reference] };
  }
  const { properties, items, additionalProperties, go: _, name: __, ...own } = schema;
  return {
    ...own,
    ...(properties === undefined
      ? {}
      : {
          properties: sorted(
            Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, published3(one)])),
          ),
        }),
    ...(items === undefined ? {} : { items: published3(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : published3(additionalProperties),
        }),
  } as RawSchema;
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
