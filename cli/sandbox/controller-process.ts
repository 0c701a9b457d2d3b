import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOG_TAIL_BYTES = 4096;

/** A `fedmesh-controller` in a process of its own that does not outlive this one. */
export class SandboxController {
  readonly #child: ChildProcess;
  readonly logFile: string;
  /** Resolves when it has ended, however. */
  readonly exited: Promise<void>;

  private constructor(child: ChildProcess, logFile: string) {
    this.#child = child;
    this.logFile = logFile;
    this.exited = once(child, 'exit').then(() => undefined);
  }

  /** @param logFile where its log is appended to */
  static start(options: {
    kubeconfig: string;
    namespace: string;
    logFile: string;
    dashboardPort: number;
  }): SandboxController {
    const { kubeconfig, namespace, logFile, dashboardPort } = options;
    const log = openSync(logFile, 'a', 0o600);
    try {
      const dashboard = [`--dashboard-addr=127.0.0.1:${dashboardPort}`, '--dashboard-open'];
      const args = [`--kubeconfig=${kubeconfig}`, `--kubefed-namespace=${namespace}`, ...dashboard];
      // Ours ends first by `stop()`: a group of its own, so that Ctrl-C on the terminal does not reach it.
      const child = fork(childModule(), [...args, '--healthz-addr=0', '--metrics-addr=127.0.0.1:0'], {
        stdio: ['ignore', log, log, 'ipc'],
        detached: true,
      });
      return new SandboxController(child, logFile);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** It lets go in order; what is not done by then ends with it. May be called again. */
  async stop(): Promise<void> {
    if (this.running) this.#child.kill('SIGTERM');
    await this.exited;
  }

  /** The last lines that it logged. */
  async lastWords(): Promise<string> {
    const log = await open(this.logFile);
    try {
      const { size } = await log.stat();
      const from = Math.max(0, size - LOG_TAIL_BYTES);
      const { buffer, bytesRead } = await log.read(Buffer.alloc(LOG_TAIL_BYTES), 0, LOG_TAIL_BYTES, from);
      return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-3).join('\n');
    } finally {
      await log.close();
    }
  }
}

/** The module as written, and as built beside this one: run from the package both are `.js`. */
function childModule(): string {
  const written = new URL('./controller-child.ts', import.meta.url);
  return fileURLToPath(written).replace(/\.ts$/, extname(import.meta.filename));
}
