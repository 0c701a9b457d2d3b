import type { Clock } from '../time/clock.ts';

/** Does something as soon as it is due, and never sooner than a beat after the last time. */
export class Beat {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #work: () => void;
  #cancel: (() => void) | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #stopped = false;

  constructor(clock: Clock, ms: number, work: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#work = work;
  }

  due(): void {
    this.#isDue = true;
    if (this.#cancel !== undefined || this.#stopped) return;
    const wait = Math.max(0, this.#last + this.#ms - this.#clock.monotonic());
    this.#cancel = this.#clock.after(wait, () => {
      this.#cancel = undefined;
      this.now();
    });
  }

  /** For who wants an answer: at once, when there is anything to do and a beat has passed. */
  now(): void {
    if (!this.#isDue || this.#stopped) return;
    if (this.#clock.monotonic() - this.#last < this.#ms) {
      this.due();
      return;
    }
    this.#isDue = false;
    this.#last = this.#clock.monotonic();
    this.#work();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }
}
