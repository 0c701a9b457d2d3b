import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import type { ReflectorState } from '../kube/reflector.ts';
import { Reflector } from '../kube/reflector.ts';
import type { Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';

export interface MemberWatchOptions {
  /** Default: all. */
  namespace?: string;
  labelSelector?: string;
  metadataOnly?: boolean;
  transform?: (object: KubeObject) => KubeObject;
  indexes?: Record<string, (object: DeepReadonly<KubeObject>) => readonly string[]>;
}

/** Of a member that cannot be asked, whatever its store still shows. */
export type MemberWatchState = ReflectorState | 'disconnected';

/** One kind in one member, as its watch shows it. Whoever asked for it closes it; the watch ends with the last of them. */
export interface MemberWatch {
  /** Stays the same object when the member is connected anew. */
  readonly store: Store;
  readonly state: MemberWatchState;
  readonly lastError: Error | undefined;
  onState(listener: (state: MemberWatchState) => void): () => void;
  close(): void;
}

interface Attachment {
  readonly reflector: Reflector<KubeObject>;
  readonly stop: AbortController;
}

/** The watch behind all handles that were asked for with the same arguments. */
export class SharedWatch {
  readonly store: Store;
  readonly #resource: Resource;
  readonly #options: MemberWatchOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #listeners = new Set<(state: MemberWatchState) => void>();
  readonly #onUnused: () => void;
  readonly #listTimeoutMs: (() => number) | undefined;
  #attachment: Attachment | undefined;
  /** Ends when the last reflector that was stopped has let go of the store: two never feed it at once. */
  #settled: Promise<void> = Promise.resolve();
  #handles = 0;

  constructor(options: {
    resource: Resource;
    watch: MemberWatchOptions;
    clock: Clock;
    log: Log;
    random: () => number;
    listTimeoutMs: (() => number) | undefined;
    onUnused: () => void;
  }) {
    this.#resource = options.resource;
    this.#options = options.watch;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#random = options.random;
    this.#onUnused = options.onUnused;
    this.#listTimeoutMs = options.listTimeoutMs;
    this.store = new Store({
      clock: options.clock,
      log: options.log,
      ...(options.watch.transform === undefined ? {} : { transform: options.watch.transform }),
      ...(options.watch.indexes === undefined ? {} : { indexes: options.watch.indexes }),
    });
  }

  get state(): MemberWatchState {
    return this.#attachment?.reflector.state ?? 'disconnected';
  }

  get lastError(): Error | undefined {
    return this.#attachment?.reflector.lastError;
  }

  handle(): MemberWatch {
    const shared = this;
    const mine = new Set<() => void>();
    let open = true;
    this.#handles += 1;
    return {
      store: this.store,
      get state() {
        return shared.state;
      },
      get lastError() {
        return shared.lastError;
      },
      onState(listener) {
        const entry = (state: MemberWatchState) => listener(state);
        const stop = () => {
          shared.#listeners.delete(entry);
          mine.delete(stop);
        };
        shared.#listeners.add(entry);
        mine.add(stop);
        return stop;
      },
      close() {
        if (!open) return;
        open = false;
        for (const stop of [...mine]) stop();
        shared.#handles -= 1;
        if (shared.#handles === 0) shared.#onUnused();
      },
    };
  }

  /** Lists and watches through `client` from now on; the store keeps what it has until the list is there. */
  attach(client: Client): void {
    this.#stop();
    const stop = new AbortController();
    const { namespace, labelSelector, metadataOnly } = this.#options;
    const reflector = new Reflector<KubeObject>({
      client,
      resource: this.#resource,
      store: this.store,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      ...(this.#listTimeoutMs === undefined ? {} : { listTimeoutMs: this.#listTimeoutMs }),
      onState: (state) => {
        if (this.#attachment?.reflector === reflector) this.#tell(state);
      },
    });
    this.#attachment = { reflector, stop };
    this.#settled = this.#settled.then(() => reflector.run(stop.signal));
    this.#tell(reflector.state);
  }

  /** Tries again at once what waits for its next attempt: the member is back, or its rights have changed. */
  retryNow(): void {
    this.#attachment?.reflector.retryNow();
  }

  /** Stops listening to the member. The store stays as it is. */
  async detach(): Promise<void> {
    if (this.#stop()) this.#tell('disconnected');
    await this.#settled;
  }

  #stop(): boolean {
    const attachment = this.#attachment;
    this.#attachment = undefined;
    attachment?.stop.abort(new Error('the watch was stopped'));
    return attachment !== undefined;
  }

  #tell(state: MemberWatchState): void {
    for (const listener of [...this.#listeners]) listener(state);
  }
}
