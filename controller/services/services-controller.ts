import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { Client } from '../kube/client.ts';
import { splitKey } from '../kube/resource.ts';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { gatherExports } from './exports.ts';
import { HostExports } from './host-exports.ts';
import type { ImporterOptions, SetView } from './importer.ts';
import { SERVICES_ANNOTATION } from './kinds.ts';
import { MemberServices } from './member-services.ts';
import { MemberWorker } from './member-worker.ts';
import { mergeExports } from './merge.ts';

export interface ServicesControllerOptions {
  readonly host: Client;
  readonly clusters: Clusters;
  /** The control plane's UID, and that of the cluster it lives in. */
  readonly controlPlane: { readonly uid: string; readonly hostClusterUid: string };
  /** The address by which `ip` in cluster `to` is reached from cluster `from`. */
  readonly translate: ImporterOptions['translate'];
  /** Whether packets of Pods in cluster `from` reach Pods in cluster `to`. */
  readonly reachability: ImporterOptions['reachability'];
  /** Calls back when either of the two may answer otherwise than before. */
  readonly onNetworkChange: (listener: () => void) => () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Changes of namespaces and members are looked at together. */
const REFRESH_AFTER_MS = 50;

interface Participant {
  readonly services: MemberServices;
  readonly worker: MemberWorker;
}

/**
 * Multi-cluster Services (KEP-1645): what ServiceExports of members, and of the host, ask for becomes ServiceImports, derived Services and
 * EndpointSlices in every member that takes part and has the namespace. Members that do not take part cost nothing.
 */
export class ServicesController implements Component {
  readonly name = 'services';
  readonly #options: ServicesControllerOptions;
  readonly #participants = new Map<string, Participant>();
  readonly #stops: (() => void)[] = [];
  readonly #closing = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #host: HostExports | undefined;
  #cancelRefresh: (() => void) | undefined;

  constructor(options: ServicesControllerOptions) {
    this.#options = options;
  }

  /** Waits for nothing. */
  async start(): Promise<void> {
    const { clusters, onNetworkChange } = this.#options;
    this.#stops.push(
      clusters.subscribe(({ type, cluster }) => {
        this.#refreshSoon();
        if (type === 'ready') this.#participants.get(cluster)?.worker.touchAll(this.#keys());
      }),
      onNetworkChange(() => this.#touch('', 'object')),
    );
    this.#refreshSoon();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('multi-cluster Services are stopped'));
    for (const stop of this.#stops.splice(0)) stop();
    this.#cancelRefresh?.();
    for (const cluster of [...this.#participants.keys()]) this.#leave(cluster);
    this.#stopHost();
    await Promise.all(this.#closing);
  }

  #refreshSoon(): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancelRefresh ??= this.#options.clock.after(REFRESH_AFTER_MS, () => {
      this.#cancelRefresh = undefined;
      this.#refresh();
    });
  }

  /** Lets members take part, or no longer, and watches the namespaces that are concerned. */
  #refresh(): void {
    const { clusters } = this.#options;
    const wanted = new Map(
      clusters
        .list()
        .filter((accessor) => !accessor.leaving && takesPart(clusters.object(accessor.name)))
        .map((accessor) => [accessor.name, accessor]),
    );
    let changed = false;
    for (const [cluster, { services }] of this.#participants) {
      if (wanted.get(cluster) === services.accessor) continue;
      this.#leave(cluster);
      changed = true;
    }
    for (const [cluster, accessor] of wanted) {
      if (this.#participants.has(cluster)) continue;
      const services = new MemberServices(accessor, this.#options.controlPlane.uid, {
        changed: (key, what) => this.#touch(key, what),
        namesChanged: () => this.#refreshSoon(),
      });
      const worker = new MemberWorker(services, {
        ...this.#options,
        controlPlaneUid: this.#options.controlPlane.uid,
        view: (key) => this.#view(key),
        isWithHost: () => this.#isHost(services),
      });
      worker.start();
      this.#participants.set(cluster, { services, worker });
      this.#options.log.info({ cluster }, 'multi-cluster Services are exported from and imported into this member');
      changed = true;
    }
    if (this.#participants.size === 0) this.#stopHost();
    else this.#startHost();
    const namespaces = new Set([...this.#keys()].map((key) => splitKey(key).namespace ?? ''));
    for (const { services } of this.#participants.values()) services.follow(namespaces);
    if (changed) this.#touch('', 'object');
  }

  #leave(cluster: string): void {
    const participant = this.#participants.get(cluster);
    if (participant === undefined) return;
    this.#participants.delete(cluster);
    participant.services.close();
    this.#await(participant.worker.close());
  }

  #startHost(): void {
    if (this.#host !== undefined) return;
    const { host, clock, random, log } = this.#options;
    this.#host = new HostExports({
      host,
      clock,
      random,
      log,
      view: (key) => this.#view(key),
      changed: (key) => {
        this.#refreshSoon();
        this.#touch(key, 'object');
      },
    });
    this.#host.start();
  }

  #stopHost(): void {
    if (this.#host === undefined) return;
    this.#await(this.#host.close());
    this.#host = undefined;
  }

  #await(closing: Promise<void>): void {
    const settled = closing.finally(() => this.#closing.delete(settled));
    this.#closing.add(settled);
  }

  #isHost({ accessor }: MemberServices): boolean {
    return accessor.uid !== undefined && accessor.uid === this.#options.controlPlane.hostClusterUid;
  }

