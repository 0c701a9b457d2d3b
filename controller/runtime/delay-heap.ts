interface Entry {
  readonly key: string;
  at: number;
  index: number;
}

/** Keys by the time at which they fall due: a binary heap in which a key stands once, at its earliest time. */
export class DelayHeap {
  readonly #entries: Entry[] = [];
  readonly #byKey = new Map<string, Entry>();

  get size(): number {
    return this.#entries.length;
  }

  /** When the first key falls due. */
  get nextAt(): number | undefined {
    return this.#entries[0]?.at;
  }

  /** A key that is due earlier already stays as it is. */
  add(key: string, at: number): void {
    const known = this.#byKey.get(key);
    if (known === undefined) {
      const entry = { key, at, index: this.#entries.length };
      this.#byKey.set(key, entry);
      this.#entries.push(entry);
      this.#rise(entry);
    } else if (at < known.at) {
      known.at = at;
      this.#rise(known);
    }
  }

  /** Takes out the first key that is due at `now`. */
  takeDue(now: number): string | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.at > now) return undefined;
    this.#byKey.delete(first.key);
    const last = this.#entries.pop();
    if (last !== undefined && last !== first) {
      this.#place(last, 0);
      this.#sink(last);
    }
    return first.key;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#byKey.clear();
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#entries[(entry.index - 1) >> 1];
      if (parent === undefined || parent.at <= entry.at) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#entries[2 * entry.index + 1];
      const right = this.#entries[2 * entry.index + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || child.at >= entry.at) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: Entry, b: Entry): void {
    const index = a.index;
    this.#place(a, b.index);
    this.#place(b, index);
  }

  #place(entry: Entry, index: number): void {
    entry.index = index;
    this.#entries[index] = entry;
  }
}
