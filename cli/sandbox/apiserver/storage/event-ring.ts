import type { StorageEvent } from './storage.ts';

/** The latest events, at most `capacity`. Every revision after `forgotten` has exactly one event in it. */
export class EventRing {
  readonly #capacity: number;
  readonly #events: StorageEvent[] = [];
  /** Where the oldest one is, once the ring is full. */
  #start = 0;
  #forgotten: number;

  constructor(capacity: number, revision: number) {
    this.#capacity = capacity;
    this.#forgotten = revision;
  }

  push(event: StorageEvent): void {
    if (this.#capacity === 0) {
      this.#forgotten = event.revision;
    } else if (this.#events.length < this.#capacity) {
      this.#events.push(event);
    } else {
      this.#forgotten = this.#events[this.#start]?.revision ?? this.#forgotten;
      this.#events[this.#start] = event;
      this.#start = (this.#start + 1) % this.#capacity;
    }
  }

  /** Oldest first; `undefined` when some of them are no longer kept. */
  since(revision: number): readonly StorageEvent[] | undefined {
    if (revision < this.#forgotten) return undefined;
    const count = this.#events.length;
    // Revisions follow each other without gaps.
    const skip = Math.min(revision - this.#forgotten, count);
    const found: StorageEvent[] = [];
    for (let at = skip; at < count; at += 1) {
      const event = this.#events[(this.#start + at) % count];
      if (event !== undefined) found.push(event);
    }
    return found;
  }

  /** Drops everything: whoever comes back has to list again. */
  clear(revision: number): void {
    this.#events.length = 0;
    this.#start = 0;
    this.#forgotten = revision;
  }
}
