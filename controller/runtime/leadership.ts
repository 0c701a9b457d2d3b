import type { Fence } from '../kube/fence.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import type { LeaderElector } from './leader-elector.ts';
import { type Component, Manager } from './manager.ts';

export interface LeadershipOptions {
  readonly elector: Pick<LeaderElector, 'run'>;
  /** What the leader runs, made anew for each term. All of its writes ask `fence`. */
  readonly components: (fence: Fence) => readonly Component[];
  /** Tells when what the leader runs is to be closed and made anew, within its term. The returned function takes it back. */
  readonly onRebuild?: (rebuild: () => void) => () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** When the process stops, others wait for the lease: what is not closed by then finds its writes refused. */
const STOP_MS = 1_000;

/**
 * Runs the leader's components for as long as this replica leads, closes them when it does not any more, and is a candidate
 * again. What cannot start, or does not close, ends the candidacy: `failed` says why, and only another process helps.
 */
export class Leadership implements Component {
  readonly name = 'leadership';
  /** Rejects when this replica cannot be a candidate any more. */
  readonly failed: Promise<never>;
  readonly #options: LeadershipOptions;
  readonly #stopping = new AbortController();
  #fail: (error: unknown) => void = () => undefined;
  #forgetSignal: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever does not ask is not to be told by a crash.
    this.failed.catch(() => undefined);
  }

  /** Waits for no election. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#running !== undefined) return;
    this.#forgetSignal = onAbort(signal, () => this.#stopping.abort(signal.reason));
    const { elector } = this.#options;
    this.#running = elector
      .run(this.#stopping.signal, (fence, ending) => this.#lead(fence, ending))
      .catch((error: unknown) => this.#fail(error));
  }

  /** Gives the lead up, if it has it. */
  async close(): Promise<void> {
    this.#forgetSignal?.();
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
  }

  async #lead(fence: Fence, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#run(fence, signal);
  }

  /** Until the term ends, or what runs is to be made anew. */
  async #run(fence: Fence, signal: AbortSignal): Promise<void> {
    const { clock, components, log, onRebuild } = this.#options;
    const ending = new AbortController();
    const forget = [
      onAbort(signal, () => ending.abort(signal.reason)),
      onRebuild?.(() => ending.abort(new Error('what runs is made anew'))),
    ];
    const manager = new Manager({ log, clock });
    for (const component of components(fence)) manager.add(component);
    try {
      await manager.start(ending.signal);
      await new Promise<void>((resolve) => {
        if (ending.signal.aborted) resolve();
        onAbort(ending.signal, resolve);
      });
    } catch (error) {
      if (!ending.signal.aborted) throw error;
    } finally {
      for (const each of forget) each?.();
      await this.#close(manager);
    }
  }

  async #close(manager: Manager): Promise<void> {
    const { clock, log } = this.#options;
    const closing = manager.close();
    if (!this.#stopping.signal.aborted) {
      await closing;
      return;
    }
    const late = new Promise<'late'>((resolve) => {
      clock.after(STOP_MS, () => resolve('late'));
    });
    try {
      if ((await Promise.race([closing, late])) === 'late') log.warn('not everything was closed in time');
    } catch (error) {
      log.error({ err: error }, 'not everything was closed cleanly');
    }
    closing.catch(() => undefined);
  }
}
