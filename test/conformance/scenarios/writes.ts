import {
  CONFIG_MAPS,
  CRDS,
  configMap,
  crd,
  DEPLOYMENTS,
  deployment,
  PODS,
  pod,
  SECRETS,
  SERVICES,
  secret,
  service,
} from '../objects.ts';
import { area, del, get, patch, post, put, raw } from '../scenario.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases';
const lease = (name: string, extra: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, ...extra },
  spec: { holderIdentity: 'me', leaseDurationSeconds: 15 },
});

const scale = (metadata: object, spec?: object) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata,
  ...(spec === undefined ? {} : { spec }),
});

const binding = (metadata: object, target: object) => ({ apiVersion: 'v1', kind: 'Binding', metadata, target });

export const conflicts = area('conflicts', {
  'only the latest version may be replaced': [
    post(CONFIG_MAPS, configMap('one'), { save: { rv: 'metadata.resourceVersion' } }),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '1' }, { resourceVersion: '{rv}' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { resourceVersion: '{rv}' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { resourceVersion: '1' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { resourceVersion: '0' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { resourceVersion: 'nonsense' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '3' })),
    put(`${CONFIG_MAPS}/none`, configMap('none', {}, { resourceVersion: '{rv}' })),
  ],
  'a patch can hold a version too': [
    post(CONFIG_MAPS, configMap('one'), { save: { rv: 'metadata.resourceVersion', uid: 'metadata.uid' } }),
    patch('merge', `${CONFIG_MAPS}/one`, { metadata: { resourceVersion: '{rv}' }, data: { a: '1' } }),
    patch('merge', `${CONFIG_MAPS}/one`, { metadata: { resourceVersion: '{rv}' }, data: { a: '2' } }),
    patch('strategic', `${CONFIG_MAPS}/one`, { metadata: { resourceVersion: '{rv}' }, data: { a: '2' } }),
    patch('merge', `${CONFIG_MAPS}/one`, { metadata: { uid: '{uid}' }, data: { a: '3' } }),
    patch('merge', `${CONFIG_MAPS}/one`, { metadata: { uid: 'other' }, data: { a: '4' } }),
    patch('json', `${CONFIG_MAPS}/one`, [{ op: 'test', path: '/data/a', value: 'other' }]),
    patch(
      'apply',
      `${CONFIG_MAPS}/one?fieldManager=me&force=true`,
      configMap('one', { a: '5' }, { resourceVersion: '{rv}' }),
    ),
    patch('apply', `${CONFIG_MAPS}/none?fieldManager=me`, configMap('none', { a: '5' }, { resourceVersion: '{rv}' })),
  ],
  'a Lease changes hands once': [
    post(LEASES, lease('leader'), { save: { rv: 'metadata.resourceVersion' } }),
    put(`${LEASES}/leader`, lease('leader', { resourceVersion: '{rv}' })),
    put(`${LEASES}/leader`, {
      ...lease('leader', { resourceVersion: '{rv}' }),
      spec: {
        holderIdentity: 'you',
        leaseTransitions: 1,
        acquireTime: '2001-01-01T00:00:00.000000Z',
        renewTime: '2001-01-01T00:00:01.5Z',
      },
    }),
    put(`${LEASES}/leader`, lease('leader', { resourceVersion: '{rv}' })),
    put(`${LEASES}/leader`, lease('leader')),
    put(`${LEASES}/new`, lease('new')),
    post(LEASES, { ...lease('bad'), spec: { leaseDurationSeconds: -1, leaseTransitions: -1 } }),
    post(LEASES, { ...lease('late'), spec: { renewTime: 'noon' } }),
  ],
  'what can be created by PUT': [
    put('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles/r', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r' },
      rules: [],
    }),
    put('/api/v1/namespaces/{ns}/endpoints/e', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' } }),
    put(`${SERVICES}/s`, service('s')),
    put(`${SECRETS}/s`, secret('s')),
    put('/api/v1/namespaces/{ns}/events/e', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { namespace: '{ns}' },
    }),
    put('/api/v1/namespaces/{ns}/limitranges/l', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l' },
      spec: { limits: [] },
    }),
  ],
});

