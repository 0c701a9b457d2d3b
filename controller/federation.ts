import { CLUSTER_EVENT_SOURCE, warningOf } from './clusters/cluster-events.ts';
import { Clusters } from './clusters/clusters.ts';
import type { Probe } from './clusters/conditions.ts';
import type { FederationSource } from './dashboard/sources/federation-source.ts';
import { FollowingController } from './following/following-controller.ts';
import type { Client } from './kube/client.ts';
import { measuredFederation } from './measured-federation.ts';
import type { ControlPlane } from './membership/control-plane.ts';
import { MembershipController } from './membership/membership-controller.ts';
import { TokenRenewal } from './membership/token-renewal.ts';
import { MeshConfigs } from './network/mesh/mesh-configs.ts';
import { MeshController } from './network/mesh/mesh-controller.ts';
import { tokenSource } from './network/mesh/mesh-token.ts';
import { providersWith } from './network/mesh/provider-of.ts';
import { NetworkController } from './network/network-controller.ts';
import { ReachabilityController } from './network/reachability/reachability-controller.ts';
import { createEventRecorder } from './runtime/event-recorder.ts';
import type { Component } from './runtime/manager.ts';
import { SchedulingController } from './scheduling/scheduling-controller.ts';
import { ServicesController } from './services/services-controller.ts';
import { onRemapping, virtualAddress } from './services/virtual-address.ts';
import type { SettingsSource } from './settings/settings-source.ts';
import type { SyncEnvironment } from './sync/environment.ts';
import { FederatedNamespaces } from './sync/federated-namespaces.ts';
import { PropagatedVersions } from './sync/propagated-versions.ts';
import type { ChangeTracer } from './telemetry/change-trace.ts';
import type { Log } from './telemetry/log.ts';
import type { ClusterState, Metrics } from './telemetry/metrics.ts';
import type { Clock } from './time/clock.ts';
import { TypeController } from './types/type-controller.ts';

export interface FederationOptions {
  /** Fenced: whoever does not lead any more writes nothing, neither here nor in the members. */
  readonly host: Client;
  readonly controlPlane: ControlPlane;
  readonly settings: SettingsSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Missing where nothing is traced. */
  readonly tracer?: ChangeTracer;
  /** Who shows what runs, where somebody does. */
  readonly dashboard?: Pick<FederationSource, 'follow' | 'probed'> | undefined;
}

/**
 * KubeFed counts workers, of which it has one per type by default and which wait for members. Here a reconcile waits for
 * the host only, so the setting is a floor that nobody needs to raise.
 */
const FEWEST_RECONCILES = 32;
const FEWEST_STATUS_RECONCILES = 4;

/**
 * Everything that the leading controller runs, made anew for each of its terms, in the order in which it needs each other: the members first, then one sync for
 * each type, then what shares out replicas, what follows namespaces and what looks after the members' rights and ends. It is closed in reverse.
 */
