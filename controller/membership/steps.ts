import { type Clock, sleep } from '../time/clock.ts';
import type { Outcome } from './ensure.ts';

export type StepOutcome = Outcome | 'verified';

/** One thing to be done. It can be done again at any time, and then does what is missing. */
export interface Step {
  /** What it is about, as people read it: `ServiceAccount kube-federation-system/vulcan-earth`. */
  readonly name: string;
  /** Where: `vulcan` or `host`. */
  readonly where: string;
  apply(): Promise<StepOutcome>;
  /** Takes back what `apply` created. Called only when it did. */
  undo?(signal: AbortSignal): Promise<void>;
}

export interface StepReport {
  readonly name: string;
  readonly where: string;
  readonly outcome: StepOutcome;
}

/** Some steps were done and one failed. `cause` is why; what was made before has been taken back, but for `remains`. */
export class StepFailedError extends Error {
  override readonly name = 'StepFailedError';
  readonly code = 'StepFailed';
  readonly cluster: string;
  readonly step: string;
  /** Steps that could not be taken back. */
  readonly remains: readonly string[];
  /** Steps that were taken back. */
  readonly undone: readonly string[];

  constructor(options: {
    cluster: string;
    step: string;
    undone: readonly string[];
    remains: readonly string[];
    cause: unknown;
  }) {
    const why = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`${options.step}: ${why}`, { cause: options.cause });
    this.cluster = options.cluster;
    this.step = options.step;
    this.undone = options.undone;
    this.remains = options.remains;
  }

  get hint(): string {
    if (this.remains.length > 0) return `these remain: ${this.remains.join(', ')}; run the command again to go on`;
    return this.undone.length > 0 ? 'what this run had made was taken back' : 'nothing was changed';
  }
}

const UNDO_MS = 15_000;

export interface RunOptions {
  cluster: string;
  dryRun: boolean;
  clock: Clock;
  onStep?: (report: StepReport) => void;
}

/**
 * Does the steps in order. When one fails, or the work is given up, what this run created is taken back in reverse order;
 * what was there before stays as it is now.
 * @throws StepFailedError
 */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  const created: Step[] = [];
  for (const step of steps) {
    try {
      const outcome = await step.apply();
      if (outcome === 'created' && step.undo !== undefined) created.push(step);
      const report = { name: step.name, where: step.where, outcome };
      reports.push(report);
      options.onStep?.(report);
    } catch (cause) {
      const { undone, remains } = options.dryRun ? { undone: [], remains: [] } : await undoAll(created, options.clock);
      throw new StepFailedError({ cluster: options.cluster, step: step.name, undone, remains, cause });
    }
  }
  return reports;
}

/** Has a time limit of its own: the signal that ended the work must not end its undoing. */
async function undoAll(steps: readonly Step[], clock: Clock): Promise<{ undone: string[]; remains: string[] }> {
  const deadline = new AbortController();
  const cancel = clock.after(UNDO_MS, () => deadline.abort(new Error('taking back took too long')));
  const undone: string[] = [];
  const remains: string[] = [];
  for (const step of [...steps].reverse()) {
    try {
      await step.undo?.(deadline.signal);
      undone.push(step.name);
    } catch {
      // The error that made us turn back is the one to tell; what could not be taken back is named beside it.
      remains.push(step.name);
    }
  }
  cancel();
  return { undone, remains };
}

/** Tries until it succeeds or the time is over: rights that were just granted take a moment to be known everywhere. */
export async function eventually<T>(
  attempt: () => Promise<T>,
  options: { clock: Clock; signal: AbortSignal; forMs: number; everyMs: number; retry: (error: unknown) => boolean },
): Promise<T> {
  const deadline = options.clock.monotonic() + options.forMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!options.retry(error) || options.clock.monotonic() >= deadline) throw error;
      await sleep(options.clock, options.everyMs, options.signal);
    }
  }
}