export const generateName = area('generateName', {
  'a name is made': [
    post(
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-' } },
      { save: { name: 'metadata.name' } },
    ),
    get(`${CONFIG_MAPS}/{name}`),
    post(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-', name: 'chosen' } }),
    post(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'Bad_' } }),
    post(
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x'.repeat(70) } },
      {
        show: (object: { metadata: { name: string; generateName: string } }) => [
          object.metadata.name.length,
          object.metadata.generateName.length,
        ],
      },
    ),
    post(PODS, { ...pod('x'), metadata: { generateName: 'pod-' } }),
    post(`${CONFIG_MAPS}?dryRun=All`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'tried-' } }),
    post(
      '/api/v1/namespaces',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'made-by-{run}-' } },
      { save: { made: 'metadata.name' } },
    ),
    del('/api/v1/namespaces/{made}', undefined, { show: () => undefined }),
    patch('apply', `${CONFIG_MAPS}/applied?fieldManager=me`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName: 'made-' },
    }),
  ],
});

export const dryRun = area('dry run', {
  'nothing stays': [
    post(`${CONFIG_MAPS}?dryRun=All`, configMap('one')),
    get(`${CONFIG_MAPS}/one`),
    post(CONFIG_MAPS, configMap('one')),
    post(`${CONFIG_MAPS}?dryRun=All`, configMap('one')),
    put(`${CONFIG_MAPS}/one?dryRun=All`, configMap('one', { a: 'b' })),
    patch('merge', `${CONFIG_MAPS}/one?dryRun=All`, { data: { a: 'c' } }),
    patch('apply', `${CONFIG_MAPS}/one?dryRun=All&fieldManager=me&force=true`, configMap('one', { colour: 'red' })),
    patch('apply', `${CONFIG_MAPS}/two?dryRun=All&fieldManager=me`, configMap('two', { colour: 'red' })),
    del(`${CONFIG_MAPS}/one?dryRun=All`),
    del(`${CONFIG_MAPS}/one`, { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] }),
    del(`${CONFIG_MAPS}?dryRun=All`, undefined, {
      show: (list: { items: { metadata: { name: string } }[] }) =>
        list.items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt'),
    }),
    get(`${CONFIG_MAPS}/one`),
  ],
  'the word must be All': [
    post(`${CONFIG_MAPS}?dryRun=Some`, configMap('one')),
    post(`${CONFIG_MAPS}?dryRun=`, configMap('one')),
    post(`${CONFIG_MAPS}?dryRun=All&dryRun=All`, configMap('two')),
    del(`${CONFIG_MAPS}/one?dryRun=true`),
    patch('merge', `${CONFIG_MAPS}/one?dryRun=none`, {}),
  ],
  'checks are made': [
    post(`${DEPLOYMENTS}?dryRun=All`, deployment('web', { replicas: -1 })),
    post(`${DEPLOYMENTS}?dryRun=All`, deployment('web')),
    post(`${SERVICES}?dryRun=All`, service('web', { type: 'NodePort' })),
    post(`${SECRETS}?dryRun=All`, secret('s', { type: 'kubernetes.io/tls' })),
    post('/api/v1/namespaces/none/configmaps?dryRun=All', configMap('one')),
    post(`${CRDS}?dryRun=All`, crd('tried.example.com')),
  ],
});

