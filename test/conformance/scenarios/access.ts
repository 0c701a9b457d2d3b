import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  PODS,
  ROLE_BINDINGS,
  ROLES,
  role,
  roleBinding,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '../objects.ts';
import { area, del, type Exchange, get, patch, post, put, raw } from '../scenario.ts';

const quiet = { show: () => undefined };
const RBAC = 'rbac.authorization.k8s.io';
const read = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }];
const REVIEWS = '/apis/authorization.k8s.io/v1';
const alice = { user: 'alice', groups: ['system:authenticated'] };
const bob = { user: 'bob', groups: ['system:authenticated', 'team'] };
const can = (attributes: object, as?: Exchange['as']) =>
  post(
    `${REVIEWS}/selfsubjectaccessreviews`,
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: '{ns}', ...attributes } },
    },
    as === undefined ? {} : { as },
  );
const grant = (user: string, rules: readonly object[]) => [
  post(ROLES, role(`for-${user}`, rules), quiet),
  post(ROLE_BINDINGS, roleBinding(`for-${user}`, `for-${user}`, user), quiet),
];
/** Rights are looked up in what authorization has seen: a moment later on a real server. */
const allowed = (verb: string, path: string, user: typeof alice) =>
  get(path, {
    as: user,
    until: (body: { kind: string; reason?: string }) => body.reason !== 'Forbidden',
    show: () => verb,
  });

