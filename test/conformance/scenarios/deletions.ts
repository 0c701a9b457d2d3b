import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  PODS,
  pod,
  REPLICA_SETS,
  replicaSet,
  SERVICE_ACCOUNTS,
} from '../objects.ts';
import { area, del, get, patch, post, put, raw } from '../scenario.ts';

const quiet = { show: () => undefined };
const RCS = '/api/v1/namespaces/{ns}/replicationcontrollers';
const JOBS = '/apis/batch/v1/namespaces/{ns}/jobs';
const NAMESPACES = '/api/v1/namespaces';
const namespace = (name: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...extra },
});
const owned = (name: string, variable: string, kind = 'ConfigMap', extra: object = {}) =>
  configMap(
    name,
    {},
    {
      ownerReferences: [
        { apiVersion: kind === 'ConfigMap' ? 'v1' : 'apps/v1', kind, name: variable, uid: `{${variable}}`, ...extra },
      ],
    },
  );
const gone = { until: { code: 404 } } as const;

export const deletion = area('deletion', {
  'finalizers hold what is deleted': [
    post(CONFIG_MAPS, configMap('held', {}, { finalizers: ['example.com/a', 'example.com/b'] })),
    del(`${CONFIG_MAPS}/held`),
    del(`${CONFIG_MAPS}/held`),
    get(`${CONFIG_MAPS}/held`),
    put(
      `${CONFIG_MAPS}/held`,
      configMap('held', { still: 'writable' }, { finalizers: ['example.com/a', 'example.com/b'] }),
    ),
    put(`${CONFIG_MAPS}/held`, configMap('held', {}, { finalizers: ['example.com/a', 'example.com/new'] })),
    patch('json', `${CONFIG_MAPS}/held`, [{ op: 'remove', path: '/metadata/finalizers/0' }]),
    post(CONFIG_MAPS, configMap('held')),
    patch('json', `${CONFIG_MAPS}/held`, [{ op: 'remove', path: '/metadata/finalizers' }]),
    get(`${CONFIG_MAPS}/held`),
  ],
  preconditions: [
    post(CONFIG_MAPS, configMap('one'), { save: { uid: 'metadata.uid', rv: 'metadata.resourceVersion' } }),
    del(`${CONFIG_MAPS}/one`, { preconditions: { uid: 'other' } }),
    del(`${CONFIG_MAPS}/one`, { preconditions: { resourceVersion: '1' } }),
    patch('merge', `${CONFIG_MAPS}/one`, { data: { a: 'b' } }),
    del(`${CONFIG_MAPS}/one`, { preconditions: { uid: '{uid}', resourceVersion: '{rv}' } }),
    del(`${CONFIG_MAPS}/one`, { preconditions: { uid: '{uid}' } }),
    del(`${CONFIG_MAPS}/one`, { preconditions: { uid: '{uid}' } }),
    del(CONFIG_MAPS, { preconditions: { uid: 'other' } }, { show: () => undefined }),
  ],
  'options that are wrong': [
    post(CONFIG_MAPS, configMap('one')),
    del(`${CONFIG_MAPS}/one`, { propagationPolicy: 'Sideways' }),
    del(`${CONFIG_MAPS}/one`, { orphanDependents: true, propagationPolicy: 'Orphan' }),
    del(`${CONFIG_MAPS}/one`, { gracePeriodSeconds: 'long' }),
    del(`${CONFIG_MAPS}/one?propagationPolicy=Sideways`),
    del(`${CONFIG_MAPS}/one?gracePeriodSeconds=long`),
    del(`${CONFIG_MAPS}/one?orphanDependents=perhaps&dryRun=All`),
    del(`${CONFIG_MAPS}/one`, { kind: 'Pod', apiVersion: 'v1' }),
    del(`${CONFIG_MAPS}/one`, { kind: 'DeleteOptions', apiVersion: 'v9' }),
    del(`${CONFIG_MAPS}/one`, { kind: 'DeleteOptions', apiVersion: 'apps/v1', preconditions: { uid: 'x' } }),
    raw('DELETE', `${CONFIG_MAPS}/one`, '{'),
    raw('DELETE', `${CONFIG_MAPS}/one`, 'kind: DeleteOptions\napiVersion: v1\ndryRun: [All]\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
    raw('DELETE', `${CONFIG_MAPS}/one`, 'text', { headers: { 'content-type': 'text/plain' } }),
    del(`${CONFIG_MAPS}/one`, { gracePeriodSeconds: 30 }),
    get(`${CONFIG_MAPS}/one`),
  ],
  'Pods and their grace': [
    post(PODS, pod('waiting')),
    del(`${PODS}/waiting`),
    get(`${PODS}/waiting`),
    post(PODS, pod('running', { nodeName: 'node-1', terminationGracePeriodSeconds: 45 })),
    del(`${PODS}/running`),
    del(`${PODS}/running`, { gracePeriodSeconds: 60 }),
    del(`${PODS}/running`, { gracePeriodSeconds: 5 }),
    get(`${PODS}/running`),
    del(`${PODS}/running`, { gracePeriodSeconds: 0 }),
    get(`${PODS}/running`),
    post(PODS, pod('done', { nodeName: 'node-1' })),
    patch('merge', `${PODS}/done/status`, { status: { phase: 'Succeeded' } }),
    del(`${PODS}/done`),
    get(`${PODS}/done`),
    post(PODS, pod('forced', { nodeName: 'node-1' })),
    del(`${PODS}/forced`, { gracePeriodSeconds: -1 }),
    del(`${PODS}/forced?gracePeriodSeconds=0`),
    get(`${PODS}/forced`),
  ],
  'what a deletion answers': [
    post(CONFIG_MAPS, configMap('one')),
    del(`${CONFIG_MAPS}/one`),
    post(DEPLOYMENTS, deployment('web')),
    del(`${DEPLOYMENTS}/web`),
    post(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }),
    del(`${SERVICE_ACCOUNTS}/robot`),
    post('/api/v1/namespaces/{ns}/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports: [{ port: 1 }] },
    }),
    del('/api/v1/namespaces/{ns}/services/s'),
    post(RCS, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'rc' },
      spec: {
        selector: { a: 'b' },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    }),
    del(`${RCS}/rc`),
    post(JOBS, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
    }),
    del(`${JOBS}/j`),
    get(`${JOBS}/j`, gone),
    del(PODS),
  ],
});

