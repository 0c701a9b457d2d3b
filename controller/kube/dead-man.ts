import type { Clock } from '../time/clock.ts';

/**
 * Calls `onDead` once when no sign of life came for `ms`. A sign only notes the time: there is one timer, which looks
 * when it fires how long ago the last sign was, so that signs may come by the ten thousand a second.
 */
export class DeadMan {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #onDead: () => void;
  #lastSign: number;
  #cancel: () => void;

  constructor(clock: Clock, ms: number, onDead: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onDead = onDead;
    this.#lastSign = clock.monotonic();
    this.#cancel = clock.after(ms, () => this.#look());
  }

  /** On the clock's monotonic time, milliseconds. */
  get lastSign(): number {
    return this.#lastSign;
  }

  sign(): void {
    this.#lastSign = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const left = this.#lastSign + this.#ms - this.#clock.monotonic();
    if (left > 0) this.#cancel = this.#clock.after(left, () => this.#look());
    else this.#onDead();
  }
}
