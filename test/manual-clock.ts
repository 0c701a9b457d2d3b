import type { Clock } from '../controller/runtime/clock.ts';

/** A clock that stands still until the test moves it. Timers that fall due run in their order. */
export class ManualClock implements Clock {
  #elapsed = 0;
  #timers: { at: number; callback: () => void }[] = [];
  readonly #epoch: number;

  constructor(epoch: number = Date.parse('2026-01-01T00:00:00Z')) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers are set: nothing of a component that was closed should be left. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves the time and lets what was waiting for it run, promises included. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#elapsed = Math.max(this.#elapsed, due.at);
      due.callback();
      await settle();
    }
    this.#elapsed = until;
    await settle();
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
