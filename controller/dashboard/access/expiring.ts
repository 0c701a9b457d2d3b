import type { Clock } from '../../time/clock.ts';

/** Answers that are asked for once and hold for a moment. Whoever asks meanwhile waits for the same one; failures are not kept. */
export class Expiring<T> {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #most: number;
  readonly #known = new Map<string, { readonly until: number; readonly answer: Promise<T> }>();

  /** @param most answers that are kept: the oldest go first */
  constructor(clock: Clock, { ms, most }: { readonly ms: number; readonly most: number }) {
    this.#clock = clock;
    this.#ms = ms;
    this.#most = most;
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.answer;
    const answer = ask();
    this.#known.delete(key);
    this.#known.set(key, { until: this.#clock.monotonic() + this.#ms, answer });
    answer.catch(() => {
      if (this.#known.get(key)?.answer === answer) this.#known.delete(key);
    });
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest);
    return answer;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}