export function federationComponents(options: FederationOptions): Component[] {
  const { host, controlPlane, settings, clock, random, log, metrics } = options;
  const { namespace } = controlPlane;
  const logOf = (component: string) => log.child({ component });
  const events = createEventRecorder({ client: host, clock, log: logOf('events') });
  const clusters = new Clusters({
    host,
    namespace,
    health: () => settings.current.clusterHealthCheck,
    listTimeoutMs: () => settings.current.cacheSyncTimeoutMs,
    clock,
    random,
    log: logOf('clusters'),
    onConnected: metrics.clusterObserver.connected,
    onProbe(cluster, outcome, seconds, probe) {
      const [about, warning] = [clusters.object(cluster), warningOf(probe)];
      if (about !== undefined && warning !== undefined)
        events.record(about, 'Warning', warning.reason, warning.message, CLUSTER_EVENT_SOURCE);
      metrics.clusterObserver.probed(seconds);
      options.dashboard?.probed(cluster, seconds);
      metrics.clusterObserver.state(cluster, CLUSTER_STATES[outcome]);
    },
  });
  clusters.subscribe(({ type, cluster }) => {
    if (type === 'joined') metrics.clusterObserver.came(cluster);
    if (type === 'joined' && clusters.synced) metrics.clusterObserver.joining(cluster, clock.monotonic() / 1_000);
    if (type === 'ready') metrics.clusterObserver.joined(cluster, clock.monotonic() / 1_000);
    if (type === 'left') metrics.clusterObserver.left(cluster);
  });
  // Whoever changes one of these has everything made anew.
  const { featureGates, syncController, statusController, migratesFromKubeFed } = settings.current;
  const versions = new PropagatedVersions({
    host,
    kept: featureGates.PropagatedVersions || migratesFromKubeFed,
    namespace: settings.current.scope === 'Namespaced' ? namespace : undefined,
    clock,
    log: logOf('versions'),
  });
  const environment: SyncEnvironment = {
    host,
    controlPlane,
    ...(settings.current.scope === 'Namespaced' ? { targetNamespace: namespace } : {}),
    clusters,
    namespaces: new FederatedNamespaces(),
    versions,
    settings: () => ({
      propagates: featureGates.PushReconciler,
      adoptResources: syncController.adoptResources,
      concurrency: Math.max(syncController.maxConcurrentReconciles, FEWEST_RECONCILES),
      statusConcurrency: Math.max(statusController.maxConcurrentReconciles, FEWEST_STATUS_RECONCILES),
      collectRawStatus: featureGates.RawResourceStatusCollection,
    }),
    events,
    clock,
    log: logOf('sync'),
    observer: metrics.syncObserver,
    reconcileObserver: metrics.reconcileObserver,
    ...(options.tracer === undefined ? {} : { tracer: options.tracer }),
  };
  const { unjoined } = metrics.clusterObserver;
  const types = new TypeController(environment);
  const scheduling = new SchedulingController({
    ...environment,
    configs: types.configs,
    settings,
    log: logOf('scheduling'),
  });
  const following = new FollowingController({ ...environment, configs: types.configs, log: logOf('following') });
  const meshConfigs = new MeshConfigs({ host, namespace, clock, random, log: logOf('mesh') });
  const network = new NetworkController({
    ...{ host, clusters, clock, random, log: logOf('network') },
    mesh: meshConfigs,
  });
  const mesh = new MeshController({
    ...{ host, clusters, network, events, clock, random, log: logOf('mesh') },
    configs: meshConfigs,
    nodeRoutes: { namespace, owner: controlPlane.uid },
    providerOf: providersWith({
      owner: controlPlane.uid,
      member: (name) => (clusters.get(name)?.ready ? clusters.get(name)?.client : undefined),
      token: tokenSource({ host, namespace, clock }),
      clock,
    }),
  });
  const reachability = new ReachabilityController({
    ...{ host, namespace, clusters, events, clock, random, log: logOf('reachability') },
    configs: meshConfigs,
    observer: metrics.reachabilityObserver,
  });
  const services = new ServicesController({
    ...{ host, clusters, controlPlane, clock, random },
    log: logOf('services'),
    translate: (_from, to, ip) => virtualAddress(meshConfigs.current?.status?.routes ?? [], to, ip),
    reachability: (from, to) => reachability.podsReach(from, to),
    onNetworkChange(listener) {
      const stops = [reachability.subscribe(listener), onRemapping(meshConfigs, listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  });
  const isNamespaced = settings.current.scope === 'Namespaced';
  const shown = options.dashboard?.follow({ clusters, types, mesh: isNamespaced ? undefined : meshConfigs });
  return [
    shownIn(metrics, clusters, types, clock),
    ...(shown === undefined ? [] : [shown]),
    clusters,
    followingSettings(settings, clusters),
    { name: 'events', start: () => Promise.resolve(), close: () => events.close() },
    versions,
    types,
    ...(featureGates.SchedulerPreferences ? [scheduling] : []),
    following,
    new MembershipController({
      host,
      clusters,
      controlPlane,
      events,
      clock,
      log: logOf('membership'),
      onUnjoined: unjoined,
      lingering: (cluster) => mesh.lingering(cluster),
    }),
    // A control plane of one namespace may not look at what tells a cluster's ranges.
    ...(isNamespaced ? [] : [meshConfigs, network, mesh, reachability, services]),
    new TokenRenewal({ host, clusters, events, clock, random, log: logOf('token-renewal') }),
  ];
}

function shownIn(metrics: Metrics, clusters: Clusters, types: TypeController, clock: Clock): Component {
  let hide: (() => void) | undefined;
  return {
    name: 'cluster-metrics',
    start: async () => {
      hide = metrics.showFederation(measuredFederation(clusters, types, clock));
    },
    close: async () => {
      hide?.();
      metrics.clusterObserver.none();
    },
  };
}

/** A changed health check counts from now on, not from the next probe on, which may have been hours away. */
function followingSettings(settings: SettingsSource, clusters: Clusters): Component {
  let forget: (() => void) | undefined;
  return {
    name: 'health check settings',
    start: async () => {
      forget = settings.subscribe((news) => {
        if (news.kind !== 'taken' || !news.changes.some(({ path }) => path.startsWith('spec.clusterHealthCheck.')))
          return;
        for (const { name } of clusters.list()) clusters.kick(name);
      });
    },
    close: async () => forget?.(),
  };
}

/** KubeFed's words for what a probe found. */
const CLUSTER_STATES: Readonly<Record<Probe['outcome'], ClusterState>> = {
  healthy: 'ready',
  unhealthy: 'notready',
  unreachable: 'offline',
  malformed: 'notready',
};