export const statusSubresource = area('status', {
  'status and spec keep apart': [
    post(DEPLOYMENTS, deployment('web'), { save: { rv: 'metadata.resourceVersion' } }),
    put(`${DEPLOYMENTS}/web/status`, {
      ...deployment('web', { replicas: 7 }, { labels: { a: 'b' }, resourceVersion: '{rv}' }),
      status: { observedGeneration: 1, replicas: 2, readyReplicas: 1, unavailableReplicas: 1 },
    }),
    get(`${DEPLOYMENTS}/web/status`),
    patch('merge', `${DEPLOYMENTS}/web/status`, {
      spec: { replicas: 9 },
      status: { readyReplicas: 2, unavailableReplicas: null },
    }),
    patch('strategic', `${DEPLOYMENTS}/web/status`, {
      status: { conditions: [{ type: 'Available', status: 'True', lastTransitionTime: '2001-01-01T00:00:00Z' }] },
    }),
    patch('strategic', `${DEPLOYMENTS}/web/status`, {
      status: {
        conditions: [
          { type: 'Progressing', status: 'True' },
          { type: 'Available', status: 'False' },
        ],
      },
    }),
    put(`${DEPLOYMENTS}/web`, { ...deployment('web', { replicas: 3 }), status: { replicas: 100 } }),
    put(`${DEPLOYMENTS}/web/status`, { ...deployment('web'), status: { replicas: -1 } }),
    patch('apply', `${DEPLOYMENTS}/web/status?fieldManager=boss&force=true`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      status: { replicas: 5 },
    }),
    patch('json', `${DEPLOYMENTS}/web/status`, [
      { op: 'replace', path: '/status/replicas', value: 6 },
      { op: 'replace', path: '/metadata/labels', value: { c: 'd' } },
    ]),
  ],
  'a Pod is run by somebody': [
    post(PODS, pod('p')),
    patch('merge', `${PODS}/p/status`, {
      status: {
        phase: 'Running',
        podIP: '10.1.2.3',
        podIPs: [{ ip: '10.1.2.3' }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    }),
    put(`${PODS}/p/status`, { ...pod('p'), status: { phase: 'Sleeping' } }),
    get(`${PODS}/p`),
    patch('merge', `${PODS}/none/status`, { status: {} }),
  ],
  'a Service gets its load balancer': [
    post(SERVICES, service('web', { type: 'LoadBalancer' })),
    patch('merge', `${SERVICES}/web/status`, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }),
    patch('merge', `${SERVICES}/web/status`, { status: { loadBalancer: { ingress: [{ ip: 'nonsense' }] } } }),
    patch('merge', `${SERVICES}/web`, { spec: { type: 'ClusterIP' } }),
  ],
  'kinds without a status': [
    get(`${CONFIG_MAPS}/kube-root-ca.crt/status`),
    put(`${SECRETS}/one/status`, secret('one')),
    get(`${DEPLOYMENTS}/web/nothing`),
    post(`${DEPLOYMENTS}/web/status`, deployment('web')),
    del(`${DEPLOYMENTS}/web/status`),
  ],
  'scale is a view': [
    post(DEPLOYMENTS, deployment('web')),
    get(`${DEPLOYMENTS}/web/scale`, { save: { rv: 'metadata.resourceVersion' } }),
    put(`${DEPLOYMENTS}/web/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: '{ns}', resourceVersion: '{rv}' },
      spec: { replicas: 5 },
    }),
    put(`${DEPLOYMENTS}/web/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: '{ns}', resourceVersion: '{rv}' },
      spec: { replicas: 6 },
    }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 7 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: -7 } }),
    patch('merge', `${DEPLOYMENTS}/none/scale`, { spec: { replicas: 7 } }),
    put(`${DEPLOYMENTS}/web/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'other', namespace: '{ns}' },
      spec: { replicas: 6 },
    }),
    put(`${DEPLOYMENTS}/web/scale`, deployment('web')),
    get(`${DEPLOYMENTS}/web`),
  ],
  'what scale takes': [
    post(DEPLOYMENTS, deployment('web')),
    get(`${DEPLOYMENTS}/web/scale`, { save: { rv: 'metadata.resourceVersion' } }),
    put(`${DEPLOYMENTS}/web/scale`, { metadata: { name: 'web' }, spec: { replicas: 3 } }),
    put(`${DEPLOYMENTS}/web/scale`, scale({ name: 'web' })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ name: 'web' }, { replicas: 2, extra: 1 })),
    put(`${DEPLOYMENTS}/web/scale?fieldValidation=Strict`, scale({ name: 'web' }, { replicas: 2, extra: 1 })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ name: 'web' }, { replicas: 'two' })),
    put(`${DEPLOYMENTS}/web/scale`, scale({}, { replicas: 2 })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ name: 'web', namespace: 'elsewhere' }, { replicas: 2 })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ name: 'web', labels: { 'bad key': 'x' } }, { replicas: -1 })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ name: 'web', uid: 'other' }, { replicas: 2 })),
    put(`${DEPLOYMENTS}/web/scale`, { ...scale({ name: 'web' }), apiVersion: 'autoscaling/v2' }),
    put(`${DEPLOYMENTS}/web/scale?dryRun=All`, scale({ name: 'web' }, { replicas: 9 })),
    put(`${DEPLOYMENTS}/web/scale?dryRun=Some`, scale({ name: 'web' }, { replicas: 9 })),
    put(`${DEPLOYMENTS}/none/scale`, scale({ name: 'none' }, { replicas: 9 })),
    put(`${DEPLOYMENTS}/none/scale`, scale({ name: 'web' }, { replicas: 9 })),
    raw('PUT', `${DEPLOYMENTS}/web/scale`, '', { headers: { 'content-type': 'application/json' } }),
    raw('PUT', `${DEPLOYMENTS}/web/scale`, '{"kind":', { headers: { 'content-type': 'application/json' } }),
    raw('PUT', `${DEPLOYMENTS}/web/scale`, '[]', { headers: { 'content-type': 'application/json' } }),
    raw('PUT', `${DEPLOYMENTS}/web/scale`, 'metadata: {name: web}\nspec: {replicas: 4}\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
    raw('PUT', `${DEPLOYMENTS}/web/scale`, 'x', { headers: { 'content-type': 'text/plain' } }),
    get(`${DEPLOYMENTS}/web`),
  ],
  'what bindings take': [
    post(PODS, pod('p'), { save: { uid: 'metadata.uid' } }),
    post(`${PODS}/p/binding`, binding({}, { name: 'n' })),
    post(`${PODS}/p/binding`, binding({ name: 'other' }, { name: 'n' })),
    post(`${PODS}/p/binding`, binding({ name: 'p' }, { kind: 'Node' })),
    post(`${PODS}/p/binding`, binding({ name: 'p' }, { kind: 'Pod' })),
    post(`${PODS}/p/binding`, binding({ name: 'p', uid: 'other' }, { name: 'n' })),
    post(`${PODS}/p/binding`, pod('p')),
    post(`${PODS}/p/binding`, { ...binding({ name: 'p' }, { name: 'n' }), extra: 1 }),
    get(`${PODS}/p`, { show: ({ spec }: { spec: { nodeName: string } }) => spec.nodeName }),
    post(PODS, pod('gated', { schedulingGates: [{ name: 'example.com/wait' }] }), { show: () => undefined }),
    post(`${PODS}/gated/binding`, binding({ name: 'gated' }, { name: 'n' })),
    post(PODS, pod('q'), { save: { uid: 'metadata.uid', rv: 'metadata.resourceVersion' }, show: () => undefined }),
    post(
      `${PODS}/q/binding`,
      binding(
        { name: 'q', uid: '{uid}', resourceVersion: '{rv}', labels: { a: 'b' }, annotations: { c: 'd' } },
        { name: 'n' },
      ),
    ),
    get(`${PODS}/q`),
  ],
  'how scale is patched': [
    post(DEPLOYMENTS, deployment('web'), { save: { rv: 'metadata.resourceVersion' } }),
    patch('json', `${DEPLOYMENTS}/web/scale`, [{ op: 'replace', path: '/spec/replicas', value: 4 }]),
    patch('json', `${DEPLOYMENTS}/web/scale`, [{ op: 'test', path: '/spec/replicas', value: 1 }]),
    patch('json', `${DEPLOYMENTS}/web/scale`, [{ op: 'remove', path: '/spec/none' }]),
    patch('strategic', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 5 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 'five' } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: null } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 3, extra: 1 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale?fieldValidation=Strict`, { spec: { replicas: 3, extra: 1 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { metadata: { resourceVersion: '{rv}' }, spec: { replicas: 6 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { metadata: { uid: 'other' }, spec: { replicas: 6 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { metadata: { name: 'other' }, spec: { replicas: 6 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { kind: 'Deployment', spec: { replicas: 6 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale?force=true`, { spec: { replicas: 6 } }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, [1]),
    patch('merge', `${DEPLOYMENTS}/none/scale`, [1]),
    patch('apply', `${DEPLOYMENTS}/web/scale`, scale({ name: 'web' }, { replicas: 8 })),
    patch('apply', `${DEPLOYMENTS}/web/scale?fieldManager=me`, scale({ name: 'web' }, { replicas: 8 })),
    patch('apply', `${DEPLOYMENTS}/web/scale?fieldManager=me&force=true`, scale({ name: 'web' }, { replicas: 8 })),
    patch('apply', `${DEPLOYMENTS}/web/scale?fieldManager=me`, deployment('web')),
    patch('apply', `${DEPLOYMENTS}/none/scale?fieldManager=me`, scale({ name: 'none' }, { replicas: 8 })),
    get(`${DEPLOYMENTS}/web`),
  ],
});
