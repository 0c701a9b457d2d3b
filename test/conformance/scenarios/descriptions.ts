import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  job,
  PODS,
  pod,
  ROLE_BINDINGS,
  ROLES,
  role,
  roleBinding,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  secret,
  service,
} from '../objects.ts';
import { area, get, patch, post, raw } from '../scenario.ts';

const quiet = { show: () => undefined };
/** The groups that the embedded server serves; a real one has more. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'apps/v1': ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'batch/v1': ['cronjobs', 'jobs'],
  'networking.k8s.io/v1': ['ingresses', 'ingressclasses', 'networkpolicies', 'servicecidrs', 'ipaddresses'],
  'discovery.k8s.io/v1': ['endpointslices'],
  'coordination.k8s.io/v1': ['leases'],
  'events.k8s.io/v1': ['events'],
  'rbac.authorization.k8s.io/v1': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'authentication.k8s.io/v1': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io/v1': [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
  ],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'admissionregistration.k8s.io/v1': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  'apiregistration.k8s.io/v1': ['apiservices'],
  'storage.k8s.io/v1': ['storageclasses'],
  'policy/v1': ['poddisruptionbudgets'],
  'autoscaling/v2': ['horizontalpodautoscalers'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
};
const CORE = [
  'configmaps',
  'secrets',
  'namespaces',
  'serviceaccounts',
  'services',
  'endpoints',
  'pods',
  'nodes',
  'events',
  'persistentvolumes',
  'persistentvolumeclaims',
  'resourcequotas',
  'limitranges',
  'replicationcontrollers',
];
/** Verbs on connections to a kubelet. */
const CONNECTIONS = /\/(proxy|attach|portforward|exec|ephemeralcontainers|resize|log)$/;

interface ApiResource {
  name: string;
  storageVersionHash?: string;
}

const withResources = (names: readonly string[]) => (list: { resources: ApiResource[] }) => ({
  ...list,
  resources: list.resources
    .filter(({ name }) => names.includes(name.split('/')[0] ?? '') && !CONNECTIONS.test(name))
    .map(({ storageVersionHash: _, ...resource }) => resource)
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
});

interface Aggregated {
  items: {
    metadata: { name?: string };
    versions: {
      version: string;
      freshness?: string;
      resources: { resource: string; subresources?: { subresource: string }[] }[];
    }[];
  }[];
}

