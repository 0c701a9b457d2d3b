import type { Client } from '../kube/client.ts';
import type { Endpoint } from '../kube/endpoint.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { Connection } from './connection.ts';
import { fingerprintOf } from './endpoint.ts';
import { Lane } from './lane.ts';
import { ClusterLeavingError } from './leaving.ts';
import { type MemberWatch, type MemberWatchOptions, SharedWatch } from './member-watch.ts';

/** What may be set for the lane of every member. */
export interface LaneSettings {
  readonly concurrency?: number;
  readonly qps?: number;
  readonly burst?: number;
  readonly stallAfterMs?: number;
}

export interface AccessorOptions {
  name: string;
  lane: LaneSettings;
  /** Whose fence holds for all that is written to the member. */
  host?: Pick<Client, 'fence' | 'userAgent' | 'observer'>;
  /** How long a whole list of one kind may take before it is begun anew, milliseconds. */
  listTimeoutMs?: () => number;
  clock: Clock;
  random: () => number;
  log: Log;
}

const DEFAULT_CONCURRENCY = 32;

/** Why there is no connection while one is being made. */
const CONNECTING = 'connecting';

/**
 * The one way to a member. Whether it is connected is an answer here, never a wait: `client` is undefined or it is not,
 * `ready` is true or `notReadyReason` says why. Only `Clusters` connects, disconnects and judges.
 */
export class Accessor {
  readonly name: string;
  readonly lane: Lane;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Log;
  readonly #writeSockets: number;
  readonly #host: AccessorOptions['host'];
  readonly #listTimeoutMs: (() => number) | undefined;
  readonly #watches = new Map<string, SharedWatch>();
  readonly #functionIds = new Map<unknown, number>();
  #connection: Connection | undefined;
  #answered = false;
  #judged = false;
  #ready = false;
  #reason = 'not connected yet';
  #uid: string | undefined;
  #leaving: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: AccessorOptions) {
    this.name = options.name;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
    this.#host = options.host;
    this.#listTimeoutMs = options.listTimeoutMs;
    this.#writeSockets = options.lane.concurrency ?? DEFAULT_CONCURRENCY;
    this.lane = new Lane({
      cluster: options.name,
      clock: options.clock,
      concurrency: this.#writeSockets,
      ...(options.lane.qps === undefined ? {} : { qps: options.lane.qps }),
      ...(options.lane.burst === undefined ? {} : { burst: options.lane.burst }),
      ...(options.lane.stallAfterMs === undefined ? {} : { stallAfterMs: options.lane.stallAfterMs }),
    });
  }

  /** Connected, the last probes were good by the thresholds, and not on its way out. */
  get ready(): boolean {
    return this.#ready && this.#leaving === undefined;
  }

  /** Whether anything is known of it yet: a probe has ended, or there is nothing to probe. */
  get judged(): boolean {
    return this.#judged;
  }

  /** Why it is not ready, for people. Empty when it is. */
  get notReadyReason(): string {
    if (this.#leaving !== undefined) return 'it is leaving the federation';
    return this.#ready ? '' : this.#reason;
  }

  /** Why `client` is undefined, for people. */
  get disconnectedReason(): string {
    return this.#connection === undefined ? this.#reason : '';
  }

  /** No placement counts it any more: its KubeFedCluster is being deleted. */
  get leaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** For writes, which go through the lane, and for live reads. Undefined while nobody knows how to reach the member. */
  get client(): Client | undefined {
    return this.#connection?.writes;
  }

  /** UID of the member's kube-system namespace, by which clusters are told apart. Undefined until it answered once. */
  get uid(): string | undefined {
    return this.#uid;
  }

  /**
   * Objects of one kind in the member. Whoever asks with the same arguments gets the same store and the same watch.
   * The watch begins when the member has answered, and survives that it is connected anew.
   */
  watch(resource: Resource, options: MemberWatchOptions = {}): MemberWatch {
    const key = this.#keyOf(resource, options);
    let shared = this.#watches.get(key);
    if (shared === undefined) {
      const created = new SharedWatch({
        resource,
        watch: options,
        clock: this.#clock,
        random: this.#random,
        log: this.#log.child({ resource: groupResourceOf(resource) }),
        listTimeoutMs: this.#listTimeoutMs,
        onUnused: () => {
          this.#watches.delete(key);
          void created.detach();
        },
      });
      shared = created;
      this.#watches.set(key, created);
      if (this.#answered && this.#connection !== undefined) created.attach(this.#connection.reads);
    }
    return shared.handle();
  }

  /** For `Clusters`: it has answered on this connection. */
  get answers(): boolean {
    return this.#answered;
  }

  /** For `Clusters`: the ways over which the member is probed. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** For `Clusters`: this is how the member is reached. Connects anew when that is another way than before. */
  async connect(endpoint: Endpoint): Promise<void> {
    if (this.#closed !== undefined || this.#connection?.fingerprint === fingerprintOf(endpoint)) return;
    await this.disconnect(CONNECTING);
    this.#connection = new Connection(endpoint, {
      clock: this.#clock,
      writeSockets: this.#writeSockets,
      fence: this.#host?.fence,
      ...(this.#host === undefined ? {} : { userAgent: this.#host.userAgent, observer: this.#host.observer }),
    });
  }

  /** For `Clusters`: nobody knows any more how to reach the member. */
  async disconnect(reason: string): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#answered = false;
    this.#uid = undefined;
    this.setReady(false, reason);
    this.#judged = reason !== CONNECTING;
    await Promise.all([...this.#watches.values()].map((watch) => watch.detach()));
    await connection?.close();
  }

  /** For `Clusters`: the member has answered for the first time on this connection. */
  answered(uid: string | undefined): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#uid = uid ?? this.#uid;
    if (this.#answered) return;
    this.#answered = true;
    for (const watch of this.#watches.values()) watch.attach(connection.reads);
  }

  /** For `Clusters`: what the probes say. */
  setReady(ready: boolean, reason: string): void {
    const back = ready && !this.#ready;
    this.#judged = true;
    this.#ready = ready;
    this.#reason = reason;
    if (back) this.retryWatches();
  }

  /** For `Clusters`: what waits for its next attempt is tried now. */
  retryWatches(): void {
    for (const watch of this.#watches.values()) watch.retryNow();
  }

  /** For `Clusters`: refuses every write from now on. Resolves when none is under way any more. */
  leave(): Promise<void> {
    this.#leaving ??= this.lane.drain(new ClusterLeavingError(this.name));
    return this.#leaving;
  }

  close(): Promise<void> {
    this.#closed ??= this.lane.close(new Error('the member is gone')).then(() => this.disconnect('gone'));
    return this.#closed;
  }

  #keyOf(resource: Resource, options: MemberWatchOptions): string {
    const indexes = Object.entries(options.indexes ?? {}).map(([name, index]) => [name, this.#idOf(index)]);
    return JSON.stringify([
      groupResourceOf(resource),
      resource.version,
      options.namespace ?? '',
      options.labelSelector ?? '',
      options.metadataOnly ?? false,
      options.transform === undefined ? 0 : this.#idOf(options.transform),
      indexes.sort(),
    ]);
  }

  #idOf(fn: unknown): number {
    const id = this.#functionIds.get(fn) ?? this.#functionIds.size + 1;
    this.#functionIds.set(fn, id);
    return id;
  }
}
