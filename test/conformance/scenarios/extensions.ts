import {
  CONFIG_MAPS,
  CRDS,
  configMap,
  crd,
  DEPLOYMENTS,
  deployment,
  SECRETS,
  secret,
  WIDGET_SCHEMA,
} from '../objects.ts';
import { area, del, type Exchange, get, patch, post, put, raw, webhookCalls } from '../scenario.ts';

const quiet = { show: () => undefined };

interface Crd {
  status?: { conditions?: { type: string; status: string; reason?: string }[] };
}

const established = (name: string, options: { show?: (body: never) => unknown } = quiet): Exchange =>
  get(`${CRDS}/${name}`, {
    ...options,
    until: (body: Crd) =>
      body.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true,
  });
const widgets = (group: string, version = 'v1') => `/apis/${group}/${version}/namespaces/{ns}/widgets`;
const widget = (group: string, name: string, spec: object = {}, extra: object = {}, version = 'v1') => ({
  apiVersion: `${group}/${version}`,
  kind: 'Widget',
  metadata: { name },
  spec,
  ...extra,
});
/** A CRD that is served when the next step comes. */
const defined = (group: string, spec: Readonly<Record<string, unknown>> = {}) => [
  post(CRDS, crd(group, spec), quiet),
  established(`widgets.${group}`),
  get(widgets(group), { until: { code: 200 } }),
];
const scale = (metadata: object, spec: object) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec });
const undefine = (group: string) => [del(`${CRDS}/widgets.${group}`, undefined, quiet)];
const version = (name: string, schema: object = WIDGET_SCHEMA, extra: object = {}) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: schema },
  ...extra,
});
const names = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name);
const bad = (spec: Readonly<Record<string, unknown>>, kind = 'Widget') =>
  post(CRDS, crd('bad.example.com', spec, kind));
const badSchema = (schema: object) => bad({ versions: [version('v1', schema)] });

