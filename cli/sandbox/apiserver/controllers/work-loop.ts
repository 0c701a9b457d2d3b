import { type Clock, systemClock } from '../../../../controller/time/clock.ts';

/** Something that is done for a key, as often as need be: it looks at what is stored and does what is missing. */
export interface Work {
  readonly name: string;
  run(key: string): void;
}

export interface WorkLoopOptions {
  readonly clock?: Clock;
  /** A run threw; it is tried again later. Default: a warning of the process. */
  readonly onError?: (error: Error) => void;
}

/** How long the work may keep requests waiting at a stretch, milliseconds. */
const SLICE_MS = 4;
const RETRY = { baseMs: 50, maxMs: 30_000 };

interface Entry {
  readonly work: Work;
  readonly key: string;
}

/**
 * What the controllers of one server still have to do. A key that waits already is not added twice; what fails comes back
 * after a while, later each time. Runs between requests and in slices, and holds neither a timer nor memory while there is nothing to do.
 */
export class WorkLoop {
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #waiting = new Map<string, Entry>();
  readonly #failures = new Map<string, number>();
  readonly #retries = new Set<() => void>();
  readonly #idleListeners: (() => void)[] = [];
  #settledWaiters: (() => void)[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: WorkLoopOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? ((error) => process.emitWarning(error));
  }

  add(work: Work, key: string): void {
    if (this.#closed) return;
    const id = `${work.name}\n${key}`;
    if (!this.#waiting.has(id)) this.#waiting.set(id, { work, key });
    this.#scheduled ??= setImmediate(() => this.#slice());
  }

  /** Called each time all work is done: whoever keeps something only for a stretch of work lets it go. */
  onIdle(listener: () => void): void {
    this.#idleListeners.push(listener);
  }

  /** Resolves when nothing is left to do now; what failed and waits for its next attempt does not count. */
  settled(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#settledWaiters.push(resolve));
  }

  close(): void {
    this.#closed = true;
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    for (const cancel of this.#retries) cancel();
    this.#retries.clear();
    this.#waiting.clear();
    this.#failures.clear();
    this.#tellSettled();
  }

  #slice(): void {
    const until = performance.now() + SLICE_MS;
    for (const [id, entry] of this.#waiting) {
      this.#waiting.delete(id);
      this.#run(id, entry);
      if (this.#closed) return;
      if (performance.now() >= until) break;
    }
    this.#scheduled = this.#waiting.size > 0 ? setImmediate(() => this.#slice()) : undefined;
    if (this.#waiting.size > 0) return;
    for (const listener of this.#idleListeners) listener();
    this.#tellSettled();
  }

  #run(id: string, { work, key }: Entry): void {
    try {
      work.run(key);
      this.#failures.delete(id);
    } catch (cause) {
      const failures = (this.#failures.get(id) ?? 0) + 1;
      this.#failures.set(id, failures);
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#onError(new Error(`${work.name} of "${key}": ${reason}`, { cause }));
      const delay = Math.min(RETRY.baseMs * 2 ** (failures - 1), RETRY.maxMs);
      const cancel = this.#clock.after(delay, () => {
        this.#retries.delete(cancel);
        this.add(work, key);
      });
      this.#retries.add(cancel);
    }
  }

  #tellSettled(): void {
    const waiters = this.#settledWaiters;
    this.#settledWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
