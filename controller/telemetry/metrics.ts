import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { FederationMetrics, type MeasuredFederation } from './federation-metrics.ts';
import { createReachabilityObserver } from './reachability-metrics.ts';
import { RequestMetrics } from './request-metrics.ts';
import { WebhookMetrics } from './webhook-metrics.ts';

/** KubeFed's, and below them what a member on the same network takes. Seconds. */
const BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 7.5, 10, 12.5, 15, 17.5, 20, 22.5, 25, 27.5, 30, 50, 75, 100,
  1000,
];

const CLUSTER_STATES = ['ready', 'notready', 'offline'] as const;

export type ClusterState = (typeof CLUSTER_STATES)[number];

/** controller-runtime's for `controller_runtime_reconcile_time_seconds`, with less below. Seconds. */
const RECONCILE_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25,
  1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** KubeFed's words for how a reconcile ended; its fourth, `not_synced`, would be a wait, of which there is none here. */
const RESULTS = ['success', 'error', 'needs_recheck'] as const;
const RESULT_OF: Readonly<Record<string, (typeof RESULTS)[number]>> = {
  requeue_after: 'needs_recheck',
  terminal_error: 'error',
};

/** KubeFed's word for what is written in a member, where it has one. */
const ACTIONS: Readonly<Record<string, string>> = { remove: 'delete' };

/**
 * The controller's metrics, under KubeFed v0.10.0's names (`pkg/metrics/metrics.go`) and controller-runtime's. No label
 * holds the name of an object. The observers have the shapes that the rooms which call them ask for.
 */
export interface Metrics {
  readonly contentType: string;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
  readonly syncObserver: {
    /** `reconcile_federated_resources_duration_seconds` */
    reconciled(type: string, seconds: number): void;
    /** `dispatch_operation_duration_seconds` */
    dispatched(action: string, seconds: number): void;
    /** `fedmesh_propagation_duration_seconds` */
    propagated(type: string, cluster: string, seconds: number): void;
    /** A type is not federated any more: its series end. */
    stopped(type: string): void;
  };
  /** `fedmesh_api_*`, `fedmesh_watch_age_seconds` and `fedmesh_store_objects`, of clusters that are known. */
  readonly clientObserver: Pick<RequestMetrics, 'requested' | 'watching'>;
  /** `controller_runtime_*` */
  readonly reconcileObserver: {
    controllerStarted(controller: string, concurrency: number): void;
    reconcileStarted(controller: string): void;
    reconcileEnded(controller: string, outcome: string, seconds: number): void;
  };
  readonly clusterObserver: {
    /** Requests to it count from now on: the host, for as long as the process lives, or a member, until it leaves. */
    host(cluster: string): void;
    came(cluster: string): void;
    /** `kubefedcluster_total` and `joined_cluster_total` */
    state(cluster: string, state: ClusterState): void;
    /** A KubeFedCluster was made, at this moment of a clock, seconds. */
    joining(cluster: string, at: number): void;
    /** It is ready. `join_cluster_duration_seconds` when it was seen to be made. */
    joined(cluster: string, at: number): void;
    /** The cluster has left: its series end. */
    left(cluster: string): void;
    /** This replica looks after none any more: all series of clusters end. */
    none(): void;
    /** `cluster_health_status_duration_seconds` */
    probed(seconds: number): void;
    /** `cluster_client_connection_duration_seconds` */
    connected(seconds: number): void;
    /** `unjoin_cluster_duration_seconds` */
    unjoined(seconds: number): void;
  };
  readonly reachabilityObserver: {
    /** `fedmesh_reachability_pairs`, `fedmesh_reachability_round_duration_seconds` */
    round(seconds: number, pairs: readonly { readonly class: string }[]): void;
    /** `fedmesh_member_reachable` */
    member(cluster: string, condition: string, status: 'True' | 'False' | 'Unknown'): void;
    /** The series of this member, or all of them, end. */
    gone(cluster?: string): void;
  };
  readonly leaderObserver: {
    /** `leader_election_master_status` of a lease, as client-go has it: whether this replica is its holder. */
    leading(lease: string, leading: boolean): void;
  };
  /** `fedmesh_webhooks_ready` and `fedmesh_admission_reviews_total` */
  readonly webhookObserver: Pick<WebhookMetrics, 'ready' | 'reviewed'>;
  /** Shows what this says at each scrape, until the returned function is called. */
  showFederation(federation: MeasuredFederation): () => void;
}

