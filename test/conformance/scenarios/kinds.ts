import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  job,
  PODS,
  pod,
  podTemplate,
  REPLICA_SETS,
  replicaSet,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  secret,
  service,
} from '../objects.ts';
import { area, del, get, patch, post, put } from '../scenario.ts';
import { EVICTIONS } from './evictions.ts';
import { TLS_PAIRS } from './tls-pairs.ts';

const quiet = { show: () => undefined };
const dry = (path: string, body: unknown) => post(`${path}?dryRun=All`, body);
const NODES = '/api/v1/nodes';
const JOBS = '/apis/batch/v1/namespaces/{ns}/jobs';
const CRON_JOBS = '/apis/batch/v1/namespaces/{ns}/cronjobs';
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies';
const STATEFUL_SETS = '/apis/apps/v1/namespaces/{ns}/statefulsets';
const DAEMON_SETS = '/apis/apps/v1/namespaces/{ns}/daemonsets';
const QUOTAS = '/api/v1/namespaces/{ns}/resourcequotas';
const LIMITS = '/api/v1/namespaces/{ns}/limitranges';
const EVENTS = '/api/v1/namespaces/{ns}/events';
const NEW_EVENTS = '/apis/events.k8s.io/v1/namespaces/{ns}/events';
const BUDGETS = '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets';
const AUTOSCALERS = '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices';
const CLAIMS = '/api/v1/namespaces/{ns}/persistentvolumeclaims';
const spec = (object: { spec: unknown }) => object.spec;
/** In which order a server makes objects of its own as it starts differs from start to start. */
const withoutVersion = (object: { metadata: object }) => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: 'any' },
});

/** What Pods of every day say, some of which Kubernetes keeps elsewhere inside. */
const OFTEN_SET = {
  restartPolicy: 'Never',
  hostNetwork: true,
  shareProcessNamespace: true,
  dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
  initContainers: [{ name: 'first', image: 'b', restartPolicy: 'Always' }],
  containers: [
    {
      name: 'main',
      image: 'b',
      ports: [{ containerPort: 80 }],
      env: [
        { name: 'A', value: '<&>' },
        { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      ],
      envFrom: [{ configMapRef: { name: 'c', optional: true } }],
      resources: { requests: { memory: '64Mi', cpu: '100m' }, limits: { memory: '128Mi' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 80 }, initialDelaySeconds: 3 },
      readinessProbe: { exec: { command: ['true'] } },
      lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
      securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  ],
  tolerations: [{ key: 'a', operator: 'Exists' }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'x' } } },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
    },
  ],
  volumes: [
    { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'config', configMap: { name: 'c', items: [{ key: 'a', path: 'b' }] } },
    { name: 'secret', secret: { secretName: 's' } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'c' } },
    {
      name: 'all',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token' } },
          { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    },
  ],
};

