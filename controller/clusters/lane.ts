import { setMaxListeners } from 'node:events';
import type { Clock } from '../time/clock.ts';
import { systemClock } from '../time/clock.ts';

/** A timer may be this late, milliseconds, before it says more about this process than about the cluster. */
const LATE_MS = 100;
const CATCH_UP_MS = 500;

/** What waited in a lane, or flew, when the lane was closed: the member has left, or the process ends. */
export class LaneClosedError extends Error {
  override readonly name = 'LaneClosedError';
  readonly code = 'LaneClosed';
  readonly cluster: string;

  constructor(cluster: string, options: { cause?: unknown } = {}) {
    super(`the lane to cluster "${cluster}" is closed`, options);
    this.cluster = cluster;
  }
}

export interface LaneOptions {
  cluster: string;
  /** How many operations may be under way at once. */
  concurrency?: number;
  /** Operations started per second; unlimited when absent. */
  qps?: number;
  /** How many may start at once after a quiet time. Counts only with `qps`. */
  burst?: number;
  /** Milliseconds without anything finishing, while something is under way, after which the lane counts as stalled. */
  stallAfterMs?: number;
  clock?: Clock;
}

interface Waiting {
  /** Runs the operation; the returned function tells the submitter, once the lane has counted it as finished. */
  run(signal: AbortSignal): Promise<() => void>;
  refuse(reason: unknown): void;
  /** When it came, on the monotonic clock. */
  readonly since: number;
  abandoned: boolean;
}

/** Drop the served front of the queue once it is this long, so that memory follows what waits and not what went by. */
const COMPACT_AT = 1024;

/**
 * Everything that is written to one member goes through its lane: at most `concurrency` at once, in order of arrival.
 * Whoever submits waits in this lane and holds nothing else, so a member that hangs delays nobody but itself.
 */
export class Lane {
  readonly cluster: string;
  readonly #concurrency: number;
  readonly #qps: number | undefined;
  readonly #burst: number;
  readonly #stallAfterMs: number;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #stallListeners = new Set<(stalled: boolean) => void>();
  #waiting: (Waiting | undefined)[] = [];
  #head = 0;
  #abandoned = 0;
  #inFlight = 0;
  #tokens: number;
  #tokensAt: number;
  #cancelRefill: (() => void) | undefined;
  #progressAt = 0;
  #cancelStallCheck: (() => void) | undefined;
  #stalled = false;
  #refusal: LaneClosedError | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(options: LaneOptions) {
    this.cluster = options.cluster;
    this.#concurrency = Math.max(1, options.concurrency ?? 32);
    this.#qps = options.qps !== undefined && options.qps > 0 ? options.qps : undefined;
    this.#burst = Math.max(1, options.burst ?? Math.ceil(options.qps ?? 1));
    this.#stallAfterMs = options.stallAfterMs ?? 2_000;
    this.#clock = options.clock ?? systemClock;
    this.#tokens = this.#burst;
    this.#tokensAt = this.#clock.monotonic();
    // Every operation under way listens to this one signal; that is no leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /** How many operations wait for their turn. */
  get depth(): number {
    return this.#waiting.length - this.#head - this.#abandoned;
  }