  /** Everything that is exported or imported anywhere. */
  #keys(): Set<string> {
    const keys = new Set(this.#host?.store.keys() ?? []);
    for (const { services } of this.#participants.values()) for (const key of services.keys()) keys.add(key);
    return keys;
  }

  /** `key`: one, all of a namespace (`namespace/`), or all: ``. */
  #touch(key: string, what: 'object' | 'endpoints'): void {
    if (key === '' || key.endsWith('/')) {
      for (const each of this.#keys()) if (each.startsWith(key)) this.#touchOne(each, what);
    } else this.#touchOne(key, what);
  }

  #touchOne(key: string, what: 'object' | 'endpoints'): void {
    if (!this.#isConcerned(key)) return;
    for (const { worker } of this.#participants.values()) worker.touch(key, what);
    this.#host?.touch(key);
  }

  /** Most Services of a namespace are nobody else's affair. */
  #isConcerned(key: string): boolean {
    if (this.#host?.store.has(key)) return true;
    for (const { services } of this.#participants.values()) {
      if (services.export(key) !== undefined || services.import(key) !== undefined) return true;
    }
    return false;
  }

  #view(key: string): SetView {
    const { namespace = '', name } = splitKey(key);
    const members = [...this.#participants.values()].map(({ services }) => services);
    const known = members.filter((member) => member.isKnown(namespace));
    const host = this.#host?.store.get(key);
    const exports = gatherExports(
      name,
      known.map((member) => ({
        cluster: member.cluster,
        // There it speaks for all, and what it says of itself is written for the host.
        export: this.#isHost(member) ? undefined : member.export(key),
        service: member.service(namespace, name),
      })),
      host,
      this.#options.controlPlane.uid,
    );
    return {
      namespace,
      name,
      exports,
      merged: mergeExports(exports.valid),
      host,
      // Before the host's exports are known, whatever a member has may be exported by them.
      unknown: namesOf(this.#host?.store.synced === true ? members.filter((each) => !known.includes(each)) : members),
      member: (cluster) => this.#participants.get(cluster)?.services,
    };
  }
}

function takesPart(cluster: DeepReadonly<KubeFedCluster> | undefined): boolean {
  return cluster?.metadata.annotations?.[SERVICES_ANNOTATION] === 'enabled';
}

function namesOf(members: readonly MemberServices[]): ReadonlySet<string> {
  return new Set(members.map(({ cluster }) => cluster));
}