/** Each call has its own registry; nothing is shared through prom-client's global one. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const requests = new RequestMetrics();
  const federation = new FederationMetrics();
  const webhooks = new WebhookMetrics();
  collectDefaultMetrics({ register: registry });
  const federated = new Histogram({
    name: 'reconcile_federated_resources_duration_seconds',
    help: 'Time taken to reconcile federated resources in the target clusters.',
    buckets: BUCKETS,
    registers: [registry],
  });
  const dispatch = new Histogram({
    name: 'dispatch_operation_duration_seconds',
    help: 'Time taken to run a dispatch operation.',
    labelNames: ['action'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const master = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether the reporting replica holds the lease of this name: 1 it leads, 0 it stands by.',
    labelNames: ['name'],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: async () => [await registry.metrics(), requests.text(), federation.text(), webhooks.text()].join('\n'),
    syncObserver: {
      reconciled: (_type, seconds) => federated.observe(seconds),
      dispatched: (action, seconds) => dispatch.observe({ action: ACTIONS[action] ?? action }, seconds),
      propagated: (type, cluster, seconds) => federation.propagated(type, cluster, seconds),
      stopped: (type) => federation.forgetType(type),
    },
    reconcileObserver: createReconcileObserver(registry),
    clusterObserver: createClusterObserver(registry, requests, federation),
    clientObserver: requests,
    webhookObserver: webhooks,
    reachabilityObserver: createReachabilityObserver(registry),
    leaderObserver: { leading: (name, leading) => master.set({ name }, leading ? 1 : 0) },
    showFederation: (shown) => federation.show(shown),
  };
}

function createReconcileObserver(registry: Registry): Metrics['reconcileObserver'] {
  const registers = [registry];
  const duration = new Histogram({
    name: 'controller_runtime_reconcile_duration_seconds',
    help: 'Time taken by the reconcile loops of the controllers.',
    labelNames: ['controller'],
    buckets: BUCKETS,
    registers,
  });
  const quantile = new Summary({
    name: 'controller_runtime_reconcile_quantile_seconds',
    help: 'Quantiles of the time taken by the reconcile loops of the controllers, over the last hour.',
    labelNames: ['controller'],
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 3600,
    ageBuckets: 6,
    registers,
  });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Number of reconciles by how they ended.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Number of reconciles that failed.',
    labelNames: ['controller'],
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller.',
    labelNames: ['controller'],
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  const most = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Number of reconciles that may run at once.',
    labelNames: ['controller'],
    registers,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Number of reconciles that are running.',
    labelNames: ['controller'],
    registers,
  });
  return {
    controllerStarted(controller, concurrency) {
      most.set({ controller }, concurrency);
      active.set({ controller }, 0);
      errors.inc({ controller }, 0);
      for (const result of RESULTS) total.inc({ controller, result }, 0);
    },
    reconcileStarted: (controller) => active.inc({ controller }),
    reconcileEnded(controller, outcome, seconds) {
      const result = RESULT_OF[outcome] ?? outcome;
      active.dec({ controller });
      total.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      time.observe({ controller }, seconds);
      duration.observe({ controller }, seconds);
      quantile.observe({ controller }, seconds);
    },
  };
}

function createClusterObserver(
  registry: Registry,
  requests: RequestMetrics,
  federation: FederationMetrics,
): Metrics['clusterObserver'] {
  const registers = [registry];
  const states = new Gauge({
    name: 'kubefedcluster_total',
    help: 'Number of total kubefed cluster in a specific state.',
    labelNames: ['state', 'cluster'],
    registers,
  });
  const joined = new Gauge({ name: 'joined_cluster_total', help: 'Number of total joined clusters.', registers });
  const duration = (name: string, help: string) => new Histogram({ name, help, buckets: BUCKETS, registers });
  const health = duration('cluster_health_status_duration_seconds', 'Time taken by a probe of a cluster.');
  const connection = duration('cluster_client_connection_duration_seconds', 'Time taken to connect to a cluster.');
  const unjoin = duration('unjoin_cluster_duration_seconds', 'Time taken to unjoin a cluster.');
  const join = duration(
    'join_cluster_duration_seconds',
    'Time from the creation of a KubeFedCluster until it is ready.',
  );
  const known = new Set<string>();
  const joiningSince = new Map<string, number>();
  const hosts = new Set<string>();
  const members = new Set<string>();
  const forget = (cluster: string) => {
    members.delete(cluster);
    // One that bears the host's name shares its series.
    if (!hosts.has(cluster)) requests.forget(cluster);
    federation.forgetCluster(cluster);
  };
  return {
    host(cluster) {
      hosts.add(cluster);
      requests.knows(cluster);
    },
    came(cluster) {
      members.add(cluster);
      requests.knows(cluster);
    },
    state(cluster, state) {
      known.add(cluster);
      joined.set(known.size);
      for (const each of CLUSTER_STATES) states.set({ state: each, cluster }, each === state ? 1 : 0);
    },
    joining: (cluster, at) => void joiningSince.set(cluster, at),
    joined(cluster, at) {
      const since = joiningSince.get(cluster);
      if (since !== undefined) join.observe(at - since);
      joiningSince.delete(cluster);
    },
    left(cluster) {
      joiningSince.delete(cluster);
      known.delete(cluster);
      joined.set(known.size);
      forget(cluster);
      for (const state of CLUSTER_STATES) states.remove({ state, cluster });
    },
    none() {
      known.clear();
      for (const cluster of [...members]) forget(cluster);
      joiningSince.clear();
      joined.set(0);
      states.reset();
    },
    probed: (seconds) => health.observe(seconds),
    connected: (seconds) => connection.observe(seconds),
    unjoined: (seconds) => unjoin.observe(seconds),
  };
}
