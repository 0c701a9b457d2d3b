import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { definitionsOf } from '../customresources/definitions-of.ts';
import { builtInDefinitions } from '../kinds/built-in-definitions.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { openApiAnswer } from './openapi-answer.ts';

const NAMES = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
const CRD: KubeObject = {
  metadata: { name: 'widgets.example.io' },
  spec: {
    group: 'example.io',
    scope: 'Namespaced',
    names: NAMES,
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                description: 'what is wanted',
                properties: { replicas: { type: 'integer', default: 1 } },
              },
            },
          },
        },
      },
    ],
  },
  status: { acceptedNames: NAMES, conditions: [{ type: 'Established', status: 'True' }] },
};

function ask(path: string, headers: { accept?: string; ifNoneMatch?: string } = {}, definitions = served()) {
  const url = new URL(path, 'https://server');
  const { accept = 'application/json', ifNoneMatch } = headers;
  const request = { method: 'GET', path: url.pathname, query: url.searchParams, accept, ifNoneMatch };
  const answer = openApiAnswer(request, definitions);
  if (answer === undefined) throw new Error(`nothing at ${path}`);
  return answer;
}

function served(): ResourceDefinition[] {
  return [...builtInDefinitions(), ...definitionsOf(CRD)];
}

interface Operation {
  parameters: { name: string }[];
  requestBody: { content: object };
  'x-kubernetes-group-version-kind': object;
}
interface Type {
  type?: string;
  properties: Record<string, Type>;
  allOf?: object[];
  'x-kubernetes-group-version-kind'?: object[];
}
interface Document {
  paths: Record<string, { patch?: Operation; serverRelativeURL?: string }>;
  components: { schemas: Record<string, Type> };
  definitions: Record<string, Type>;
}

function json(path: string): Document {
  return JSON.parse(ask(path).body.toString()) as Document;
}

/** Every type that a document speaks of is in it. */
function missing(document: unknown, prefix: string, types: object): string[] {
  const text = JSON.stringify(document);
  const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference.replace(prefix, ''));
  return [...new Set(names)].filter((name) => !Object.hasOwn(types, name));
}

it('the index leads to a document for each group-version, under a hash that stays', () => {
  const { paths } = json('/openapi/v3');
  expect(Object.keys(paths)).toContain('apis/apps/v1');
  expect(Object.keys(paths)).toContain('apis/example.io/v1');
  for (const { serverRelativeURL = '' } of Object.values(paths)) {
    const answer = ask(serverRelativeURL);
    expect(answer.code).toBe(200);
    const document = JSON.parse(answer.body.toString()) as Document;
    expect(missing(document, '#/components/schemas/', document.components.schemas)).toEqual([]);
    const etag = answer.headers.etag ?? '';
    expect(ask(serverRelativeURL, { ifNoneMatch: etag }).code).toBe(304);
  }
  const moved = ask('/openapi/v3/api/v1?hash=OLD');
  expect([moved.code, moved.headers.location]).toEqual([301, paths['api/v1']?.serverRelativeURL]);
});

it('kubectl finds in it what it needs: kinds, descriptions, and what a patch may ask for', () => {
  const { paths, components } = json('/openapi/v3/apis/apps/v1');
  const patch = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch;
  expect(patch?.['x-kubernetes-group-version-kind']).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment' });
  expect(patch?.parameters.map(({ name }) => name)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
  expect(Object.keys(patch?.requestBody.content ?? {})).toContain('application/strategic-merge-patch+json');
  const deployment = components.schemas['io.k8s.api.apps.v1.Deployment'];
  expect(deployment?.['x-kubernetes-group-version-kind']).toEqual([
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ]);
});

it('custom resources are explained like any other', () => {
  const { paths, components } = json('/openapi/v3/apis/example.io/v1');
  const widget = components.schemas['io.example.v1.Widget'];
  expect(widget?.properties.spec).toEqual({
    type: 'object',
    description: 'what is wanted',
    properties: { replicas: { type: 'integer', default: 1 } },
  });
  expect(widget?.properties.metadata?.allOf).toEqual([
    { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
  ]);
  expect(Object.keys(paths)).toEqual([
    '/apis/example.io/v1/namespaces/{namespace}/widgets',
    '/apis/example.io/v1/namespaces/{namespace}/widgets/{name}',
    '/apis/example.io/v1/namespaces/{namespace}/widgets/{name}/scale',
    '/apis/example.io/v1/namespaces/{namespace}/widgets/{name}/status',
    '/apis/example.io/v1/widgets',
  ]);
});

it('v2 says the same in one document', () => {
  const document = json('/openapi/v2');
  expect(missing(document, '#/definitions/', document.definitions)).toEqual([]);
  expect(document.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({ type: 'string' });
  expect(document.definitions['io.example.v1.Widget']?.properties.spec?.properties.replicas).toEqual({
    type: 'integer',
  });
});

it('v2 comes as protobuf for clients that read nothing else', () => {
  for (const type of [
    'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  ]) {
    const { code, headers, body } = ask('/openapi/v2', { accept: type });
    expect([code, headers['content-type']]).toEqual([
      200,
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    ]);
    // Field 1, of three bytes: "2.0".
    expect([...Buffer.from(body).subarray(0, 5)]).toEqual([0x0a, 3, ...Buffer.from('2.0')]);
  }
  expect(ask('/openapi/v2', { accept: 'text/html' }).code).toBe(406);
});

it('servers that serve the same share their documents', () => {
  expect(ask('/openapi/v3/apis/apps/v1').body).toBe(ask('/openapi/v3/apis/apps/v1', {}, served()).body);
  expect(ask('/openapi/v2').body).not.toBe(ask('/openapi/v2', {}, [...builtInDefinitions()]).body);
});

it('what is not served has no document', () => {
  expect(ask('/openapi/v3/apis/nothing/v1').code).toBe(404);
});
