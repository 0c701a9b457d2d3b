import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { MANAGED_LABEL } from '../../apis/well-known.ts';
import type { Accessor } from '../clusters/accessor.ts';
import { Reflector } from '../kube/reflector.ts';
import { keyOf } from '../kube/resource.ts';
import { Store, type StoreEvent } from '../kube/store.ts';
import { Controller } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { type ClusterEvent, limitOf, type SyncEnvironment } from './environment.ts';
import { FederatedDefinition } from './federated-definition.ts';
import { Ledger } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import { MemberView } from './member-view.ts';
import { MemberWrites } from './member-writes.ts';
import { Reconciler } from './reconcile.ts';
import { Rendering } from './rendering.ts';
import { type Standing, standingOf } from './standing.ts';
import { StatusObjects } from './status-objects.ts';
import { Strays } from './strays.ts';
import type { Subject } from './subject.ts';
import { traceOf } from './tracing.ts';
import { VersionObjects } from './version-objects.ts';

/**
 * The sync of one federated type: what brings a key to the queue, and the pipeline that takes it from there. Started and
 * stopped by the type's FederatedTypeConfig.
 */
export class TypeSync {
  readonly type: FederatedType;
  readonly #environment: SyncEnvironment;
  readonly #federated: Store<FederatedObject>;
  readonly #queue: WorkQueue;
  readonly #ledger = new Ledger();
  readonly #view: MemberView;
  readonly #reconciler: Reconciler;
  readonly #versions: VersionObjects;
  readonly #statusObjects: StatusObjects | undefined;
  readonly #stopping = new AbortController();
  readonly #undo: (() => void)[] = [];
  readonly #members = new Map<string, () => void>();
  /** When a cluster last became one that objects go to, on the monotonic clock. */
  readonly #memberSince = new Map<string, number>();
  #controller: Controller | undefined;
  #reflecting: Promise<void> | undefined;

