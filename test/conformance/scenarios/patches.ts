import {
  CONFIG_MAPS,
  CRDS,
  configMap,
  crd,
  DEPLOYMENTS,
  deployment,
  PODS,
  pod,
  SERVICES,
  service,
} from '../objects.ts';
import { area, get, patch, post, put, raw } from '../scenario.ts';

const ONE = `${CONFIG_MAPS}/one`;
const WEB = `${DEPLOYMENTS}/web`;
const quiet = { show: () => undefined };
const container = (name: string, extra: object = {}) => ({ name, image: `${name}:1`, ...extra });
const applied = (data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', ...metadata },
  data,
});
const apply = (manager: string, body: unknown, force = false) =>
  patch('apply', `${ONE}?fieldManager=${manager}${force ? '&force=true' : ''}`, body);
const applyWeb = (manager: string, spec: object, force = false) =>
  patch('apply', `${WEB}?fieldManager=${manager}${force ? '&force=true' : ''}`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec,
  });

export const patches = area('patches', {
  'JSON patch': [
    post(CONFIG_MAPS, configMap('one', { a: '1', 'b/c': '2', '~': '3' }), quiet),
    patch('json', ONE, [
      { op: 'add', path: '/data/d', value: '4' },
      { op: 'replace', path: '/data/a', value: '5' },
      { op: 'remove', path: '/data/b~1c' },
    ]),
    patch('json', ONE, [
      { op: 'move', from: '/data/d', path: '/data/e' },
      { op: 'copy', from: '/data/e', path: '/data/f' },
      { op: 'test', path: '/data/~0', value: '3' },
    ]),
    patch('json', ONE, [{ op: 'add', path: '/metadata/labels', value: { x: 'y' } }]),
    patch('json', ONE, [{ op: 'remove', path: '/data/none' }]),
    patch('json', ONE, [{ op: 'replace', path: '/data/none', value: 'x' }]),
    patch('json', ONE, [{ op: 'test', path: '/data/a', value: 'no' }]),
    patch('json', ONE, [{ op: 'test', path: '/data/none', value: null }]),
    patch('json', ONE, [{ op: 'add', path: '/spec/deep/path', value: 'x' }]),
    patch('json', ONE, [{ op: 'levitate', path: '/data/a' }]),
    patch('json', ONE, [{ op: 'add', path: 'data/a', value: 'x' }]),
    patch('json', ONE, [{ op: 'add', value: 'x' }]),
    patch('json', ONE, [{ op: 'move', from: '/data/none', path: '/data/a' }]),
    patch('json', ONE, { op: 'add' }),
    patch('json', ONE, [{ op: 'replace', path: '/data', value: 'text' }]),
    patch('json', ONE, [{ op: 'replace', path: '/metadata/name', value: 'two' }]),
    patch('json', ONE, [{ op: 'replace', path: '', value: {} }]),
    patch('json', ONE, []),
    raw('PATCH', ONE, 'not json', { headers: { 'content-type': 'application/json-patch+json' } }),
    patch(
      'json',
      ONE,
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '5' })),
    ),
    get(ONE),
  ],
  'JSON patch in lists': [
    post(DEPLOYMENTS, deployment('web'), quiet),
    patch('json', WEB, [{ op: 'add', path: '/spec/template/spec/containers/-', value: container('side') }], {
      show: containers,
    }),
    patch('json', WEB, [{ op: 'add', path: '/spec/template/spec/containers/0', value: container('first') }], {
      show: containers,
    }),
    patch('json', WEB, [{ op: 'remove', path: '/spec/template/spec/containers/1' }], { show: containers }),
    patch('json', WEB, [{ op: 'remove', path: '/spec/template/spec/containers/9' }]),
    patch('json', WEB, [{ op: 'add', path: '/spec/template/spec/containers/9', value: {} }]),
    patch('json', WEB, [{ op: 'remove', path: '/spec/template/spec/containers/-1' }], { show: containers }),
    patch('json', WEB, [{ op: 'replace', path: '/spec/template/spec/containers/x', value: {} }]),
    patch('json', WEB, [{ op: 'replace', path: '/spec/replicas', value: '3' }]),
  ],
  'merge patch': [
    post(CONFIG_MAPS, configMap('one', { a: '1', b: '2' }, { labels: { x: 'y' } }), quiet),
    patch('merge', ONE, { data: { b: null, c: '3' }, metadata: { labels: { x: null, z: 'w' } } }),
    patch('merge', ONE, { data: null }),
    patch('merge', ONE, { metadata: { name: 'other' } }),
    patch('merge', ONE, { metadata: { namespace: 'other' } }),
    patch('merge', ONE, { kind: 'Secret' }),
    patch('merge', ONE, { apiVersion: 'v2' }),
    patch('merge', ONE, { data: { a: 1 } }),
    patch('merge', ONE, { data: ['a'] }),
    patch('merge', ONE, []),
    patch('merge', ONE, 'text'),
    patch('merge', ONE, {}),
    raw('PATCH', ONE, '', { headers: { 'content-type': 'application/merge-patch+json' } }),
    raw('PATCH', ONE, '{"data"', { headers: { 'content-type': 'application/merge-patch+json' } }),
    raw('PATCH', ONE, 'null', { headers: { 'content-type': 'application/merge-patch+json' } }),
    patch('merge', `${CONFIG_MAPS}/none`, { data: {} }),
    patch('merge', `${ONE}?fieldManager=other`, { data: { q: 'r' } }),
    patch('merge', `${ONE}?force=true`, { data: { q: 's' } }),
  ],
  'strategic merge patch': [
    post(
      DEPLOYMENTS,
      deployment('web', {
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              container('web', {
                env: [
                  { name: 'A', value: '1' },
                  { name: 'B', value: '2' },
                ],
                ports: [{ containerPort: 80 }],
              }),
              container('side'),
            ],
            volumes: [{ name: 'v', emptyDir: {} }],
            tolerations: [{ key: 'a' }],
          },
        },
      }),
      quiet,
    ),
    patch(
      'strategic',
      WEB,
      { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } },
      { show: template },
    ),
    patch(
      'strategic',
      WEB,
      {
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: 'web',
                  env: [
                    { name: 'B', $patch: 'delete' },
                    { name: 'C', value: '3' },
                  ],
                },
              ],
            },
          },
        },
      },
      { show: template },
    ),
    patch(
      'strategic',
      WEB,
      { spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }, container('new')] } } } },
      { show: template },
    ),
    patch('strategic', WEB, { spec: { template: { spec: { $setElementOrder: 'nonsense' } } } }),
    patch(
      'strategic',
      WEB,
      {
        spec: {
          template: {
            spec: {
              '$setElementOrder/containers': [{ name: 'new' }, { name: 'web' }],
              containers: [{ name: 'new', image: 'new:2' }],
            },
          },
        },
      },
      { show: template },
    ),
    patch(
      'strategic',
      WEB,
      { spec: { template: { spec: { containers: [{ $patch: 'replace' }, container('only')] } } } },
      { show: template },
    ),
    patch('strategic', WEB, { spec: { template: { spec: { tolerations: [{ key: 'b' }] } } } }, { show: template }),
    patch('strategic', WEB, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }),
    patch(
      'strategic',
      WEB,
      {
        spec: {
          template: {
            spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'x' } }] },
          },
        },
      },
      { show: template },
    ),
    patch('strategic', WEB, { metadata: { finalizers: ['example.com/a', 'example.com/b'] } }),
    patch('strategic', WEB, { metadata: { finalizers: ['example.com/c'] } }),
    patch('strategic', WEB, {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a', 'example.com/b', 'example.com/c'] },
    }),
    patch('strategic', WEB, { metadata: { labels: { $patch: 'replace', only: 'this' } } }),
    patch('strategic', WEB, { spec: { template: { spec: { containers: [{ image: 'no-name' }] } } } }),
    patch('strategic', WEB, { spec: { template: { spec: { containers: { web: 'x' } } } } }),
    patch('strategic', WEB, { spec: { template: { spec: { containers: [{ name: 'only', $patch: 'dance' }] } } } }),
    patch('strategic', WEB, { spec: { unknownField: 1 } }),
    patch('strategic', WEB, { spec: { template: null } }),
    patch('strategic', WEB, 'text'),
    patch('strategic', WEB, []),
  ],
  'strategic merge of ports by their keys': [
    post(
      SERVICES,
      service('web', {
        clusterIP: 'None',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ],
      }),
      quiet,
    ),
    patch('strategic', `${SERVICES}/web`, { spec: { ports: [{ port: 80, targetPort: 8080 }] } }),
    patch('strategic', `${SERVICES}/web`, { spec: { ports: [{ port: 81, $patch: 'delete' }] } }),
    patch('strategic', `${SERVICES}/web`, { spec: { ports: [{ name: 'c', port: 82 }] } }),
    post(CONFIG_MAPS, configMap('x'), { ...quiet, save: { x: 'metadata.uid' } }),
    post(CONFIG_MAPS, configMap('y'), { ...quiet, save: { y: 'metadata.uid' } }),
    post(PODS, pod('p', {}, { ownerReferences: [owner('x')] }), quiet),
    patch('strategic', `${PODS}/p`, { metadata: { ownerReferences: [owner('y')] } }, { show: owners }),
    patch(
      'strategic',
      `${PODS}/p`,
      { metadata: { ownerReferences: [{ $patch: 'delete', uid: '{x}' }] } },
      { show: owners },
    ),
    patch('strategic', `${PODS}/p`, { spec: { containers: [{ name: 'web', image: 'nginx:2' }] } }),
    patch('strategic', `${PODS}/p`, { spec: { containers: [{ name: 'more', image: 'x' }] } }),
  ],
  'types of patches that there are not': [
    post(CONFIG_MAPS, configMap('one'), quiet),
    raw('PATCH', ONE, '{}', { headers: { 'content-type': 'application/json' } }),
    raw('PATCH', ONE, '{}', { headers: { 'content-type': 'text/plain' } }),
    raw('PATCH', ONE, '{}', { headers: { 'content-type': '' } }),
    raw('PATCH', ONE, '{}', { headers: { 'content-type': 'application/apply-patch+cbor' } }),
    raw('PATCH', ONE, '{"data":{"a":"1"}}', {
      headers: { 'content-type': 'application/merge-patch+json; charset=utf-8' },
    }),
    raw('PATCH', CONFIG_MAPS, '{}', { headers: { 'content-type': 'application/merge-patch+json' } }),
    post(CRDS, crd('patches.example.com'), quiet),
    post(
      '/apis/patches.example.com/v1/namespaces/{ns}/widgets',
      { apiVersion: 'patches.example.com/v1', kind: 'Widget', metadata: { name: 'w' } },
      {
        until: (body: { kind: string }) => body.kind === 'Widget' || JSON.stringify(body).includes('AlreadyExists'),
        ...quiet,
      },
    ),
    patch('strategic', '/apis/patches.example.com/v1/namespaces/{ns}/widgets/w', { spec: { size: 4 } }),
    patch('merge', '/apis/patches.example.com/v1/namespaces/{ns}/widgets/w', {
      spec: { size: 4, free: { a: [1, { b: null }] } },
    }),
    patch('merge', '/apis/patches.example.com/v1/namespaces/{ns}/widgets/w', { spec: { size: 40 } }),
    patch('json', '/apis/patches.example.com/v1/namespaces/{ns}/widgets/w', [
      { op: 'add', path: '/spec/parts', value: ['a'] },
    ]),
    patch('apply', '/apis/patches.example.com/v1/namespaces/{ns}/widgets/w?fieldManager=me', {
      apiVersion: 'patches.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { parts: ['b'], colour: 'red' },
    }),
    patch('apply', '/apis/patches.example.com/v1/namespaces/{ns}/widgets/w2?fieldManager=me', {
      apiVersion: 'patches.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w2' },
      spec: { colour: 'red', more: 1 },
    }),
    raw('DELETE', `${CRDS}/widgets.patches.example.com`, undefined, quiet),
  ],
});