export const crds = area('CRDs', {
  'a CRD comes and goes': {
    steps: [
      post(CRDS, crd('life.example.com')),
      established('widgets.life.example.com', {}),
      get(widgets('life.example.com'), { until: { code: 200 } }),
      get('/apis/life.example.com'),
      get('/apis/life.example.com/v1', {
        until: { code: 200 },
        show: (list: { resources: { storageVersionHash?: string }[] }) => ({
          ...list,
          resources: list.resources.map(({ storageVersionHash: _, ...resource }) => resource),
        }),
      }),
      post(widgets('life.example.com'), widget('life.example.com', 'w')),
      get(`${widgets('life.example.com')}/w`),
      get('/apis/life.example.com/v1/widgets'),
      get('/openapi/v3/apis/life.example.com/v1', {
        until: { code: 200 },
        show: (document: { components: { schemas: Record<string, object> } }) =>
          document.components.schemas['com.example.life.v1.Widget'],
      }),
      put(`${widgets('life.example.com')}/w`, widget('life.example.com', 'w', { size: 4 })),
      del(`${widgets('life.example.com')}/w`),
      post(
        widgets('life.example.com'),
        widget('life.example.com', 'held', {}, { metadata: { name: 'held', finalizers: ['example.com/hold'] } }),
      ),
      del(`${CRDS}/widgets.life.example.com`),
      get(`${CRDS}/widgets.life.example.com`, {
        until: (body: Crd) =>
          body.status?.conditions?.some(({ reason }) => reason === 'InstanceDeletionInProgress') === true,
      }),
      post(widgets('life.example.com'), widget('life.example.com', 'late')),
      get(`${widgets('life.example.com')}/held`, {
        until: (body: { metadata: { deletionTimestamp?: string } }) => body.metadata.deletionTimestamp !== undefined,
      }),
      patch('merge', `${widgets('life.example.com')}/held`, { metadata: { finalizers: null } }),
      get(`${CRDS}/widgets.life.example.com`, { until: { code: 404 } }),
      get(`${widgets('life.example.com')}/held`, { until: { code: 404 } }),
      get('/apis/life.example.com', { until: { code: 404 } }),
    ],
  },
  'what is unknown is pruned, what is missing defaulted': [
    ...defined('prune.example.com'),
    post(
      widgets('prune.example.com'),
      widget(
        'prune.example.com',
        'w',
        { unknown: 1, free: { any: { thing: [1, { goes: null }] } }, parts: ['a'] },
        { extra: true, status: { phase: 'New', more: 1 } },
      ),
    ),
    post(
      `${widgets('prune.example.com')}?fieldValidation=Strict`,
      widget('prune.example.com', 'strict', { unknown: 1 }, { extra: true }),
    ),
    post(
      `${widgets('prune.example.com')}?fieldValidation=Warn`,
      widget('prune.example.com', 'warned', { unknown: 1 }, { extra: true }),
    ),
    post(
      `${widgets('prune.example.com')}?fieldValidation=Ignore`,
      widget('prune.example.com', 'ignored', { unknown: 1 }, { metadata: { name: 'ignored', foo: 1 } }),
    ),
    post(widgets('prune.example.com'), {
      apiVersion: 'prune.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'bare' },
    }),
    post(widgets('prune.example.com'), widget('prune.example.com', 'nulls', { size: null, colour: null })),
    patch('merge', `${widgets('prune.example.com')}/w`, { spec: { other: 'x', size: null } }),
    put(`${widgets('prune.example.com')}/w`, widget('prune.example.com', 'w', {})),
    ...undefine('prune.example.com'),
  ],
  'values are checked': [
    ...defined('values.example.com'),
    post(widgets('values.example.com'), widget('values.example.com', 'w', { size: 0 })),
    post(
      widgets('values.example.com'),
      widget('values.example.com', 'w', { size: 11, colour: 'pink', name: 'UPPER', parts: ['a', 'b', 'c', 'd'] }),
    ),
    post(widgets('values.example.com'), widget('values.example.com', 'w', { size: 'three' })),
    post(widgets('values.example.com'), widget('values.example.com', 'w', { size: 1.5 })),
    post(widgets('values.example.com'), widget('values.example.com', 'w', { parts: 'a' })),
    post(widgets('values.example.com'), widget('values.example.com', 'w', { name: 'waytoolongforthis' })),
    post(widgets('values.example.com'), { ...widget('values.example.com', 'w'), spec: [] }),
    post(widgets('values.example.com'), { ...widget('values.example.com', 'w'), spec: 'x' }),
    post(widgets('values.example.com'), widget('values.example.com', 'Bad_Name')),
    post(widgets('values.example.com'), widget('other.example.com', 'w')),
    post(widgets('values.example.com'), { ...widget('values.example.com', 'w'), kind: 'Gadget' }),
    post(widgets('values.example.com'), { metadata: { name: 'w' } }),
    post(
      widgets('values.example.com'),
      widget('values.example.com', 'w', {}, { metadata: { name: 'w', labels: { a: 1 } } }),
    ),
    post(
      widgets('values.example.com'),
      widget('values.example.com', 'w', {}, { metadata: { name: 'w', labels: { 'bad key': 'x' } } }),
    ),
    post(widgets('values.example.com'), widget('values.example.com', 'w'), {
      save: { rv: 'metadata.resourceVersion' },
    }),
    post(widgets('values.example.com'), widget('values.example.com', 'w')),
    put(`${widgets('values.example.com')}/w`, widget('values.example.com', 'w', { size: 2 })),
    put(
      `${widgets('values.example.com')}/w`,
      widget('values.example.com', 'w', { size: 2 }, { metadata: { name: 'w', resourceVersion: '{rv}' } }),
    ),
    put(
      `${widgets('values.example.com')}/w`,
      widget('values.example.com', 'w', { size: 3 }, { metadata: { name: 'w', resourceVersion: '{rv}' } }),
    ),
    put(`${widgets('values.example.com')}/none`, widget('values.example.com', 'none')),
    get(`${widgets('values.example.com')}/none`),
    get(`${widgets('values.example.com')}?fieldSelector=spec.size=3`),
    get(`${widgets('values.example.com')}?fieldSelector=metadata.name=w`, { show: names }),
    get(`${widgets('values.example.com')}?limit=1`, { show: names }),
    get(`${widgets('values.example.com')}/w/status`),
    get(`${widgets('values.example.com')}/w/scale`),
    del(widgets('values.example.com'), undefined, { show: names }),
    ...undefine('values.example.com'),
  ],
  'more of schemas': [
    ...defined('schemas.example.com', {
      versions: [
        version('v1', {
          type: 'object',
          required: ['spec'],
          properties: {
            spec: {
              type: 'object',
              required: ['host', 'port'],
              properties: {
                host: { type: 'string', format: 'hostname', minLength: 3 },
                port: { 'x-kubernetes-int-or-string': true },
                ip: { type: 'string', format: 'ipv4' },
                when: { type: 'string', format: 'date-time' },
                how: {
                  oneOf: [{ required: ['a'] }, { required: ['b'] }],
                  type: 'object',
                  properties: { a: { type: 'string' }, b: { type: 'string' } },
                },
                map: { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 2 },
                list: {
                  type: 'array',
                  'x-kubernetes-list-type': 'map',
                  'x-kubernetes-list-map-keys': ['key'],
                  items: {
                    type: 'object',
                    required: ['key'],
                    properties: { key: { type: 'string' }, value: { type: 'string', default: 'v' } },
                  },
                },
                set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
                half: { type: 'number', multipleOf: 0.5, exclusiveMinimum: true, minimum: 0 },
                nothing: { type: 'string', nullable: true },
                pod: {
                  type: 'object',
                  'x-kubernetes-embedded-resource': true,
                  'x-kubernetes-preserve-unknown-fields': true,
                },
              },
            },
          },
        }),
      ],
    }),
    ...[
      {},
      { spec: {} },
      { spec: { host: 'ab', port: true } },
      { spec: { host: 'a.example.com', port: '80%' } },
      { spec: { host: 'a.example.com', port: 80, ip: '1.2.3', when: 'noon' } },
      { spec: { host: 'a.example.com', port: 80, how: {} } },
      { spec: { host: 'a.example.com', port: 80, how: { a: '1', b: '2' } } },
      { spec: { host: 'a.example.com', port: 80, map: { a: 1, b: 'x' } } },
      { spec: { host: 'a.example.com', port: 80, map: { a: 1, b: 2, c: 3 } } },
      { spec: { host: 'a.example.com', port: 80, list: [{ key: 'a' }, { key: 'a' }] } },
      { spec: { host: 'a.example.com', port: 80, list: [{ value: 'a' }] } },
      { spec: { host: 'a.example.com', port: 80, set: ['a', 'b', 'a'] } },
      { spec: { host: 'a.example.com', port: 80, half: 0.3 } },
      { spec: { host: 'a.example.com', port: 80, half: 0 } },
      { spec: { host: 'a.example.com', port: 80, pod: {} } },
      {
        spec: {
          host: 'a.example.com',
          port: 80,
          pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', unknown: 1 }, spec: { any: 1 } },
        },
      },
      { spec: { host: 'a.example.com', port: 80, nothing: null, list: [{ key: 'b' }], half: 1.5, map: {} } },
    ].map((rest, index) =>
      post(widgets('schemas.example.com'), {
        apiVersion: 'schemas.example.com/v1',
        kind: 'Widget',
        metadata: { name: `w-${index}` },
        ...rest,
      }),
    ),
    ...undefine('schemas.example.com'),
  ],
  'more than one version': [
    ...defined('versions.example.com', {
      versions: [
        version('v1'),
        version('v1beta1', WIDGET_SCHEMA, { deprecated: true }),
        version('v1alpha1', WIDGET_SCHEMA, { served: false }),
        version('v2', WIDGET_SCHEMA, { deprecated: true, deprecationWarning: 'v2 came too early' }),
      ],
    }),
    get('/apis/versions.example.com', { until: { path: 'versions.length', equals: 3 } }),
    get(widgets('versions.example.com', 'v1beta1'), { until: { code: 200 } }),
    post(widgets('versions.example.com', 'v1beta1'), widget('versions.example.com', 'w', { size: 2 }, {}, 'v1beta1')),
    get(`${widgets('versions.example.com')}/w`),
    patch('merge', `${widgets('versions.example.com', 'v2')}/w`, { spec: { colour: 'red' } }),
    get(`${widgets('versions.example.com', 'v1beta1')}/w`),
    get(widgets('versions.example.com', 'v1alpha1')),
    post(widgets('versions.example.com'), widget('versions.example.com', 'x', {}, {}, 'v1beta1')),
    get(`${CRDS}/widgets.versions.example.com`, { show: (body: { status: object }) => body.status }),
    ...undefine('versions.example.com'),
  ],
  columns: [
    ...defined('columns.example.com', {
      versions: [
        version('v1', WIDGET_SCHEMA, {
          additionalPrinterColumns: [
            { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'how big' },
            { name: 'First', type: 'string', jsonPath: '.spec.parts[0]' },
            { name: 'All', type: 'string', jsonPath: '.spec.parts[*]', priority: 1 },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
            { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
            { name: 'Free', type: 'string', jsonPath: '.spec.free' },
            { name: 'Filtered', type: 'string', jsonPath: '.spec.free.list[?(@.name=="a")].value' },
          ],
        }),
      ],
    }),
    post(
      widgets('columns.example.com'),
      widget('columns.example.com', 'a', {
        size: 3,
        parts: ['x', 'y'],
        free: {
          list: [
            { name: 'a', value: '1' },
            { name: 'b', value: '2' },
          ],
        },
      }),
    ),
    post(widgets('columns.example.com'), widget('columns.example.com', 'b')),
    get(widgets('columns.example.com'), { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } }),
    get(`${widgets('columns.example.com')}/a?includeObject=None`, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    }),
    ...undefine('columns.example.com'),
    ...defined('plain.example.com'),
    post(widgets('plain.example.com'), widget('plain.example.com', 'a')),
    get(widgets('plain.example.com'), { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } }),
    ...undefine('plain.example.com'),
  ],
  subresources: [
    ...defined('subs.example.com', {
      versions: [
        version('v1', WIDGET_SCHEMA, {
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas' },
          },
        }),
      ],
    }),
    post(widgets('subs.example.com'), widget('subs.example.com', 'w', { size: 2 }, { status: { phase: 'Early' } })),
    patch('merge', `${widgets('subs.example.com')}/w/status`, {
      spec: { size: 9 },
      status: { phase: 'Ready', replicas: 2 },
    }),
    patch('merge', `${widgets('subs.example.com')}/w`, { spec: { size: 4 }, status: { phase: 'Late' } }),
    patch('merge', `${widgets('subs.example.com')}/w`, { metadata: { labels: { a: 'b' } } }),
    get(`${widgets('subs.example.com')}/w/scale`),
    patch('merge', `${widgets('subs.example.com')}/w/scale`, { spec: { replicas: 6 } }),
    put(`${widgets('subs.example.com')}/w/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'w', namespace: '{ns}' },
      spec: { replicas: 60 },
    }),
    put(
      `${widgets('subs.example.com')}/w/status`,
      widget('subs.example.com', 'w', {}, { status: { replicas: 'many' } }),
    ),
    put(`${widgets('subs.example.com')}/w/status`, widget('subs.example.com', 'w', {}, { status: { replicas: 3 } })),
    get(`${widgets('subs.example.com')}/w`),
    patch(
      'apply',
      `${widgets('subs.example.com')}/w/status?fieldManager=boss&force=true`,
      widget('subs.example.com', 'w', {}, { spec: undefined, status: { phase: 'Applied' } }),
    ),
    patch(
      'apply',
      `${widgets('subs.example.com')}/applied?fieldManager=me`,
      widget('subs.example.com', 'applied', { size: 5, parts: ['a'] }),
    ),
    patch(
      'apply',
      `${widgets('subs.example.com')}/applied?fieldManager=you`,
      widget('subs.example.com', 'applied', { size: 6 }),
    ),
    patch(
      'apply',
      `${widgets('subs.example.com')}/applied?fieldManager=you`,
      widget('subs.example.com', 'applied', { free: { a: { b: 1 } } }),
    ),
    patch(
      'apply',
      `${widgets('subs.example.com')}/applied?fieldManager=me`,
      widget('subs.example.com', 'applied', { size: 5 }),
    ),
    ...undefine('subs.example.com'),
  ],
  'cluster-scoped, short and many': [
    post(
      CRDS,
      crd('cluster.example.com', {
        scope: 'Cluster',
        names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd', 'wdg'], categories: ['all', 'toys'] },
      }),
    ),
    established('widgets.cluster.example.com', {}),
    get('/apis/cluster.example.com/v1/widgets', { until: { code: 200 } }),
    post('/apis/cluster.example.com/v1/widgets', widget('cluster.example.com', 'w')),
    post(
      '/apis/cluster.example.com/v1/widgets',
      widget('cluster.example.com', 'x', {}, { metadata: { name: 'x', namespace: 'default' } }),
    ),
    post('/apis/cluster.example.com/v1/namespaces/{ns}/widgets', widget('cluster.example.com', 'y')),
    get('/apis/cluster.example.com/v1/widgets/w'),
    ...undefine('cluster.example.com'),
  ],
  'what scale of custom resources takes': [
    ...defined('scaled.example.com', {
      versions: [
        version('v1', WIDGET_SCHEMA, {
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas' },
          },
        }),
      ],
    }),
    post(widgets('scaled.example.com'), widget('scaled.example.com', 'w', { size: 2 }), quiet),
    post(widgets('scaled.example.com'), widget('scaled.example.com', 'none', {}), quiet),
    put(`${widgets('scaled.example.com')}/w/scale`, widget('scaled.example.com', 'w', { size: 3 })),
    put(`${widgets('scaled.example.com')}/w/scale`, scale({}, { replicas: 3 })),
    put(`${widgets('scaled.example.com')}/w/scale`, scale({ name: 'w', uid: 'other' }, { replicas: 3 })),
    put(`${widgets('scaled.example.com')}/w/scale`, scale({ name: 'w' }, { replicas: 3, extra: 1 })),
    put(`${widgets('scaled.example.com')}/w/scale?fieldValidation=Strict`, scale({ name: 'w' }, { extra: 1 })),
    put(`${widgets('scaled.example.com')}/w/scale`, scale({ name: 'w' }, { replicas: -3 })),
    put(`${widgets('scaled.example.com')}/w/scale`, scale({ name: 'w' }, {})),
    put(`${widgets('scaled.example.com')}/gone/scale`, scale({ name: 'gone' }, { replicas: 3 })),
    patch('strategic', `${widgets('scaled.example.com')}/w/scale`, { spec: { replicas: 3 } }),
    patch('json', `${widgets('scaled.example.com')}/w/scale`, [{ op: 'add', path: '/spec/replicas', value: 4 }]),
    patch('merge', `${widgets('scaled.example.com')}/w/scale`, { spec: { replicas: 'four' } }),
    patch('merge', `${widgets('scaled.example.com')}/w/scale`, { metadata: { uid: 'other' }, spec: { replicas: 5 } }),
    patch('apply', `${widgets('scaled.example.com')}/w/scale?fieldManager=me`, scale({ name: 'w' }, { replicas: 7 })),
    patch('merge', `${widgets('scaled.example.com')}/none/scale`, { spec: { replicas: 1 } }),
    patch('merge', `${widgets('scaled.example.com')}/gone/scale`, { spec: { replicas: 1 } }),
    get(`${widgets('scaled.example.com')}/w`),
    ...undefine('scaled.example.com'),
  ],
  'a CRD changes': [
    ...defined('change.example.com'),
    post(widgets('change.example.com'), widget('change.example.com', 'old', { size: 9 }), quiet),
    patch(
      'json',
      `${CRDS}/widgets.change.example.com`,
      [
        {
          op: 'replace',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/maximum',
          value: 5,
        },
      ],
      { show: (body: { metadata: { generation: number } }) => body.metadata.generation },
    ),
    post(`${widgets('change.example.com')}?dryRun=All`, widget('change.example.com', 'new', { size: 9 }), {
      until: { code: 422 },
    }),
    patch('merge', `${widgets('change.example.com')}/old`, { metadata: { labels: { a: 'b' } } }),
    patch('merge', `${widgets('change.example.com')}/old`, { spec: { colour: 'red' } }),
    patch('merge', `${widgets('change.example.com')}/old`, { spec: { size: 8 } }),
    patch('merge', `${CRDS}/widgets.change.example.com`, { spec: { scope: 'Cluster' } }),
    patch('merge', `${CRDS}/widgets.change.example.com`, { spec: { group: 'other.example.com' } }),
    patch('merge', `${CRDS}/widgets.change.example.com`, { spec: { names: { kind: 'Gadget' } } }),
    patch('merge', `${CRDS}/widgets.change.example.com`, { spec: { versions: [] } }),
    patch('merge', `${CRDS}/widgets.change.example.com`, { spec: { versions: [version('v2')] } }),
    patch(
      'merge',
      `${CRDS}/widgets.change.example.com`,
      {
        spec: {
          versions: [
            { ...version('v1'), storage: false },
            { ...version('v2'), storage: true },
          ],
        },
      },
      {
        show: (body: { status: { storedVersions: string[] } }) => body.status.storedVersions,
        until: (body: { status: { storedVersions: string[] } }) => body.status.storedVersions.length === 2,
      },
    ),
    patch('merge', `${CRDS}/widgets.change.example.com`, { spec: { versions: [{ ...version('v2'), storage: true }] } }),
    get(`${CRDS}/widgets.change.example.com/status`, {
      show: (body: { status: { storedVersions: string[] } }) => body.status.storedVersions,
    }),
    put(`${CRDS}/widgets.change.example.com`, crd('change.example.com')),
    ...undefine('change.example.com'),
  ],
  'two CRDs want one name': [
    ...defined('names.example.com'),
    post(
      CRDS,
      {
        ...crd('names.example.com', {
          names: { plural: 'gizmos', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        }),
        metadata: { name: 'gizmos.names.example.com' },
      },
      quiet,
    ),
    get(`${CRDS}/gizmos.names.example.com`, {
      until: (body: Crd) => body.status?.conditions?.some(({ type }) => type === 'NamesAccepted') === true,
    }),
    get('/apis/names.example.com/v1/namespaces/{ns}/gizmos'),
    del(`${CRDS}/widgets.names.example.com`, undefined, quiet),
    established('gizmos.names.example.com', {}),
    del(`${CRDS}/gizmos.names.example.com`, undefined, quiet),
  ],
  'CRDs that are wrong': [
    post(CRDS, { ...crd('bad.example.com'), metadata: { name: 'other.bad.example.com' } }),
    bad({ scope: 'Galaxy' }),
    bad({ scope: undefined }),
    bad({ group: '' }),
    bad({ versions: [] }),
    bad({ versions: undefined }),
    bad({ names: { plural: 'widgets' } }),
    bad({ names: { plural: 'Widgets', kind: 'widget', singular: 'WIDGET', shortNames: ['W_'] } }),
    bad({ versions: [version('v1'), version('v1')] }),
    bad({ versions: [version('v1'), { ...version('v2'), storage: true }] }),
    bad({ versions: [{ ...version('v1'), storage: false }] }),
    bad({
      versions: [{ name: 'Version_1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    }),
    bad({ versions: [{ name: 'v1', served: true, storage: true }] }),
    bad({ versions: [{ name: 'v1', served: true, storage: true, schema: {} }] }),
    bad({ preserveUnknownFields: true }),
    bad({ conversion: { strategy: 'Webhook' } }),
    bad({ conversion: { strategy: 'Magic' } }),
    bad({
      versions: [
        version('v1', WIDGET_SCHEMA, { additionalPrinterColumns: [{ name: '', type: 'thing', jsonPath: 'spec' }] }),
      ],
    }),
    bad({ versions: [version('v1', WIDGET_SCHEMA, { subresources: { scale: {} } })] }),
    bad({
      versions: [
        version('v1', WIDGET_SCHEMA, {
          subresources: { scale: { specReplicasPath: 'spec.x', statusReplicasPath: '.spec.y' } },
        }),
      ],
    }),
    badSchema({}),
    badSchema({ type: 'string' }),
    badSchema({ type: 'object', properties: { a: {} } }),
    badSchema({ type: 'object', properties: { a: { type: 'thing' } } }),
    badSchema({ type: 'object', properties: { a: { type: 'array' } } }),
    badSchema({ type: 'object', properties: { a: { type: 'string', default: 3 } } }),
    badSchema({
      type: 'object',
      properties: { a: { type: 'object', properties: {}, additionalProperties: { type: 'string' } } },
    }),
    badSchema({ type: 'object', additionalProperties: false }),
    badSchema({ type: 'object', properties: { a: { $ref: '#/x' } } }),
    badSchema({ type: 'object', properties: { a: { type: 'string', pattern: '(' } } }),
    badSchema({ type: 'object', properties: { a: { type: 'array', uniqueItems: true, items: { type: 'string' } } } }),
    badSchema({
      type: 'object',
      properties: { a: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } } },
    }),
    badSchema({
      type: 'object',
      properties: { a: { type: 'array', 'x-kubernetes-list-type': 'strange', items: { type: 'string' } } },
    }),
    badSchema({ type: 'object', properties: { a: { 'x-kubernetes-int-or-string': true, type: 'integer' } } }),
    badSchema({
      type: 'object',
      properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
    }),
    badSchema({
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } },
    }),
    badSchema({ type: 'object', properties: { a: { type: 'object', 'x-kubernetes-embedded-resource': true } } }),
    badSchema({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }),
    badSchema({ type: 'object', anyOf: [{ properties: { a: { type: 'string' } } }] }),
    post(CRDS, crd('thing.k8s.io')),
    get(`${CRDS}/widgets.bad.example.com`, {
      until: ({ status }: { status: { conditions?: { type: string; status: string }[] | null } }) =>
        status.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true,
    }),
  ],
});

const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1';
type Kind = 'Mutating' | 'Validating';
const hook = (path: string, extra: object = {}) => ({
  name: `${path.replace(/[^a-z0-9]/g, '-').replace(/^-/, '')}.example.com`,
  clientConfig: { url: `{webhook}${path}`, caBundle: '{webhookCa}' },
  rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  failurePolicy: 'Fail',
  timeoutSeconds: 5,
  ...extra,
});
const config = (kind: Kind, name: string, webhooks: readonly object[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}WebhookConfiguration`,
  metadata: { name: `${name}-{run}` },
  webhooks,
});
const path = (kind: Kind) => `${WEBHOOKS}/${kind.toLowerCase()}webhookconfigurations`;
/** Installs webhooks and waits until they are asked: a real server learns of them a moment later. */
const installed = (
  kind: Kind,
  name: string,
  webhooks: readonly object[],
  asked: (body: { metadata?: { labels?: Record<string, string> }; kind: string }) => boolean,
) => [
  post(path(kind), config(kind, name, webhooks), quiet),
  post(`${CONFIG_MAPS}?dryRun=All`, configMap('probe'), { until: asked, ...quiet }),
];
const removed = (kind: Kind, name: string) => del(`${path(kind)}/${name}-{run}`, undefined, quiet);
const refused = (body: { kind: string }) => body.kind === 'Status';
const single = (behaviour: string, extra: object = {}) => ({
  steps: [
    ...installed('Validating', behaviour, [hook(`/${behaviour}`, extra)], refused),
    post(CONFIG_MAPS, configMap('one')),
    removed('Validating', behaviour),
  ],
  cleanUp: [removed('Validating', behaviour)],
});
const mutating = (behaviour: string) => ({
  steps: [
    ...installed('Mutating', behaviour, [hook(`/${behaviour}`)], refused),
    post(CONFIG_MAPS, configMap('one')),
    removed('Mutating', behaviour),
  ],
  cleanUp: [removed('Mutating', behaviour)],
});

