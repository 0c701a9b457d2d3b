import { onAbort } from '../time/abort.ts';
import { backoffDelay } from '../time/backoff.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { DelayHeap } from './delay-heap.ts';

export interface WorkQueueOptions {
  clock?: Clock;
  /** Delay after a key's first failure, milliseconds. */
  baseDelayMs?: number;
  maxDelayMs?: number;
}

/**
 * Keys that wait for work, with client-go's semantics: a key stands in the queue once; a key added while it is being
 * worked on is worked on once more afterwards, never by two workers at a time; a key that fails comes back after a
 * delay of its own that doubles until it is forgotten. Every operation is O(1), with delays O(log n), one timer for all.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #baseMs: number;
  readonly #maxMs: number;
  #ready: string[] = [];
  #head = 0;
  /** Keys that need work, whether in `#ready` or waiting for their worker to be done. */
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new DelayHeap();
  readonly #waiting = new Set<(key: string | undefined) => void>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#baseMs = options.baseDelayMs ?? 5;
    this.#maxMs = options.maxDelayMs ?? 60_000;
  }

  /** Keys that could be worked on now; delayed ones and those being worked on do not count. */
  get length(): number {
    return this.#ready.length - this.#head;
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** A key that waits already keeps the earlier of the two times. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    this.#delayed.add(key, this.#clock.monotonic() + ms);
    this.#armTimer();
  }

  /** Adds a key that failed: each time after twice the delay, until `forget`. */
  addRateLimited(key: string): void {
    if (this.#closed) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, backoffDelay(failures, { baseMs: this.#baseMs, maxMs: this.#maxMs }));
  }

  /** The key's failures are over: the next delay is the shortest again. Does not take the key out of the queue. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often the key has failed since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, to be given back with `done`; undefined once the queue is closed or the signal aborted. */
  get(signal: AbortSignal): Promise<string | undefined> {
    if (this.#closed || signal.aborted) return Promise.resolve(undefined);
    const key = this.#take();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((resolve) => {
      const settle = (next: string | undefined) => {
        forgetSignal();
        resolve(next);
      };
      const forgetSignal = onAbort(signal, () => {
        this.#waiting.delete(settle);
        resolve(undefined);
      });
      this.#waiting.add(settle);
    });
  }

  done(key: string): void {
    if (this.#processing.delete(key) && this.#dirty.has(key)) this.#offer(key);
  }

  /** Ends every wait. What is queued or added from now on is dropped; keys being worked on may still be given back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#ready = [];
    this.#head = 0;
    this.#dirty.clear();
    this.#delayed.clear();
    this.#failures.clear();
    for (const settle of this.#waiting) settle(undefined);
    this.#waiting.clear();
  }

  #offer(key: string): void {
    const waiter = this.#waiting.values().next();
    if (waiter.done === true) {
      this.#ready.push(key);
      return;
    }
    this.#waiting.delete(waiter.value);
    this.#dirty.delete(key);
    this.#processing.add(key);
    waiter.value(key);
  }

  #take(): string | undefined {
    const key = this.#ready[this.#head];
    if (key === undefined) return undefined;
    this.#head += 1;
    // Array.shift moves every element: the taken part is cut off once it is the larger half.
    if (this.#head * 2 > this.#ready.length) {
      this.#ready.splice(0, this.#head);
      this.#head = 0;
    }
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }

  #armTimer(): void {
    const at = this.#delayed.nextAt;
    if (at === undefined || (this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(at - this.#clock.monotonic(), () => this.#release());
    this.#timer = { at, cancel };
  }

  #release(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let key = this.#delayed.takeDue(now); key !== undefined; key = this.#delayed.takeDue(now)) this.add(key);
    this.#armTimer();
  }
}
