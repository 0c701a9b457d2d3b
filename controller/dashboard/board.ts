import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type {
  Changes,
  ClusterList,
  ClusterSummary,
  EventSummary,
  Freshness,
  HeldDeletionList,
  ObjectDetail,
  ObjectKey,
  ObjectList,
  Overview,
  ReachabilityView,
  ReceiptList,
  Topology,
} from '../../apis/dashboard/v1.ts';
import { MESH_CONFIG_NAME } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { REACHABILITY_MATRIX_NAME } from '../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { keyOf } from '../kube/resource.ts';
import type { Clock } from '../time/clock.ts';
import { Beat } from './beat.ts';
import type { Batch } from './change-ring.ts';
import { ClusterRoll } from './cluster-roll.ts';
import { ObjectRoll } from './object-roll.ts';
import { RecentChanges } from './recent-changes.ts';
import type { FederationStores, HostStores, ShownTypeStore } from './stores.ts';
import { type Access, mayList } from './views/access.ts';
import { clusterSummary, memberState } from './views/cluster-view.ts';
import { heldDeletions } from './views/held-deletions.ts';
import { reachabilityView, receiptsView, topologyView } from './views/network-views.ts';
import type { ObjectQuery } from './views/object-query.ts';
import { objectView } from './views/object-view.ts';

export interface BoardOptions {
  /** The control plane's. */
  readonly namespace: string;
  /** Of a control plane that is limited to one namespace. */
  readonly targetNamespace?: string | undefined;
  readonly version: string;
  readonly clock: Clock;
}

/** At most four times a second anything is worked out and told. */
const BEAT_MS = 250;

/**
 * What the dashboard shows of the federation, read from stores that are there anyway. A store's change costs it no more than
 * the note of a key; what changed is looked at once a beat, and told to who listens.
 */
export class Board {
  readonly #options: BoardOptions;
  readonly #objects: ObjectRoll;
  readonly #clusters: ClusterRoll;
  readonly #recent = new RecentChanges();
  readonly #also = new Set<Changes['also'][number]>();
  readonly #listeners = new Set<(batch: Batch) => void>();
  readonly #beat: Beat;
  #host: HostStores | undefined;
  #mesh: FederationStores['mesh'];
  #forgetMesh: () => void = () => undefined;
  #forgetHost: () => void = () => undefined;
  #measures: FederationStores['measures'] = () => ({});

  constructor(options: BoardOptions) {
    this.#options = options;
    const { clock } = options;
    this.#beat = new Beat(clock, BEAT_MS, () => this.#flush());
    const due = () => this.#beat.due();
    this.#objects = new ObjectRoll({ clock, due });
    this.#clusters = new ClusterRoll(due);
  }

