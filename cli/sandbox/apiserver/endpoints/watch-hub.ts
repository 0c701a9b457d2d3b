import type { Clock } from '../../../../controller/time/clock.ts';
import type { Storage, StorageEvent } from '../storage/storage.ts';

/** Who is told of the events of one resource. */
export interface Watcher {
  readonly storageKey: string;
  readonly wantsBookmarks: boolean;
  accept(event: StorageEvent): void;
  bookmark(revision: number): void;
  /** The server closes, or no longer serves the kind as before. */
  end(): void;
}

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** Kubernetes gives the kind a new storage whenever its CRD's spec has changed; watches of the old one end. */
function servesNoLongerAsBefore({ type, stored, previous }: StorageEvent): boolean {
  const before = previous?.object.metadata.generation;
  return type === 'DELETED' || (before !== undefined && before !== stored.object.metadata.generation);
}

/** As often as Kubernetes' watch cache sends them. */
const BOOKMARK_EVERY_MS = 60_000;

/** Brings each write to the watches of its resource. Costs nothing while nobody watches. */
export class WatchHub {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Set<Watcher>>();
  #unsubscribe: (() => void) | undefined;
  #cancelBookmarks: (() => void) | undefined;
  #closed = false;

  constructor(options: { readonly storage: Storage; readonly clock: Clock }) {
    this.#storage = options.storage;
    this.#clock = options.clock;
  }

  /** From the next write on. Returns how to stop. */
  add(watcher: Watcher): () => void {
    if (this.#closed) {
      watcher.end();
      return () => undefined;
    }
    this.#unsubscribe ??= this.#storage.subscribe((event) => this.#tell(event));
    let watchers = this.#byKey.get(watcher.storageKey);
    if (watchers === undefined) {
      watchers = new Set();
      this.#byKey.set(watcher.storageKey, watchers);
    }
    watchers.add(watcher);
    if (watcher.wantsBookmarks) this.#scheduleBookmarks();
    return () => this.#remove(watcher);
  }

  /** Ends every watch, so that the server can close. */
  close(): void {
    this.#closed = true;
    for (const watchers of [...this.#byKey.values()]) for (const watcher of [...watchers]) watcher.end();
    this.#cancelBookmarks?.();
    this.#unsubscribe?.();
  }

  #tell(event: StorageEvent): void {
    const watchers = this.#byKey.get(event.stored.storageKey);
    if (watchers !== undefined) for (const watcher of watchers) watcher.accept(event);
    if (event.stored.storageKey === CRDS && servesNoLongerAsBefore(event)) {
      // A CRD is named as the resource that it serves.
      for (const watcher of [...(this.#byKey.get(event.stored.name) ?? [])]) watcher.end();
    }
  }

  #remove(watcher: Watcher): void {
    const watchers = this.#byKey.get(watcher.storageKey);
    if (watchers === undefined || !watchers.delete(watcher) || watchers.size > 0) return;
    this.#byKey.delete(watcher.storageKey);
    if (this.#byKey.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#cancelBookmarks?.();
    this.#cancelBookmarks = undefined;
  }

  /** One timer for all, and none while nobody wants any. */
  #scheduleBookmarks(): void {
    this.#cancelBookmarks ??= this.#clock.after(BOOKMARK_EVERY_MS, () => {
      this.#cancelBookmarks = undefined;
      let wanted = false;
      for (const watchers of this.#byKey.values()) {
        for (const watcher of watchers) {
          if (!watcher.wantsBookmarks) continue;
          wanted = true;
          watcher.bookmark(this.#storage.revision);
        }
      }
      if (wanted) this.#scheduleBookmarks();
    });
  }
}
