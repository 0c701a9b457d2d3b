import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { deepFreeze } from './deep-freeze.ts';
import { type Held, isOlder, isSuccessor, OWN_WRITE_SHOWN_MS, type OwnWrite, same } from './own-write.ts';
import { RecentVersions } from './recent-versions.ts';
import { keyOf } from './resource.ts';
import { StoreIndex } from './store-index.ts';

export interface StoreEvent<T extends KubeObject = KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly key: string;
  /** What is there now; of a deleted object its last state that was held. */
  readonly object: DeepReadonly<T>;
  /** What was there before: where an own write covered somebody else's change, before both. */
  readonly previous?: DeepReadonly<T>;
}

export interface StoreOptions<T extends KubeObject> {
  clock?: Clock;
  /** Pure functions: the values by which `byIndex` finds an object. */
  indexes?: Record<string, (object: DeepReadonly<T>) => readonly string[]>;
  /** Called once for each object that comes in, without managedFields; returns what is kept. Pure. */
  transform?: (object: T) => T;
  /** Where listeners that throw are reported; otherwise as process warnings. */
  log?: Log;
}

/**
 * The objects of one resource as list and watch show them, plus own writes that the watch has still to show.
 *
 * Objects are deep-frozen and shared by all readers. A write that was noted is what `get` gives at once. Watches deliver
 * the events of one object in order, so what arrives for it before the write's own echo is older than the write and is
 * held back. The overlay ends with the echo, with a deletion of the same UID, with a list that began after the note, or
 * after five seconds. Listeners hear of every change of what is shown, except of own writes; they hear of a change by
 * somebody else that an own write covered when the overlay ends. One key must not be written twice at the same time.
 */
export class Store<T extends KubeObject = KubeObject> {
  readonly #clock: Clock;
  readonly #transform: ((object: T) => T) | undefined;
  readonly #log: Log | undefined;
  readonly #indexes = new Map<string, StoreIndex<Held<T>>>();
  readonly #shown = new Map<string, Held<T>>();
  /** In order of their deadlines. */
  readonly #overlays = new Map<string, OwnWrite<T>>();
  readonly #recent: RecentVersions;
  readonly #listeners = new Set<{ readonly call: (event: StoreEvent<T>) => void }>();
  readonly #viewers = new Set<(key: string) => void>();
  readonly #syncWaiters = new Set<() => void>();
  #synced = false;
  #listsBegun = 0;
  #timerArmed = false;

  constructor(options: StoreOptions<T> = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#transform = options.transform;
    this.#log = options.log;
    this.#recent = new RecentVersions(this.#clock);
    for (const [name, valuesOf] of Object.entries(options.indexes ?? {})) {
      this.#indexes.set(name, new StoreIndex<Held<T>>(valuesOf));
    }
  }

  get(key: string): DeepReadonly<T> | undefined {
    return this.#shown.get(key);
  }

  has(key: string): boolean {
    return this.#shown.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#shown.keys();
  }

  values(): Iterable<DeepReadonly<T>> {
    return this.#shown.values();
  }

  get size(): number {
    return this.#shown.size;
  }

