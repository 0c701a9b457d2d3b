import type {
  Change,
  ClusterDetail,
  ClusterSummary,
  Freshness,
  HeldDeletionList,
  MemberState,
  ObjectDetail,
  ObjectState,
  ObjectSummary,
  ReachabilityView,
  ReceiptList,
  Topology,
} from '../../apis/dashboard/v1.ts';

const KINDS = ['Deployment', 'ConfigMap', 'Service', 'Secret', 'Namespace'] as const;
const NAMES = ['earth', 'vulcan', 'andoria', 'qonos', 'risa', 'betazed', 'cardassia', 'trill'] as const;
const REGIONS = ['eu-west', 'eu-north', 'us-east'] as const;
const MINUTE = 60_000;

/** What a server of tests answers with: as many clusters and objects as asked for, the same each time. */
export class FixtureFederation {
  clusters: ClusterDetail[];
  objects: ObjectSummary[];
  changes: Change[];
  freshness: Freshness = { state: 'live' };
  reachability: ReachabilityView;
  topology: Topology;
  receipts: ReceiptList;
  held: HeldDeletionList;

  /** @param now milliseconds since the epoch; what is shown is some minutes older */
  constructor(objects: number, now: number) {
    const before = (minutes: number): string => new Date(now - minutes * MINUTE).toISOString();
    this.objects = Array.from({ length: objects }, (_, index) => objectAt(index, before));
    this.clusters = NAMES.map((name, index) => clusterAt(name, index, before, this.objects));
    this.changes = [
      {
        at: before(2),
        about: { cluster: 'vulcan' },
        from: 'ready',
        to: 'notReady',
        message: 'its API server does not answer: connect ECONNREFUSED 10.20.0.1:6443',
      },
      ...this.objects
        .filter(({ state }) => state !== 'ok')
        .slice(0, 7)
        .map((object, index) => ({ at: before(3 + index * 4), about: object, from: 'ok', to: object.state })),
    ];
    this.reachability = reachabilityOf(NAMES.slice(0, 5), before, this.freshness);
    this.topology = topologyOf(NAMES.slice(0, 5), before);
    this.receipts = {
      items: [
        {
          name: 'ferenginar-20261120',
          cluster: 'ferenginar',
          at: before(60 * 30),
          phase: 'Finished',
          removed: 212,
          released: 4,
          leftBehind: [],
        },
        {
          name: 'bajor-20261101',
          cluster: 'bajor',
          at: before(60 * 500),
          phase: 'Finished',
          removed: 87,
          released: 0,
          leftBehind: ['Namespace shop: pods that others made are in it'],
        },
      ],
    };
    const heldObject = this.objects.find(({ state }) => state === 'deleting');
    this.held = {
      items:
        heldObject === undefined
          ? []
          : [
              {
                type: heldObject.type,
                ...(heldObject.namespace === undefined ? {} : { namespace: heldObject.namespace }),
                name: heldObject.name,
                since: before(14),
                clusters: [{ cluster: 'vulcan', status: 'ClusterNotReady', message: 'it is not reached' }],
              },
            ],
    };
  }

  detailOf(object: ObjectSummary): ObjectDetail {
    return detailOf(object, this.clusters);
  }
}

export function countStates(objects: readonly ObjectSummary[]): Record<ObjectState, number> {
  const counts = { ok: 0, progressing: 0, failed: 0, deleting: 0 };
  for (const { state } of objects) counts[state]++;
  return counts;
}

export function countMembers(clusters: readonly ClusterSummary[]): Record<MemberState, number> {
  const counts = { ready: 0, notReady: 0, unknown: 0, leaving: 0 };
  for (const { state } of clusters) counts[state]++;
  return counts;
}

function objectAt(index: number, before: (minutes: number) => string): ObjectSummary {
  const kind = KINDS[index % 4] ?? 'ConfigMap';
  const state: ObjectState =
    index % 97 === 5 ? 'failed' : index % 61 === 7 ? 'progressing' : index % 501 === 9 ? 'deleting' : 'ok';
  const bad = state === 'ok' ? 0 : 1;
  return {
    type: `federated${kind.toLowerCase()}s.types.kubefed.io`,
    kind,
    namespace: `team-${String(index % 40).padStart(2, '0')}`,
    name: `${['shop', 'billing', 'search', 'mail', 'login'][index % 5]}-${String(index).padStart(6, '0')}`,
    state,
    ...(bad ? { reason: 'CheckClusters' } : {}),
    ok: 3 - bad,
    placed: 3,
    problems: bad
      ? [
          state === 'failed'
            ? { cluster: 'vulcan', status: 'UpdateFailed', message: 'spec.replicas: Invalid value: -1' }
            : { cluster: 'vulcan', status: state === 'deleting' ? 'WaitingForRemoval' : 'ClusterNotReady' },
        ]
      : [],
    changedAt: before(1 + (index % 600)),
  };
}