export const garbage = area('garbage collection', {
  'what is owned goes with its owner': [
    post(CONFIG_MAPS, configMap('owner'), { save: { owner: 'metadata.uid' } }),
    post(CONFIG_MAPS, owned('child', 'owner'), { save: { child: 'metadata.uid' } }),
    post(CONFIG_MAPS, owned('grandchild', 'child')),
    del(`${CONFIG_MAPS}/owner`),
    get(`${CONFIG_MAPS}/grandchild`, gone),
    get(`${CONFIG_MAPS}/child`, gone),
  ],
  'one owner is enough to stay': [
    post(CONFIG_MAPS, configMap('one'), { save: { one: 'metadata.uid' } }),
    post(CONFIG_MAPS, configMap('two'), { save: { two: 'metadata.uid' } }),
    post(
      CONFIG_MAPS,
      configMap(
        'child',
        {},
        {
          ownerReferences: ['one', 'two'].map((name) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name,
            uid: `{${name}}`,
          })),
        },
      ),
    ),
    del(`${CONFIG_MAPS}/one`),
    get(`${CONFIG_MAPS}/child`, { until: { path: 'metadata.ownerReferences.length', equals: 1 } }),
    del(`${CONFIG_MAPS}/two`),
    get(`${CONFIG_MAPS}/child`, gone),
  ],
  'orphans stay': [
    post(CONFIG_MAPS, configMap('owner'), { save: { owner: 'metadata.uid' } }),
    post(CONFIG_MAPS, owned('child', 'owner')),
    get(`${CONFIG_MAPS}/child`),
    del(`${CONFIG_MAPS}/owner`, { propagationPolicy: 'Orphan' }),
    get(`${CONFIG_MAPS}/owner`, gone),
    get(`${CONFIG_MAPS}/child`, { until: { path: 'metadata.ownerReferences', equals: undefined } }),
  ],
  'in the foreground': [
    post(CONFIG_MAPS, configMap('owner'), { save: { owner: 'metadata.uid' } }),
    post(CONFIG_MAPS, { ...owned('child', 'owner', 'ConfigMap', { blockOwnerDeletion: true }) }),
    patch('merge', `${CONFIG_MAPS}/child`, { metadata: { finalizers: ['example.com/hold'] } }),
    del(`${CONFIG_MAPS}/owner`, { propagationPolicy: 'Foreground' }),
    get(`${CONFIG_MAPS}/child`, {
      until: (object: { metadata: { deletionTimestamp?: string } }) => object.metadata.deletionTimestamp !== undefined,
    }),
    get(`${CONFIG_MAPS}/owner`),
    patch('merge', `${CONFIG_MAPS}/child`, { metadata: { finalizers: null } }),
    get(`${CONFIG_MAPS}/child`, gone),
    get(`${CONFIG_MAPS}/owner`, gone),
  ],
  'an owner that never was': [
    post(
      CONFIG_MAPS,
      configMap(
        'child',
        {},
        {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '11111111-2222-3333-4444-555555555555' },
          ],
        },
      ),
    ),
    get(`${CONFIG_MAPS}/child`, gone),
    post(CONFIG_MAPS, configMap('owner')),
    post(
      CONFIG_MAPS,
      configMap(
        'wrong-uid',
        {},
        {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '11111111-2222-3333-4444-555555555555' },
          ],
        },
      ),
    ),
    get(`${CONFIG_MAPS}/wrong-uid`, gone),
  ],
  'ReplicaSets and Pods of a Deployment': [
    post(DEPLOYMENTS, deployment('web'), { save: { web: 'metadata.uid' } }),
    post(
      REPLICA_SETS,
      replicaSet(
        'web-1',
        {},
        {
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'Deployment',
              name: 'web',
              uid: '{web}',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
      ),
      { save: { rs: 'metadata.uid' } },
    ),
    post(
      PODS,
      pod(
        'web-1-a',
        {},
        {
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'ReplicaSet',
              name: 'web-1',
              uid: '{rs}',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
      ),
    ),
    del(`${DEPLOYMENTS}/web`),
    get(`${PODS}/web-1-a`, gone),
    get(`${REPLICA_SETS}/web-1`, gone),
  ],
  'a cluster-scoped owner': [
    post(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'owner-{run}' }, rules: [] },
      { save: { owner: 'metadata.uid' } },
    ),
    post(
      CONFIG_MAPS,
      configMap(
        'child',
        {},
        {
          ownerReferences: [
            { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'owner-{run}', uid: '{owner}' },
          ],
        },
      ),
    ),
    del('/apis/rbac.authorization.k8s.io/v1/clusterroles/owner-{run}'),
    get(`${CONFIG_MAPS}/child`, gone),
  ],
});

