import { type Clock, sleep } from '../time/clock.ts';

/** Lets `qps` callers per second through in the long run, and `burst` at once after a quiet time. First come, first served. */
export class TokenBucket {
  readonly #qps: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(options: { qps: number; burst?: number | undefined; clock: Clock }) {
    this.#qps = options.qps;
    this.#burst = Math.max(1, options.burst ?? Math.ceil(options.qps));
    this.#clock = options.clock;
    this.#tokens = this.#burst;
    this.#filledAt = options.clock.monotonic();
  }

  async take(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#qps);
    this.#filledAt = now;
    // Below zero lies what those who wait have already been promised.
    this.#tokens -= 1;
    if (this.#tokens >= 0) return;
    try {
      await sleep(this.#clock, (-this.#tokens / this.#qps) * 1000, signal);
    } catch (error) {
      this.#tokens += 1;
      throw error;
    }
  }
}
