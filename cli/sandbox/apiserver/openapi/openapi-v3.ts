import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { REFERENCE_PREFIX } from '../schema/built-in-document.ts';
import { type Operation, operationsOf, QUERY } from './operations.ts';
import { publishedSchemas } from './published-schemas.ts';

export const INFO = { title: 'Kubernetes', version: '1.36' };
export const BEARER_TOKEN = {
  description: 'Bearer Token authentication',
  in: 'header',
  name: 'authorization',
  type: 'apiKey',
};
const MEDIA_TYPES = ['application/json', 'application/yaml'];

/** The OpenAPI v3 document of one group-version. */
export function openApiV3(definitions: readonly ResourceDefinition[]): object {
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: pathsOf(definitions.flatMap(operationsOf)),
    components: { schemas: publishedSchemas(definitions), securitySchemes: { BearerToken: BEARER_TOKEN } },
  };
}

function pathsOf(operations: readonly Operation[]): Record<string, object> {
  const paths = new Map<string, Record<string, unknown>>();
  for (const operation of operations) {
    const item = paths.get(operation.path) ?? {};
    paths.set(operation.path, item);
    item[operation.method] = written(operation);
    item.parameters = pathParameters(operation.path);
  }
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function written({ tag, description, id, query, body, bodyTypes, answer, codes, action, kind, isStream }: Operation) {
  const content = contentOf(answer, isStream ? [...MEDIA_TYPES, 'application/json;stream=watch'] : MEDIA_TYPES);
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(query.length === 0 ? {} : { parameters: query.map(queryParameter) }),
    ...(body === undefined ? {} : { requestBody: { content: contentOf(body, bodyTypes), required: true } }),
    responses: {
      ...Object.fromEntries(codes.map((code) => [String(code), { description: describeCode(code), content }])),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

export function describeCode(code: number): string {
  return { 200: 'OK', 201: 'Created', 202: 'Accepted' }[code] ?? '';
}

function queryParameter(name: string) {
  const { type = 'string', description = '' } = QUERY[name] ?? {};
  return { name, in: 'query', description, schema: { type, uniqueItems: true } };
}

function contentOf(type: string, mediaTypes: readonly string[]) {
  const schema = { $ref: REFERENCE_PREFIX + type };
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  name: 'name of the object',
  namespace: 'object name and auth scope, such as for teams and projects',
};

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    description: PATH_PARAMETERS[name] ?? '',
    required: true,
    schema: { type: 'string', uniqueItems: true },
  }));
}