const aggregated = ({ items, ...rest }: Aggregated) => ({
  ...rest,
  groups: Object.fromEntries(
    items.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources, ...more }) => {
        const group = metadata.name === undefined ? version : `${metadata.name}/${version}`;
        const names = metadata.name === undefined ? CORE : GROUPS[group];
        if (names === undefined) return [];
        const served = resources
          .filter(({ resource }) => names.includes(resource))
          .map((resource) => ({
            ...resource,
            ...(resource.subresources === undefined
              ? {}
              : {
                  subresources: resource.subresources
                    .filter(({ subresource }) => !CONNECTIONS.test(`/${subresource}`))
                    .sort((a, b) => (a.subresource < b.subresource ? -1 : 1)),
                }),
          }))
          .sort((a, b) => (a.resource < b.resource ? -1 : 1));
        return [[group, { metadata: { ...metadata, creationTimestamp: null }, ...more, resources: served }]];
      }),
    ),
  ),
});

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export const discovery = area('discovery', {
  'what is served': {
    alone: true,
    steps: [
      get('/api'),
      get('/api/v1', { show: withResources(CORE) }),
      get('/apis', {
        show: (list: { kind: string; groups: { name: string; versions: { groupVersion: string }[] }[] }) => ({
          kind: list.kind,
          groups: list.groups
            .filter(({ name }) => Object.keys(GROUPS).some((group) => group.startsWith(`${name}/`)))
            .map((group) => ({
              ...group,
              versions: group.versions.filter(({ groupVersion }) => groupVersion in GROUPS),
              preferredVersion: undefined,
            }))
            .sort((a, b) => (a.name < b.name ? -1 : 1)),
        }),
      }),
      ...Object.entries(GROUPS).map(([group, names]) => get(`/apis/${group}`, { show: withResources(names) })),
      get('/apis/apps'),
      get('/apis/rbac.authorization.k8s.io'),
      get('/apis/apps/v2'),
      get('/apis/none.example.com'),
      get('/apis/none.example.com/v1'),
      get('/api/v2'),
      get('/api', { headers: { accept: V2 }, show: aggregated }),
      get('/apis', { headers: { accept: V2 }, show: aggregated }),
      get('/apis', {
        headers: { accept: `application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,${V2}` },
        ...quiet,
      }),
      get('/apis', { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList' } }),
      get('/apis', {
        headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json' },
        ...quiet,
      }),
      get('/api/', quiet),
      get('/apis/', quiet),
      get('/apis/apps/v1/', quiet),
      get('/version', {
        show: ({ major, minor, gitVersion, platform }: Record<string, string>) => ({
          major,
          minor,
          gitVersion,
          platform,
        }),
      }),
      get('/healthz'),
      get('/livez'),
      get('/readyz'),
      get('/readyz?verbose', { show: (text: string) => text.split('\n').at(-1) }),
      get('/healthz/ping'),
      get('/healthz/none'),
      get('/', {
        show: ({ paths }: { paths: string[] }) =>
          paths.filter((path) =>
            /^\/(apis?(\/(apps.*|v1|batch.*))?|healthz|livez|readyz|version|openapi.*)$/.test(path),
          ),
      }),
      raw('POST', '/version', '{}'),
      raw('POST', '/api', '{}'),
      raw('DELETE', '/apis', undefined, { show: ({ kind }: { kind: string }) => kind }),
      raw('PUT', '/healthz', '{}'),
    ],
  },
});

interface Document {
  components: { schemas: Record<string, object> };
  paths: Record<string, Record<string, { operationId?: string; 'x-kubernetes-action'?: string }>>;
}

/** The schemas of the kinds that have a group, a version and a kind, and all that these refer to. */
const schemasOf = (names: readonly string[]) => (document: Document) => {
  const { schemas } = document.components;
  const wanted = new Set<string>();
  const want = (name: string) => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const match of JSON.stringify(schemas[name] ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      want(match[1] ?? '');
  };
  for (const name of names) want(name);
  return Object.fromEntries([...wanted].sort().map((name) => [name, schemas[name]]));
};

const KINDS: Readonly<Record<string, readonly string[]>> = {
  'api/v1': [
    'ConfigMap',
    'Secret',
    'Namespace',
    'ServiceAccount',
    'Service',
    'Endpoints',
    'Pod',
    'Node',
    'Event',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'ResourceQuota',
    'LimitRange',
    'ReplicationController',
    'PodList',
    'ConfigMapList',
  ].map((kind) => `io.k8s.api.core.v1.${kind}`),
  'apis/apps/v1': ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ControllerRevision', 'DeploymentList'].map(
    (kind) => `io.k8s.api.apps.v1.${kind}`,
  ),
  'apis/batch/v1': ['Job', 'CronJob'].map((kind) => `io.k8s.api.batch.v1.${kind}`),
  'apis/networking.k8s.io/v1': ['Ingress', 'IngressClass', 'NetworkPolicy', 'ServiceCIDR', 'IPAddress'].map(
    (kind) => `io.k8s.api.networking.v1.${kind}`,
  ),
  'apis/discovery.k8s.io/v1': ['io.k8s.api.discovery.v1.EndpointSlice'],
  'apis/coordination.k8s.io/v1': ['io.k8s.api.coordination.v1.Lease'],
  'apis/events.k8s.io/v1': ['io.k8s.api.events.v1.Event'],
  'apis/rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map(
    (kind) => `io.k8s.api.rbac.v1.${kind}`,
  ),
  'apis/apiextensions.k8s.io/v1': ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition'],
  'apis/admissionregistration.k8s.io/v1': ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map(
    (kind) => `io.k8s.api.admissionregistration.v1.${kind}`,
  ),
  'apis/storage.k8s.io/v1': ['io.k8s.api.storage.v1.StorageClass'],
  'apis/policy/v1': ['io.k8s.api.policy.v1.PodDisruptionBudget'],
  'apis/autoscaling/v2': ['io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler'],
  'apis/scheduling.k8s.io/v1': ['io.k8s.api.scheduling.v1.PriorityClass'],
};