function clusterAt(
  name: string,
  index: number,
  before: (minutes: number) => string,
  objects: readonly ObjectSummary[],
): ClusterDetail {
  const state: MemberState = name === 'vulcan' ? 'notReady' : name === 'risa' ? 'unknown' : 'ready';
  const away = state !== 'ready';
  return {
    name,
    state,
    ...(state === 'notReady' ? { message: 'Its API server does not answer: connect ECONNREFUSED 10.20.0.1:6443' } : {}),
    ...(state === 'unknown' ? { message: 'Not probed yet' } : {}),
    cordoned: name === 'qonos',
    paused: false,
    labels: { 'topology.kubernetes.io/region': REGIONS[index % 3] ?? '', tier: index % 2 ? 'edge' : 'core' },
    apiEndpoint: `https://10.${10 * (index + 1)}.0.1:6443`,
    kubernetesVersion: 'v1.36.3',
    region: REGIONS[index % 3] ?? '',
    zones: ['a', 'b'],
    conditions: [
      {
        type: 'Ready',
        status: away ? 'False' : 'True',
        reason: away ? 'ClusterNotReachable' : 'ClusterReady',
        message: away ? 'connect ECONNREFUSED 10.20.0.1:6443' : '/healthz responded with ok',
        lastTransitionTime: before(away ? 2 : 900),
      },
    ],
    ranges: {
      pods: [`10.${index + 100}.0.0/16`],
      services: [`10.${index + 200}.0.0/16`],
      nodes: [`192.168.${index}.0/24`],
    },
    credentialsExpireIn: name === 'betazed' ? 40_000 : 580_000 - index * 1_000,
    lane: away
      ? { depth: 212, oldestSeconds: 118, stalled: true }
      : { depth: index % 3 === 1 ? 4 : 0, oldestSeconds: index % 3 === 1 ? 1 : 0, stalled: false },
    ...(away ? {} : { latencyMs: 3 + index * 2.4 }),
    objects: away ? countStates(objects) : { ok: objects.length, progressing: 0, failed: 0, deleting: 0 },
    events: away
      ? [
          {
            type: 'Warning',
            reason: 'ClusterNotReady',
            message: 'connect ECONNREFUSED 10.20.0.1:6443',
            count: 12,
            lastSeen: before(1),
          },
        ]
      : [],
  };
}

function detailOf(object: ObjectSummary, clusters: readonly ClusterSummary[]): ObjectDetail {
  const template = {
    metadata: { labels: { app: 'shop', tier: 'front' } },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'shop' } },
      template: {
        metadata: { labels: { app: 'shop' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'registry.example/shop/web:4.2.0',
              args: ['--port=8080', '--cache=on'],
              resources: { requests: { cpu: '100m', memory: '128Mi' } },
            },
          ],
        },
      },
    },
  };
  const placed = clusters.slice(0, 3).map(({ name }) => name);
  return {
    ...object,
    federated: {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: `Federated${object.kind}`,
      metadata: { name: object.name, ...(object.namespace === undefined ? {} : { namespace: object.namespace }) },
      spec: {
        template,
        placement: { clusters: placed.map((name) => ({ name })) },
        overrides: [{ clusterName: 'vulcan', clusterOverrides: [{ path: '/spec/replicas', value: 1 }] }],
      },
    },
    conditions: [{ type: 'Propagation', status: object.state === 'ok' ? 'True' : 'False', ...pick(object.reason) }],
    clusters: placed.map((cluster) => {
      const problem = object.problems.find((one) => one.cluster === cluster);
      return {
        cluster,
        placed: true,
        status: problem?.status ?? '',
        ...(problem?.message === undefined ? {} : { message: problem.message }),
        rendered: {
          apiVersion: 'apps/v1',
          kind: object.kind,
          metadata: {
            name: object.name,
            namespace: object.namespace ?? '',
            labels: { ...template.metadata.labels, 'kubefed.io/managed': 'true' },
          },
          spec: { ...template.spec, replicas: cluster === 'vulcan' ? 1 : 3 },
        },
        recordedVersion: 'gen:4',
        remoteStatus: { replicas: 3, readyReplicas: cluster === 'vulcan' ? 0 : 3 },
      };
    }),
    events: [
      {
        type: 'Warning',
        reason: 'UpdateInClusterFailed',
        message: 'Failed to update in cluster vulcan: spec.replicas: Invalid value: -1',
        count: 3,
        lastSeen: object.changedAt ?? '',
      },
    ],
  };
}

function pick(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function reachabilityOf(
  clusters: readonly string[],
  before: (minutes: number) => string,
  freshness: Freshness,
): ReachabilityView {
  const pairs = clusters.flatMap((from) =>
    clusters
      .filter((to) => to !== from)
      .map((to) => {
        const broken = to === 'vulcan';
        const unknown = from === 'risa';
        return {
          from,
          to,
          pods: unknown ? ('unknown' as const) : broken ? ('no' as const) : ('yes' as const),
          services: unknown ? ('unknown' as const) : ('yes' as const),
          ...(broken && !unknown
            ? {
                diagnosis: 'RouteMissing',
                message: `The nodes of ${from} have no route to ${to}'s Pods (10.101.0.0/16): add it through the gateway vulcan-node-1, or apply what "fedctl network routes" prints.`,
              }
            : {}),
          probedAt: before(1),
          ...(broken || unknown ? {} : { latencyMs: 1.4 }),
        };
      }),
  );
  return { clusters, pairs, freshness };
}

function topologyOf(clusters: readonly string[], before: (minutes: number) => string): Topology {
  return {
    provider: 'Netmaker',
    nodes: clusters.map((cluster, index) => ({
      cluster,
      ranges: [`10.${index + 100}.0.0/16`],
      gateways: [
        {
          node: `${cluster}-node-1`,
          ready: cluster !== 'vulcan',
          address: `100.64.0.${index + 1}`,
          ...(cluster === 'risa' ? { relayedBy: 'earth' } : {}),
        },
      ],
    })),
    routes: clusters.map((cluster, index) => ({
      cluster,
      range: `10.${index + 100}.0.0/16`,
      ...(cluster === 'qonos' ? { seenAs: '10.240.0.0/16' } : {}),
      gateway: `${cluster}-node-1`,
    })),
    problems: ["vulcan's gateway vulcan-node-1 is down: its routes carry nothing. Start its WireGuard client."],
    conditions: [{ type: 'Ready', status: 'False', reason: 'GatewayDown', lastTransitionTime: before(2) }],
  };
}