  /** Throws when the store was not given an index of this name. */
  byIndex(name: string, value: string): DeepReadonly<T>[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`the store has no index ${JSON.stringify(name)}`);
    const objects: DeepReadonly<T>[] = [];
    for (const key of index.keys(value)) {
      const object = this.#shown.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  /** Whether a whole list has come in, once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Rejects with the signal's reason when it is aborted first. */
  waitForSync(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onSync = () => {
        forgetSignal();
        resolve();
      };
      const forgetSignal = onAbort(signal, () => {
        this.#syncWaiters.delete(onSync);
        reject(signal.reason);
      });
      this.#syncWaiters.add(onSync);
    });
  }

  /** Calls `listener`, at once and in order, for each change. A listener that throws harms nobody else. */
  subscribe(listener: (event: StoreEvent<T>) => void): () => void {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /**
   * Calls `viewer` with the key of whatever shows differently, own writes included: for who shows what is here, not for who
   * acts on it. Called amid the change, so it may only note the key.
   */
  onShown(viewer: (key: string) => void): () => void {
    this.#viewers.add(viewer);
    return () => void this.#viewers.delete(viewer);
  }

  /** To be called before a list is requested; the token goes to `replace`. */
  beginReplace(): number {
    this.#listsBegun += 1;
    return this.#listsBegun;
  }

  /**
   * Takes a whole list: what differs from what is held is told as added, updated or deleted. The list must be a
   * consistent read (no resourceVersion=0). Own writes noted before `beginReplace` gave `token` are in it; without a
   * token none is taken to be.
   */
  replace(objects: Iterable<T>, token = 0): void {
    const listed = new Set<string>();
    for (const raw of objects) {
      const object = this.#ingest(raw);
      const key = keyOf(object.metadata);
      listed.add(key);
      this.#observe(key, object, token);
    }
    const known = this.#overlays.size === 0 ? this.#shown.keys() : [...this.#shown.keys(), ...this.#overlays.keys()];
    for (const key of known) {
      if (!listed.has(key)) this.#observe(key, undefined, token);
    }
    if (this.#synced) return;
    this.#synced = true;
    for (const waiter of this.#syncWaiters) waiter();
    this.#syncWaiters.clear();
  }

  /** The watch showed ADDED or MODIFIED. The store takes the object over. */
  upsert(raw: T): void {
    const object = this.#ingest(raw);
    this.#observe(keyOf(object.metadata), object);
  }

  /** The watch showed DELETED. */
  remove(raw: T): void {
    const key = keyOf(raw.metadata);
    const uid = raw.metadata.uid ?? '';
    const overlay = this.#overlays.get(key);
    if (overlay === undefined) {
      const shown = this.#shown.get(key);
      if (shown === undefined) return;
      this.#supersede(key, shown, undefined);
      this.#show(key, undefined, shown);
      return;
    }
    this.#supersede(key, overlay.truth, undefined);
    overlay.truth = undefined;
    if (uid === overlay.object?.metadata.uid || uid === overlay.deletedUid) this.#endOverlay(key, overlay);
    else if (!overlay.own.includes(uid)) overlay.untold = true;
  }

  /** What an own create, replace or patch answered. The store takes the object over; listeners are not told of it. */
  noteWrite(raw: T): void {
    const object = this.#ingest(raw);
    const key = keyOf(object.metadata);
    const resourceVersion = object.metadata.resourceVersion;
    if (resourceVersion === undefined || same(this.#shown.get(key), object)) return;
    const overlay = this.#overlays.get(key);
    const truth = overlay === undefined ? this.#shown.get(key) : overlay.truth;
    if (same(truth, object) || this.#recent.has(key, resourceVersion) || isOlder(object, truth)) {
      // The watch is past this write, and so past the earlier one that is still laid over it.
      if (overlay !== undefined) this.#endOverlay(key, overlay);
      return;
    }
    this.#note(key, object, undefined, resourceVersion);
  }

  /** An own deletion is complete: the object with this UID is gone. Listeners are not told of it. */
  noteDelete(key: string, uid: string): void {
    const shown = this.#shown.get(key);
    if (shown === undefined ? !this.#recent.has(key, uid) : shown.metadata.uid === uid) {
      this.#note(key, undefined, uid, uid);
    }
  }

  #note(key: string, object: Held<T> | undefined, deletedUid: string | undefined, own: string): void {
    const shown = this.#shown.get(key);
    const overlay = this.#overlays.get(key) ?? {
      object,
      deletedUid,
      truth: shown,
      told: shown,
      own: [],
      untold: false,
      deadline: 0,
      listsBegun: 0,
    };
    overlay.object = object;
    overlay.deletedUid = deletedUid;
    overlay.own.push(own);
    overlay.deadline = this.#clock.monotonic() + OWN_WRITE_SHOWN_MS;
    overlay.listsBegun = this.#listsBegun;
    this.#overlays.delete(key);
    this.#overlays.set(key, overlay);
    this.#put(key, object);
    this.#armTimer();
  }

  /** The watch, or the list that was begun with `listToken`, shows `object`, or nothing, under `key`. */
  #observe(key: string, object: Held<T> | undefined, listToken?: number): void {
    const overlay = this.#overlays.get(key);
    if (overlay === undefined) {
      const shown = this.#shown.get(key);
      this.#supersede(key, shown, object);
      this.#show(key, object, shown);
      return;
    }
    const before = overlay.truth;
    const news = object === undefined ? before !== undefined : !same(before, object);
    // A list says nothing of what happened in between: changes by others may hide behind an own write.
    const own = listToken === undefined && overlay.own.includes(object?.metadata.resourceVersion ?? '');
    if (news && !own) overlay.untold = true;
    this.#supersede(key, before, object);
    overlay.truth = object;
    if (
      same(overlay.object, object) ||
      (listToken !== undefined && listToken > overlay.listsBegun) ||
      isSuccessor(object, before, overlay.deletedUid)
    ) {
      this.#endOverlay(key, overlay);
    }
  }

  /** From here on the truth shows; tells what was held back or now shows differently. */
  #endOverlay(key: string, overlay: OwnWrite<T>): void {
    this.#overlays.delete(key);
    const { truth, object, told, untold } = overlay;
    this.#put(key, truth);
    if (truth === undefined) {
      if (object !== undefined) this.#emit({ type: 'deleted', key, object, previous: object });
    } else if (untold || !same(truth, object)) {
      this.#tell(key, truth, untold && object !== undefined ? told : object);
    }
  }

  #show(key: string, object: Held<T> | undefined, previous: Held<T> | undefined): void {
    if (object === undefined) {
      this.#put(key, undefined);
      if (previous !== undefined) this.#emit({ type: 'deleted', key, object: previous, previous });
    } else if (!same(previous, object)) {
      this.#put(key, object);
      this.#tell(key, object, previous);
    }
  }

  #tell(key: string, object: Held<T>, previous: Held<T> | undefined): void {
    this.#emit(previous === undefined ? { type: 'added', key, object } : { type: 'updated', key, object, previous });
  }

  #emit(event: StoreEvent<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener.call(event);
      } catch (error) {
        if (this.#log !== undefined) this.#log.error({ err: error, key: event.key }, 'a listener of the store threw');
        else process.emitWarning(`a listener of the store threw for ${event.key}: ${String(error)}`);
      }
    }
  }

  #put(key: string, object: Held<T> | undefined): void {
    const previous = this.#shown.get(key);
    for (const index of this.#indexes.values()) index.move(key, previous, object);
    if (object === undefined) this.#shown.delete(key);
    else this.#shown.set(key, object);
    for (const viewer of this.#viewers) viewer(key);
  }

  /** Remembers what the truth was, so that a late answer to an own write is known for old. */
  #supersede(key: string, truth: Held<T> | undefined, next: Held<T> | undefined): void {
    if (truth === undefined || same(truth, next)) return;
    const { resourceVersion, uid } = truth.metadata;
    if (resourceVersion !== undefined) this.#recent.remember(key, resourceVersion);
    if (uid !== undefined && uid !== next?.metadata.uid) this.#recent.remember(key, uid);
  }

  #ingest(raw: T): Held<T> {
    const stripped = raw.metadata.managedFields === undefined ? raw : withoutManagedFields(raw);
    const object = this.#transform === undefined ? stripped : this.#transform(stripped);
    return deepFreeze(object) as unknown as Held<T>;
  }

  /** One timer for all overlays, because they end in the order in which they began. */
  #armTimer(): void {
    const first = this.#overlays.values().next();
    if (this.#timerArmed || first.done === true) return;
    this.#timerArmed = true;
    this.#clock.after(first.value.deadline - this.#clock.monotonic(), () => {
      this.#timerArmed = false;
      for (const [key, overlay] of this.#overlays) {
        if (overlay.deadline > this.#clock.monotonic()) break;
        this.#endOverlay(key, overlay);
      }
      this.#armTimer();
    });
  }
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