export const openapi = area('OpenAPI', {
  'what kinds look like': {
    alone: true,
    steps: [
      get('/openapi/v3', {
        show: (index: { paths: Record<string, { serverRelativeURL: string }> }) =>
          Object.entries(index.paths)
            .filter(([path]) => path in KINDS)
            .map(([path, { serverRelativeURL }]) => [path, serverRelativeURL.replace(/hash=.*/, 'hash=')])
            .sort(),
      }),
      ...Object.entries(KINDS).map(([path, names]) => get(`/openapi/v3/${path}`, { show: schemasOf(names) })),
      get('/openapi/v3/apis/none.example.com/v1'),
      get('/openapi/v3/apis/apps/v1', {
        show: ({ paths }: Document) => paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'],
      }),
      get('/openapi/v3/api/v1', {
        show: ({ paths }: Document) =>
          Object.keys(paths)
            .filter((path) => /configmaps/.test(path))
            .sort(),
      }),
      get('/openapi/v2', {
        show: (document: { swagger: string; definitions: Record<string, object> }) => [
          document.swagger,
          document.definitions['io.k8s.api.apps.v1.Deployment'],
          document.definitions['io.k8s.api.core.v1.ServicePort'],
          document.definitions['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'],
        ],
      }),
      get('/openapi/v2', { headers: { accept: 'text/plain' }, ...quiet }),
      get('/openapi/none'),
    ],
  },
});

const TABLE = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };
const table = (path: string) => get(path, { headers: TABLE });
const owner = {
  containers: [
    { name: 'a', image: 'x:1' },
    { name: 'b', image: 'y:2' },
  ],
  nodeName: 'node-1',
};