export const webhooks = area('webhooks', {
  'what a mutating webhook adds': {
    steps: [
      ...installed(
        'Mutating',
        'label',
        [hook('/label'), hook('/label-again')],
        (body) => body.metadata?.labels?.['labelled-again'] === 'yes',
      ),
      post(CONFIG_MAPS, configMap('one')),
      webhookCalls('/label'),
      webhookCalls('/label-again'),
      patch('merge', `${CONFIG_MAPS}/one`, { metadata: { labels: { labelled: null, own: 'x' } } }),
      webhookCalls('/label'),
      patch('apply', `${CONFIG_MAPS}/two?fieldManager=me`, configMap('two')),
      del(`${CONFIG_MAPS}/two`),
      post(SECRETS, secret('unseen')),
      get(`${CONFIG_MAPS}/one`),
    ],
    cleanUp: [removed('Mutating', 'label')],
  },
  'what a validating webhook refuses': {
    steps: [
      ...installed(
        'Validating',
        'deny',
        [hook('/deny', { objectSelector: { matchExpressions: [{ key: 'free', operator: 'DoesNotExist' }] } })],
        refused,
      ),
      post(CONFIG_MAPS, configMap('one')),
      post(CONFIG_MAPS, configMap('one', {}, { labels: { free: 'yes' } })),
      patch('merge', `${CONFIG_MAPS}/one`, { data: { a: 'b' } }),
      patch('merge', `${CONFIG_MAPS}/one`, { metadata: { labels: { free: null } } }),
      del(`${CONFIG_MAPS}/one`),
      post('/api/v1/namespaces/default/configmaps?dryRun=All', configMap('elsewhere')),
      removed('Validating', 'deny'),
    ],
    cleanUp: [removed('Validating', 'deny')],
  },
  'denied plainly': single('deny-plainly'),
  'denied with 422': single('deny-with-422'),
  'an answer with another uid': single('other-uid'),
  'an answer that is an error': single('status-500'),
  'an answer that is no JSON': single('not-json'),
  'an answer that is no review': single('not-a-review'),
  'an answer without a response': single('no-response'),
  'a webhook that does not exist': single('missing', {}),
  'a webhook that redirects without end': single('round-and-round'),
  'a webhook whose certificate is unknown': single('allow', { clientConfig: { url: '{webhook}/allow' } }),
  'a patch that does not fit': mutating('patch-nowhere'),
  'a patch to nonsense': mutating('patch-to-nonsense'),
  'failures that are ignored': {
    steps: [
      ...installed(
        'Mutating',
        'ignore',
        [hook('/status-500', { failurePolicy: 'Ignore' }), hook('/label')],
        (body) => body.metadata?.labels?.labelled === 'yes',
      ),
      post(CONFIG_MAPS, configMap('one')),
    ],
    cleanUp: [removed('Mutating', 'ignore')],
  },
  'warnings are handed on': {
    steps: [
      ...installed(
        'Mutating',
        'warn',
        [hook('/warn'), hook('/label')],
        (body) => body.metadata?.labels?.labelled === 'yes',
      ),
      post(CONFIG_MAPS, configMap('one')),
    ],
    cleanUp: [removed('Mutating', 'warn')],
  },
  'deletions, subresources and dry runs': {
    steps: [
      post(DEPLOYMENTS, deployment('web'), quiet),
      post(CONFIG_MAPS, configMap('one'), quiet),
      ...installed(
        'Validating',
        'deletions',
        [
          hook('/deny', {
            rules: [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
          }),
          hook('/allow', {
            rules: [{ operations: ['UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments/*'] }],
          }),
          hook('/deny-plainly', {
            rules: [
              {
                operations: ['CREATE'],
                apiGroups: [''],
                apiVersions: ['*'],
                resources: ['configmaps'],
                scope: 'Namespaced',
              },
            ],
          }),
        ],
        refused,
      ),
      del(`${CONFIG_MAPS}/one`),
      webhookCalls('/deny'),
      patch('merge', `${DEPLOYMENTS}/web`, { spec: { replicas: 1 } }, quiet),
      patch('merge', `${DEPLOYMENTS}/web/status`, { status: { replicas: 1 } }, quiet),
      webhookCalls('/allow'),
      patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 2 } }, quiet),
      webhookCalls('/allow'),
      del(CONFIG_MAPS, undefined, {}),
    ],
    cleanUp: [removed('Validating', 'deletions')],
  },
  'a webhook that changes nothing': {
    steps: [
      post(DEPLOYMENTS, deployment('web'), quiet),
      ...installed(
        'Mutating',
        'nothing',
        [
          hook('/label'),
          hook('/allow', {
            rules: [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['*/*'] }],
          }),
        ],
        (body) => body.metadata?.labels?.labelled === 'yes',
      ),
      patch('merge', `${DEPLOYMENTS}/web/status`, { status: { replicas: 2, observedGeneration: 1 } }),
      patch('strategic', `${DEPLOYMENTS}/web`, { spec: { replicas: 3 } }),
      webhookCalls('/allow'),
    ],
    cleanUp: [removed('Mutating', 'nothing')],
  },
  "envtest's path with two slashes, and a webhook that has moved": {
    steps: [
      ...installed(
        'Mutating',
        'paths',
        [hook('//label-again/'), hook('/moved')],
        (body) => body.metadata?.labels?.labelled === 'yes',
      ),
      post(CONFIG_MAPS, configMap('one')),
      webhookCalls('/label-again'),
      webhookCalls('/label'),
    ],
    cleanUp: [removed('Mutating', 'paths')],
  },
  'side effects and dry runs': {
    steps: [
      ...installed('Validating', 'effects', [hook('/deny', { sideEffects: 'NoneOnDryRun' })], refused),
      post(`${CONFIG_MAPS}?dryRun=All`, configMap('one')),
      webhookCalls('/deny'),
    ],
    cleanUp: [removed('Validating', 'effects')],
  },
  'custom resources are reviewed too': {
    steps: [
      ...defined('hooked.example.com'),
      ...installed(
        'Mutating',
        'custom',
        [
          hook('/label', {
            rules: [
              {
                operations: ['CREATE', 'UPDATE'],
                apiGroups: ['hooked.example.com'],
                apiVersions: ['v1'],
                resources: ['widgets'],
              },
            ],
          }),
          hook('/label-again'),
        ],
        (body) => body.metadata?.labels?.['labelled-again'] === 'yes',
      ),
      post(widgets('hooked.example.com'), widget('hooked.example.com', 'w')),
      webhookCalls('/label'),
      ...undefine('hooked.example.com'),
    ],
    cleanUp: [removed('Mutating', 'custom')],
  },
  'configurations are checked': [
    post(path('Validating'), config('Validating', 'bad', [{ name: 'x' }])),
    post(path('Validating'), config('Validating', 'bad', [hook('/allow', { name: 'short' })])),
    post(path('Validating'), config('Validating', 'bad', [hook('/allow', { clientConfig: {} })])),
    post(
      path('Validating'),
      config('Validating', 'bad', [hook('/allow', { clientConfig: { url: 'http://127.0.0.1/plain' } })]),
    ),
    post(
      path('Validating'),
      config('Validating', 'bad', [
        hook('/allow', { clientConfig: { url: 'https://127.0.0.1/x', service: { name: 'a', namespace: 'b' } } }),
      ]),
    ),
    post(
      path('Validating'),
      config('Validating', 'bad', [hook('/allow', { failurePolicy: 'Perhaps', matchPolicy: 'Some' })]),
    ),
    post(path('Validating'), config('Validating', 'bad', [hook('/allow', { timeoutSeconds: 31 })])),
    post(path('Validating'), config('Validating', 'bad', [hook('/allow', { sideEffects: 'Some' })])),
    post(path('Validating'), config('Validating', 'bad', [hook('/allow', { admissionReviewVersions: [] })])),
    post(
      path('Validating'),
      config('Validating', 'bad', [
        hook('/allow', {
          rules: [{ operations: ['DANCE'], apiGroups: [], apiVersions: [''], resources: ['a/b/c', '*/*'] }],
        }),
      ]),
    ),
    post(path('Mutating'), config('Mutating', 'bad', [hook('/allow', { reinvocationPolicy: 'Often' })])),
    post(
      `${path('Mutating')}?dryRun=All`,
      config('Mutating', 'good', [
        hook('/allow', { failurePolicy: undefined, timeoutSeconds: undefined, namespaceSelector: undefined }),
      ]),
    ),
    post(
      `${path('Validating')}?dryRun=All`,
      config('Validating', 'good', [hook('/allow', { clientConfig: { service: { name: 'a', namespace: 'b' } } })]),
    ),
    raw('GET', `${path('Validating')}/none-{run}`, undefined),
  ],
});