  /** Shows what a control plane's own namespace says, from now on. */
  showHost(stores: HostStores): void {
    this.#forgetHost();
    this.#host = stores;
    const stops = [
      stores.matrices.onShown(() => this.#alsoChanged('reachability')),
      stores.receipts.onShown(() => this.#alsoChanged('receipts')),
    ];
    this.#forgetHost = () => {
      for (const stop of stops) stop();
    };
  }

  /** Shows these from now on, in place of what was shown: only what differs is told. */
  showFederation(stores: FederationStores): void {
    this.#forgetMesh();
    this.#measures = stores.measures;
    this.#mesh = stores.mesh;
    this.#forgetMesh = stores.mesh?.onShown(() => this.#alsoChanged('topology')) ?? (() => undefined);
    this.#clusters.show(stores.clusters);
    this.showTypes(stores.types);
  }

  showTypes(types: readonly ShownTypeStore[]): void {
    this.#objects.show(types);
  }

  /** Something of a member that no store holds has become different. */
  touchCluster(name: string): void {
    this.#clusters.touch(name);
  }

  close(): void {
    this.#beat.stop();
    this.#forgetHost();
    this.#forgetMesh();
    this.#clusters.close();
    this.#objects.close();
  }

  /** Whether everything has been read once. */
  get ready(): boolean {
    return this.#clusters.synced && this.#objects.synced;
  }

  get freshness(): Freshness {
    const why = this.#host?.trouble();
    if (why !== undefined) return { state: 'stale', since: new Date(why.since).toISOString(), why: why.why };
    if (this.ready) return { state: 'live' };
    const since = new Date(this.#startedAt()).toISOString();
    return { state: 'stale', since, why: 'the objects of the federation are still being read' };
  }

  subscribe(listener: (batch: Batch) => void): () => void {
    const entry = (batch: Batch) => listener(batch);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Where there is anything that rights have to be asked for; `version` changes whenever there is something new. */
  places(): { readonly version: number; readonly types: readonly string[]; readonly pairs: readonly Place[] } {
    this.#beat.now();
    return this.#objects.places();
  }

  overview(access: Access): Overview {
    this.#beat.now();
    const { clock, version } = this.#options;
    const clusters = { ready: 0, notReady: 0, unknown: 0, leaving: 0 };
    if (access.clusters) for (const cluster of this.#clusters.values()) clusters[memberState(cluster)] += 1;
    return {
      clusters,
      objects: this.#objects.index.states(access),
      types: this.#objects.index.typeSummaries(access),
      changes: this.#recent.shownTo(access, clock.now()),
      freshness: this.freshness,
      version,
    };
  }

  clusters(access: Access): ClusterList {
    this.#beat.now();
    const items = access.clusters ? this.#clusters.names().flatMap((name) => this.cluster(name, access) ?? []) : [];
    return { items, total: items.length, freshness: this.freshness };
  }

  cluster(name: string, access: Access): ClusterSummary | undefined {
    const cluster = access.clusters ? this.#clusters.get(name) : undefined;
    if (cluster === undefined) return undefined;
    const copies = this.#objects.index.copiesIn(name, access);
    return clusterSummary(cluster, copies, this.#measures(name), this.#options.clock.now());
  }

  clusterObject(name: string): DeepReadonly<KubeFedCluster> | undefined {
    return this.#clusters.get(name);
  }

  objects(query: ObjectQuery, access: Access): ObjectList {
    this.#beat.now();
    const { items, total, states } = this.#objects.index.find(query, access);
    return { items, total, offset: query.offset, states, freshness: this.freshness };
  }

  federated(key: ObjectKey): DeepReadonly<FederatedObject> | undefined {
    return this.#objects.type(key.type)?.store.get(keyOf(key));
  }

  /** Rights are not asked here: `federated` and what is made of it are for who may get this very object. */
  object(key: ObjectKey, events: readonly EventSummary[]): ObjectDetail | undefined {
    const shown = this.#objects.type(key.type);
    const object = shown?.store.get(keyOf(key));
    if (shown === undefined || object === undefined) return undefined;
    const { namespace: kubefedNamespace, targetNamespace } = this.#options;
    const federatedNamespaces =
      key.namespace === undefined || !shown.type.sync.target.namespaced
        ? shown.type.sync.isNamespace
          ? this.#objects.federatedNamespaces(key.namespace ?? '')
          : []
        : this.#objects.federatedNamespaces(key.namespace);
    const clusters = [...this.#clusters.values()];
    return objectView({
      ...{ type: shown.type, object, clusters, federatedNamespaces },
      ...{ kubefedNamespace, targetNamespace, events },
    });
  }

  reachability(access: Access): ReachabilityView {
    const key = keyOf({ namespace: this.#options.namespace, name: REACHABILITY_MATRIX_NAME });
    const matrix = access.reachability ? this.#host?.matrices.get(key) : undefined;
    return reachabilityView(matrix, this.freshness);
  }

  topology(access: Access): Topology {
    const key = keyOf({ namespace: this.#options.namespace, name: MESH_CONFIG_NAME });
    const config = access.topology ? this.#mesh?.get(key) : undefined;
    return topologyView(config, access.clusters ? this.#clusters.values() : []);
  }

  receipts(access: Access): ReceiptList {
    return receiptsView(access.receipts ? (this.#host?.receipts.values() ?? []) : []);
  }

  heldDeletions(access: Access): HeldDeletionList {
    this.#beat.now();
    return heldDeletions(this.#objects.deleting(access));
  }

  /** What a batch means to who may see this much. Undefined: nothing. */
  changesFor(batch: Batch, access: Access): Changes | undefined {
    const sees = ({ type, namespace }: ObjectKey) => mayList(access, type, namespace);
    const rights = { reachability: access.reachability, topology: access.topology, receipts: access.receipts };
    const changes: Changes = {
      clusters: batch.clusters.flatMap((name) => this.cluster(name, access) ?? []),
      clustersGone: access.clusters ? batch.clustersGone : [],
      objects: batch.objects.filter(sees),
      objectsGone: batch.objectsGone.filter(sees),
      also: batch.also.filter((what) => (what === 'held-deletions' ? true : rights[what])),
    };
    return Object.values(changes).some((each) => each.length > 0) ? changes : undefined;
  }

  #alsoChanged(what: Changes['also'][number]): void {
    this.#also.add(what);
    this.#beat.due();
  }

  #startedAt(): number {
    return this.#objects.startedAt;
  }

  #flush(): void {
    const now = this.#options.clock.now();
    const objects = this.#objects.takeNews();
    const clusters = this.#clusters.takeNews();
    for (const change of [...objects.words, ...clusters.words]) this.#recent.add(now, change);
    if (objects.deletions) this.#also.add('held-deletions');
    if (clusters.objects) this.#also.add('topology');
    for (const name of objects.clusters) if (this.#clusters.get(name) !== undefined) clusters.changed.add(name);
    const batch: Batch = {
      objects: objects.changed,
      objectsGone: objects.gone,
      clusters: [...clusters.changed],
      clustersGone: clusters.gone,
      also: [...this.#also],
    };
    this.#also.clear();
    if (Object.values(batch).every((each) => each.length === 0)) return;
    for (const listener of this.#listeners) listener(batch);
  }
}

type Place = { readonly type: string; readonly namespace: string | undefined };