export const workloads = area('workloads', {
  'Deployments: defaults': [
    post(DEPLOYMENTS, deployment('web')),
    dry(DEPLOYMENTS, deployment('x', { replicas: undefined, strategy: { type: 'Recreate' } })),
    dry(
      DEPLOYMENTS,
      deployment('x', {
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        minReadySeconds: 5,
        paused: true,
      }),
    ),
    dry(
      DEPLOYMENTS,
      deployment('x', {
        template: podTemplate('x', {
          containers: [
            { name: 'a', image: 'nginx' },
            {
              name: 'b',
              image: 'nginx:latest',
              ports: [{ containerPort: 80 }],
              readinessProbe: { httpGet: { path: '/', port: 80 } },
              livenessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 3 },
              env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
              resources: { limits: { cpu: '0.5', memory: '1Gi' } },
            },
            { name: 'c', image: 'nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' },
          ],
          volumes: [
            { name: 'cm', configMap: { name: 'x' } },
            { name: 's', secret: { secretName: 'x' } },
            { name: 'h', hostPath: { path: '/x' } },
            { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
            { name: 'd', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          ],
        }),
      }),
    ),
  ],
  'Deployments: validation': [
    dry(DEPLOYMENTS, deployment('x', { replicas: -1 })),
    dry(DEPLOYMENTS, deployment('x', { selector: undefined })),
    dry(DEPLOYMENTS, deployment('x', { selector: {} })),
    dry(DEPLOYMENTS, deployment('x', { selector: { matchLabels: { app: 'other' } } })),
    dry(
      DEPLOYMENTS,
      deployment('x', { selector: { matchExpressions: [{ key: 'app', operator: 'Like', values: ['x'] }] } }),
    ),
    dry(DEPLOYMENTS, deployment('x', { template: undefined })),
    dry(DEPLOYMENTS, deployment('x', { template: podTemplate('x', { containers: [] }) })),
    dry(DEPLOYMENTS, deployment('x', { template: podTemplate('x', { restartPolicy: 'Never' }) })),
    dry(DEPLOYMENTS, deployment('x', { strategy: { type: 'Sometimes' } })),
    dry(DEPLOYMENTS, deployment('x', { strategy: { type: 'Recreate', rollingUpdate: {} } })),
    dry(DEPLOYMENTS, deployment('x', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } })),
    dry(DEPLOYMENTS, deployment('x', { strategy: { rollingUpdate: { maxSurge: '110%', maxUnavailable: '101%' } } })),
    dry(DEPLOYMENTS, deployment('x', { strategy: { rollingUpdate: { maxSurge: 'x', maxUnavailable: -1 } } })),
    dry(DEPLOYMENTS, deployment('x', { minReadySeconds: -1, revisionHistoryLimit: -1, progressDeadlineSeconds: 0 })),
    dry(DEPLOYMENTS, deployment('x', { minReadySeconds: 700 })),
    dry(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } }),
    post(DEPLOYMENTS, deployment('web'), quiet),
    put(
      `${DEPLOYMENTS}/web`,
      deployment('web', { selector: { matchLabels: { app: 'other' } }, template: podTemplate('other') }),
    ),
    patch('merge', `${DEPLOYMENTS}/web`, { spec: { replicas: null } }, { show: spec }),
    patch('merge', `${DEPLOYMENTS}/web`, { spec: { strategy: null } }, { show: spec }),
  ],
  'Pods: defaults': [
    post(PODS, pod('p')),
    dry(
      PODS,
      pod('x', {
        containers: [
          {
            name: 'a',
            image: 'i',
            resources: { limits: { cpu: '500m', memory: '0.5Gi' }, requests: { memory: '1e3' } },
            lifecycle: { preStop: { httpGet: { port: 80 } } },
            startupProbe: { grpc: { port: 1 } },
            securityContext: { privileged: true },
          },
        ],
        hostNetwork: true,
        securityContext: { runAsUser: 5 },
        initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }],
      }),
    ),
    dry(
      PODS,
      pod('x', {
        terminationGracePeriodSeconds: -5,
        restartPolicy: 'OnFailure',
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3 }],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { a: 'b' } },
          },
        ],
      }),
    ),
    dry(
      PODS,
      pod('x', {
        serviceAccountName: 'robot',
        automountServiceAccountToken: false,
        priorityClassName: 'system-node-critical',
      }),
    ),
    dry(PODS, pod('x', { serviceAccount: 'old' })),
    dry(PODS, pod('x', { priorityClassName: 'none' })),
  ],
  'Pods: validation': [
    dry(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }),
    dry(PODS, pod('x', { containers: [] })),
    dry(PODS, pod('x', { containers: [{ name: 'a' }] })),
    dry(PODS, pod('x', { containers: [{ image: 'i' }] })),
    dry(PODS, pod('x', { containers: [{ name: 'Bad_Name', image: 'i' }] })),
    dry(
      PODS,
      pod('x', {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'a', image: 'i' },
        ],
      }),
    ),
    dry(PODS, pod('x', { containers: [{ name: 'a', image: ' i' }] })),
    dry(
      PODS,
      pod('x', {
        containers: [
          {
            name: 'a',
            image: 'i',
            ports: [{ containerPort: 0 }, { containerPort: 70_000, protocol: 'XTP', name: 'Too_Long_For_A_Port' }],
          },
        ],
      }),
    ),
    dry(
      PODS,
      pod('x', {
        containers: [
          {
            name: 'a',
            image: 'i',
            env: [
              { name: '' },
              { name: '=bad' },
              { name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'spec.nothing' } } },
            ],
          },
        ],
      }),
    ),
    dry(PODS, pod('x', { containers: [{ name: 'a', image: 'i', volumeMounts: [{ name: 'none', mountPath: '/x' }] }] })),
    dry(PODS, pod('x', { containers: [{ name: 'a', image: 'i', imagePullPolicy: 'Often' }] })),
    dry(
      PODS,
      pod('x', {
        containers: [{ name: 'a', image: 'i', resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }],
      }),
    ),
    dry(PODS, pod('x', { containers: [{ name: 'a', image: 'i', resources: { limits: { cpu: '-1' } } }] })),
    dry(PODS, pod('x', { restartPolicy: 'Perhaps' })),
    dry(PODS, pod('x', { dnsPolicy: 'Mine' })),
    dry(PODS, pod('x', { volumes: [{ name: 'v' }, { name: 'v', emptyDir: {} }] })),
    dry(PODS, pod('x', { nodeName: 'Bad_Node' })),
    dry(PODS, pod('x', { tolerations: [{ operator: 'Equal' }] })),
    dry(PODS, pod('x', { nodeSelector: { 'bad key': 'x' } })),
    dry(PODS, pod('x', { activeDeadlineSeconds: 0 })),
    dry(
      PODS,
      pod('x', {
        hostNetwork: true,
        containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80, hostPort: 81 }] }],
      }),
    ),
    post(PODS, pod('p'), quiet),
    patch('merge', `${PODS}/p`, { spec: { nodeName: 'node-1' } }),
    patch(
      'merge',
      `${PODS}/p`,
      { spec: { activeDeadlineSeconds: 5 } },
      { show: (object: { spec: { activeDeadlineSeconds: number } }) => object.spec.activeDeadlineSeconds },
    ),
    patch('merge', `${PODS}/p`, { metadata: { labels: { a: 'b' } } }, quiet),
  ],
  'Pods: binding and eviction': [
    post(PODS, pod('p'), quiet),
    post(`${PODS}/p/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
    }),
    get(`${PODS}/p`),
    post(`${PODS}/p/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-2' },
    }),
    post(`${PODS}/none/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'none' },
      target: { kind: 'Node', name: 'node-1' },
    }),
    post(`${PODS}/p/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }),
    post(`${PODS}/none/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'none' } }),
    post(PODS, pod('guarded', { nodeName: 'n' }, { labels: { guarded: 'yes' } }), quiet),
    patch(
      'merge',
      `${PODS}/guarded/status`,
      { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      quiet,
    ),
    post(
      BUDGETS,
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'guard' },
        spec: { minAvailable: 1, selector: { matchLabels: { guarded: 'yes' } } },
      },
      quiet,
    ),
    post(`${PODS}/guarded/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'guarded' } }),
  ],
  'Pods: what a budget lets go': EVICTIONS,
  'ReplicaSets and ReplicationControllers': [
    post(REPLICA_SETS, replicaSet('rs')),
    dry(REPLICA_SETS, replicaSet('x', { replicas: undefined, selector: { matchLabels: { app: 'other' } } })),
    dry(REPLICA_SETS, replicaSet('x', { template: podTemplate('x', { restartPolicy: 'Never' }) })),
    patch('merge', `${REPLICA_SETS}/rs/scale`, { spec: { replicas: 5 } }),
    post('/api/v1/namespaces/{ns}/replicationcontrollers', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'rc' },
      spec: { template: podTemplate('rc') },
    }),
    post('/api/v1/namespaces/{ns}/replicationcontrollers', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'bad' },
      spec: { selector: { a: 'b' }, template: podTemplate('rc') },
    }),
    get('/api/v1/namespaces/{ns}/replicationcontrollers/rc/scale'),
  ],
  'StatefulSets and DaemonSets': [
    post(STATEFUL_SETS, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'ss' },
      spec: {
        serviceName: 's',
        selector: { matchLabels: { app: 'ss' } },
        template: podTemplate('ss'),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }),
    put(`${STATEFUL_SETS}/ss`, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'ss' },
      spec: { serviceName: 'other', selector: { matchLabels: { app: 'ss' } }, template: podTemplate('ss') },
    }),
    dry(STATEFUL_SETS, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'x' },
      spec: {
        podManagementPolicy: 'Odd',
        updateStrategy: { type: 'Odd' },
        selector: { matchLabels: { app: 'x' } },
        template: podTemplate('x'),
      },
    }),
    patch('merge', `${STATEFUL_SETS}/ss/scale`, { spec: { replicas: 3 } }),
    post(DAEMON_SETS, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'ds' },
      spec: { selector: { matchLabels: { app: 'ds' } }, template: podTemplate('ds') },
    }),
    dry(DAEMON_SETS, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'x' },
      spec: {
        selector: { matchLabels: { app: 'y' } },
        updateStrategy: { type: 'OnDelete' },
        template: podTemplate('x', { restartPolicy: 'OnFailure' }),
      },
    }),
    put(`${DAEMON_SETS}/ds`, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'ds' },
      spec: { selector: { matchLabels: { app: 'other' } }, template: podTemplate('other') },
    }),
    get(`${DAEMON_SETS}/ds/scale`),
  ],
  'Jobs and CronJobs': [
    post(JOBS, job('j')),
    dry(JOBS, job('x', { template: podTemplate('x') })),
    dry(
      JOBS,
      job('x', {
        completions: -1,
        parallelism: -1,
        backoffLimit: -1,
        activeDeadlineSeconds: -1,
        ttlSecondsAfterFinished: -1,
      }),
    ),
    dry(JOBS, job('x', { completionMode: 'Indexed' })),
    dry(JOBS, job('x', { selector: { matchLabels: { a: 'b' } } })),
    dry(JOBS, job('x', { manualSelector: true })),
    patch('merge', `${JOBS}/j`, { spec: { completions: 5 } }),
    patch('merge', `${JOBS}/j`, { spec: { parallelism: 5, suspend: true } }, { show: spec }),
    patch('merge', `${JOBS}/j`, { spec: { template: { spec: { containers: [{ name: 'x', image: 'y' }] } } } }),
    patch(
      'strategic',
      `${JOBS}/j`,
      {
        spec: {
          template: {
            metadata: { labels: { more: 'b' } },
            spec: {
              containers: [{ name: 'web', resources: { limits: { cpu: '1' } } }],
              nodeSelector: { disk: 'ssd' },
              affinity: {
                nodeAffinity: {
                  preferredDuringSchedulingIgnoredDuringExecution: [
                    { weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
                  ],
                },
              },
            },
          },
        },
      },
      { show: spec },
    ),
    post(JOBS, job('running', { template: podTemplate('running', OFTEN_SET) })),
    patch('json', `${JOBS}/running`, [{ op: 'replace', path: '/spec/template/spec/hostNetwork', value: false }]),
    patch('merge', `${JOBS}/running`, { spec: { template: { metadata: { annotations: { a: '<&>' } } } } }),
    patch('merge', `${JOBS}/running`, { spec: { suspend: true } }, { show: spec }),
    patch('json', `${JOBS}/running`, [{ op: 'replace', path: '/spec/template/spec/hostNetwork', value: false }]),
    post(CRON_JOBS, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'cj' },
      spec: {
        schedule: '@hourly',
        jobTemplate: { spec: { template: podTemplate('cj', { restartPolicy: 'OnFailure' }) } },
      },
    }),
    dry(CRON_JOBS, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'x' },
      spec: {
        schedule: 'often',
        concurrencyPolicy: 'Maybe',
        timeZone: 'Mars/Base',
        jobTemplate: { spec: { template: podTemplate('cj') } },
      },
    }),
    dry(CRON_JOBS, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'x'.repeat(53) },
      spec: {
        schedule: '0 0 * * *',
        jobTemplate: { spec: { template: podTemplate('cj', { restartPolicy: 'OnFailure' }) } },
      },
    }),
  ],
  Nodes: [
    post(NODES, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'kinds-{run}' },
      spec: { podCIDR: '10.244.1.0/24', taints: [{ key: 'a', effect: 'NoSchedule' }] },
    }),
    patch('merge', `${NODES}/kinds-{run}/status`, {
      status: {
        capacity: { cpu: '4', memory: '8Gi' },
        allocatable: { cpu: '3900m' },
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      },
    }),
    patch('merge', `${NODES}/kinds-{run}`, { spec: { unschedulable: true } }),
    patch('merge', `${NODES}/kinds-{run}`, { spec: { podCIDR: '10.244.2.0/24' } }),
    patch('merge', `${NODES}/kinds-{run}`, { spec: { taints: [{ key: 'bad key', effect: 'Sometimes' }] } }),
    patch('merge', `${NODES}/kinds-{run}`, {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', value: 'x', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoExecute' },
          { key: 'b', effect: '' },
        ],
      },
    }),
    ...[
      ['10.0.0.0/24', '10.0.1.0/24'],
      ['10.0.0.0/24', 'fd00::/64'],
      ['10.0.0.0/24', 'fd00::/64', 'fd01::/64'],
      ['nonsense'],
      ['10.0.0.0/24', 'nonsense'],
    ].map((podCIDRs) => dry(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'x' }, spec: { podCIDRs } })),
    del(`${NODES}/kinds-{run}`),
  ],
});

