import type { Stored } from './storage.ts';

/** The objects of one resource by key, and in the order of their keys as etcd has them. */
export class ObjectTable {
  readonly #byKey = new Map<string, Stored>();
  /** Made when a list is asked for, unmade when a key comes or goes. */
  #keys: string[] | undefined;

  static key(namespace: string, name: string): string {
    return namespace === '' ? name : `${namespace}/${name}`;
  }

  get(namespace: string, name: string): Stored | undefined {
    return this.#byKey.get(ObjectTable.key(namespace, name));
  }

  put(stored: Stored): void {
    const key = ObjectTable.key(stored.namespace, stored.name);
    if (this.#keys !== undefined && !this.#byKey.has(key)) {
      this.#keys.splice(lowerBound(this.#keys, key), 0, key);
    }
    this.#byKey.set(key, stored);
  }

  remove(stored: Stored): void {
    const key = ObjectTable.key(stored.namespace, stored.name);
    if (!this.#byKey.delete(key)) return;
    this.#keys?.splice(lowerBound(this.#keys, key), 1);
  }

  list(namespace: string | undefined): readonly Stored[] {
    this.#keys ??= [...this.#byKey.keys()].sort(byCodeUnits);
    const keys = this.#keys;
    const prefix = namespace === undefined || namespace === '' ? '' : `${namespace}/`;
    const found: Stored[] = [];
    for (let at = prefix === '' ? 0 : lowerBound(keys, prefix); at < keys.length; at += 1) {
      const key = keys[at] ?? '';
      if (!key.startsWith(prefix)) break;
      const stored = this.#byKey.get(key);
      if (stored !== undefined) found.push(stored);
    }
    return found;
  }

  values(): Iterable<Stored> {
    return this.#byKey.values();
  }
}

/** Names are ASCII: the order of code units is that of bytes. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first place whose key is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