export const tables = area('tables', {
  'small kinds': [
    post(CONFIG_MAPS, configMap('one', { a: '1', b: '2' }, { labels: { a: '' } }), quiet),
    table(`${CONFIG_MAPS}/one`),
    table(`${CONFIG_MAPS}?labelSelector=a`),
    get(`${CONFIG_MAPS}?includeObject=Object&fieldSelector=metadata.name=one`, { headers: TABLE }),
    get(`${CONFIG_MAPS}/one?includeObject=None`, { headers: TABLE }),
    get(`${CONFIG_MAPS}/one?includeObject=Sometimes`, { headers: TABLE }),
    get(`${CONFIG_MAPS}/one`, {
      headers: {
        accept:
          'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      },
    }),
    get(`${CONFIG_MAPS}/one`, { headers: { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' } }),
    table(`${CONFIG_MAPS}/none`),
    post(SECRETS, secret('s'), quiet),
    table(`${SECRETS}/s`),
    get(SERVICE_ACCOUNTS, { headers: TABLE, show: cells }),
    table('/api/v1/namespaces?fieldSelector=metadata.name={ns}'),
    post(CONFIG_MAPS, configMap('posted'), { headers: TABLE }),
    table('/api/v1/namespaces/no-such-namespace/pods'),
  ],
  workloads: [
    post(
      DEPLOYMENTS,
      deployment('web', { template: { metadata: { labels: { app: 'web' } }, spec: { containers: owner.containers } } }),
      quiet,
    ),
    patch(
      'merge',
      `${DEPLOYMENTS}/web/status`,
      { status: { replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 } },
      quiet,
    ),
    table(DEPLOYMENTS),
    post('/apis/apps/v1/namespaces/{ns}/replicasets', { ...deployment('rs'), kind: 'ReplicaSet' }, quiet),
    table('/apis/apps/v1/namespaces/{ns}/replicasets'),
    post(
      '/apis/apps/v1/namespaces/{ns}/statefulsets',
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'ss' },
        spec: {
          serviceName: 's',
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: owner.containers } },
        },
      },
      quiet,
    ),
    table('/apis/apps/v1/namespaces/{ns}/statefulsets'),
    post(
      '/apis/apps/v1/namespaces/{ns}/daemonsets',
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'ds' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { nodeSelector: { disk: 'ssd' }, containers: owner.containers },
          },
        },
      },
      quiet,
    ),
    table('/apis/apps/v1/namespaces/{ns}/daemonsets'),
    post('/apis/batch/v1/namespaces/{ns}/jobs', job('j', { completions: 3 }), quiet),
    table('/apis/batch/v1/namespaces/{ns}/jobs'),
    post(
      '/apis/batch/v1/namespaces/{ns}/cronjobs',
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'cj' },
        spec: {
          schedule: '*/5 * * * *',
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
          },
        },
      },
      quiet,
    ),
    table('/apis/batch/v1/namespaces/{ns}/cronjobs'),
    post(
      '/api/v1/namespaces/{ns}/replicationcontrollers',
      {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'rc' },
        spec: {
          replicas: 2,
          selector: { a: 'b' },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: owner.containers } },
        },
      },
      quiet,
    ),
    table('/api/v1/namespaces/{ns}/replicationcontrollers'),
    post(
      '/apis/apps/v1/namespaces/{ns}/controllerrevisions',
      { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'cr' }, revision: 4, data: { a: 1 } },
      quiet,
    ),
    table('/apis/apps/v1/namespaces/{ns}/controllerrevisions'),
  ],
  'Pods in every state': [
    post(PODS, pod('pending'), quiet),
    post(PODS, pod('running', owner), quiet),
    patch(
      'merge',
      `${PODS}/running/status`,
      {
        status: {
          phase: 'Running',
          podIP: '192.0.2.7',
          podIPs: [{ ip: '192.0.2.7' }],
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [
            { name: 'a', image: 'x:1', imageID: '', ready: true, restartCount: 2, state: { running: {} } },
            {
              name: 'b',
              image: 'y:2',
              imageID: '',
              ready: false,
              restartCount: 1,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
            },
          ],
        },
      },
      quiet,
    ),
    post(PODS, pod('done', { nodeName: 'node-1' }), quiet),
    patch(
      'merge',
      `${PODS}/done/status`,
      {
        status: {
          phase: 'Succeeded',
          containerStatuses: [
            {
              name: 'web',
              image: 'x',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode: 0, reason: 'Completed' } },
            },
          ],
        },
      },
      quiet,
    ),
    post(PODS, pod('failed', { nodeName: 'node-1' }), quiet),
    patch('merge', `${PODS}/failed/status`, { status: { phase: 'Failed', reason: 'Evicted' } }, quiet),
    post(PODS, pod('killed', { nodeName: 'node-1' }), quiet),
    patch(
      'merge',
      `${PODS}/killed/status`,
      {
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'web',
              image: 'x',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode: 137, signal: 9 } },
            },
          ],
        },
      },
      quiet,
    ),
    post(
      PODS,
      pod('initialising', {
        nodeName: 'node-1',
        initContainers: [
          { name: 'i1', image: 'i' },
          { name: 'i2', image: 'i' },
        ],
      }),
      quiet,
    ),
    patch(
      'merge',
      `${PODS}/initialising/status`,
      {
        status: {
          phase: 'Pending',
          initContainerStatuses: [
            {
              name: 'i1',
              image: 'i',
              imageID: '',
              ready: true,
              restartCount: 0,
              state: { terminated: { exitCode: 0 } },
            },
            { name: 'i2', image: 'i', imageID: '', ready: false, restartCount: 0, state: { running: {} } },
          ],
        },
      },
      quiet,
    ),
    post(PODS, pod('leaving', { nodeName: 'node-1' }, { finalizers: ['example.com/hold'] }), quiet),
    raw('DELETE', `${PODS}/leaving`, undefined, quiet),
    post(
      PODS,
      pod('gated', {
        schedulingGates: [{ name: 'example.com/gate' }],
        readinessGates: [{ conditionType: 'example.com/ready' }],
      }),
      quiet,
    ),
    table(PODS),
    patch('merge', `${PODS}/leaving`, { metadata: { finalizers: null } }, quiet),
  ],
  'the network': [
    post(
      SERVICES,
      service('web', {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 53, protocol: 'UDP' },
        ],
      }),
      quiet,
    ),
    post(SERVICES, service('headless', { clusterIP: 'None' }), quiet),
    post(
      SERVICES,
      service('ports', { type: 'NodePort', ports: [{ port: 80, nodePort: 31234 }], selector: { b: 'c', a: 'b' } }),
      quiet,
    ),
    post(SERVICES, service('balanced', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }), quiet),
    patch(
      'merge',
      `${SERVICES}/balanced/status`,
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }] } } },
      quiet,
    ),
    post(
      SERVICES,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'outside' },
        spec: { type: 'ExternalName', externalName: 'db.example.com' },
      },
      quiet,
    ),
    table(SERVICES),
    post(
      '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses',
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'in' },
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: ['a.example.com'] }],
          rules: [
            {
              host: 'a.example.com',
              http: {
                paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
              },
            },
            { host: 'b.example.com' },
          ],
        },
      },
      quiet,
    ),
    table('/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses'),
    post(
      '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices',
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'es' },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 80 }],
        endpoints: [{ addresses: ['192.0.2.1'] }, { addresses: ['192.0.2.2'] }],
      },
      quiet,
    ),
    table('/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices'),
    post(
      '/api/v1/namespaces/{ns}/endpoints',
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'e' },
        subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }],
      },
      quiet,
    ),
    table('/api/v1/namespaces/{ns}/endpoints'),
    post(
      '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies',
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'np' },
        spec: { podSelector: { matchLabels: { a: 'b' } } },
      },
      quiet,
    ),
    table('/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies'),
    table('/apis/networking.k8s.io/v1/servicecidrs'),
  ],
  'everything else': [
    post(ROLES, role('r', []), quiet),
    table(`${ROLES}/r`),
    post(ROLE_BINDINGS, roleBinding('rb', 'r', 'alice'), quiet),
    table(`${ROLE_BINDINGS}/rb`),
    post(
      '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: { holderIdentity: 'me' } },
      quiet,
    ),
    table('/apis/coordination.k8s.io/v1/namespaces/{ns}/leases'),
    post(
      '/api/v1/namespaces/{ns}/events',
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'e' },
        involvedObject: { kind: 'Pod', name: 'p', namespace: '{ns}' },
        reason: 'Started',
        message: 'it began',
        type: 'Normal',
        count: 3,
        source: { component: 'me' },
        firstTimestamp: '2020-01-01T00:00:00Z',
        lastTimestamp: '2020-01-01T00:00:00Z',
      },
      quiet,
    ),
    get('/api/v1/namespaces/{ns}/events', {
      headers: TABLE,
      show: (body: { columnDefinitions: unknown; rows: { cells: unknown[] }[] }) => [
        body.columnDefinitions,
        body.rows.map(({ cells }) => cells.filter((cell) => !/^\d+y/.test(String(cell)))),
      ],
    }),
    post(
      '/api/v1/namespaces/{ns}/resourcequotas',
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q' },
        spec: { hard: { pods: '3', 'requests.cpu': '2', 'limits.memory': '1Gi' } },
      },
      quiet,
    ),
    get('/api/v1/namespaces/{ns}/resourcequotas/q', {
      ...quiet,
      until: (quota: { status?: { used?: object } }) => quota.status?.used !== undefined,
    }),
    table('/api/v1/namespaces/{ns}/resourcequotas'),
    post(
      '/api/v1/namespaces/{ns}/limitranges',
      { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'lr' }, spec: { limits: [] } },
      quiet,
    ),
    table('/api/v1/namespaces/{ns}/limitranges'),
    post(
      '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets',
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'pdb' },
        spec: { maxUnavailable: '30%', selector: { matchLabels: { a: 'b' } } },
      },
      quiet,
    ),
    table('/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets'),
    post(
      '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers',
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'hpa' },
        spec: {
          maxReplicas: 5,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
          ],
        },
      },
      quiet,
    ),
    table('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers'),
    post(
      '/api/v1/namespaces/{ns}/persistentvolumeclaims',
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'pvc' },
        spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      quiet,
    ),
    table('/api/v1/namespaces/{ns}/persistentvolumeclaims'),
    post(
      '/api/v1/nodes',
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'node-{run}', labels: { 'node-role.kubernetes.io/worker': '' } },
        spec: { unschedulable: true },
      },
      quiet,
    ),
    patch(
      'merge',
      '/api/v1/nodes/node-{run}/status',
      {
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
          nodeInfo: {
            kubeletVersion: 'v1.36.3',
            osImage: 'Linux',
            kernelVersion: '6',
            containerRuntimeVersion: 'c://1',
            machineID: '',
            systemUUID: '',
            bootID: '',
            kubeProxyVersion: '',
            operatingSystem: '',
            architecture: '',
          },
        },
      },
      quiet,
    ),
    table('/api/v1/nodes/node-{run}'),
    raw('DELETE', '/api/v1/nodes/node-{run}', undefined, quiet),
    post(
      '/apis/storage.k8s.io/v1/storageclasses',
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'sc-{run}', annotations: { 'storageclass.kubernetes.io/is-default-class': 'false' } },
        provisioner: 'example.com/p',
      },
      quiet,
    ),
    table('/apis/storage.k8s.io/v1/storageclasses/sc-{run}'),
    raw('DELETE', '/apis/storage.k8s.io/v1/storageclasses/sc-{run}', undefined, quiet),
    post(
      '/apis/scheduling.k8s.io/v1/priorityclasses',
      { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'pc-{run}' }, value: 7 },
      quiet,
    ),
    table('/apis/scheduling.k8s.io/v1/priorityclasses/pc-{run}'),
    raw('DELETE', '/apis/scheduling.k8s.io/v1/priorityclasses/pc-{run}', undefined, quiet),
    table('/apis/apiregistration.k8s.io/v1/apiservices/v1.apps'),
    table('/api/v1/namespaces/{ns}/pods?labelSelector=a=b=c'),
  ],
});

function cells({ columnDefinitions, rows }: { columnDefinitions: unknown; rows: { cells: unknown[] }[] }): unknown {
  return [columnDefinitions, rows.map((row) => ({ cells: row.cells }))];
}