export const network = area('network', {
  'Services: defaults': [
    post(SERVICES, service('web')),
    post(SERVICES, service('node', { type: 'NodePort' })),
    post(SERVICES, service('lb', { type: 'LoadBalancer' })),
    post(SERVICES, service('local', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })),
    post(SERVICES, service('headless', { clusterIP: 'None' })),
    post(SERVICES, service('plain', { selector: undefined, clusterIP: 'None' })),
    post(SERVICES, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'outside' },
      spec: { type: 'ExternalName', externalName: 'db.example.com' },
    }),
    post(
      SERVICES,
      service('sticky', {
        sessionAffinity: 'ClientIP',
        ports: [
          { name: 'a', port: 1, targetPort: 'web' },
          { name: 'b', port: 1, protocol: 'UDP' },
        ],
      }),
    ),
    post(SERVICES, service('chosen', { type: 'NodePort', ports: [{ port: 80, nodePort: 32_001 }] })),
    post(SERVICES, service('taken', { type: 'NodePort', ports: [{ port: 80, nodePort: 32_001 }] })),
    post(SERVICES, service('dual', { ipFamilyPolicy: 'PreferDualStack' })),
    del(`${SERVICES}/chosen`, undefined, quiet),
    post(SERVICES, service('taken', { type: 'NodePort', ports: [{ port: 80, nodePort: 32_001 }] }), {
      until: (body: { kind: string }) => body.kind === 'Service',
    }),
  ],
  'Services: validation': [
    dry(SERVICES, service('x', { ports: [] })),
    dry(SERVICES, service('x', { ports: undefined })),
    dry(SERVICES, service('x', { ports: [{ port: 0 }] })),
    dry(SERVICES, service('x', { ports: [{ port: 70_000 }] })),
    dry(SERVICES, service('x', { ports: [{ port: 80 }, { port: 81 }] })),
    dry(
      SERVICES,
      service('x', {
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
      }),
    ),
    dry(
      SERVICES,
      service('x', {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      }),
    ),
    dry(SERVICES, service('x', { ports: [{ port: 80, protocol: 'XTP' }] })),
    dry(SERVICES, service('x', { ports: [{ port: 80, targetPort: 'Bad_Name!' }] })),
    dry(SERVICES, service('x', { ports: [{ port: 80, nodePort: 30_000 }] })),
    dry(SERVICES, service('x', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })),
    dry(SERVICES, service('x', { type: 'Magic' })),
    dry(SERVICES, service('x', { clusterIP: '1.2.3.4' })),
    dry(SERVICES, service('x', { clusterIP: 'nonsense' })),
    dry(SERVICES, service('x', { type: 'NodePort', clusterIP: 'None' })),
    dry(SERVICES, service('x', { type: 'ExternalName' })),
    dry(SERVICES, service('x', { sessionAffinity: 'Cookie' })),
    dry(SERVICES, service('x', { externalTrafficPolicy: 'Local' })),
    dry(SERVICES, service('x', { externalIPs: ['nonsense', '127.0.0.1'] })),
    dry(SERVICES, service('x', { selector: { 'bad key': 'x' } })),
    dry(SERVICES, service('x', { ipFamilies: ['IPv6'] })),
    dry(SERVICES, service('Bad_Name')),
  ],
  'Services change': [
    post(SERVICES, service('web'), { save: { ip: 'spec.clusterIP' } }),
    put(`${SERVICES}/web`, service('web', { ports: [{ port: 81 }] })),
    put(`${SERVICES}/web`, service('web', { clusterIP: '10.100.0.99' })),
    patch('merge', `${SERVICES}/web`, { spec: { clusterIP: '' } }),
    patch('merge', `${SERVICES}/web`, { spec: { type: 'NodePort' } }),
    patch('merge', `${SERVICES}/web`, { spec: { type: 'LoadBalancer' } }),
    patch('merge', `${SERVICES}/web`, { spec: { type: 'ClusterIP' } }),
    patch('merge', `${SERVICES}/web`, { spec: { type: 'ExternalName', externalName: 'x.example.com' } }),
    patch('merge', `${SERVICES}/web`, { spec: { type: 'ClusterIP', externalName: null } }),
    del(`${SERVICES}/web`),
    get('/api/v1/namespaces/default/services/kubernetes', { show: ownService }),
  ],
  Ingresses: [
    post(INGRESSES, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'in' },
      spec: {
        defaultBackend: { service: { name: 'web', port: { number: 80 } } },
        rules: [
          {
            host: '*.example.com',
            http: {
              paths: [{ path: '/a', pathType: 'Exact', backend: { service: { name: 'web', port: { name: 'http' } } } }],
            },
          },
        ],
      },
    }),
    ...[
      {},
      { rules: [{ host: 'Bad_Host' }] },
      { rules: [{ host: '1.2.3.4' }] },
      { rules: [{ http: { paths: [] } }] },
      {
        rules: [
          {
            http: {
              paths: [
                { path: 'no-slash', pathType: 'Prefix', backend: { service: { name: 'w', port: { number: 1 } } } },
              ],
            },
          },
        ],
      },
      { rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'w', port: { number: 1 } } } }] } }] },
      { rules: [{ http: { paths: [{ path: '/', pathType: 'Odd', backend: {} }] } }] },
      { defaultBackend: { service: { name: '', port: {} } } },
      {
        defaultBackend: { service: { name: 'w', port: { number: 1, name: 'x' } }, resource: { kind: 'X', name: 'y' } },
      },
      {
        defaultBackend: { service: { name: 'w', port: { number: 1 } } },
        tls: [{ hosts: ['Bad_Host'], secretName: 'Bad_Name' }],
      },
      { ingressClassName: 'Bad_Name', defaultBackend: { service: { name: 'w', port: { number: 1 } } } },
    ].map((fields) =>
      dry(INGRESSES, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'x' }, spec: fields }),
    ),
    patch(
      'merge',
      `${INGRESSES}/in/status`,
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
      { show: (object: { status: unknown }) => object.status },
    ),
  ],
  NetworkPolicies: [
    post(POLICIES, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'np' },
      spec: {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/28'] } }], ports: [{ port: 80 }] }],
        egress: [{}],
      },
    }),
    dry(POLICIES, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'x' },
      spec: {
        podSelector: {},
        policyTypes: ['Odd'],
        ingress: [
          {
            from: [{ ipBlock: { cidr: 'nonsense' } }, { ipBlock: { cidr: '192.0.2.0/24' }, podSelector: {} }, {}],
            ports: [{ port: 70_000 }, { port: 5, endPort: 3 }],
          },
        ],
      },
    }),
  ],
  'EndpointSlices and Endpoints': [
    post(SLICES, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'es' },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
    }),
    dry(SLICES, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'x' },
      addressType: 'IPX',
      endpoints: [{ addresses: [] }],
    }),
    dry(SLICES, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'x' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['nonsense', '::1'] }],
      ports: [
        { name: 'Bad_Name', port: 1 },
        { name: 'a', port: 1 },
        { name: 'a', port: 2 },
      ],
    }),
    put(`${SLICES}/es`, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'es' },
      addressType: 'IPv6',
      endpoints: [],
    }),
    post('/api/v1/namespaces/{ns}/endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'e' },
      subsets: [{ addresses: [{ ip: '192.0.2.2' }, { ip: '192.0.2.1' }], ports: [{ port: 80 }] }],
    }),
    post('/api/v1/namespaces/{ns}/endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'bad' },
      subsets: [{ addresses: [{ ip: 'nonsense' }], ports: [{ port: 0 }] }],
    }),
  ],
  'ServiceCIDRs and classes': [
    get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes', {
      show: ({ spec: { cidrs }, status }: { spec: { cidrs: string[] }; status: unknown }) => [cidrs.length, status],
    }),
    dry('/apis/networking.k8s.io/v1/servicecidrs', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'x' },
      spec: { cidrs: ['nonsense'] },
    }),
    dry('/apis/networking.k8s.io/v1/servicecidrs', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'x' },
      spec: { cidrs: ['192.0.2.0/24', '198.51.100.0/24'] },
    }),
    dry('/apis/networking.k8s.io/v1/servicecidrs', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'x' },
      spec: { cidrs: [] },
    }),
    dry('/apis/networking.k8s.io/v1/ingressclasses', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'x' },
      spec: { controller: 'no-slash' },
    }),
    dry('/apis/networking.k8s.io/v1/ingressclasses', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'x' },
      spec: { controller: 'example.com/c' },
    }),
  ],
});

