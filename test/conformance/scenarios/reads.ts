import { CONFIG_MAPS, configMap, PODS, pod, SECRETS, secret } from '../objects.ts';
import { area, del, get, patch, post } from '../scenario.ts';

interface NamedList {
  metadata: { continue?: string; remainingItemCount?: number; resourceVersion?: string };
  items: { metadata: { name: string } }[];
}

const names = (list: NamedList) => list.items.map(({ metadata }) => metadata.name);
const page = (list: NamedList) => ({ names: names(list), metadata: { ...list.metadata, resourceVersion: undefined } });
const byLabels = (selector: string) =>
  get(`${CONFIG_MAPS}?labelSelector=${encodeURIComponent(selector)}`, { show: names });
const byFields = (path: string, selector: string) =>
  get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, { show: names });
const labelled = (name: string, labels: object) =>
  post(CONFIG_MAPS, configMap(name, {}, { labels: { set: 'mine', ...labels } }), { show: () => undefined });

export const selectors = area('selectors', {
  'by labels': [
    labelled('a', { tier: 'front', size: '1' }),
    labelled('b', { tier: 'back', size: '2' }),
    labelled('c', { tier: 'back', other: '' }),
    byLabels('tier=back'),
    byLabels('tier==back,size'),
    byLabels('set,tier!=back'),
    byLabels('set,tier in (front, back),!size'),
    byLabels('set,tier notin (front)'),
    byLabels('set,other='),
    byLabels('set,other'),
    byLabels('set,size>1'),
    byLabels('set,size<2'),
    byLabels('tier=none'),
  ],
  'label selectors that mean nothing': [
    byLabels('a=='),
    byLabels('=b'),
    byLabels('a in b'),
    byLabels('a in (b'),
    byLabels('a in ()'),
    byLabels('a b'),
    byLabels('!'),
    byLabels('a,,b'),
    byLabels('a=b='),
    byLabels('a=bad value!'),
    byLabels('bad key!=b'),
    byLabels('a>b'),
    byLabels('a=(b)'),
    byLabels(','),
    byLabels('a=b,'),
  ],
  'by fields': [
    labelled('a', {}),
    labelled('b', {}),
    byFields(CONFIG_MAPS, 'metadata.name=a'),
    byFields(CONFIG_MAPS, 'metadata.name==a'),
    byFields(CONFIG_MAPS, 'metadata.name!=a,metadata.name!=kube-root-ca.crt'),
    byFields(CONFIG_MAPS, 'metadata.namespace={ns},metadata.name=b'),
    byFields(CONFIG_MAPS, 'metadata.namespace=other'),
    byFields('/api/v1/configmaps', 'metadata.namespace={ns},metadata.name=a'),
    post(SECRETS, secret('plain'), { show: () => undefined }),
    byFields(SECRETS, 'type=Opaque'),
    byFields(SECRETS, 'type!=Opaque'),
    post(PODS, pod('here', { nodeName: 'node-1' }), { show: () => undefined }),
    post(PODS, pod('there', {}), { show: () => undefined }),
    byFields(PODS, 'spec.nodeName=node-1'),
    byFields(PODS, 'spec.nodeName='),
    byFields(PODS, 'status.phase=Pending'),
    byFields(PODS, 'status.phase!=Pending'),
    byFields(PODS, 'spec.restartPolicy=Always,status.podIP=,spec.schedulerName=default-scheduler'),
    byFields('/api/v1/namespaces', 'metadata.name={ns},status.phase=Active'),
    byFields('/api/v1/namespaces', 'name={ns}'),
  ],
  'field selectors that mean nothing': [
    byFields(CONFIG_MAPS, 'data.colour=blue'),
    byFields(CONFIG_MAPS, 'metadata.labels=blue'),
    byFields(CONFIG_MAPS, 'metadata.name'),
    byFields(CONFIG_MAPS, 'metadata.name>a'),
    byFields(CONFIG_MAPS, '='),
    byFields(CONFIG_MAPS, 'metadata.name=a\\'),
    byFields(CONFIG_MAPS, 'metadata.name in (a)'),
    byFields(PODS, 'spec.containers=1'),
    byFields('/apis/apps/v1/namespaces/{ns}/deployments', 'spec.replicas=1'),
    byFields('/apis/apps/v1/namespaces/{ns}/replicasets', 'status.replicas=0'),
    byFields('/apis/batch/v1/namespaces/{ns}/jobs', 'status.successful=0'),
    byFields(
      '/api/v1/namespaces/{ns}/events',
      'involvedObject.kind=Pod,reason=Started,type=Normal,source=x,reportingComponent=y',
    ),
    byFields('/apis/events.k8s.io/v1/namespaces/{ns}/events', 'regarding.kind=Pod'),
    byFields('/api/v1/nodes', 'spec.unschedulable=false'),
    byFields('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'spec.group=none'),
  ],
  'deletes what is selected': [
    labelled('a', { tier: 'front' }),
    labelled('b', { tier: 'back' }),
    labelled('c', { tier: 'back' }),
    del(`${CONFIG_MAPS}?labelSelector=tier=back`),
    get(`${CONFIG_MAPS}?labelSelector=set`, { show: names }),
    del(`${CONFIG_MAPS}?fieldSelector=metadata.name=none`),
    del(`${CONFIG_MAPS}?labelSelector=a=b=c`),
    del(`${CONFIG_MAPS}?labelSelector=set`, { propagationPolicy: 'Orphan' }, { show: names }),
  ],
});

const five = ['a', 'b', 'c', 'd', 'e'].map((name) => labelled(name, { odd: 'ace'.includes(name) ? 'yes' : 'no' }));

export const paging = area('paging', {
  'page by page': [
    ...five,
    get(`${CONFIG_MAPS}?limit=2`, { show: page, save: { next: 'metadata.continue' } }),
    get(`${CONFIG_MAPS}?limit=2&continue={next}`, { show: page, save: { next: 'metadata.continue' } }),
    del(`${CONFIG_MAPS}/e`, undefined, { show: () => undefined }),
    labelled('bb', {}),
    get(`${CONFIG_MAPS}?limit=2&continue={next}`, { show: page }),
    get(`${CONFIG_MAPS}?continue={next}`, { show: page }),
    get(`${CONFIG_MAPS}?limit=100`, { show: page, until: (list: NamedList) => list.items.length === 6 }),
    get(`${CONFIG_MAPS}?limit=6`, { show: page }),
    get(`${CONFIG_MAPS}?limit=0`, { show: page }),
    get(`${CONFIG_MAPS}?limit=-1`, { show: page }),
    get(`${CONFIG_MAPS}?limit=many`, { show: page }),
    get(`${CONFIG_MAPS}?limit=1&resourceVersion=0`, { show: page }),
  ],
  'page by page, selected': [
    ...five,
    get(`${CONFIG_MAPS}?limit=2&labelSelector=odd=yes`, { show: page, save: { next: 'metadata.continue' } }),
    get(`${CONFIG_MAPS}?limit=2&labelSelector=odd=yes&continue={next}`, { show: page }),
    get(`${CONFIG_MAPS}?limit=1&fieldSelector=metadata.name=c`, { show: page }),
    get(`/api/v1/configmaps?limit=3&labelSelector=odd,set=mine`, { show: (list: NamedList) => list.items.length }),
    del(`${CONFIG_MAPS}?limit=2&labelSelector=odd`, undefined, { show: page }),
  ],
  'tokens that are no good': [
    ...five,
    get(`${CONFIG_MAPS}?limit=2`, { show: page, save: { next: 'metadata.continue' } }),
    get(`${CONFIG_MAPS}?limit=2&continue=nonsense`),
    get(`${CONFIG_MAPS}?limit=2&continue=e30`),
    get(`${CONFIG_MAPS}?limit=2&continue={next}&resourceVersion=1`),
    get(`${CONFIG_MAPS}?limit=2&continue={next}&resourceVersion=0`, { show: page }),
    get(`${CONFIG_MAPS}?limit=2&continue={next}&resourceVersionMatch=Exact`),
  ],
  'versions that are forgotten': [
    ...five,
    get(`${CONFIG_MAPS}?labelSelector=set&resourceVersion=1&resourceVersionMatch=Exact`, { until: { code: 410 } }),
    get(`${CONFIG_MAPS}?labelSelector=set&limit=2&continue=${tokenOfLongAgo('b')}`, {
      save: { next: 'metadata.continue' },
    }),
    get(`${CONFIG_MAPS}?labelSelector=set&limit=2&continue={next}`, {
      show: page,
      save: { next: 'metadata.continue' },
    }),
    get(`${CONFIG_MAPS}?labelSelector=set&limit=2&continue={next}`, { show: page }),
  ],
  'as of which version': [
    labelled('a', {}),
    get(`${CONFIG_MAPS}?labelSelector=set`, { save: { rv: 'metadata.resourceVersion' }, show: names }),
    labelled('b', {}),
    get(`${CONFIG_MAPS}?labelSelector=set&resourceVersion={rv}&resourceVersionMatch=Exact`, { show: names }),
    get(`${CONFIG_MAPS}?labelSelector=set&resourceVersion={rv}&resourceVersionMatch=NotOlderThan`, {
      show: names,
      until: (list: NamedList) => list.items.length === 2,
    }),
    get(`${CONFIG_MAPS}?labelSelector=set&resourceVersion={rv}`, { show: names }),
    get(`${CONFIG_MAPS}?labelSelector=set&resourceVersion={rv}&limit=1`, { show: page }),
    get(`${CONFIG_MAPS}?labelSelector=set&resourceVersion=0`, { show: names }),
    get(`${CONFIG_MAPS}?resourceVersion=0&resourceVersionMatch=Exact`),
    get(`${CONFIG_MAPS}?resourceVersionMatch=Exact`),
    get(`${CONFIG_MAPS}?resourceVersion={rv}&resourceVersionMatch=Sometimes`),
    get(`${CONFIG_MAPS}?resourceVersion=nonsense`),
    get(`${CONFIG_MAPS}?resourceVersion=-1`),
    get(`${CONFIG_MAPS}/a?resourceVersion=0`),
    get(`${CONFIG_MAPS}/a?resourceVersion=nonsense`),
    get(`${CONFIG_MAPS}?resourceVersion=9000000000000000&timeoutSeconds=1`, { show: names }),
    get(`${CONFIG_MAPS}/a?resourceVersion=9000000000000000`),
    patch('merge', `${CONFIG_MAPS}/a`, { data: { x: 'y' } }),
  ],
});

/** As a client holds it that began its list at revision 1 and had come to `name`. */
function tokenOfLongAgo(name: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: `${name}\0` })).toString('base64url');
}