  constructor(type: FederatedType, environment: SyncEnvironment) {
    this.type = type;
    this.#environment = environment;
    this.#federated = type.isNamespace
      ? environment.namespaces.store
      : new Store<FederatedObject>({
          indexes: { namespace: (object) => [object.metadata.namespace ?? ''] },
          clock: environment.clock,
          log: environment.log,
        });
    this.#queue = new WorkQueue({ clock: environment.clock });
    const rendering = new Rendering(type, (cluster) => this.#view.labelsOf(cluster));
    this.#view = new MemberView({ type, environment, rendering });
    const writes = new MemberWrites({
      type,
      environment,
      federated: this.#federated,
      ledger: this.#ledger,
      view: this.#view,
      rendering,
      subject: (key, federated, reconcileId) => this.#reconciler.subject(key, federated, reconcileId),
      done: (key) => this.#add(key),
      changedAt: (subject, cluster) => this.#changedAt(subject, cluster),
    });
    if (type.statusObjects !== undefined) {
      const { statusObjects: resource } = type;
      this.#statusObjects = new StatusObjects({
        resource,
        environment,
        federated: this.#federated,
        view: this.#view,
      });
    }
    const strays = new Strays({
      type,
      environment,
      federated: this.#federated,
      view: this.#view,
      later: (key, ms) => this.#queue.addAfter(key, ms),
    });
    this.#versions = new VersionObjects({ type, environment, federated: this.#federated, view: this.#view });
    this.#reconciler = new Reconciler({
      type,
      environment,
      federated: this.#federated,
      ledger: this.#ledger,
      definition: new FederatedDefinition(environment.host, type.federated),
      view: this.#view,
      versions: this.#versions,
      submit: (subject, cluster, operation) => writes.submit(subject, cluster, operation),
      releaseStrays: (key) => strays.release(key),
      warningsOf: (federated) => rendering.warningsOf(federated),
    });
  }

  /** Its objects, for who shows them. */
  get federated(): Pick<Store<FederatedObject>, 'get' | 'keys' | 'values' | 'onShown' | 'synced'> {
    return this.#federated;
  }

  /** How many objects of this type there are on the host. */
  get size(): number {
    return this.#federated.size;
  }

  /** How its objects stand in the members, as their status says it. */
  standing(): Standing[] {
    const { clusters } = this.#environment;
    return standingOf(this.#federated.values(), (cluster) => clusters.get(cluster) !== undefined);
  }

  /** Returns once the caches are being filled; the work begins when the host's are full. */
  start(): void {
    const { clusters, namespaces } = this.#environment;
    this.#undo.push(
      this.#federated.subscribe((event) => this.#onFederated(event)),
      clusters.subscribe((event) => this.#onCluster(event)),
      this.#versions.subscribe((key) => this.#add(key), this.#stopping.signal),
      namespaces.onAnnounce((cluster, namespace) => this.#onNamespaceMade(cluster, namespace)),
    );
    if (this.type.target.namespaced) {
      this.#undo.push(
        namespaces.store.subscribe((event) => {
          const { namespace = '' } = event.object.metadata;
          if (isOtherGeneration(event)) this.#noteChangeIn(namespace);
          this.#addAllIn(namespace);
        }),
      );
    }
    for (const accessor of clusters.list()) this.#engage(accessor);
    this.#reflecting = this.#run(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error(`the sync of ${this.type.name} is stopped`));
    for (const undo of this.#undo.splice(0)) undo();
    for (const cluster of [...this.#members.keys()]) this.#disengage(cluster);
    this.#queue.close();
    await this.#controller?.close();
    await this.#reflecting;
    this.#environment.observer?.stopped(this.type.name);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { host, log, clock, clusters, namespaces, settings, reconcileObserver } = this.#environment;
    const limit = limitOf(this.#environment);
    const reflecting = this.type.isNamespace
      ? Promise.resolve()
      : new Reflector<FederatedObject>({
          client: host,
          resource: this.type.federated,
          ...limit,
          store: this.#federated,
          log,
          clock,
        }).run(signal);
    const showing = this.#statusObjects?.run(signal);
    try {
      // Nobody reads FederatedNamespaces for cluster-scoped types; where their type is not enabled nobody fills their store.
      const needed = [this.#federated, clusters.objects, ...(this.type.target.namespaced ? [namespaces.store] : [])];
      await Promise.all(needed.map((store) => store.waitForSync(signal)));
      await this.#versions.load(signal);
      this.#controller = new Controller({
        name: this.type.federated.kind.toLowerCase(),
        queue: this.#queue,
        reconcile: (key, running, { reconcileId }) => this.#timed(key, running, reconcileId),
        concurrency: settings().concurrency,
        log,
        clock,
        ...(reconcileObserver === undefined ? {} : { observer: reconcileObserver }),
      });
      this.#controller.start(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await reflecting;
    await showing;
  }

  async #timed(key: string, signal: AbortSignal, reconcileId: string): Promise<{ requeueAfterMs?: number }> {
    const { clock, observer } = this.#environment;
    const started = clock.monotonic();
    try {
      return await this.#reconciler.reconcile(key, signal, reconcileId);
    } finally {
      observer?.reconciled(this.type.name, (clock.monotonic() - started) / 1000);
    }
  }

  #onFederated(event: StoreEvent<FederatedObject>): void {
    if (event.type !== 'deleted' && isOtherGeneration(event)) this.#noteChange(event.object);
    this.#add(event.key);
    // Which of several FederatedNamespaces counts depends on all of them.
    if (this.type.isNamespace) this.#addAllIn(event.object.metadata.namespace ?? '');
  }

  #onCluster(event: ClusterEvent): void {
    this.#view.refresh();
    if (event.type === 'left') this.#memberSince.delete(event.cluster);
    else if (event.type !== 'notReady') this.#memberSince.set(event.cluster, this.#environment.clock.monotonic());
    const accessor = this.#environment.clusters.get(event.cluster);
    if (event.type === 'left') this.#disengage(event.cluster);
    else if (accessor !== undefined) this.#engage(accessor);
    if (event.type === 'ready') this.#addStraysIn(event.cluster);
    this.#addAll();
  }

  #engage(accessor: Accessor): void {
    if (this.#members.has(accessor.name)) return;
    const watch = accessor.watch(this.type.target, {
      ...limitOf(this.#environment),
      labelSelector: `${MANAGED_LABEL}=true`,
      ...(this.type.keeps === 'metadata' ? { metadataOnly: true } : {}),
      ...(this.type.keeps === 'metadata and status' ? { transform: withoutContent } : {}),
    });
    this.#view.add(accessor, watch);
    const gone = new AbortController();
    const undo = [
      watch.store.subscribe((event) => this.#onMember(event.object)),
      // What a watch that merely retries has shown still holds.
      watch.onState((state) => {
        if (state === 'synced' || state === 'notServed' || state === 'forbidden') this.#addAll();
      }),
      accessor.lane.onStall(() => this.#addBusyIn(accessor.name)),
      () => watch.close(),
      () => gone.abort(),
    ];
    this.#members.set(accessor.name, () => {
      for (const each of undo) each();
    });
    void watch.store.waitForSync(gone.signal).then(
      () => this.#addAll(),
      () => undefined,
    );
  }

  #disengage(cluster: string): void {
    this.#members.get(cluster)?.();
    this.#members.delete(cluster);
    this.#view.remove(cluster);
    this.#ledger.forgetCluster(cluster);
  }

  #onMember(object: DeepReadonly<KubeObject>): void {
    if (!this.type.isNamespace) {
      this.#add(keyOf(object.metadata));
      return;
    }
    const { name = '' } = object.metadata;
    if (this.#federated.byIndex('namespace', name).length > 0) this.#addAllIn(name);
    else this.#add(keyOf({ namespace: name, name }));
  }

  #onNamespaceMade(cluster: string, namespace: string): void {
    if (!this.type.target.namespaced) return;
    for (const federated of this.#federated.byIndex('namespace', namespace)) {
      const key = keyOf(federated.metadata);
      const here = this.#ledger.find(key)?.clusters.get(cluster);
      if (here?.failure === undefined) continue;
      delete here.failure;
      this.#add(key);
    }
  }

  /** While a member was away nobody could release what is no longer federated. */
  #addStraysIn(cluster: string): void {
    for (const object of this.#view.watchOf(cluster)?.store.values() ?? []) this.#onMember(object);
  }

  #add(key: string): void {
    this.#queue.add(key);
    this.#statusObjects?.changed(key);
  }

  #addAll(): void {
    for (const key of this.#federated.keys()) this.#add(key);
  }

  #addAllIn(namespace: string): void {
    for (const federated of this.#federated.byIndex('namespace', namespace)) this.#add(keyOf(federated.metadata));
  }

  #noteChange({ metadata }: DeepReadonly<FederatedObject>): void {
    const record = this.#ledger.of(keyOf(metadata), metadata.uid ?? '');
    record.changedAt = this.#environment.clock.monotonic();
    traceOf(record, { metadata }, this.type, this.#environment.tracer, 'change');
  }

  #noteChangeIn(namespace: string): void {
    for (const federated of this.#federated.byIndex('namespace', namespace)) this.#noteChange(federated);
  }

  /** Since when a cluster is to have what is written now: the object changed, or the cluster came to be one of its. */
  #changedAt({ key, federated }: Subject, cluster: string): number | undefined {
    const { changedAt } = this.#ledger.of(key, federated.metadata.uid ?? '');
    return changedAt === undefined ? undefined : Math.max(changedAt, this.#memberSince.get(cluster) ?? 0);
  }

  #addBusyIn(cluster: string): void {
    for (const key of this.#ledger.busyIn(cluster)) this.#add(key);
  }
}

/** Neither status nor metadata: something that members are to get. */
function isOtherGeneration({ previous, object }: StoreEvent<FederatedObject>): boolean {
  return previous === undefined || previous.metadata.generation !== object.metadata.generation;
}

/** One function for all members and types: watches are shared by whoever keeps the same. */
function withoutContent({ apiVersion, kind, metadata, status }: KubeObject): KubeObject {
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata,
    ...(status === undefined ? {} : { status }),
  };
}