export const serverSideApply = area('apply', {
  'one applier': [
    apply('me', applied({ a: '1', b: '2' }, { labels: { x: 'y' } })),
    apply('me', applied({ a: '1', b: '2' }, { labels: { x: 'y' } })),
    apply('me', applied({ a: '3' })),
    get(ONE),
    apply('me', applied({}, { annotations: { only: 'this' } })),
  ],
  'two appliers': [
    apply('me', applied({ a: '1', b: '2' })),
    apply('you', applied({ c: '3' })),
    apply('you', applied({ a: '1', c: '3' })),
    apply('you', applied({ a: '9', c: '3' })),
    apply('me', applied({ b: '2' })),
    apply('you', applied({ a: '9', b: '9', c: '3' })),
    apply('you', applied({ a: '9', b: '9', c: '3' }), true),
    apply('me', applied({ b: '2' })),
    apply('me', applied({})),
    get(ONE),
  ],
  'appliers and others': [
    post(`${CONFIG_MAPS}?fieldManager=creator`, applied({ a: '1' })),
    apply('me', applied({ a: '2', b: '1' })),
    apply('me', applied({ a: '2', b: '1' }), true),
    put(`${ONE}?fieldManager=creator`, applied({ a: '5', b: '1' })),
    apply('me', applied({ a: '2', b: '1' })),
    patch('merge', `${ONE}?fieldManager=patcher`, { data: { b: '7', c: '8' } }),
    apply('me', applied({ b: '7' })),
    patch('merge', `${ONE}?fieldManager=patcher`, { metadata: { managedFields: [{}] } }),
    apply('me', applied({ b: '8' })),
  ],
  'what an apply must say': [
    patch('apply', ONE, applied({ a: '1' })),
    patch('apply', `${ONE}?fieldManager=`, applied({ a: '1' })),
    apply('me', { ...applied({ a: '1' }), kind: undefined }),
    apply('me', { ...applied({ a: '1' }), apiVersion: undefined }),
    apply('me', { ...applied({ a: '1' }), kind: 'Secret' }),
    apply('me', applied({ a: '1' }, { name: 'two' })),
    apply('me', applied({ a: '1' }, { name: undefined })),
    apply('me', applied({ a: '1' }, { namespace: 'other' })),
    apply('me', applied({ a: '1' }, { managedFields: [{ manager: 'x' }] })),
    apply('me', applied({ a: 1 })),
    apply('me', { ...applied({}), unknown: true }),
    apply('me', []),
    raw('PATCH', `${ONE}?fieldManager=me`, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata: {a: b}\n', {
      headers: { 'content-type': 'application/apply-patch+yaml' },
    }),
    raw('PATCH', `${ONE}?fieldManager=me`, 'a: [', { headers: { 'content-type': 'application/apply-patch+yaml' } }),
    patch('apply', `${ONE}?fieldManager=me&force=perhaps`, applied({ a: '1' })),
    patch('apply', '/api/v1/namespaces/none/configmaps/one?fieldManager=me', applied({ a: '1' })),
  ],
  'lists by their keys': [
    applyWeb('me', {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [container('web', { ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] })] },
      },
    }),
    applyWeb('you', { template: { spec: { containers: [container('side')] } } }),
    applyWeb('you', {
      template: { spec: { containers: [{ name: 'web', env: [{ name: 'B', value: '2' }] }, container('side')] } },
    }),
    applyWeb('you', { template: { spec: { containers: [{ name: 'web', image: 'other:1' }] } } }),
    applyWeb('you', { replicas: 4 }),
    applyWeb('me', {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container('web')] } },
    }),
    patch('merge', `${WEB}/scale?fieldManager=scaler`, { spec: { replicas: 8 } }),
    applyWeb('you', { replicas: 4 }),
    applyWeb('me', {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container('web'), container('web')] } },
    }),
    patch('apply', `${WEB}/status?fieldManager=boss`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      status: { conditions: [{ type: 'Available', status: 'True' }] },
    }),
    get(WEB),
  ],
  'ports with two keys': [
    patch('apply', `${SERVICES}/web?fieldManager=me`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {
        clusterIP: 'None',
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    }),
    patch('apply', `${SERVICES}/web?fieldManager=you`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    }),
    patch('apply', `${SERVICES}/web?fieldManager=you`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ name: 'http', port: 53 }] },
    }),
    patch('apply', `${SERVICES}/web?fieldManager=me`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { clusterIP: 'None', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
    }),
  ],
  'finalizers and owners': [
    post(CONFIG_MAPS, configMap('x'), { ...quiet, save: { x: 'metadata.uid' } }),
    post(CONFIG_MAPS, configMap('y'), { ...quiet, save: { y: 'metadata.uid' } }),
    apply('me', applied({}, { finalizers: ['example.com/a'], ownerReferences: [owner('x')] })),
    apply('you', applied({ mine: '1' }, { finalizers: ['example.com/b'], ownerReferences: [owner('y')] })),
    apply('me', applied({})),
    apply('you', applied({ mine: '1' })),
    get(ONE),
  ],
});

/** The ConfigMap `name`, whose uid is saved as the variable of that name. */
function owner(name: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: `{${name}}` };
}

function owners(object: { metadata: { ownerReferences: unknown } }): unknown {
  return object.metadata.ownerReferences;
}

interface Templated {
  spec: { template: { spec: { containers: { name: string }[] } } };
}

function containers({ spec }: Templated): string[] {
  return spec.template.spec.containers.map(({ name }) => name);
}

function template({ spec }: Templated): unknown {
  return spec.template.spec;
}
