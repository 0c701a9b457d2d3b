import type { Clock } from '../../time/clock.ts';
import type { Ask } from './ask.ts';
import { type ProbeDirectory, targetsOf } from './directory.ts';
import type { ProbeIdentity, ProbeReport, Target, TargetResult } from './report.ts';
import { nextMembers } from './schedule.ts';

export interface ProberOptions {
  readonly identity: ProbeIdentity;
  readonly ask: Ask;
  readonly clock: Clock;
  /** 0 to 1: spreads the first rounds of probes that start together. */
  readonly random: () => number;
  /** For each question, milliseconds. */
  readonly timeoutMs: number;
  /** Questions that are open at once. */
  readonly concurrency: number;
}

/** Who is called for every round is left that much time to call before it asks by itself. */
const ALONE_FACTOR = 1.5;

/** Asks the other members' probes in rounds, and remembers the last answer of each address. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #stopping = new AbortController();
  readonly #results = new Map<string, TargetResult>();
  readonly #lastAsked = new Map<string, number>();
  #directory: ProbeDirectory | undefined;
  #directoryError: string | undefined;
  #round = 0;
  #sequence = 0;
  #running: Promise<void> = Promise.resolve();
  #full: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** A round waits for the one that runs. */
  #due = false;
  #cancelNext: (() => void) | undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** Whom to ask from now on; what is wrong with the newest list, in words, leaves the one before in force. */
  use(directory: ProbeDirectory | string): void {
    if (this.#stopping.signal.aborted) return;
    if (typeof directory === 'string') {
      this.#directoryError = directory;
      return;
    }
    const isFirst = this.#directory === undefined;
    if (directory.version === this.#directory?.version && this.#directoryError === undefined) return;
    this.#directory = directory;
    this.#directoryError = undefined;
    this.#forget(directory);
    // Whatever has changed is asked at once; at a start all come at the same time.
    this.#plan(isFirst ? 1_000 * this.#options.random() : 0);
  }

  /** Asks every address anew; resolves when that is done. Whoever comes while it runs gets the same. */
  askAll(): Promise<void> {
    this.#full ??= this.#after(() => this.#askMembers(this.#others())).finally(() => {
      this.#full = undefined;
    });
    return this.#full;
  }

  /** Asks those whose turn it is, as at every interval; the next round by itself is put off by that. */
  askNext(): Promise<void> {
    this.#next ??= this.#after(() => this.#askSome()).finally(() => {
      this.#next = undefined;
    });
    if (this.#directory !== undefined) this.#plan(ALONE_FACTOR * this.#directory.intervalMs);
    return this.#next;
  }

  /** @param after only what has a higher sequence; a number that this process has not reached yet means all */
  report(after = 0): ProbeReport {
    const since = after > this.#sequence ? 0 : after;
    const results = [...this.#results.values()].filter(({ sequence }) => sequence > since);
    const byPlace = (a: TargetResult, b: TargetResult) => (keyOf(a) < keyOf(b) ? -1 : 1);
    return {
      ...this.#options.identity,
      now: this.#time(),
      sequence: this.#sequence,
      ...(this.#directory === undefined ? {} : { directory: this.#directory.version }),
      ...(this.#directoryError === undefined ? {} : { directoryError: this.#directoryError }),
      results: results.sort(byPlace),
    };
  }

  async close(): Promise<void> {
    this.#cancelNext?.();
    this.#stopping.abort();
    await this.#running;
  }

  #plan(ms: number): void {
    this.#cancelNext?.();
    this.#cancelNext = this.#options.clock.after(ms, () => {
      this.#takeTurn();
      if (this.#directory !== undefined) this.#plan(this.#directory.intervalMs);
    });
  }

  /** Rounds that take longer than the interval do not heap up: one waits, and the others are as good as asked with it. */
  #takeTurn(): void {
    if (this.#due) return;
    this.#due = true;
    void this.#after(() => {
      this.#due = false;
      return this.#askSome();
    });
  }

  /** One round at a time: what a slow one holds up comes when it is over. */
  #after(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(() => (this.#stopping.signal.aborted ? undefined : work()));
    return this.#running;
  }

  #askSome(): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return Promise.resolve();
    const names = directory.members.map(({ cluster }) => cluster);
    const { cluster } = this.#options.identity;
    return this.#askMembers(nextMembers(cluster, names, this.#lastAsked, directory.perRound));
  }

  #others(): string[] {
    const { cluster: own } = this.#options.identity;
    return this.#directory?.members.map(({ cluster }) => cluster).filter((cluster) => cluster !== own) ?? [];
  }

  async #askMembers(names: readonly string[]): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return;
    this.#round += 1;
    const chosen = new Set(names);
    for (const name of names) this.#lastAsked.set(name, this.#round);
    const targets = directory.members.filter(({ cluster }) => chosen.has(cluster));
    const waiting = targets.flatMap((member) => targetsOf(member, directory));
    const worker = async () => {
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
        if (this.#stopping.signal.aborted) return;
        await this.#askTarget(target);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.concurrency, waiting.length) }, worker));
    // It may have become another one meanwhile.
    if (this.#directory !== undefined) this.#forget(this.#directory);
  }

  async #askTarget(target: Target): Promise<void> {
    const { ask, timeoutMs } = this.#options;
    const { signal } = this.#stopping;
    const { address, port } = target;
    const small = await ask({ address, port, big: false, timeoutMs, signal });
    const big = small.answer === undefined ? undefined : await ask({ address, port, big: true, timeoutMs, signal });
    if (signal.aborted) return;
    this.#sequence += 1;
    this.#results.set(keyOf(target), {
      ...target,
      at: this.#time(),
      sequence: this.#sequence,
      small,
      ...(big === undefined ? {} : { big }),
    });
  }

  /** Takes out what nobody is to ask any more, so that memory does not grow with the Pods that there ever were. */
  #forget(directory: ProbeDirectory): void {
    const keys = new Set(directory.members.flatMap((member) => targetsOf(member, directory)).map(keyOf));
    for (const key of this.#results.keys()) if (!keys.has(key)) this.#results.delete(key);
    const names = new Set(directory.members.map(({ cluster }) => cluster));
    for (const name of this.#lastAsked.keys()) if (!names.has(name)) this.#lastAsked.delete(name);
  }

  #time(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}

function keyOf({ cluster, kind, address, port }: Target): string {
  return `${cluster} ${kind} ${address} ${port}`;
}
