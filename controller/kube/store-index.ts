/** Which keys bear which value. Values of an object are computed again when it goes, so nothing is kept per object. */
export class StoreIndex<T> {
  readonly #valuesOf: (object: T) => readonly string[];
  /** Most values belong to one key: a bare string costs a fraction of a Set. */
  readonly #keys = new Map<string, string | Set<string>>();

  constructor(valuesOf: (object: T) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }

  /** Moves `key` from the values of `previous` to those of `next`. */
  move(key: string, previous: T | undefined, next: T | undefined): void {
    const before = previous === undefined ? [] : this.#valuesOf(previous);
    const after = next === undefined ? [] : this.#valuesOf(next);
    for (const value of before) {
      if (!after.includes(value)) this.#remove(value, key);
    }
    for (const value of after) {
      if (!before.includes(value)) this.#add(value, key);
    }
  }

  keys(value: string): Iterable<string> {
    const keys = this.#keys.get(value);
    if (keys === undefined) return [];
    return typeof keys === 'string' ? [keys] : keys;
  }

  #add(value: string, key: string): void {
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, key);
    else if (typeof keys !== 'string') keys.add(key);
    else if (keys !== key) this.#keys.set(value, new Set([keys, key]));
  }

  #remove(value: string, key: string): void {
    const keys = this.#keys.get(value);
    if (keys === key) {
      this.#keys.delete(value);
    } else if (keys instanceof Set) {
      keys.delete(key);
      if (keys.size === 0) this.#keys.delete(value);
    }
  }
}
