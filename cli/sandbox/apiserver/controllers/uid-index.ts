import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage, StorageEvent, Stored } from '../storage/storage.ts';

/**
 * Where the object with some UID is, whatever its kind and namespace. Nobody needs to know but the collector that meets an owner
 * reference which leads nowhere: so it is made when it is first asked, follows the writes from then on, and is dropped when the work is done.
 */
export class UidIndex {
  readonly #cluster: ClusterServices;
  readonly #storage: Storage;
  #byUid: Map<string, Stored> | undefined;

  constructor(cluster: ClusterServices, storage: Storage) {
    this.#cluster = cluster;
    this.#storage = storage;
  }

  find(uid: string): Stored | undefined {
    this.#byUid ??= this.#everything();
    return this.#byUid.get(uid);
  }

  observe({ type, stored }: StorageEvent): void {
    const uid = stored.object.metadata.uid;
    if (this.#byUid === undefined || uid === undefined) return;
    if (type === 'DELETED') this.#byUid.delete(uid);
    else this.#byUid.set(uid, stored);
  }

  drop(): void {
    this.#byUid = undefined;
  }

  #everything(): Map<string, Stored> {
    const byUid = new Map<string, Stored>();
    const storageKeys = new Set([...this.#cluster.definitions()].map(({ storageKey }) => storageKey));
    for (const storageKey of storageKeys) {
      for (const stored of this.#storage.list(storageKey)) byUid.set(stored.object.metadata.uid ?? '', stored);
    }
    return byUid;
  }
}
