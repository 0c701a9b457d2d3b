import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Finished, run } from './processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FEDCTL = join(ROOT, 'dist/cli/main.js');

/** A machine on which a person has Node and nothing else: no kubectl, no Go, no shell tools; and a home of its own. */
export class BareMachine {
  readonly home: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(home: string) {
    this.home = home;
    this.#environment = { PATH: join(home, 'bin'), HOME: home, NO_COLOR: '1' };
  }

  static async make(): Promise<BareMachine> {
    const home = await mkdtemp(join(tmpdir(), 'fedmesh-sandbox-'));
    await mkdir(join(home, 'bin'));
    await symlink(process.execPath, join(home, 'bin', 'node'));
    return new BareMachine(home);
  }

  /** Runs fedctl to its end, in the home of that person. */
  fedctl(line: string, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const unset = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
    return run(process.execPath, [FEDCTL, ...line.split(' ')], {
      env: { ...unset, ...this.#environment, ...env } as Record<string, string>,
    });
  }

  /** Starts what stays, such as `sandbox up`. */
  start(line: string): StayingProcess {
    return new StayingProcess(
      spawn(process.execPath, [FEDCTL, ...line.split(' ')], {
        cwd: this.home,
        env: this.#environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  async remove(): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }
}

export class StayingProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #exited: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.#child = child;
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    this.#exited = once(child, 'exit').finally(() => {
      process.off('exit', kill);
      this.#look();
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        this.#look();
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  /** Resolves with the first line that fits. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.output);
        const over = this.#child.exitCode !== null || this.#child.signalCode !== null;
        if (match === null && !over) return;
        this.#waiting.delete(look);
        if (match === null) reject(new Error(`it ended without ${pattern}:\n${this.output}`));
        else resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.#exited;
    return this.#child.exitCode;
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}
