import { expect, it } from 'vitest';
import { Access } from '../authorization/testing/access.ts';
import { StatusError } from '../errors/status-error.ts';
import { builtInDefinitions } from '../kinds/built-in-definitions.ts';
import type { ResourceDefinition, Subresource } from '../resources/resource-definition.ts';
import { type DiscoveryRequest, discoveryAnswer } from './discovery-answer.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function widget(version: string, more: Partial<ResourceDefinition> = {}): ResourceDefinition {
  return {
    group: 'example.com',
    version,
    kind: 'Widget',
    listKind: 'WidgetList',
    plural: 'widgets',
    singular: 'widget',
    shortNames: ['wd'],
    categories: ['all'],
    namespaced: true,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    storageKey: 'widgets.example.com',
    storageApiVersion: 'example.com/v1',
    schema: undefined,
    custom: true,
    strategy: { hasGeneration: true, unconditionalUpdate: false },
    subresources: {},
    selectableFields: {},
    columns: [],
    ...more,
  };
}

const STATUS: Subresource = {
  kind: 'view',
  verbs: ['get', 'patch', 'update'],
  merge: (stored) => ({ metadata: { name: stored.metadata.name ?? '' } }),
};
const SCALE: Subresource = {
  kind: 'action',
  verbs: ['get', 'patch', 'update'],
  responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  handle: () => ({ code: 200, body: {} }),
};

const WIDGETS = [
  widget('v1alpha1', { subresources: { scale: SCALE, status: STATUS } }),
  widget('odd'),
  widget('v1'),
  widget('v2beta1'),
];

function ask(path: string, more: Partial<DiscoveryRequest> = {}, definitions = [...builtInDefinitions(), ...WIDGETS]) {
  const access = new Access();
  access.definitions = definitions;
  const [pathname = '', search] = path.split('?');
  try {
    const query = new URLSearchParams(search);
    return discoveryAnswer({ method: 'GET', path: pathname, query, accept: '', ...more }, access.cluster);
  } catch (error) {
    if (error instanceof StatusError) return { code: error.code, headers: {}, body: JSON.stringify(error.status) };
    throw error;
  }
}

const json = (path: string, more: Partial<DiscoveryRequest> = {}) => JSON.parse(ask(path, more)?.body ?? '');

it('groups come in the order of Kubernetes, custom ones after its own, better versions first', () => {
  const { groups } = json('/apis') as { groups: { name: string; versions: { version: string }[] }[] };
  const names = groups.map(({ name }) => name);
  expect(names.slice(0, 7)).toEqual([
    'apiregistration.k8s.io',
    'apps',
    'events.k8s.io',
    'authentication.k8s.io',
    'authorization.k8s.io',
    'autoscaling',
    'batch',
  ]);
  expect(names.at(-1)).toBe('example.com');
  expect(json('/apis/example.com')).toEqual({
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: 'example.com',
    versions: ['v1', 'v2beta1', 'v1alpha1', 'odd'].map((version) => ({
      groupVersion: `example.com/${version}`,
      version,
    })),
    preferredVersion: { groupVersion: 'example.com/v1', version: 'v1' },
  });
});

it('a version lists its resources with names, verbs and subresources', () => {
  expect(json('/apis/example.com/v1alpha1')).toEqual({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'example.com/v1alpha1',
    resources: [
      {
        name: 'widgets',
        singularName: 'widget',
        namespaced: true,
        kind: 'Widget',
        verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
        shortNames: ['wd'],
        categories: ['all'],
        storageVersionHash: expect.any(String),
      },
      {
        name: 'widgets/status',
        singularName: '',
        namespaced: true,
        kind: 'Widget',
        verbs: ['get', 'patch', 'update'],
      },
      {
        name: 'widgets/scale',
        singularName: '',
        namespaced: true,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        verbs: ['get', 'patch', 'update'],
      },
    ],
  });
  const core = json('/api/v1') as { resources: { name: string }[] };
  expect(core).not.toHaveProperty('apiVersion');
  expect(core.resources.find(({ name }) => name === 'configmaps')).toEqual({
    name: 'configmaps',
    singularName: 'configmap',
    namespaced: true,
    kind: 'ConfigMap',
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    shortNames: ['cm'],
    storageVersionHash: 'qFsyl6wFWjQ=', // as of kube-apiserver
  });
});

