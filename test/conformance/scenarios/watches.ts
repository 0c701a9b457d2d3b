import { CONFIG_MAPS, CRDS, configMap, crd, DEPLOYMENTS, deployment, PODS, pod } from '../objects.ts';
import { area, del, events, get, patch, post, put, watch } from '../scenario.ts';

interface Event {
  type: string;
  object: {
    kind: string;
    metadata: { name?: string; resourceVersion?: string; annotations?: Record<string, string>; labels?: object };
    data?: object;
  };
}

/** What happened to whom, in which order. */
const brief = ({ type, object }: Event) => ({
  type,
  kind: object.kind,
  metadata: { name: object.metadata.name, resourceVersion: object.metadata.resourceVersion },
  data: object.data,
});
const quiet = { show: () => undefined };
const make = (name: string, labels: object = {}) =>
  post(CONFIG_MAPS, configMap(name, undefined, { labels: { set: 'mine', ...labels } }), quiet);
const relabel = (name: string, labels: object) =>
  patch('merge', `${CONFIG_MAPS}/${name}`, { metadata: { labels } }, quiet);
const MINE = `${CONFIG_MAPS}?watch=true&labelSelector=set=mine`;

export const watches = area('watch', {
  'from now on': [
    make('before'),
    watch('w', MINE),
    events('w', 1),
    make('one'),
    patch('merge', `${CONFIG_MAPS}/one`, { data: { a: 'b' } }, quiet),
    del(`${CONFIG_MAPS}/one`, undefined, quiet),
    make('one'),
    events('w', 4),
  ],
  'from a version on': [
    make('before'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    make('one'),
    make('two'),
    del(`${CONFIG_MAPS}/before`, undefined, quiet),
    watch('w', `${MINE}&resourceVersion={rv}`),
    events('w', 3, brief),
    patch('merge', `${CONFIG_MAPS}/two`, { data: { a: 'b' } }, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    make('three'),
    watch('w2', `${MINE}&resourceVersion={rv}`),
    events('w', 2, brief),
    events('w2', 1, brief),
  ],
  'from zero': [
    make('a'),
    make('b'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine&resourceVersion=0`, {
      ...quiet,
      until: (list: { items: unknown[] }) => list.items.length === 2,
    }),
    watch('w', `${MINE}&resourceVersion=0`),
    events('w', 2, brief),
    make('c'),
    events('w', 1, brief),
  ],
  'versions that are no good': [
    watch('nonsense', `${MINE}&resourceVersion=nonsense`),
    get(`${MINE}&resourceVersion=nonsense`),
    get(`${MINE}&resourceVersion=-5`),
    get(`${MINE}&resourceVersionMatch=Exact`),
    get(`${MINE}&resourceVersion=0&resourceVersionMatch=NotOlderThan`),
    get(`${MINE}&sendInitialEvents=true`),
    get(`${MINE}&sendInitialEvents=true&resourceVersionMatch=Exact`),
    get(`${CONFIG_MAPS}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`),
    get(`${MINE}&labelSelector=a=b=c`),
    get(`${CONFIG_MAPS}?watch=maybe`),
    get(`${CONFIG_MAPS}?watch=true&timeoutSeconds=soon`),
    get(`${CONFIG_MAPS}?watch=true&fieldSelector=data.a=b`),
    get(`${CONFIG_MAPS}?watch=true&limit=nonsense`),
  ],
  'in and out of the selection': [
    make('a', { tier: 'front' }),
    make('b', { tier: 'back' }),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('front', `${CONFIG_MAPS}?watch=true&labelSelector=set=mine,tier=front&resourceVersion={rv}`),
    relabel('b', { tier: 'front' }),
    relabel('a', { tier: 'back' }),
    relabel('a', { more: 'labels' }),
    relabel('b', { more: 'labels' }),
    relabel('a', { tier: 'front' }),
    del(`${CONFIG_MAPS}/a`, undefined, quiet),
    relabel('b', { tier: null }),
    del(`${CONFIG_MAPS}/b`, undefined, quiet),
    make('c', { tier: 'front' }),
    events('front', 7),
  ],
  'by fields': [
    make('a'),
    make('b'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('a', `${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name=a&resourceVersion={rv}`),
    watch('phase', `${PODS}?watch=true&fieldSelector=status.phase=Running&resourceVersion={rv}`),
    watch('plain', `/api/v1/watch/namespaces/{ns}/configmaps/a?resourceVersion={rv}`),
    relabel('b', { x: 'y' }),
    relabel('a', { x: 'y' }),
    post(PODS, pod('p'), quiet),
    patch('merge', `${PODS}/p/status`, { status: { phase: 'Running' } }, quiet),
    patch('merge', `${PODS}/p/status`, { status: { phase: 'Succeeded' } }, quiet),
    events('a', 1, brief),
    events('phase', 2, brief),
    events('plain', 1, brief),
  ],
  'a whole life with finalizers': [
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('w', `${MINE}&resourceVersion={rv}`),
    post(CONFIG_MAPS, configMap('held', {}, { labels: { set: 'mine' }, finalizers: ['example.com/hold'] }), quiet),
    del(`${CONFIG_MAPS}/held`, undefined, quiet),
    patch('merge', `${CONFIG_MAPS}/held`, { data: { still: 'here' } }, quiet),
    patch('merge', `${CONFIG_MAPS}/held`, { metadata: { finalizers: null } }, quiet),
    events('w', 4),
  ],
  'ends in time': [
    make('a'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('w', `${MINE}&timeoutSeconds=1&resourceVersion={rv}`),
    make('b'),
    events('w', 'all', brief),
  ],
  'starts with what there is': [
    make('a'),
    make('b'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('w', `${MINE}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`),
    events('w', 3),
    make('c'),
    events('w', 1, brief),
    watch(
      'at',
      `${MINE}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion={rv}`,
    ),
    events('at', 4, brief),
    watch(
      'later',
      `${MINE}&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion={rv}`,
    ),
    events('later', 1, brief),
    watch('meta', `${MINE}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    }),
    events('meta', 4),
    watch('unversioned', `${MINE}&allowWatchBookmarks=true`),
    events('unversioned', 4, brief),
    watch('zero', `${MINE}&allowWatchBookmarks=true&resourceVersion=0`),
    events('zero', 4, brief),
  ],
  'as metadata and as tables': [
    make('a'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('meta', `${MINE}&resourceVersion={rv}`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    }),
    watch('table', `${MINE}&resourceVersion={rv}`, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    }),
    watch('yaml', `${MINE}&resourceVersion={rv}&timeoutSeconds=1`, { headers: { accept: 'application/yaml' } }),
    relabel('a', { x: 'y' }),
    make('b'),
    del(`${CONFIG_MAPS}/b`, undefined, quiet),
    events('meta', 3),
    events('table', 3),
  ],
  'all namespaces and other kinds': [
    post(DEPLOYMENTS, deployment('web', {}, { labels: { of: '{run}-all' } }), {
      ...quiet,
      save: { rv: 'metadata.resourceVersion' },
    }),
    watch('w', '/apis/apps/v1/deployments?watch=true&labelSelector=of={run}-all&resourceVersion={rv}'),
    patch('merge', `${DEPLOYMENTS}/web`, { spec: { replicas: 4 } }, quiet),
    patch('merge', `${DEPLOYMENTS}/web/status`, { status: { replicas: 4 } }, quiet),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 5 } }, quiet),
    put(`${DEPLOYMENTS}/web`, deployment('web', { replicas: 5 }), quiet),
    events('w', 4),
  ],
  'no word of what changed nothing': [
    make('a'),
    get(`${CONFIG_MAPS}?labelSelector=set=mine`, { ...quiet, save: { rv: 'metadata.resourceVersion' } }),
    watch('w', `${MINE}&resourceVersion={rv}`),
    patch('merge', `${CONFIG_MAPS}/a`, { data: { colour: 'blue' } }, quiet),
    patch('json', `${CONFIG_MAPS}/a`, [], quiet),
    post(`${CONFIG_MAPS}?dryRun=All`, configMap('x', {}, { labels: { set: 'mine' } }), quiet),
    make('end'),
    events('w', 1),
  ],
  'custom resources': [
    post(CRDS, crd('watch.example.com'), quiet),
    get(`${CRDS}/widgets.watch.example.com`, {
      ...quiet,
      until: (object: { status?: { conditions?: { type: string; status: string }[] } }) =>
        object.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true,
    }),
    get('/apis/watch.example.com/v1/namespaces/{ns}/widgets', {
      until: { code: 200 },
      save: { rv: 'metadata.resourceVersion' },
    }),
    watch('w', '/apis/watch.example.com/v1/namespaces/{ns}/widgets?watch=true&resourceVersion={rv}'),
    post('/apis/watch.example.com/v1/namespaces/{ns}/widgets', {
      apiVersion: 'watch.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { unknown: true },
    }),
    patch('merge', '/apis/watch.example.com/v1/namespaces/{ns}/widgets/w', { spec: { size: 5 } }),
    del('/apis/watch.example.com/v1/namespaces/{ns}/widgets/w'),
    events('w', 3),
    watch('gone', '/apis/watch.example.com/v1/namespaces/{ns}/widgets?watch=true&resourceVersion=1'),
    events('gone', 'all'),
    del(`${CRDS}/widgets.watch.example.com`, undefined, quiet),
  ],
});