export const configuration = area('configuration', {
  Secrets: [
    post(SECRETS, secret('s', { stringData: { a: 'x' }, data: { b: 'eA==' } })),
    post(SECRETS, secret('both', { stringData: { a: 'x' }, data: { a: 'eQ==' } })),
    dry(SECRETS, secret('x', { data: { a: 'not base64!' } })),
    dry(SECRETS, secret('x', { data: { 'bad key': 'eA==' } })),
    dry(SECRETS, secret('x', { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } })),
    dry(SECRETS, secret('x', { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x', 'tls.key': 'y' } })),
    ...TLS_PAIRS.map(([certificate, key]) =>
      dry(SECRETS, secret('x', { type: 'kubernetes.io/tls', stringData: { 'tls.crt': certificate, 'tls.key': key } })),
    ),
    dry(SECRETS, secret('x', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } })),
    dry(SECRETS, secret('x', { type: 'kubernetes.io/basic-auth' })),
    dry(SECRETS, secret('x', { type: 'kubernetes.io/ssh-auth' })),
    dry(SECRETS, secret('x', { type: 'example.com/own' })),
    put(`${SECRETS}/s`, secret('s', { type: 'other' })),
    patch('merge', `${SECRETS}/s`, { stringData: { c: 'z' } }),
    patch('strategic', `${SECRETS}/s`, { data: { a: null } }),
    patch('apply', `${SECRETS}/s?fieldManager=me`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { d: 'w' },
    }),
  ],
  ConfigMaps: [
    dry(CONFIG_MAPS, configMap('x', { 'bad key': 'x' })),
    dry(CONFIG_MAPS, configMap('x', { '': 'x' })),
    dry(CONFIG_MAPS, configMap('x', { '..': 'x' })),
    dry(CONFIG_MAPS, configMap('x', { ['k'.repeat(254)]: 'x' })),
    dry(CONFIG_MAPS, { ...configMap('x', { a: 'x' }), binaryData: { a: 'eA==' } }),
    dry(CONFIG_MAPS, { ...configMap('x', {}), binaryData: { b: 'eA==' } }),
    dry(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: null }),
  ],
  ServiceAccounts: [
    post(SERVICE_ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'x' }],
    }),
    dry(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'Bad_Name' } }),
    patch('strategic', `${SERVICE_ACCOUNTS}/robot`, { imagePullSecrets: [{ name: 'y' }], secrets: [{ name: 'z' }] }),
  ],
  quotas: [
    post(QUOTAS, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: {
        hard: {
          configmaps: '3',
          'count/secrets': '1',
          pods: '1',
          'requests.cpu': '500m',
          services: '1',
          'services.nodeports': '0',
          'count/deployments.apps': '1',
        },
      },
    }),
    get(`${QUOTAS}/q`, {
      until: (quota: { status?: { used?: { configmaps?: string } } }) => quota.status?.used?.configmaps === '1',
      show: (quota: { status: object }) => quota.status,
    }),
    // Admission sees a quota through a watch of its own, later than it is stored.
    post(`${SERVICES}?dryRun=All`, service('np', { type: 'NodePort' }), { until: { code: 403 } }),
    post(CONFIG_MAPS, configMap('one'), quiet),
    post(CONFIG_MAPS, configMap('two'), quiet),
    post(CONFIG_MAPS, configMap('three')),
    get(`${QUOTAS}/q`, { show: (quota: { status: { used: object } }) => quota.status.used }),
    post(PODS, pod('p')),
    post(PODS, pod('p', { containers: [{ name: 'a', image: 'i', resources: { requests: { cpu: '600m' } } }] })),
    post(PODS, pod('p', { containers: [{ name: 'a', image: 'i', resources: { requests: { cpu: '400m' } } }] }), quiet),
    post(PODS, pod('p2', { containers: [{ name: 'a', image: 'i', resources: { requests: { cpu: '1m' } } }] })),
    post(SERVICES, service('np', { type: 'NodePort' })),
    post(SERVICES, service('a'), quiet),
    post(SERVICES, service('b')),
    post(DEPLOYMENTS, deployment('a'), quiet),
    post(DEPLOYMENTS, deployment('b')),
    post(SECRETS, secret('a'), quiet),
    post(SECRETS, secret('b')),
    del(`${CONFIG_MAPS}/one`, undefined, quiet),
    get(`${QUOTAS}/q`, {
      until: (quota: { status?: { used?: { configmaps?: string } } }) => quota.status?.used?.configmaps === '2',
      show: (quota: { status: { used: object } }) => quota.status.used,
    }),
    post(CONFIG_MAPS, configMap('three'), quiet),
    dry(QUOTAS, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'x' },
      spec: { hard: { nonsense: '1', pods: '-1', configmaps: '1.5' } },
    }),
    dry(QUOTAS, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'x' }, spec: { hard: { pods: 'many' } } }),
    dry(QUOTAS, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'x' },
      spec: { hard: { pods: '1' }, scopes: ['Odd'] },
    }),
  ],
  'limit ranges': [
    post(LIMITS, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'lr' },
      spec: {
        limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }],
      },
    }),
    dry(LIMITS, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'x' },
      spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] },
    }),
  ],
  'claims, volumes and classes': [
    post(CLAIMS, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { storageClassName: 'slow', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }),
    dry(CLAIMS, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'x' }, spec: {} }),
    dry(CLAIMS, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'x' },
      spec: { accessModes: ['Often'], resources: { requests: { storage: '0' } } },
    }),
    patch('merge', `${CLAIMS}/c`, { spec: { storageClassName: 'fast' } }),
    patch(
      'merge',
      `${CLAIMS}/c/status`,
      { status: { phase: 'Bound' } },
      { show: (object: { status: unknown }) => object.status },
    ),
    dry('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'x' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
    }),
    dry('/api/v1/persistentvolumes', { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'x' }, spec: {} }),
    dry('/apis/storage.k8s.io/v1/storageclasses', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'x' },
      provisioner: 'example.com/p',
    }),
    dry('/apis/storage.k8s.io/v1/storageclasses', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'x' },
      provisioner: '',
      reclaimPolicy: 'Odd',
      volumeBindingMode: 'Odd',
    }),
    dry('/apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'x' },
      value: 5,
    }),
    dry('/apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'system-x' },
      value: 2_000_000_000,
      preemptionPolicy: 'Odd',
    }),
    get('/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical'),
  ],
});