export const namespaces = area('namespaces', {
  'a namespace lives and dies': [
    post(NAMESPACES, namespace('life-{run}')),
    get(`${NAMESPACES}/life-{run}/serviceaccounts/default`, { until: { code: 200 }, show: unversioned }),
    get(`${NAMESPACES}/life-{run}/configmaps/kube-root-ca.crt`, { until: { code: 200 }, show: unversioned }),
    post(`${NAMESPACES}/life-{run}/configmaps`, configMap('inside')),
    del(`${NAMESPACES}/life-{run}`),
    get(`${NAMESPACES}/life-{run}`, gone),
    get(`${NAMESPACES}/life-{run}/configmaps`),
    post(`${NAMESPACES}/life-{run}/configmaps`, configMap('late')),
    post(NAMESPACES, namespace('life-{run}')),
    get(`${NAMESPACES}/life-{run}/configmaps/inside`),
    del(`${NAMESPACES}/life-{run}`, undefined, quiet),
  ],
  'what holds a namespace': [
    post(NAMESPACES, namespace('held-{run}'), quiet),
    post(`${NAMESPACES}/held-{run}/configmaps`, configMap('held', {}, { finalizers: ['example.com/hold'] }), quiet),
    del(`${NAMESPACES}/held-{run}`),
    get(`${NAMESPACES}/held-{run}`, {
      until: (object: { status: { conditions?: { type: string; status: string }[] } }) =>
        object.status.conditions?.some(
          ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
        ) === true,
    }),
    post(`${NAMESPACES}/held-{run}/configmaps`, configMap('late')),
    post(`${NAMESPACES}/held-{run}/configmaps?dryRun=All`, configMap('late')),
    patch('merge', `${NAMESPACES}/held-{run}/configmaps/held`, { data: { still: 'writable' } }),
    post(NAMESPACES, namespace('held-{run}')),
    del(`${NAMESPACES}/held-{run}`),
    patch('merge', `${NAMESPACES}/held-{run}/configmaps/held`, { metadata: { finalizers: null } }, quiet),
    get(`${NAMESPACES}/held-{run}`, gone),
  ],
  'the finalizers of its spec': [
    post(NAMESPACES, namespace('spec-{run}')),
    put(`${NAMESPACES}/spec-{run}/finalize`, {
      ...namespace('spec-{run}'),
      spec: { finalizers: ['kubernetes', 'example.com/mine'] },
    }),
    put(`${NAMESPACES}/spec-{run}`, { ...namespace('spec-{run}', { labels: { a: 'b' } }), spec: { finalizers: [] } }),
    put(`${NAMESPACES}/spec-{run}/finalize`, { ...namespace('spec-{run}'), spec: { finalizers: ['bad'] } }),
    del(`${NAMESPACES}/spec-{run}`),
    get(`${NAMESPACES}/spec-{run}`, {
      until: (object: { spec: { finalizers?: string[] } }) => object.spec.finalizers?.length === 1,
    }),
    put(`${NAMESPACES}/spec-{run}/finalize`, { ...namespace('spec-{run}'), spec: { finalizers: [] } }),
    get(`${NAMESPACES}/spec-{run}`, gone),
  ],
  'namespaces that stay': [
    del(`${NAMESPACES}/default`),
    del(`${NAMESPACES}/kube-system`),
    del(`${NAMESPACES}/kube-public`),
    del(`${NAMESPACES}/none-{run}`),
    del(NAMESPACES),
    get(`${NAMESPACES}/default`),
    get(`${NAMESPACES}/kube-system`),
    get(`${NAMESPACES}/kube-node-lease`),
    get(`${NAMESPACES}/{ns}`),
    put(`${NAMESPACES}/{ns}/status`, { ...namespace('{ns}'), status: { phase: 'Terminating' } }),
    patch('merge', `${NAMESPACES}/{ns}/status`, { status: { conditions: [{ type: 'Own', status: 'True' }] } }),
    patch('merge', `${NAMESPACES}/{ns}`, { metadata: { labels: { 'kubernetes.io/metadata.name': 'other' } } }),
  ],
  'what each namespace gets comes back': [
    get(`${SERVICE_ACCOUNTS}/default`, { show: unversioned }),
    del(`${SERVICE_ACCOUNTS}/default`),
    get(`${SERVICE_ACCOUNTS}/default`, { until: { code: 200 } }),
    get(`${CONFIG_MAPS}/kube-root-ca.crt`, { show: unversioned }),
    patch('merge', `${CONFIG_MAPS}/kube-root-ca.crt`, { data: { 'ca.crt': 'other' } }, quiet),
    get(`${CONFIG_MAPS}/kube-root-ca.crt`, {
      until: (object: { data: Record<string, string> }) => object.data['ca.crt'] !== 'other',
      show: (object: { data: unknown }) => object.data,
    }),
    del(`${CONFIG_MAPS}/kube-root-ca.crt`),
    get(`${CONFIG_MAPS}/kube-root-ca.crt`, { until: { code: 200 } }),
  ],
});

/** For what two controllers make at the same time, in either order. */
function unversioned(object: { metadata: object }): unknown {
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } };
}
