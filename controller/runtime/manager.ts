import type { Log } from '../telemetry/log.ts';
import { type Clock, systemClock } from '../time/clock.ts';

/** Something that runs from `start` to `close`. */
export interface Component {
  readonly name: string;
  /** Resolves when what comes after it may start. Rejecting stops everything. */
  start(signal: AbortSignal): Promise<void>;
  /** Idempotent; also called on a component whose start failed or was given up. */
  close(): Promise<void>;
}

export interface ManagerOptions {
  log: Log;
  clock?: Clock;
  /** A component that takes longer to close, in milliseconds, is named in the log and left behind. Default 5,000. */
  closeTimeoutMs?: number;
}

/** Starts components in the order in which they were added, and closes them in reverse. */
export class Manager {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #components: Component[] = [];
  readonly #started: Component[] = [];
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #ready = false;

  constructor(options: ManagerOptions) {
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
  }

  /** Whether everything has started and nothing is closing. */
  get ready(): boolean {
    return this.#ready;
  }

  /** To be called before `start`. */
  add(component: Component): void {
    if (this.#starting !== undefined) throw new Error(`component ${component.name} comes after the start`);
    this.#components.push(component);
  }

  /** Resolves when everything runs. When one cannot start, those that did are closed and its error is thrown. */
  start(signal: AbortSignal): Promise<void> {
    this.#starting ??= this.#start(signal);
    return this.#starting;
  }

  /** Gives up a start that is under way and closes everything. Rejects with an AggregateError of what went wrong. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(signal: AbortSignal): Promise<void> {
    const stop = () => this.#stopping.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (const component of this.#components) {
        this.#stopping.signal.throwIfAborted();
        this.#started.push(component);
        this.#log.debug({ component: component.name }, 'starting');
        await component.start(this.#stopping.signal);
      }
      this.#stopping.signal.throwIfAborted();
      this.#ready = true;
    } catch (error) {
      const failures = await this.#closeStarted();
      if (failures.length > 0)
        this.#log.error({ failures: failures.map(String) }, 'closing after a failed start failed');
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #close(): Promise<void> {
    this.#ready = false;
    this.#stopping.abort(new Error('the manager is stopping'));
    // A start that fails has its own listener for the error, and closes what it started itself.
    await this.#starting?.catch(() => undefined);
    const failures = await this.#closeStarted();
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} components did not close cleanly`);
  }

  async #closeStarted(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let component = this.#started.pop(); component !== undefined; component = this.#started.pop()) {
      try {
        await this.#closeInTime(component);
      } catch (error) {
        this.#log.error({ component: component.name, err: error }, 'a component did not close cleanly');
        failures.push(error);
      }
    }
    return failures;
  }

  async #closeInTime(component: Component): Promise<void> {
    let cancel: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(this.#closeTimeoutMs, () =>
        reject(new Error(`component ${component.name} did not close within ${this.#closeTimeoutMs} ms`)),
      );
    });
    try {
      await Promise.race([component.close(), late]);
    } finally {
      cancel?.();
    }
  }
}