export const rbac = area('RBAC', {
  'nobody may anything': [
    get(CONFIG_MAPS, { as: alice }),
    get(`${CONFIG_MAPS}/one`, { as: alice }),
    post(CONFIG_MAPS, configMap('one'), { as: alice }),
    put(`${CONFIG_MAPS}/one`, configMap('one'), { as: alice }),
    patch('merge', `${CONFIG_MAPS}/one`, {}, { as: alice }),
    patch('apply', `${CONFIG_MAPS}/one?fieldManager=x`, configMap('one'), { as: alice }),
    del(`${CONFIG_MAPS}/one`, undefined, { as: alice }),
    del(CONFIG_MAPS, undefined, { as: alice }),
    get(`${CONFIG_MAPS}?watch=true`, { as: alice }),
    get('/api/v1/configmaps', { as: alice }),
    get('/api/v1/namespaces', { as: alice }),
    get('/api/v1/namespaces/{ns}', { as: alice }),
    patch('merge', '/api/v1/namespaces/{ns}/status', {}, { as: alice }),
    get('/api/v1/nodes/n', { as: alice }),
    get(`${DEPLOYMENTS}/web`, { as: alice }),
    put(`${DEPLOYMENTS}/web/scale`, {}, { as: alice }),
    get(`${DEPLOYMENTS}/web/status`, { as: alice }),
    get('/apis/none.example.com/v1/namespaces/{ns}/things', { as: alice }),
    get('/api/v1/namespaces/{ns}/nosuchthings', { as: alice }),
    get('/metrics', { as: alice }),
    get('/no/such/path', { as: alice }),
    raw('POST', '/no/such/path', '{}', { as: alice }),
    get('/version', { as: alice, show: quiet.show }),
    get('/healthz', { as: alice }),
    get('/api', { as: alice, show: quiet.show }),
    get('/openapi/v3', { as: alice, show: quiet.show }),
    get('/api/v1/namespaces', { as: 'nobody' }),
    get('/version', { as: 'nobody', show: quiet.show }),
    get('/livez', { as: 'nobody' }),
    get('/apis', { as: 'nobody' }),
    get('/', { as: 'nobody' }),
    raw('POST', CONFIG_MAPS, 'not json', { as: alice }),
  ],
  'a role gives what it says': [
    ...grant('alice', [
      ...read,
      { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['*'], resourceNames: ['web'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    ]),
    post(CONFIG_MAPS, configMap('one'), quiet),
    post(DEPLOYMENTS, deployment('web'), quiet),
    allowed('get', `${CONFIG_MAPS}/one`, alice),
    get(`${CONFIG_MAPS}/one`, { as: alice }),
    get(`${CONFIG_MAPS}?limit=1`, { as: alice, show: quiet.show }),
    post(CONFIG_MAPS, configMap('two'), { as: alice }),
    get('/api/v1/namespaces/default/configmaps', { as: alice }),
    get('/api/v1/configmaps', { as: alice }),
    get(`${DEPLOYMENTS}/web`, { as: alice }),
    get(`${DEPLOYMENTS}/web/scale`, { as: alice }),
    get(`${DEPLOYMENTS}/other/scale`, { as: alice }),
    patch('merge', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 3 } }, { as: alice }),
    get(`${SECRETS}/one`, { as: alice }),
    get('/api/v1/namespaces/{ns}', { as: alice, show: quiet.show }),
    get('/api/v1/namespaces/default', { as: alice }),
  ],
  'names, groups and lists': [
    post(
      ROLES,
      role('named', [
        {
          apiGroups: [''],
          resources: ['configmaps'],
          resourceNames: ['one'],
          verbs: ['get', 'list', 'watch', 'delete'],
        },
      ]),
      quiet,
    ),
    post(
      ROLE_BINDINGS,
      { ...roleBinding('named', 'named', 'x'), subjects: [{ kind: 'Group', name: 'team', apiGroup: RBAC }] },
      quiet,
    ),
    post(CONFIG_MAPS, configMap('one'), quiet),
    allowed('get', `${CONFIG_MAPS}/one`, bob),
    get(`${CONFIG_MAPS}/two`, { as: bob }),
    get(CONFIG_MAPS, { as: bob }),
    get(`${CONFIG_MAPS}?fieldSelector=metadata.name=one`, { as: bob, show: quiet.show }),
    get(`${CONFIG_MAPS}?fieldSelector=metadata.name=two`, { as: bob }),
    get(`${CONFIG_MAPS}/one`, { as: alice }),
    del(CONFIG_MAPS, undefined, { as: bob }),
    del(`${CONFIG_MAPS}/one`, undefined, { as: bob, show: quiet.show }),
  ],
  'nobody gives more than they have': [
    ...grant('alice', [{ apiGroups: [RBAC], resources: ['roles', 'rolebindings'], verbs: ['*'] }, ...read]),
    allowed('get', ROLES, alice),
    post(ROLES, role('same', read), { as: alice }),
    post(ROLES, role('more', [{ apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'create'] }]), {
      as: alice,
    }),
    post(ROLES, role('all', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), { as: alice }),
    put(
      `${ROLES}/same`,
      role('same', [{ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['web'], verbs: ['get'] }]),
      { as: alice },
    ),
    post(ROLES, role('strong', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }]), quiet),
    post(ROLE_BINDINGS, roleBinding('bind', 'strong', 'alice'), { as: alice }),
    post(ROLE_BINDINGS, roleBinding('bind-none', 'none', 'alice'), { as: alice }),
    post(
      ROLE_BINDINGS,
      { ...roleBinding('bind-cluster', 'x', 'alice'), roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'view' } },
      { as: alice, show: quiet.show },
    ),
    post(CLUSTER_ROLES, { ...role('cr-{run}', read), kind: 'ClusterRole' }, { as: alice }),
    post(ROLE_BINDINGS, roleBinding('bind-same', 'same', 'bob'), { as: alice }),
  ],
  'escalate and bind are verbs': [
    ...grant('bob', [
      { apiGroups: [RBAC], resources: ['roles'], verbs: ['create', 'escalate', 'bind', 'list'] },
      { apiGroups: [RBAC], resources: ['rolebindings'], verbs: ['create'] },
    ]),
    allowed('list', ROLES, bob),
    post(ROLES, role('more', [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }]), { as: bob }),
    post(ROLE_BINDINGS, roleBinding('more', 'more', 'bob'), { as: bob }),
  ],
  'roles and bindings are checked': [
    post(ROLES, role('bad', [{ apiGroups: [''], resources: ['configmaps'], verbs: [] }])),
    post(ROLES, role('bad', [{ resources: ['configmaps'], verbs: ['get'] }])),
    post(ROLES, role('bad', [{ apiGroups: [''], verbs: ['get'] }])),
    post(ROLES, role('bad', [{ nonResourceURLs: ['/x'], verbs: ['get'] }])),
    post(CLUSTER_ROLES, {
      ...role('bad-{run}', [{ nonResourceURLs: ['/x'], apiGroups: [''], resources: ['pods'], verbs: ['get'] }]),
      kind: 'ClusterRole',
    }),
    post(CLUSTER_ROLES, {
      ...role('agg-{run}', []),
      kind: 'ClusterRole',
      aggregationRule: { clusterRoleSelectors: [] },
    }),
    post(CLUSTER_ROLES, { ...role('system:{run}:colons', read), kind: 'ClusterRole' }),
    post(ROLES, role('with/slash', read)),
    post(ROLES, role('with%percent', read)),
    post(ROLE_BINDINGS, { ...roleBinding('b', 'r', 'u'), roleRef: { kind: 'Role', name: 'r' } }),
    post(ROLE_BINDINGS, { ...roleBinding('b', 'r', 'u'), roleRef: { apiGroup: 'other', kind: 'Thing', name: '' } }),
    post(ROLE_BINDINGS, {
      ...roleBinding('c', 'r', 'u'),
      subjects: [
        { kind: 'User', name: '' },
        { kind: 'ServiceAccount', name: 'Bad' },
        { kind: 'Robot', name: 'x' },
      ],
    }),
    post(ROLE_BINDINGS, {
      ...roleBinding('d', 'r', 'u'),
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 'sa' },
        { kind: 'Group', name: 'g' },
      ],
    }),
    post(ROLE_BINDINGS, {
      ...roleBinding('e', 'r', 'u'),
      subjects: [{ kind: 'ServiceAccount', name: 'sa', namespace: 'x', apiGroup: RBAC }],
    }),
    put(`${ROLE_BINDINGS}/b`, roleBinding('b', 'other', 'u')),
    put(`${ROLE_BINDINGS}/d`, roleBinding('d', 'other', 'u')),
  ],
  'may I': [
    ...grant('alice', [
      ...read,
      { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['update'], resourceNames: ['web'] },
    ]),
    allowed('get', CONFIG_MAPS, alice),
    can({ verb: 'get', resource: 'configmaps' }, alice),
    can({ verb: 'create', resource: 'configmaps' }, alice),
    can({ verb: 'get', resource: 'configmaps', namespace: '' }, alice),
    can({ verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale', name: 'web' }, alice),
    can({ verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale', name: 'other' }, alice),
    can({ verb: '*', group: '*', resource: '*' }),
    can({ verb: '*', group: '*', resource: '*' }, alice),
    post(
      `${REVIEWS}/selfsubjectaccessreviews`,
      {
        kind: 'SelfSubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec: { nonResourceAttributes: { path: '/apis', verb: 'get' } },
      },
      { as: alice },
    ),
    post(`${REVIEWS}/selfsubjectaccessreviews`, {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: {},
    }),
    post(`${REVIEWS}/selfsubjectaccessreviews`, {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { resourceAttributes: { verb: 'get' }, nonResourceAttributes: { path: '/', verb: 'get' } },
    }),
    post(`${REVIEWS}/subjectaccessreviews`, {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { user: 'alice', resourceAttributes: { namespace: '{ns}', verb: 'list', resource: 'configmaps' } },
    }),
    post(`${REVIEWS}/subjectaccessreviews`, {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { groups: ['system:masters'], resourceAttributes: { verb: 'list', resource: 'configmaps' } },
    }),
    post(`${REVIEWS}/subjectaccessreviews`, {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { resourceAttributes: { verb: 'list', resource: 'configmaps' } },
    }),
    post(
      `${REVIEWS}/subjectaccessreviews`,
      {
        kind: 'SubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec: { user: 'x', resourceAttributes: { verb: 'list', resource: 'configmaps' } },
      },
      { as: alice },
    ),
    post(`${REVIEWS}/namespaces/{ns}/localsubjectaccessreviews`, {
      kind: 'LocalSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { user: 'alice', resourceAttributes: { namespace: '{ns}', verb: 'list', resource: 'configmaps' } },
    }),
    post(`${REVIEWS}/namespaces/{ns}/localsubjectaccessreviews`, {
      kind: 'LocalSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { user: 'alice', resourceAttributes: { namespace: 'other', verb: 'list', resource: 'configmaps' } },
    }),
    post(
      `${REVIEWS}/selfsubjectrulesreviews`,
      { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1', spec: { namespace: '{ns}' } },
      { as: alice, show: sortedRules },
    ),
    post(
      `${REVIEWS}/selfsubjectrulesreviews`,
      { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1', spec: {} },
      { as: alice },
    ),
    get(`${REVIEWS}/selfsubjectaccessreviews`),
  ],
  'rights come and go': [
    ...grant('carol', read),
    get(`${CONFIG_MAPS}?limit=1`, { as: { user: 'carol' }, until: { code: 200 }, show: quiet.show }),
    del(`${ROLE_BINDINGS}/for-carol`, undefined, quiet),
    get(`${CONFIG_MAPS}?limit=1`, { as: { user: 'carol' }, until: { code: 403 } }),
  ],
  'what clusters are born with': [
    get(`${CLUSTER_ROLES}/cluster-admin`),
    get(`${CLUSTER_ROLES}/admin`, { show: rules }),
    get(`${CLUSTER_ROLES}/edit`, { show: rules }),
    get(`${CLUSTER_ROLES}/view`, { show: rules }),
    get(`${CLUSTER_ROLES}/system:discovery`),
    get(`${CLUSTER_ROLES}/system:basic-user`),
    get(`${CLUSTER_ROLES}/system:public-info-viewer`),
    get(`/apis/${RBAC}/v1/clusterrolebindings/cluster-admin`),
    get(`/apis/${RBAC}/v1/clusterrolebindings/system:discovery`),
    get(`/apis/${RBAC}/v1/clusterrolebindings/system:basic-user`),
    get(`${CLUSTER_ROLES}/system:aggregate-to-view`, { show: rules }),
    get(`${CLUSTER_ROLES}/system:controller:deployment-controller`, { show: rules }),
    get(`${CLUSTER_ROLES}?labelSelector=kubernetes.io/bootstrapping`, {
      show: (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name),
    }),
    get(`/apis/${RBAC}/v1/clusterrolebindings?labelSelector=kubernetes.io/bootstrapping`, {
      show: (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name),
    }),
  ],
  'aggregated roles': [
    post(
      CLUSTER_ROLES,
      {
        ...role('sum-{run}', []),
        kind: 'ClusterRole',
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: '{run}' } }] },
      },
      quiet,
    ),
    post(CLUSTER_ROLES, { ...role('part-{run}', read, { labels: { part: '{run}' } }), kind: 'ClusterRole' }, quiet),
    get(`${CLUSTER_ROLES}/part-{run}`),
  ],
});

