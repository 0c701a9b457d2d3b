import {
  defaultFederatedTypeConfig,
  type FederatedTypeConfig,
  federatedResourceOf,
  isNamespaceType,
  targetResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import {
  REPLICA_SCHEDULING_PREFERENCES,
  type ReplicaSchedulingPreference,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { Reflector } from '../kube/reflector.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { Controller } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { SettingsSource } from '../settings/settings-source.ts';
import { type ClusterEvent, limitOf, type SyncEnvironment } from '../sync/environment.ts';
import { Attendance } from './attendance.ts';
import { type Leftover, leftoverOf } from './drain-report.ts';
import { Drains, type DrainsOptions } from './drains.ts';
import { PlannedType } from './planned-type.ts';
import { PodReader } from './pod-reader.ts';
import { ReplicaScheduler } from './replica-scheduler.ts';
import { wantedOf } from './workload.ts';

export interface SchedulingOptions
  extends Pick<
    SyncEnvironment,
    'host' | 'targetNamespace' | 'clusters' | 'namespaces' | 'events' | 'clock' | 'log' | 'reconcileObserver'
  > {
  /** The type configs of the control plane, kept by whoever starts the types. */
  readonly configs: Store<FederatedTypeConfig>;
  readonly settings: SettingsSource;
}

/** What KubeFed schedules. */
const SCHEDULED_TYPES: readonly string[] = ['deployments.apps', 'replicasets.apps'];
/** A rollout changes a workload with every Pod: one look for all that comes within this time. */
const GATHER_MS = 1_000;
const CONCURRENCY = 8;

/**
 * ReplicaSchedulingPreferences: shares out the replicas of the federated Deployment or ReplicaSet that bears a preference's
 * name. Members are watched for a kind only while a preference asks for it.
 */
export class SchedulingController {
  readonly name = 'scheduling';
  readonly #options: SchedulingOptions;
  readonly #preferences: Store<ReplicaSchedulingPreference>;
  readonly #types = new Map<string, PlannedType>();
  readonly #closing = new Set<Promise<void>>();
  readonly #attendance: Attendance;
  readonly #pods: PodReader;
  readonly #drains: Drains;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #stopping = new AbortController();
  readonly #undo: (() => void)[] = [];
  #reflecting: Promise<void> | undefined;
  #refreshing = false;

  constructor(options: SchedulingOptions) {
    const { host, clusters, namespaces, events, clock, log, settings, reconcileObserver } = options;
    this.#options = options;
    this.#preferences = new Store<ReplicaSchedulingPreference>({
      clock,
      log,
      indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
    });
    this.#attendance = new Attendance({
      get evictionDelayMs() {
        return settings.current.replicaScheduling.evictionDelayMs;
      },
      get returnDelayMs() {
        return settings.current.replicaScheduling.returnDelayMs;
      },
      clock,
    });
    this.#queue = new WorkQueue({ clock, baseDelayMs: 1_000 });
    this.#pods = new PodReader({ clock, log, onAnswer: (key) => this.#queue.add(key) });
    const leftIn: DrainsOptions['leftIn'] = (cluster, unplaced) => this.#leftIn(cluster, unplaced);
    this.#drains = new Drains({ host, clusters, leftIn, events, clock, log });
    const scheduler = new ReplicaScheduler({
      host,
      preferences: this.#preferences,
      typeOf: (kind) => this.#types.get(kind),
      clusters,
      namespaces,
      inEveryMember: options.targetNamespace !== undefined,
      attendance: this.#attendance,
      pods: this.#pods,
      drains: this.#drains,
      events,
      clock,
    });
    this.#controller = new Controller({
      name: 'replicaschedulingpreference',
      queue: this.#queue,
      reconcile: (key, signal, { reconcileId }) => scheduler.reconcile(key, signal, reconcileId),
      concurrency: CONCURRENCY,
      log,
      clock,
      ...(reconcileObserver === undefined ? {} : { observer: reconcileObserver }),
    });
  }

  /** Waits for nothing: a host that does not serve preferences has none. */
  start(): Promise<void> {
    const { host, clusters, namespaces, configs, settings, clock, log } = this.#options;
    const { signal } = this.#stopping;
    this.#undo.push(
      this.#preferences.subscribe(({ key }) => {
        this.#refreshTypesSoon();
        this.#queue.add(key);
      }),
      configs.subscribe(() => this.#refreshTypesSoon()),
      clusters.subscribe((event) => this.#onCluster(event)),
      // Whoever waits for a member waits by the old delays.
      settings.subscribe(() => this.#addAll()),
      this.#preferences.subscribe(() => this.#drains.changed()),
      namespaces.store.subscribe(({ object }) => this.#addAllIn(object.metadata.namespace ?? '')),
    );
    this.#drains.clustersChanged();
    const reflector = new Reflector<ReplicaSchedulingPreference>({
      client: host,
      resource: REPLICA_SCHEDULING_PREFERENCES,
      ...limitOf(this.#options),
      store: this.#preferences,
      clock,
      log,
    });
    this.#reflecting = reflector.run(signal);
    void this.#preferences.waitForSync(signal).then(
      () => this.#controller.start(signal),
      () => undefined,
    );
    void namespaces.store.waitForSync(signal).then(
      () => this.#addAll(),
      () => undefined,
    );
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('scheduling is stopped'));
    for (const undo of this.#undo.splice(0)) undo();
    this.#queue.close();
    await this.#controller.close();
    await this.#drains.close();
    await this.#pods.close();
    for (const kind of [...this.#types.keys()]) this.#stopType(kind);
    await Promise.all(this.#closing);
    await this.#reflecting;
  }

  /** Once for all that a list brings. */
  #refreshTypesSoon(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    queueMicrotask(() => {
      this.#refreshing = false;
      if (!this.#stopping.signal.aborted) this.#refreshTypes();
    });
  }

  /** Starts the types that are propagated and asked for, and stops the others. */
  #refreshTypes(): void {
    const wanted = new Set<string>();
    for (const { spec, metadata } of this.#preferences.values()) {
      if (metadata.deletionTimestamp === undefined) wanted.add(spec.targetKind);
    }
    const enabled = new Map<string, DeepReadonly<FederatedTypeConfig>>();
    const configs = [...this.#options.configs.values()].map((each) =>
      defaultFederatedTypeConfig(each as FederatedTypeConfig),
    );
    // Without the type of namespaces nothing that lives in one is propagated, but where the namespace is in every member.
    const isPropagated = this.#options.targetNamespace !== undefined || configs.some(isNamespaceType);
    for (const config of isPropagated ? configs.filter(isScheduled) : []) {
      enabled.set(federatedResourceOf(config).kind, config);
    }
    for (const [kind, type] of this.#types) {
      const config = enabled.get(kind);
      if (config === undefined || !wanted.has(kind) || !isSame(type, config)) this.#stopType(kind);
    }
    for (const [kind, config] of enabled) if (wanted.has(kind) && !this.#types.has(kind)) this.#startType(kind, config);
  }

  #startType(kind: string, config: DeepReadonly<FederatedTypeConfig>): void {
    const { host, clusters, clock, log } = this.#options;
    const type = new PlannedType({
      federated: federatedResourceOf(config),
      target: targetResourceOf(config),
      host,
      ...limitOf(this.#options),
      clock,
      log,
      onFederated: (key) => this.#addKnown(key),
      onWorkload: (key) => this.#addKnown(key, GATHER_MS),
      onReady: () => this.#addAll(),
    });
    this.#types.set(kind, type);
    type.start(clusters.list());
    log.info({ kind }, 'replicas are scheduled');
    this.#addAll();
  }

  #stopType(kind: string): void {
    const type = this.#types.get(kind);
    if (type === undefined) return;
    this.#types.delete(kind);
    const closing = type.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#options.log.info({ kind }, 'replicas are no longer scheduled');
  }

  #onCluster({ type, cluster }: ClusterEvent): void {
    if (type === 'left') {
      this.#attendance.forget(cluster);
      this.#pods.forgetCluster(cluster);
      for (const each of this.#types.values()) each.disengage(cluster);
    } else {
      if (type === 'ready' || type === 'notReady') this.#attendance.observe(cluster, type);
      const accessor = this.#options.clusters.get(cluster);
      if (accessor !== undefined) for (const each of this.#types.values()) each.engage(accessor);
    }
    this.#drains.clustersChanged();
    this.#addAll();
  }

  /** What of all scheduled replicas is in a member, by what the host says and the caches show. */
  #leftIn(cluster: string, unplaced: (key: string) => number): Leftover[] | undefined {
    if (!this.#preferences.synced) return undefined;
    const leftovers: Leftover[] = [];
    for (const key of this.#preferences.keys()) {
      const preference = this.#preferences.get(key);
      const type = preference === undefined ? undefined : this.#types.get(preference.spec.targetKind);
      if (preference === undefined || type === undefined) continue;
      const look = type.workloadIn(cluster, key);
      if (!type.objects.synced || look.state === 'starting') return undefined;
      const object = type.objects.get(key);
      if (object === undefined) continue;
      const seen = look.state === 'known' && look.workload !== undefined ? wantedOf(look.workload) : undefined;
      const left = leftoverOf({ key, cluster, preference, object, seen, unplaced: unplaced(key) });
      if (left !== undefined) leftovers.push(left);
    }
    return leftovers;
  }

  #addKnown(key: string, afterMs = 0): void {
    if (this.#preferences.has(key)) this.#queue.addAfter(key, afterMs);
  }

  #addAll(): void {
    for (const key of this.#preferences.keys()) this.#queue.add(key);
  }

  #addAllIn(namespace: string): void {
    for (const { metadata } of this.#preferences.byIndex('namespace', namespace)) {
      this.#queue.add(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`);
    }
  }
}

/** As in KubeFed, what is not propagated is not scheduled either. */
function isScheduled(config: DeepReadonly<FederatedTypeConfig>): boolean {
  const { spec, metadata } = config;
  if (metadata.deletionTimestamp !== undefined || spec.propagation !== 'Enabled') return false;
  return SCHEDULED_TYPES.includes(groupResourceOf(targetResourceOf(config)));
}

function isSame(type: PlannedType, config: DeepReadonly<FederatedTypeConfig>): boolean {
  const [federated, target] = [federatedResourceOf(config), targetResourceOf(config)];
  return JSON.stringify([type.federated, type.target]) === JSON.stringify([federated, target]);
}
