import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { Reflector, type ReflectorState } from '../kube/reflector.ts';
import { keyOf, type Resource, splitKey } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { type Copy, copyOnly, sameCopy } from './copy.ts';
import { originalLook, sameOriginal, withoutStatus } from './original.ts';

export interface FollowedKindOptions {
  readonly namespace: string;
  /** The plain kind. */
  readonly target: Resource;
  readonly federated: Resource;
  readonly host: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** Something has changed about the objects of this name that following cares about. */
  readonly onChange: (name: string) => void;
  /** One of the two kinds is listed, or cannot be. */
  readonly onState: (resource: Resource, state: ReflectorState) => void;
}

/** One kind in one followed namespace: its plain objects and its federated ones. Nothing outside of the namespace is watched. */
export class FollowedKind {
  readonly target: Resource;
  readonly federated: Resource;
  readonly namespace: string;
  readonly #options: FollowedKindOptions;
  readonly #originals: Store;
  readonly #copies: Store<Copy>;
  readonly #stopping = new AbortController();
  #reflecting: Promise<unknown> | undefined;

  constructor(options: FollowedKindOptions) {
    const { clock, log } = options;
    this.#options = options;
    this.target = options.target;
    this.federated = options.federated;
    this.namespace = options.namespace;
    this.#originals = new Store({ clock, log, transform: withoutStatus });
    this.#copies = new Store<Copy>({ clock, log, transform: copyOnly });
  }

  start(): void {
    const { host, clock, log, onState, namespace } = this.#options;
    const { signal } = this.#stopping;
    this.#originals.subscribe(({ type, key, object, previous }) => {
      const isNews =
        type !== 'updated' ||
        previous === undefined ||
        !sameOriginal(originalLook(previous, this.target), originalLook(object, this.target));
      if (isNews) this.#changed(key);
    });
    this.#copies.subscribe(({ type, key, object, previous }) => {
      if (type !== 'updated' || previous === undefined || !sameCopy(previous, object)) this.#changed(key);
    });
    const shared = { client: host, namespace, clock, log };
    this.#reflecting = Promise.all([
      new Reflector({
        ...shared,
        resource: this.target,
        store: this.#originals,
        onState: (state) => onState(this.target, state),
      }).run(signal),
      new Reflector<Copy>({
        ...shared,
        resource: this.federated,
        store: this.#copies,
        onState: (state) => onState(this.federated, state),
      }).run(signal),
    ]);
    void Promise.all([this.#originals.waitForSync(signal), this.#copies.waitForSync(signal)]).then(
      () => this.#changedAll(),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error(`namespace ${this.namespace} is no longer followed`));
    await this.#reflecting;
  }

  /** Aborted when the namespace, or the kind, is no longer followed. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Both kinds have been listed whole, and what is missing here is missing there. */
  get synced(): boolean {
    return this.#originals.synced && this.#copies.synced && !this.#stopping.signal.aborted;
  }

  original(name: string): DeepReadonly<KubeObject> | undefined {
    return this.#originals.get(this.#keyOf(name));
  }

  copy(name: string): DeepReadonly<Copy> | undefined {
    return this.#copies.get(this.#keyOf(name));
  }

  /** What an own write of a federated object answered. */
  noteWrite(written: KubeObject): DeepReadonly<Copy> | undefined {
    this.#copies.noteWrite(written as Copy);
    return this.#copies.get(keyOf(written.metadata));
  }

  noteDelete(copy: DeepReadonly<Copy>): void {
    this.#copies.noteDelete(keyOf(copy.metadata), copy.metadata.uid ?? '');
  }

  #keyOf(name: string): string {
    return keyOf({ namespace: this.namespace, name });
  }

  #changed(key: string): void {
    if (this.synced) this.#options.onChange(splitKey(key).name);
  }

  #changedAll(): void {
    for (const key of new Set([...this.#originals.keys(), ...this.#copies.keys()])) this.#changed(key);
  }
}
