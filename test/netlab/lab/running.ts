import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ENVIRONMENT } from './execute.ts';
import type { Namespace } from './namespace.ts';

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs in a namespace until it is stopped. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  constructor(namespace: Namespace, command: string, args: readonly string[], { cwd, env }: StartOptions = {}) {
    // `ip netns exec` becomes the program: the id is the program's own.
    this.#child = spawn('ip', ['netns', 'exec', namespace.name, command, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...ENVIRONMENT, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString();
      });
    }
    this.#ended = once(this.#child, 'close');
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it has ended, with its exit code; undefined: a signal ended it. */
  async ended(): Promise<number | undefined> {
    await this.#ended;
    return this.#child.exitCode ?? undefined;
  }

  /** Everything that it has printed. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when it has ended. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.#ended;
  }
}