  /** How long the operation whose turn is next has waited, milliseconds; 0 when none waits. */
  get oldestMs(): number {
    this.#skipAbandoned();
    const next = this.#waiting[this.#head];
    return next === undefined ? 0 : this.#clock.monotonic() - next.since;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Something is under way and nothing has finished for `stallAfterMs`. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Tells when the lane begins and ceases to be stalled. Returns the way to stop listening. */
  onStall(listener: (stalled: boolean) => void): () => void {
    this.#stallListeners.add(listener);
    return () => this.#stallListeners.delete(listener);
  }

  /**
   * Runs `operation` when its turn comes and settles as it does. `operation` gets a signal that is aborted when the lane
   * closes. `options.signal` gives up the place in the queue; what is already under way has to listen to it by itself.
   * @throws LaneClosedError when the lane closes before the operation was begun.
   */
  submit<T>(operation: (signal: AbortSignal) => Promise<T>, options: { signal?: AbortSignal } = {}): Promise<T> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => {
        waiting.abandoned = true;
        this.#abandoned += 1;
        reject(options.signal?.reason);
      };
      const waiting: Waiting = {
        abandoned: false,
        since: this.#clock.monotonic(),
        run: async (signal) => {
          options.signal?.removeEventListener('abort', giveUp);
          try {
            const result = await operation(signal);
            return () => resolve(result);
          } catch (error) {
            return () => reject(error);
          }
        },
        refuse: (reason) => {
          options.signal?.removeEventListener('abort', giveUp);
          reject(reason);
        },
      };
      options.signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiting);
      this.#pump();
    });
  }

  /**
   * Refuses what waits and whatever comes from now on, lets what is under way finish, and resolves then: after it nothing
   * that was submitted here can change the member any more.
   */
  drain(reason?: unknown): Promise<void> {
    this.#refuse(reason);
    return this.#whenIdle();
  }

  /** As `drain`, but aborts what is under way. */
  async close(reason?: unknown): Promise<void> {
    this.#closing.abort(this.#refuse(reason));
    await this.#whenIdle();
    this.#cancelStallCheck?.();
    this.#cancelStallCheck = undefined;
    this.#stallListeners.clear();
  }

  #refuse(reason: unknown): LaneClosedError {
    this.#refusal ??= new LaneClosedError(this.cluster, { cause: reason });
    this.#cancelRefill?.();
    const refused = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#abandoned = 0;
    for (const waiting of refused) {
      if (waiting !== undefined && !waiting.abandoned) waiting.refuse(this.#refusal);
    }
    return this.#refusal;
  }

  #whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #pump(): void {
    while (this.#inFlight < this.#concurrency) {
      this.#skipAbandoned();
      if (this.#head >= this.#waiting.length || !this.#takeToken()) return;
      const next = this.#shift();
      if (next === undefined) return;
      void this.#run(next);
    }
  }

  async #run(next: Waiting): Promise<void> {
    this.#inFlight += 1;
    if (this.#inFlight === 1) {
      this.#progressAt = this.#clock.monotonic();
      this.#watchForStall();
    }
    const tell = await next.run(this.#closing.signal);
    this.#inFlight -= 1;
    this.#progressAt = this.#clock.monotonic();
    this.#setStalled(false);
    tell();
    if (this.#inFlight > 0) {
      this.#watchForStall();
    } else {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
    this.#pump();
  }

  #shift(): Waiting | undefined {
    const next = this.#waiting[this.#head];
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#waiting.length) {
      this.#waiting = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return next;
  }

  #skipAbandoned(): void {
    while (this.#waiting[this.#head]?.abandoned) {
      this.#abandoned -= 1;
      this.#shift();
    }
  }

  #takeToken(): boolean {
    if (this.#qps === undefined) return true;
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#tokensAt) / 1_000) * this.#qps);
    this.#tokensAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return true;
    }
    this.#cancelRefill ??= this.#clock.after(Math.ceil(((1 - this.#tokens) / this.#qps) * 1_000), () => {
      this.#cancelRefill = undefined;
      this.#pump();
    });
    return false;
  }

  /** One timer however many operations go by: when it fires it looks how long ago something finished. */
  #watchForStall(): void {
    if (this.#cancelStallCheck !== undefined || this.#closing.signal.aborted) return;
    const wait = Math.max(1, Math.ceil(this.#progressAt + this.#stallAfterMs - this.#clock.monotonic()));
    const due = this.#clock.monotonic() + wait;
    this.#cancelStallCheck = this.#clock.after(wait, () => {
      this.#cancelStallCheck = undefined;
      if (this.#inFlight === 0) return;
      const now = this.#clock.monotonic();
      // A timer that comes late says that this process was held up: answers may be waiting to be read.
      if (now - due > LATE_MS) this.#progressAt = Math.max(this.#progressAt, now + CATCH_UP_MS - this.#stallAfterMs);
      if (now - this.#progressAt >= this.#stallAfterMs) this.#setStalled(true);
      else this.#watchForStall();
    });
  }

  #setStalled(stalled: boolean): void {
    if (this.#stalled === stalled) return;
    this.#stalled = stalled;
    for (const listener of this.#stallListeners) listener(stalled);
  }
}
