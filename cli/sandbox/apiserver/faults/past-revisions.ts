import type { Clock } from '../../../../controller/time/clock.ts';
import type { Storage } from '../storage/storage.ts';

const KEPT = 10_000;

/** Which revision there was when: noted only while somebody wants to look back by time. */
export class PastRevisions {
  readonly #moments: { readonly at: number; readonly revision: number }[] = [];
  readonly #unsubscribe: () => void;

  constructor(storage: Storage, clock: Clock) {
    this.#moments.push({ at: Number.NEGATIVE_INFINITY, revision: storage.revision });
    this.#unsubscribe = storage.subscribe(({ revision }) => {
      this.#moments.push({ at: clock.monotonic(), revision });
      if (this.#moments.length > KEPT) this.#moments.shift();
    });
  }

  /** The latest of that moment (by the monotonic clock), or the oldest that is known. */
  revisionAt(moment: number): number {
    const index = this.#moments.findLastIndex(({ at }) => at <= moment);
    return this.#moments[Math.max(index, 0)]?.revision ?? 0;
  }

  close(): void {
    this.#unsubscribe();
  }
}
