import {
  CLUSTER_ROLES,
  configMap,
  DEPLOYMENTS,
  deployment,
  job,
  PODS,
  pod,
  podTemplate,
  REPLICA_SETS,
  replicaSet,
  SERVICE_ACCOUNTS,
  SERVICES,
  service,
} from '../objects.ts';
import { area, patch, post, put } from '../scenario.ts';

/** The answers' objects are other scenarios' matter: here it is their headers that count. */
const quiet = { show: () => undefined };
const dry = (path: string, body: unknown) => post(`${path}?dryRun=All`, body, quiet);
const JOBS = '/apis/batch/v1/namespaces/{ns}/jobs';
const CRON_JOBS = '/apis/batch/v1/namespaces/{ns}/cronjobs';
const STATEFUL_SETS = '/apis/apps/v1/namespaces/{ns}/statefulsets';
const DAEMON_SETS = '/apis/apps/v1/namespaces/{ns}/daemonsets';
const CONTROLLERS = '/api/v1/namespaces/{ns}/replicationcontrollers';
const TEMPLATES = '/api/v1/namespaces/{ns}/podtemplates';
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies';
const QUOTAS = '/api/v1/namespaces/{ns}/resourcequotas';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices';
const CLAIMS = '/api/v1/namespaces/{ns}/persistentvolumeclaims';

const container = (fields: object) => ({ name: 'web', image: 'nginx:1.27', ...fields });
const OLD_TERM = { matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'In', values: ['linux'] }] };

const required = (nodeSelectorTerms: object[]) => ({
  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
});
const nodeSelector = ({ spec }: { spec: { nodeSelector?: object } }) => spec.nodeSelector;

/** Much that can be said better, none of it wrong. */
const CLUMSY = {
  nodeSelector: { 'beta.kubernetes.io/arch': 'amd64' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [OLD_TERM] },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: OLD_TERM },
        { weight: 1, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['no label!'] }] } },
      ],
    },
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'zone' } }],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'failure-domain.beta.kubernetes.io/zone',
      whenUnsatisfiable: 'DoNotSchedule',
    },
  ],
  hostAliases: [
    { ip: '1.2.3.4', hostnames: ['a'] },
    { ip: '1.2.3.4', hostnames: ['b'] },
  ],
  imagePullSecrets: [{ name: 'a' }, { name: 'a' }, { name: '' }],
  terminationGracePeriodSeconds: -1,
  initContainers: [{ name: 'first', image: 'b', ports: [{ containerPort: 80 }] }],
  containers: [
    container({
      resources: { limits: { memory: '1500m' }, requests: { memory: '0.5', 'ephemeral-storage': '100m' } },
      env: [
        { name: 'A', value: 'x' },
        { name: 'A', value: '$(A)y' },
        { name: 'A', value: '$(A)' },
        { name: 'A', value: 'z' },
        { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      ports: [
        { containerPort: 80 },
        { containerPort: 80, hostPort: 8080 },
        { name: 'other', containerPort: 81, hostIP: '127.0.0.1' },
        { containerPort: 82, hostPort: 82 },
        { containerPort: 82, hostPort: 82, hostIP: '127.0.0.1' },
      ],
    }),
  ],
};

const NOTES = {
  'scheduler.alpha.kubernetes.io/critical-pod': '',
  'security.alpha.kubernetes.io/sysctls': 'a=b',
  'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
  'container.seccomp.security.alpha.kubernetes.io/web': 'runtime/default',
};

const VOLUMES = {
  serviceAccountName: 'default',
  containers: [container({})],
  volumes: [
    { name: 'a', gitRepo: { repository: 'r' } },
    { name: 'b', glusterfs: { endpoints: 'e', path: 'p' } },
    { name: 'c', cephfs: { monitors: ['m'] } },
    { name: 'd', rbd: { monitors: ['m'], image: 'i' } },
    { name: 'e', storageos: { volumeName: 'v' } },
    {
      name: 'f',
      ephemeral: {
        volumeClaimTemplate: {
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } },
        },
      },
    },
    {
      name: 'g',
      projected: {
        sources: [{ serviceAccountToken: { path: 'token' } }],
      },
    },
    { name: 'h', projected: { sources: [{ configMap: { name: 'c', items: [{ key: 'a', path: 'token' }] } }] } },
    { name: 'i', projected: { sources: [{ secret: { name: 's', items: [{ key: 'a', path: 'token' }] } }] } },
    {
      name: 'j',
      projected: {
        sources: [{ downwardAPI: { items: [{ path: 'token', fieldRef: { fieldPath: 'metadata.name' } }] } }],
      },
    },
  ],
};

const once = (template: object) => {
  const { spec, ...rest } = template as { spec: object };
  return { ...rest, spec: { ...spec, restartPolicy: 'Never' } };
};
const clumsy = podTemplate('x', { ...CLUMSY });

