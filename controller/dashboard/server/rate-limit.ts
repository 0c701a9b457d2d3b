import type { Clock } from '../../time/clock.ts';

export interface RateLimitOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly burst: number;
  /** Callers that are remembered. The one that was quiet longest is forgotten first. */
  readonly most?: number;
}

/** Counts what each caller asks, and says when it is too much. Nobody waits. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #callers = new Map<string, { tokens: number; at: number }>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** @returns 0 when it is let through, else after how many seconds it may try again */
  take(caller: string): number {
    const tokens = this.#fill(caller);
    if (tokens < 1) return Math.ceil((1 - tokens) / this.#options.perSecond);
    this.#callers.set(caller, { tokens: tokens - 1, at: this.#options.clock.monotonic() });
    return 0;
  }

  /** The same without counting. */
  wait(caller: string): number {
    const tokens = this.#fill(caller);
    return tokens < 1 ? Math.ceil((1 - tokens) / this.#options.perSecond) : 0;
  }

  #fill(caller: string): number {
    const { clock, perSecond, burst, most = 10_000 } = this.#options;
    const now = clock.monotonic();
    const { tokens, at } = this.#callers.get(caller) ?? { tokens: burst, at: now };
    const filled = Math.min(burst, tokens + ((now - at) / 1_000) * perSecond);
    this.#callers.delete(caller);
    this.#callers.set(caller, { tokens: filled, at: now });
    const oldest = this.#callers.keys().next().value;
    if (this.#callers.size > most && oldest !== undefined) this.#callers.delete(oldest);
    return filled;
  }
}