const event = (name: string, fields: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: '{ns}' },
  reason: 'Started',
  message: 'it began',
  type: 'Normal',
  source: { component: 'me' },
  ...fields,
});
const newEvent = (name: string, fields: object = {}) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name },
  regarding: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: '{ns}' },
  reason: 'Started',
  action: 'Starting',
  note: 'it began',
  type: 'Normal',
  eventTime: '2020-01-01T00:00:00.000000Z',
  reportingController: 'example.com/me',
  reportingInstance: 'me-1',
  ...fields,
});

export const operations = area('operations', {
  'Events, old and new': [
    post(
      EVENTS,
      event('old', { count: 1, firstTimestamp: '2020-01-01T00:00:00Z', lastTimestamp: '2020-01-01T00:00:00Z' }),
    ),
    get(`${NEW_EVENTS}/old`),
    post(NEW_EVENTS, newEvent('new')),
    get(`${EVENTS}/new`),
    post(NEW_EVENTS, newEvent('bad', { reportingController: '', action: '' })),
    post(NEW_EVENTS, newEvent('bad', { eventTime: undefined })),
    post(EVENTS, event('bad', { involvedObject: { namespace: 'other' } })),
    post(EVENTS, event('bad', { type: 'Strange' })),
    post(EVENTS, { apiVersion: 'v1', kind: 'Event', metadata: { name: 'bare' } }),
    patch('strategic', `${EVENTS}/old`, { count: 2, lastTimestamp: '2020-01-01T00:01:00Z' }),
    patch('merge', `${NEW_EVENTS}/new`, { series: { count: 2, lastObservedTime: '2020-01-01T00:01:00.000000Z' } }),
    patch('merge', `${NEW_EVENTS}/new`, { reason: 'Other' }),
    get(`${EVENTS}?fieldSelector=involvedObject.name=p,type=Normal`, {
      show: (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name),
    }),
    del(`${NEW_EVENTS}/old`),
    get(`${EVENTS}/old`),
  ],
  budgets: [
    post(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    }),
    dry(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'x' },
      spec: { minAvailable: 1, maxUnavailable: 1 },
    }),
    dry(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'x' },
      spec: { minAvailable: '120%' },
    }),
    dry(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'x' },
      spec: { maxUnavailable: -1, unhealthyPodEvictionPolicy: 'Odd' },
    }),
    put(`${BUDGETS}/b`, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec: { minAvailable: 2, selector: { matchLabels: { c: 'd' } } },
    }),
    patch('merge', `${BUDGETS}/b`, { spec: { minAvailable: null, maxUnavailable: '50%' } }),
    patch(
      'merge',
      `${BUDGETS}/b/status`,
      { status: { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 } },
      { show: (object: { status: unknown }) => object.status },
    ),
  ],
  autoscalers: [
    post(AUTOSCALERS, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5 },
    }),
    dry(AUTOSCALERS, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x' },
      spec: { scaleTargetRef: { kind: '', name: '' }, minReplicas: 3, maxReplicas: 2 },
    }),
    dry(AUTOSCALERS, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'x' }, minReplicas: 0, maxReplicas: 0 },
    }),
    dry(AUTOSCALERS, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x' },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'x' },
        maxReplicas: 2,
        metrics: [
          { type: 'Odd' },
          { type: 'Resource' },
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } },
        ],
      },
    }),
    patch(
      'merge',
      `${AUTOSCALERS}/h/status`,
      { status: { currentReplicas: 1, desiredReplicas: 2 } },
      { show: (object: { status: unknown }) => object.status },
    ),
    patch(
      'merge',
      `${AUTOSCALERS}/h`,
      { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } },
      { show: spec },
    ),
  ],
  'APIServices and revisions': [
    get('/apis/apiregistration.k8s.io/v1/apiservices/v1.apps', { show: withoutVersion }),
    get('/apis/apiregistration.k8s.io/v1/apiservices/v1.', { show: withoutVersion }),
    post('/apis/apps/v1/namespaces/{ns}/controllerrevisions', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'r' },
      revision: 1,
      data: { spec: { x: 1 } },
    }),
    put('/apis/apps/v1/namespaces/{ns}/controllerrevisions/r', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'r' },
      revision: 2,
      data: { spec: { x: 2 } },
    }),
    put('/apis/apps/v1/namespaces/{ns}/controllerrevisions/r', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'r' },
      revision: 2,
      data: { spec: { x: 1 } },
    }),
    post('/apis/apps/v1/namespaces/{ns}/controllerrevisions', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'bad' },
      revision: -1,
    }),
  ],
});

/** Its target is the port that this server listens at. */
function ownService({ spec }: { spec: { ports: object[] } }): unknown {
  return { ...spec, ports: spec.ports.map((port) => ({ ...port, targetPort: undefined })) };
}
