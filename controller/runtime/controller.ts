import { randomUUID } from 'node:crypto';
import type { Log } from '../telemetry/log.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import type { WorkQueue } from './work-queue.ts';

/** An error that trying again cannot mend: logged, and not retried until something changes. */
export class TerminalError extends Error {
  override readonly name: string = 'TerminalError';
}

export interface ReconcileResult {
  /** Look again after this many milliseconds, although nothing failed. */
  readonly requeueAfterMs?: number;
}

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileOutcome = 'success' | 'requeue_after' | 'error' | 'terminal_error';

/** Where durations and results go. */
export interface ReconcileObserver {
  controllerStarted?(controller: string, concurrency: number): void;
  reconcileStarted(controller: string): void;
  reconcileEnded(controller: string, outcome: ReconcileOutcome, seconds: number): void;
}

export interface ReconcileContext {
  /** Stands in every log line about this one run. */
  readonly reconcileId: string;
}

export interface ControllerOptions {
  /** In logs and metrics. */
  name: string;
  /** Closed together with the controller. */
  queue: WorkQueue;
  /**
   * Brings what `key` names to where it should be. Level-based: it is told what to look at, not what happened. A
   * rejection brings the key back after its own back-off.
   */
  reconcile: (
    key: string,
    signal: AbortSignal,
    context: ReconcileContext,
  ) => Promise<ReconcileResult | undefined> | Promise<void>;
  concurrency: number;
  log: Log;
  clock?: Clock;
  /** The signal of a reconcile that runs longer, in milliseconds, is aborted. Default: none is. */
  timeoutMs?: number;
  observer?: ReconcileObserver;
}

/** Works off a queue: `concurrency` keys at a time, never the same key twice at once. */
export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #running = new Set<AbortController>();
  #workers: Promise<unknown> | undefined;
  #release: (() => void) | undefined;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Begins to work. When the signal is aborted the controller closes. */
  start(signal: AbortSignal): void {
    if (this.#workers !== undefined) throw new Error(`controller ${this.name} was started twice`);
    const stop = () => this.#stop(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#release = () => signal.removeEventListener('abort', stop);
    this.#options.observer?.controllerStarted?.(this.name, this.#options.concurrency);
    this.#workers = Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#work()));
  }

  /** Begins nothing more, aborts the signals of what runs and waits for it. */
  async close(): Promise<void> {
    this.#stop(new Error(`controller ${this.name} is stopping`));
    this.#release?.();
    await this.#workers;
  }

  #stop(reason: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(reason);
    this.#options.queue.close();
    for (const run of this.#running) run.abort(reason);
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (;;) {
      const key = await queue.get(this.#stopping.signal);
      if (key === undefined) return;
      // Stopped between the moment in which the key was handed over and this one.
      if (!this.#stopping.signal.aborted) await this.#reconcile(key);
      queue.done(key);
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { queue, log, observer, timeoutMs } = this.#options;
    const reconcileId = randomUUID();
    const run = new AbortController();
    this.#running.add(run);
    const cancelTimeout =
      timeoutMs === undefined ? undefined : this.#clock.after(timeoutMs, () => run.abort(timedOut(key, timeoutMs)));
    const started = this.#clock.monotonic();
    observer?.reconcileStarted(this.name);
    let outcome: ReconcileOutcome = 'success';
    try {
      const result = await this.#options.reconcile(key, run.signal, { reconcileId });
      queue.forget(key);
      if (result?.requeueAfterMs !== undefined) {
        outcome = 'requeue_after';
        queue.addAfter(key, result.requeueAfterMs);
      }
    } catch (error) {
      outcome = error instanceof TerminalError ? 'terminal_error' : 'error';
      const fields = { controller: this.name, key, reconcileId, err: error };
      if (this.#stopping.signal.aborted) {
        log.debug(fields, 'reconcile was given up because the controller stops');
      } else if (outcome === 'terminal_error') {
        queue.forget(key);
        log.error(fields, 'reconcile failed and is not tried again until something changes');
      } else {
        queue.addRateLimited(key);
        log.warn({ ...fields, failures: queue.failures(key) }, 'reconcile failed and is tried again');
      }
    } finally {
      cancelTimeout?.();
      this.#running.delete(run);
      const seconds = (this.#clock.monotonic() - started) / 1000;
      observer?.reconcileEnded(this.name, outcome, seconds);
      if (log.isLevelEnabled('debug')) {
        log.debug({ controller: this.name, key, reconcileId, outcome, seconds }, 'reconciled');
      }
    }
  }
}

function timedOut(key: string, ms: number): Error {
  return new Error(`the reconcile of ${key} took longer than ${ms} ms`);
}