it('clients that ask for everything at once get it, and are told when nothing has changed', () => {
  const answer = ask('/apis', { accept: `${AGGREGATED},application/json` });
  expect(answer?.headers).toMatchObject({ 'content-type': AGGREGATED, vary: 'Accept', 'cache-control': 'public' });
  const { items, kind, apiVersion } = JSON.parse(answer?.body ?? '');
  expect({ kind, apiVersion }).toEqual({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
  const custom = items.at(-1).versions.find(({ version }: { version: string }) => version === 'v1alpha1');
  expect(custom).toEqual({
    version: 'v1alpha1',
    resources: [
      {
        resource: 'widgets',
        responseKind: { group: 'example.com', version: 'v1alpha1', kind: 'Widget' },
        scope: 'Namespaced',
        singularResource: 'widget',
        verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
        shortNames: ['wd'],
        categories: ['all'],
        subresources: [
          {
            subresource: 'status',
            responseKind: { group: 'example.com', version: 'v1alpha1', kind: 'Widget' },
            verbs: ['get', 'patch', 'update'],
          },
          {
            subresource: 'scale',
            responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
            verbs: ['get', 'patch', 'update'],
          },
        ],
      },
    ],
    freshness: 'Current',
  });
  const { etag } = answer?.headers ?? {};
  expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
  expect(ask('/apis', { accept: AGGREGATED, ifNoneMatch: etag })).toMatchObject({ code: 304, body: '' });
  const without = ask('/apis', { accept: AGGREGATED, ifNoneMatch: etag }, [...builtInDefinitions()]);
  expect(without?.code).toBe(200);
  const core = json('/api', { accept: AGGREGATED }) as { items: { metadata: unknown }[] };
  expect(core.items.map(({ metadata }) => metadata)).toEqual([{}]);
});

it('representations are negotiated as kube-apiserver does', () => {
  const beta = AGGREGATED.replace('v=v2', 'v=v2beta1');
  expect(ask('/apis', { accept: beta })?.code).toBe(406);
  expect(json('/apis', { accept: `${beta},application/json` }).kind).toBe('APIGroupList');
  expect(json('/apis', { accept: `${AGGREGATED};profile=nopeer,application/json` }).kind).toBe('APIGroupDiscoveryList');
  expect(ask('/apis/apps/v1', { accept: AGGREGATED })?.code).toBe(406);
  expect(ask('/apis', { accept: 'text/html' })?.code).toBe(406);
  expect(ask('/apis', { accept: 'application/vnd.kubernetes.protobuf' })?.code).toBe(406);
  expect(json('/apis', { accept: 'application/vnd.kubernetes.protobuf,*/*' }).kind).toBe('APIGroupList');
  expect(ask('/apis/apps', { accept: 'application/yaml' })?.body).toMatch(/^kind: APIGroup\n/);
});

it('what is not there is told as kube-apiserver tells it', () => {
  const page = { code: 404, body: '404 page not found\n' };
  expect(ask('/apis/nope')).toMatchObject(page);
  expect(ask('/apis/nope/v1')).toMatchObject(page);
  expect(ask('/apis/example.com/v9')).toMatchObject(page);
  expect(ask('/healthz/nope')).toMatchObject(page);
  for (const path of ['/apis/apps/v9', '/api/v2']) {
    expect(json(path)).toMatchObject({ code: 404, message: 'the server could not find the requested resource' });
  }
  expect(ask('/api', { method: 'POST' })?.code).toBe(405);
  expect(ask('/apis/apps/v1', { method: 'DELETE' })?.code).toBe(405);
  for (const path of ['/api/v1/pods', '/apis/apps/v1/deployments', '/foo', '/metrics']) {
    expect(ask(path)).toBeUndefined();
  }
});

it('health, version and the keys of tokens can be asked for', () => {
  expect(ask('/readyz')).toMatchObject({ code: 200, body: 'ok' });
  expect(ask('/livez/ping')).toMatchObject({ code: 200, body: 'ok' });
  const verbose = ask('/readyz?verbose&exclude=etcd&exclude=zz')?.body ?? '';
  expect(verbose).toContain('[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\n[+]etcd-readiness ok\n');
  expect(verbose).toMatch(/\[\+]shutdown ok\nwarn: .* no matches for "zz"\nreadyz check passed\n$/);
  expect(json('/version')).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.3' });
  expect(json('/openid/v1/jwks').keys).toHaveLength(1);
  expect(json('/.well-known/openid-configuration')).toMatchObject({
    issuer: 'https://kubernetes.default.svc',
    jwks_uri: 'https://127.0.0.1:27081/openid/v1/jwks',
  });
  expect(json('/api').serverAddressByClientCIDRs).toEqual([
    { clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:27081' },
  ]);
  const { paths } = json('/') as { paths: string[] };
  expect(paths).toEqual(expect.arrayContaining(['/api/v1', '/apis/apps/v1', '/apis/example.com', '/healthz/etcd']));
});

it('is written in lines for who reads lines, and indented for who reads with curl or asks so', () => {
  const [flat, indented] = [/^{"kind":.*}\n$/, /^{\n {2}"kind": .*\n}$/s];
  for (const [path, accept] of [
    ['/api', ''],
    ['/apis/apps', ''],
    ['/apis', AGGREGATED],
  ] as const) {
    expect(ask(path, { accept })?.body, path).toMatch(flat);
    expect(ask(path, { accept, userAgent: 'curl/8.5.0' })?.body, path).toMatch(indented);
    expect(ask(`${path}?pretty=1`, { accept })?.body, path).toMatch(indented);
  }
  expect(ask('/version')?.body).toMatch(/^{\n {2}"major": "1",\n.*\n}$/s);
  expect(ask('/')?.body).toMatch(/^{\n {2}"paths": \[\n {4}"/);
});
