import type { Clock } from '../time/clock.ts';

/** Who was written a moment ago, and for how long the next write has to wait. Forgets what is over, so it stays small. */
export class RecentWrites {
  readonly #clock: Clock;
  readonly #paceMs: number;
  /** In the order of their times. */
  readonly #at = new Map<string, number>();

  constructor(options: { readonly clock: Clock; readonly paceMs: number }) {
    this.#clock = options.clock;
    this.#paceMs = options.paceMs;
  }

  note(id: string): void {
    const now = this.#clock.monotonic();
    for (const [each, at] of this.#at) {
      if (now - at < this.#paceMs) break;
      this.#at.delete(each);
    }
    this.#at.delete(id);
    this.#at.set(id, now);
  }

  /** Milliseconds; 0: it may be written now. */
  waitFor(id: string): number {
    const at = this.#at.get(id);
    return at === undefined ? 0 : Math.max(0, at + this.#paceMs - this.#clock.monotonic());
  }
}
