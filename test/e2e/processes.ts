import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The programs as a person runs them: the built ones, in processes of their own. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Milliseconds after which it is killed. */
  readonly timeoutMs?: number;
}

/** Runs a command to its end. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: 'pipe',
    timeout: options.timeoutMs ?? 120_000,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  child.stdin.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** `fedctl` with this kubeconfig. */
export function fedctl(kubeconfig: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, ['dist/cli/main.js', ...args], {
    ...options,
    env: { ...options.env, KUBECONFIG: kubeconfig },
  });
}

export function kubectl(kubeconfig: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  // What it remembers of servers stays with this federation: the next one may have the same ports.
  const own = { KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache` };
  return run('kubectl', args, { ...options, env: { ...options.env, ...own } });
}

/** The output of a command that has to succeed. */
export async function succeed(finished: Promise<Finished>): Promise<string> {
  const { code, stdout, stderr } = await finished;
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** A running `fedmesh-controller`. */
export class ControllerProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // One that ignores its signal must not outlive the tests: it would go on, unseen, on whatever it is stuck with.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    this.#exited = once(child, 'exit').finally(() => process.off('exit', kill));
  }

  /** Starts it and waits until it says that it is running. */
  static async start(options: {
    kubeconfig: string;
    namespace?: string;
    args?: readonly string[];
    nodeArgs?: readonly string[];
  }): Promise<ControllerProcess> {
    const { kubeconfig, namespace = 'kube-federation-system', args = [], nodeArgs = [] } = options;
    const addresses = ['--healthz-addr=127.0.0.1:0', '--metrics-addr=127.0.0.1:0'];
    const child = spawn(
      process.execPath,
      [
        ...nodeArgs,
        'dist/controller/main.js',
        `--kubeconfig=${kubeconfig}`,
        `--kubefed-namespace=${namespace}`,
        ...addresses,
        ...args,
      ],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const controller = new ControllerProcess(child);
    await controller.#untilRunning();
    return controller;
  }

  /** By which it holds the Lease, and by which audit logs know it. */
  get identity(): string {
    for (const line of this.#lines) {
      const identity = /"identity":"([^"]+)"/.exec(line)?.[1];
      if (identity !== undefined) return identity;
    }
    throw new Error('the controller has not said who it is');
  }

  /** Stops it in the middle of whatever it does, as a debugger or a starved machine would, until `resume`. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** Resolves when it has ended, however. */
  get exited(): Promise<void> {
    return this.#exited.then(() => undefined);
  }

  /** What it has logged, one JSON object per line. */
  get log(): readonly string[] {
    return this.#lines;
  }

  /** Asks it to stop, and says how it ended. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.#exited;
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  #untilRunning(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onLine = (line: string) => {
        this.#lines.push(line);
        if (line.includes('fedmesh-controller is running')) resolve();
      };
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        if (stream !== null) createInterface({ input: stream }).on('line', onLine);
      }
      this.#exited.then(() => reject(new Error(`the controller ended:\n${this.#lines.join('\n')}`)), reject);
    });
  }
}
