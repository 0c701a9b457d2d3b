import type { Stored } from './storage.ts';

/** The objects of one resource by key, and in the order of their keys as etcd has them. */
export class ObjectTable {
  readonly #byKey = new Map<string, Stored>();
  /** In order, but for those that came since somebody last looked: who only creates pays nothing for the order. */
  #keys: string[] = [];
  #added: string[] = [];

  static key(namespace: string, name: string): string {
    return namespace === '' ? name : `${namespace}/${name}`;
  }

  get(namespace: string, name: string): Stored | undefined {
    return this.#byKey.get(ObjectTable.key(namespace, name));
  }

  put(stored: Stored): void {
    const key = ObjectTable.key(stored.namespace, stored.name);
    const { size } = this.#byKey;
    this.#byKey.set(key, stored);
    if (this.#byKey.size > size) this.#added.push(key);
  }

  remove(stored: Stored): void {
    const key = ObjectTable.key(stored.namespace, stored.name);
    if (!this.#byKey.delete(key)) return;
    const keys = this.#ordered();
    keys.splice(lowerBound(keys, key), 1);
  }

  list(namespace: string | undefined): readonly Stored[] {
    const keys = this.#ordered();
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

  #ordered(): string[] {
    const [keys, added] = [this.#keys, this.#added];
    if (added.length === 0) return keys;
    this.#added = [];
    if (added.length <= FEW) {
      for (const key of added) keys.splice(lowerBound(keys, key), 0, key);
    } else {
      // What is in order already is found to be so: this is a merge.
      this.#keys = keys.concat(added.sort(byCodeUnits)).sort(byCodeUnits);
    }
    return this.#keys;
  }
}

/** So many keys are put into place one by one sooner than all are merged. */
const FEW = 8;

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