const TOKEN = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
const robot = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
const whoAmI = (as: NonNullable<Exchange['as']>) =>
  post(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    { as, show: (body: { status?: { userInfo?: { extra?: Record<string, string[]> } } }) => body.status },
  );
const reviewed = (token: string, audiences?: string[]) =>
  post('/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, ...(audiences ? { audiences } : {}) },
  });

export const authentication = area('authentication', {
  'who is not known': [
    get('/api/v1/namespaces', { as: { token: 'wrong' } }),
    get('/api/v1/namespaces', { as: { token: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln' } }),
    get('/api/v1/namespaces', { as: 'nobody', headers: { authorization: 'Basic YTpi' } }),
    get('/api/v1/namespaces', { as: 'nobody', headers: { authorization: 'Bearer' } }),
    get('/api/v1/namespaces', { as: 'nobody', headers: { authorization: 'Bearer ' } }),
    get('/healthz', { as: { token: 'wrong' } }),
    get('/no/such/path', { as: { token: 'wrong' } }),
    raw('POST', CONFIG_MAPS, 'not json', { as: { token: 'wrong' } }),
    whoAmI('nobody'),
  ],
  'the ServiceAccount and its tokens': [
    post(SERVICE_ACCOUNTS, robot, { save: { uid: 'metadata.uid' } }),
    post(`${SERVICE_ACCOUNTS}/robot/token`, TOKEN, { save: { token: 'status.token' } }),
    whoAmI({ token: '{token}' }),
    get(CONFIG_MAPS, { as: { token: '{token}' } }),
    reviewed('{token}'),
    reviewed('{token}', ['other']),
    reviewed('nonsense'),
    post(
      `${SERVICE_ACCOUNTS}/robot/token`,
      { ...TOKEN, spec: { audiences: ['mine', 'yours'], expirationSeconds: 3600 } },
      { save: { other: 'status.token' } },
    ),
    get(CONFIG_MAPS, { as: { token: '{other}' } }),
    reviewed('{other}'),
    reviewed('{other}', ['mine', 'nobody']),
    post(`${SERVICE_ACCOUNTS}/robot/token`, { ...TOKEN, spec: { expirationSeconds: 5 } }),
    post(`${SERVICE_ACCOUNTS}/robot/token`, { ...TOKEN, spec: { expirationSeconds: 4294967297 } }),
    post(`${SERVICE_ACCOUNTS}/none/token`, TOKEN),
    post(`${SERVICE_ACCOUNTS}/robot/token`, robot),
    post(`${SERVICE_ACCOUNTS}/robot/token?dryRun=All`, TOKEN),
    get(`${SERVICE_ACCOUNTS}/robot/token`),
    del(`${SERVICE_ACCOUNTS}/robot`, undefined, quiet),
    get(CONFIG_MAPS, { as: { token: '{token}' }, until: { code: 401 } }),
    post(SERVICE_ACCOUNTS, robot, quiet),
    get(CONFIG_MAPS, { as: { token: '{token}' } }),
  ],
  'tokens bound to objects': [
    post(SERVICE_ACCOUNTS, robot, quiet),
    post(
      PODS,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
      },
      { ...quiet, save: { pod: 'metadata.uid' } },
    ),
    post(
      `${SERVICE_ACCOUNTS}/robot/token`,
      { ...TOKEN, spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '{pod}' } } },
      { save: { token: 'status.token' } },
    ),
    whoAmI({ token: '{token}' }),
    post(`${SERVICE_ACCOUNTS}/robot/token`, {
      ...TOKEN,
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'none' } },
    }),
    post(`${SERVICE_ACCOUNTS}/robot/token`, {
      ...TOKEN,
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } },
    }),
    post(`${SERVICE_ACCOUNTS}/robot/token`, {
      ...TOKEN,
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'other' } },
    }),
    post(
      SECRETS,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
      { ...quiet, save: { secret: 'metadata.uid' } },
    ),
    post(
      `${SERVICE_ACCOUNTS}/robot/token`,
      { ...TOKEN, spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 's', uid: '{secret}' } } },
      { save: { bound: 'status.token' } },
    ),
    whoAmI({ token: '{bound}' }),
    del(`${SECRETS}/s`, undefined, quiet),
    get(CONFIG_MAPS, { as: { token: '{bound}' }, until: { code: 401 } }),
  ],
  'token Secrets': [
    post(SERVICE_ACCOUNTS, robot, quiet),
    post(
      SECRETS,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: { name: 'robot-token', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
      },
      quiet,
    ),
    get(`${SECRETS}/robot-token`, {
      until: (secret: { data?: { token?: string } }) => secret.data?.token !== undefined,
      save: { token: (secret: { data: { token: string } }) => Buffer.from(secret.data.token, 'base64').toString() },
      show: (secret: { metadata: { annotations: object }; data: Record<string, string> }) => ({
        annotations: secret.metadata.annotations,
        data: Object.fromEntries(
          Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
        ),
      }),
    }),
    whoAmI({ token: '{token}' }),
    post(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'nobody' },
    }),
    del(`${SECRETS}/robot-token`, undefined, quiet),
    get(CONFIG_MAPS, { as: { token: '{token}' }, until: { code: 401 } }),
    post(
      SECRETS,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: { name: 'of-none', annotations: { 'kubernetes.io/service-account.name': 'none' } },
      },
      quiet,
    ),
    get(`${SECRETS}/of-none`, { until: { code: 404 } }),
  ],
  certificates: [
    whoAmI({ certificate: { user: 'alice', groups: ['team', 'dev'] } }),
    get(CONFIG_MAPS, { as: { certificate: { user: 'alice', groups: ['team'] } } }),
    get(`${CONFIG_MAPS}?limit=1`, { as: { certificate: { user: 'root', groups: ['system:masters'] } }, ...quiet }),
    get(CONFIG_MAPS, {
      as: { certificate: { user: 'alice', groups: [] } },
      headers: { authorization: 'Bearer wrong' },
    }),
  ],
  'as somebody else': [
    whoAmI({ user: 'alice' }),
    whoAmI({ user: 'alice', groups: ['a', 'b'] }),
    whoAmI({ user: 'system:serviceaccount:{ns}:robot' }),
    whoAmI({ user: 'system:anonymous' }),
    post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      { headers: { 'impersonate-user': 'x', 'impersonate-extra-reason': 'test', 'impersonate-uid': 'u-1' } },
    ),
    post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      { headers: { 'impersonate-group': 'only' } },
    ),
    get(CONFIG_MAPS, { as: { certificate: { user: 'alice', groups: [] } }, headers: { 'impersonate-user': 'bob' } }),
    get(CONFIG_MAPS, {
      as: { certificate: { user: 'alice', groups: [] } },
      headers: { 'impersonate-user': 'system:serviceaccount:{ns}:robot' },
    }),
    whoAmI({ token: 'wrong' }),
  ],
});

function rules(object: { rules: unknown }): unknown {
  return object.rules;
}

/** The order of rules has no meaning, and a real server's is that of a hash table. */
function sortedRules(review: { status: { resourceRules: object[]; nonResourceRules: object[] } }): unknown {
  const sort = (rules: object[]) => rules.map((rule) => JSON.stringify(rule)).sort();
  const { resourceRules, nonResourceRules, ...status } = review.status;
  return { ...status, resourceRules: sort(resourceRules), nonResourceRules: sort(nonResourceRules) };
}
