import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { type RawSchema, REFERENCE_PREFIX } from '../schema/built-in-document.ts';
import { BEARER_TOKEN, describeCode, INFO } from './openapi-v3.ts';
import { type Operation, operationsOf, QUERY } from './operations.ts';
import { publishedSchemas } from './published-schemas.ts';

const DEFINITIONS = '#/definitions/';
const MEDIA_TYPES = ['application/json', 'application/yaml'];

/** The one OpenAPI v2 document of a server. */
export interface OpenApiV2 {
  readonly swagger: '2.0';
  readonly info: typeof INFO;
  readonly paths: Readonly<Record<string, object>>;
  readonly definitions: Readonly<Record<string, RawSchema>>;
  readonly securityDefinitions: object;
  readonly security: readonly object[];
}

export function openApiV2(groupVersions: readonly (readonly ResourceDefinition[])[]): OpenApiV2 {
  const definitions = new Map<string, RawSchema>();
  for (const resources of groupVersions) {
    for (const [name, schema] of Object.entries(publishedSchemas(resources))) {
      definitions.set(name, withKindsOf(definitions.get(name), asV2(schema)));
    }
  }
  return {
    swagger: '2.0',
    info: INFO,
    paths: pathsOf(groupVersions.flat().flatMap(operationsOf)),
    definitions: Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1))),
    securityDefinitions: { BearerToken: BEARER_TOKEN },
    security: [{ BearerToken: [] }],
  };
}

const GVK = 'x-kubernetes-group-version-kind';

/** DeleteOptions is of every group-version. */
function withKindsOf(before: RawSchema | undefined, schema: RawSchema): RawSchema {
  const kinds = [...(before?.[GVK] ?? []), ...(schema[GVK] ?? [])];
  if (before === undefined || kinds.length === 0) return schema;
  const unique = new Map(kinds.map((kind) => [JSON.stringify(kind), kind]));
  return { ...schema, [GVK]: [...unique.values()] };
}

/** What v2 cannot say. */
const LEFT_OUT = new Set(['default', 'nullable', 'oneOf', 'anyOf', 'allOf', 'not', 'x-kubernetes-validations']);

function asV2(schema: RawSchema): RawSchema {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  const { description } = schema;
  if (reference !== undefined) {
    const $ref = DEFINITIONS + reference.slice(REFERENCE_PREFIX.length);
    return { ...(description === undefined ? {} : { description }), $ref };
  }
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (LEFT_OUT.has(key)) continue;
    if (key === 'properties') {
      const properties = value as Readonly<Record<string, RawSchema>>;
      written[key] = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, asV2(one)]));
    } else if ((key === 'items' || key === 'additionalProperties') && typeof value === 'object') {
      written[key] = asV2(value as RawSchema);
    } else written[key] = value;
  }
  // Numbers too are taken, but v2 has one type.
  if (Array.isArray(schema.oneOf)) written.type = 'string';
  return written;
}

function pathsOf(operations: readonly Operation[]): Record<string, object> {
  const paths = new Map<string, Record<string, unknown>>();
  for (const operation of operations) {
    const item = paths.get(operation.path) ?? {};
    paths.set(operation.path, item);
    item[operation.method] = written(operation);
    item.parameters = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      type: 'string',
      uniqueItems: true,
    }));
  }
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function written({ tag, description, id, query, body, bodyTypes, answer, codes, action, kind, isStream }: Operation) {
  const schema = { $ref: DEFINITIONS + answer };
  const parameters = [
    ...(body === undefined
      ? []
      : [{ name: 'body', in: 'body', required: action !== 'delete', schema: { $ref: DEFINITIONS + body } }]),
    ...query.map((name) => ({ name, in: 'query', uniqueItems: true, ...QUERY[name] })),
  ];
  return {
    description,
    consumes: bodyTypes,
    produces: isStream ? [...MEDIA_TYPES, 'application/json;stream=watch'] : MEDIA_TYPES,
    schemes: ['https'],
    tags: [tag],
    operationId: id,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: {
      ...Object.fromEntries(codes.map((code) => [String(code), { description: describeCode(code), schema }])),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    [GVK]: kind,
  };
}