export const warnings = area('workloads', {
  'warnings: Pods': [
    dry(PODS, pod('x', CLUMSY)),
    dry(PODS, pod('x.y', {})),
    dry(PODS, pod('x', VOLUMES)),
    dry(PODS, pod('x', {}, { annotations: NOTES })),
    post(PODS, pod('p', { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }), quiet),
    patch('merge', `${PODS}/p`, { metadata: { labels: { a: 'b' } } }, quiet),
    patch('merge', `${PODS}/p`, { spec: { containers: [{ name: 'web', image: 'other' }] } }, quiet),
    patch('merge', `${PODS}/p/status`, { status: { podIPs: [{ ip: '2001:DB8::1' }], podIP: '2001:DB8::1' } }, quiet),
    post(PODS, pod('p', { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }), quiet),
    post(PODS, { ...pod('q', { imagePullSecrets: [{ name: 'a' }, { name: 'a' }], containers: [] }), more: 1 }, quiet),
  ],
  'warnings: Deployments': [
    dry(DEPLOYMENTS, deployment('x', { template: clumsy })),
    dry(DEPLOYMENTS, deployment('x.y', { template: podTemplate('x.y', VOLUMES) })),
    dry(
      DEPLOYMENTS,
      deployment('x', {
        template: {
          ...podTemplate('x'),
          metadata: {
            labels: { app: 'x' },
            annotations: { ...NOTES, 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' },
          },
        },
      }),
    ),
    post(DEPLOYMENTS, deployment('d', { template: podTemplate('d', { imagePullSecrets: [{}] }) }), quiet),
    patch('merge', `${DEPLOYMENTS}/d`, { metadata: { labels: { a: 'b' } } }, quiet),
    patch('merge', `${DEPLOYMENTS}/d`, { metadata: { annotations: { a: 'b' } } }, quiet),
    patch('merge', `${DEPLOYMENTS}/d`, { spec: { replicas: 3 } }, quiet),
    patch('merge', `${DEPLOYMENTS}/d/scale`, { spec: { replicas: 4 } }, quiet),
    patch('merge', `${DEPLOYMENTS}/d/status`, { status: { replicas: 1 } }, quiet),
    put(`${DEPLOYMENTS}/d`, { ...deployment('d', { template: podTemplate('d', CLUMSY) }), x: 1 }, quiet),
    put(`${DEPLOYMENTS}/d`, deployment('d', { template: podTemplate('d', CLUMSY) }, { resourceVersion: '1' }), quiet),
    put(`${DEPLOYMENTS}/d`, deployment('d', { minReadySeconds: -1, template: podTemplate('d', CLUMSY) }), quiet),
  ],
  'warnings: other workloads': [
    dry(REPLICA_SETS, replicaSet('x.y', { template: podTemplate('x.y', CLUMSY) })),
    dry(CONTROLLERS, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'x.y' },
      spec: { template: clumsy },
    }),
    post(
      CONTROLLERS,
      {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'rc' },
        spec: { template: podTemplate('x', { imagePullSecrets: [{}] }) },
      },
      quiet,
    ),
    patch('merge', `${CONTROLLERS}/rc`, { spec: { template: { spec: { imagePullSecrets: null } } } }, quiet),
    patch('merge', `${CONTROLLERS}/rc`, { spec: { template: { spec: { imagePullSecrets: [{}] } } } }, quiet),
    dry(TEMPLATES, { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'x.y' }, template: clumsy }),
    post(
      DAEMON_SETS,
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'x.y' },
        spec: { selector: { matchLabels: { app: 'x' } }, template: clumsy },
      },
      quiet,
    ),
    patch('merge', `${DAEMON_SETS}/x.y`, { spec: { minReadySeconds: 1 } }, quiet),
    patch('merge', `${DAEMON_SETS}/x.y`, { spec: { template: { metadata: { labels: { b: 'c' } } } } }, quiet),
    post(
      STATEFUL_SETS,
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'x' },
        spec: {
          serviceName: 's',
          selector: { matchLabels: { app: 'x' } },
          template: podTemplate('x', { imagePullSecrets: [{}] }),
          revisionHistoryLimit: -1,
          volumeClaimTemplates: [
            {
              metadata: { name: 'v' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100m' } } },
            },
          ],
        },
      },
      quiet,
    ),
    patch('merge', `${STATEFUL_SETS}/x`, { metadata: { labels: { a: 'b' } } }, quiet),
    patch('merge', `${STATEFUL_SETS}/x`, { spec: { replicas: 0 } }, quiet),
    dry(JOBS, job('x.y', { template: once(podTemplate('x', CLUMSY)) })),
    dry(JOBS, job('x', { completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 })),
    post(
      CRON_JOBS,
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'x.y' },
        spec: { schedule: '* * * * *', jobTemplate: { spec: { template: once(clumsy) } } },
      },
      quiet,
    ),
    patch('merge', `${CRON_JOBS}/x.y`, { spec: { suspend: true } }, quiet),
    patch('merge', `${CRON_JOBS}/x.y`, { metadata: { labels: { a: 'b' } } }, quiet),
    patch('merge', `${CRON_JOBS}/x.y`, { spec: { schedule: 'TZ=UTC * * * * *' } }, quiet),
  ],
  'warnings: networks': [
    dry(SERVICES, service('x', { externalIPs: ['1.2.3.4', '2001:DB8::1'] })),
    dry(SERVICES, service('x', { clusterIP: 'None', sessionAffinity: 'ClientIP', externalIPs: ['1.2.3.4'] })),
    dry(SERVICES, service('x', { clusterIP: 'None', loadBalancerIP: '1.2.3.4' })),
    dry(SERVICES, service('x', { type: 'ExternalName', externalName: 'a.b', externalIPs: ['1.2.3.4'] })),
    dry(SERVICES, service('x', { externalName: 'a.b', trafficDistribution: 'PreferClose' })),
    dry(SERVICES, service('x', { type: 'LoadBalancer', loadBalancerIP: '::A', loadBalancerSourceRanges: ['::A/128'] })),
    dry(SERVICES, service('x', {}, { annotations: { 'service.kubernetes.io/topology-aware-hints': 'auto' } })),
    post(SERVICES, service('s', { type: 'LoadBalancer', externalIPs: ['1.2.3.4'] }), quiet),
    patch('merge', `${SERVICES}/s`, { metadata: { labels: { a: 'b' } } }, quiet),
    patch('merge', `${SERVICES}/s/status`, { status: { loadBalancer: { ingress: [{ ip: '2001:DB8::1' }] } } }, quiet),
    post(
      INGRESSES,
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'i', annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      },
      quiet,
    ),
    patch('merge', `${INGRESSES}/i`, { metadata: { labels: { a: 'b' } } }, quiet),
    patch('merge', `${INGRESSES}/i/status`, { status: { loadBalancer: { ingress: [{ ip: '2001:DB8::1' }] } } }, quiet),
    dry(POLICIES, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'x' },
      spec: {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: '2001:DB8::/32', except: ['2001:DB8:1::/48'] } }] }],
        egress: [{ to: [{ ipBlock: { cidr: '2001:0db8::/32' } }] }],
      },
    }),
    dry(SLICES, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'x' },
      addressType: 'FQDN',
      endpoints: [{ addresses: ['a.b'] }],
    }),
    dry(SLICES, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'x' },
      addressType: 'IPv6',
      endpoints: [{ addresses: ['2001:DB8::1'] }],
    }),
  ],
  'warnings: what else is stored': [
    dry('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'x-{run}', annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Recycle',
        rbd: { monitors: ['a'], image: 'i' },
        nodeAffinity: { required: { nodeSelectorTerms: [OLD_TERM] } },
      },
    }),
    dry(CLAIMS, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'x', annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } },
    }),
    dry('/apis/storage.k8s.io/v1/storageclasses', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'x-{run}' },
      provisioner: 'p',
      allowedTopologies: [
        { matchLabelExpressions: [{ key: 'failure-domain.beta.kubernetes.io/zone', values: ['a'] }] },
      ],
    }),
    dry('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'x-{run}' },
      spec: { externalID: 'e', podCIDR: '2001:DB8::/64', podCIDRs: ['2001:DB8::/64'] },
    }),
    dry(QUOTAS, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'x' },
      spec: { hard: { cpu: '2', 'limits.cpu': '1', 'requests.memory': '2Gi', memory: '1', 'limits.memory': '1Gi' } },
    }),
    post(
      SERVICE_ACCOUNTS,
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'sa', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
      },
      quiet,
    ),
    patch('merge', `${SERVICE_ACCOUNTS}/sa`, { metadata: { labels: { a: 'b' } } }, quiet),
    dry('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'x.static.k8s.io' },
    }),
    dry(CLUSTER_ROLES, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'x-{run}' },
      rules: [],
      more: 1,
    }),
    dry('/api/v1/namespaces/{ns}/configmaps', { ...configMap('no_name'), more: 1 }),
  ],
  'Pods that wait for their gates': [
    post(
      PODS,
      pod('g', {
        schedulingGates: [{ name: 'a.example/b' }],
        nodeSelector: { a: 'b' },
        affinity: { nodeAffinity: required([{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }]) },
      }),
      quiet,
    ),
    patch('merge', `${PODS}/g`, { spec: { nodeSelector: { c: 'd' } } }, { show: nodeSelector }),
    patch('merge', `${PODS}/g`, { spec: { nodeSelector: { a: 'c' } } }),
    patch('merge', `${PODS}/g`, { spec: { nodeSelector: null } }),
    patch('merge', `${PODS}/g`, { spec: { affinity: null } }),
    patch('merge', `${PODS}/g`, { spec: { affinity: { nodeAffinity: required([OLD_TERM]) } } }),
    patch('merge', `${PODS}/g`, {
      spec: { affinity: { nodeAffinity: required([{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, {}]) } },
    }),
    patch('merge', `${PODS}/g`, { spec: { schedulingGates: [{ name: 'a.example/c' }] } }),
    patch('merge', `${PODS}/g`, { spec: { schedulingGates: [] } }, { show: nodeSelector }),
    post(PODS, pod('f', { schedulingGates: [{ name: 'a.example/b' }] }), quiet),
    patch('merge', `${PODS}/f`, { spec: { affinity: { nodeAffinity: required([OLD_TERM]) } } }, { show: nodeSelector }),
  ],
});
