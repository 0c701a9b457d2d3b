import { parseExposition, type Series } from './exposition.ts';

/** Upper bounds of buckets in seconds, with how many observations were at most so large. */
export type Buckets = ReadonlyMap<number, number>;

/** What one scrape says of a cluster. */
export interface ClusterSnapshot {
  /** Missing for the host, which is probed by nobody. */
  readonly state?: 'ready' | 'notready' | 'offline';
  readonly waiting?: number;
  readonly underWay?: number;
  readonly oldestSeconds?: number;
  readonly stalled?: boolean;
  readonly tokenSeconds?: number;
  readonly failing?: number;
  /** Since the controller began. */
  readonly requests: number;
  readonly errors: number;
  readonly propagation: Buckets;
}

export interface Snapshot {
  /** Milliseconds on a monotonic clock. */
  readonly at: number;
  readonly leads: boolean;
  readonly eventLoopP99Seconds: number | undefined;
  readonly residentBytes: number | undefined;
  readonly federatedObjects: number;
  readonly clusters: ReadonlyMap<string, ClusterSnapshot>;
}

/** Statuses of copies with which nothing is wrong but that they wait. */
const FINE: ReadonlySet<string> = new Set(['OK', 'ClusterNotReady', 'WaitingForRemoval', 'Paused']);
const ERROR = /^(429|5\d\d|<error>)$/;

/** `undefined` when the text is not that of a fedmesh-controller. */
export function snapshotOf(text: string, at: number): Snapshot | undefined {
  const metrics = parseExposition(text);
  const series = (name: string) => metrics.get(name) ?? [];
  const leadership = series('leader_election_master_status');
  if (leadership.length === 0) return undefined;
  const requests = series('fedmesh_api_requests_total');
  const states = series('kubefedcluster_total');
  const names = new Set([...requests, ...states].flatMap(({ labels }) => labels.cluster ?? []));
  const clusters = [...names].map((cluster): [string, ClusterSnapshot] => {
    const ofCluster = (name: string) => series(name).filter(({ labels }) => labels.cluster === cluster);
    const one = (name: string) => ofCluster(name)[0]?.value;
    const state = states.find(({ labels, value }) => labels.cluster === cluster && value === 1)?.labels.state;
    const stalled = one('fedmesh_lane_stalled');
    const copies = ofCluster('fedmesh_propagated_objects');
    const known = {
      state: state as ClusterSnapshot['state'],
      waiting: one('fedmesh_lane_depth'),
      underWay: one('fedmesh_lane_in_flight'),
      oldestSeconds: one('fedmesh_lane_oldest_seconds'),
      stalled: stalled === undefined ? undefined : stalled === 1,
      tokenSeconds: one('fedmesh_cluster_credentials_remaining_seconds'),
      failing: stalled === undefined ? undefined : sum(copies.filter(({ labels }) => !FINE.has(labels.status ?? ''))),
    };
    const asked = ofCluster('fedmesh_api_requests_total');
    return [
      cluster,
      {
        ...withoutUnknown(known),
        requests: sum(asked),
        errors: sum(asked.filter(({ labels }) => ERROR.test(labels.code ?? ''))),
        propagation: bucketsOf(ofCluster('fedmesh_propagation_duration_seconds_bucket')),
      },
    ];
  });
  return {
    at,
    leads: leadership.some(({ value }) => value === 1),
    eventLoopP99Seconds: series('nodejs_eventloop_lag_p99_seconds')[0]?.value,
    residentBytes: series('process_resident_memory_bytes')[0]?.value,
    federatedObjects: sum(series('fedmesh_federated_objects')),
    clusters: new Map(clusters),
  };
}

function withoutUnknown<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

/** Of every type together. */
function bucketsOf(series: readonly Series[]): Buckets {
  const buckets = new Map<number, number>();
  for (const { labels, value } of series) {
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  return buckets;
}

function sum(series: readonly Series[]): number {
  return series.reduce((total, { value }) => total + value, 0);
}
