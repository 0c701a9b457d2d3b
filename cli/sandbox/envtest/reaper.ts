import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Reads process ids until this process closes the pipe or dies, however it dies: the kernel closes the pipe.
 * Then it kills those that still run and bear the directory in their command line (an id may have been given
 * to a stranger by then), waits until they are gone, and removes the directory if told to.
 * Plain sh, and of the tools only what every Debian, Alpine and macOS has.
 */
const REAPER = `
dir=$1 remove=$2
trap '' INT TERM HUP
ours() {
  if [ -d /proc/self ]; then grep -qsaF -- "$dir" "/proc/$1/cmdline"
  else ps -o args= -p "$1" 2>/dev/null | grep -qF -- "$dir"; fi
}
pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do if ours "$pid"; then kill -KILL "$pid"; fi; done
for pid in $pids; do while ours "$pid"; do sleep 0.02; done; done
if [ "$remove" = remove ]; then rm -rf -- "$dir"; fi
`;

/** The child tells the reaper its own id before it becomes the program, so that no moment is left unguarded. */
const REGISTER_AND_EXEC = 'echo $$ >&3; exec "$@" 3>&-';

/** Starts processes that never outlive this one, not even when it is killed with SIGKILL. */
export class Reaper {
  readonly #directory: string;
  readonly #shell: ChildProcess;
  readonly #children = new Set<ChildProcess>();
  #closed: Promise<void> | undefined;

  private constructor(directory: string, shell: ChildProcess) {
    this.#directory = directory;
    this.#shell = shell;
  }

  /** @param directory what each program's arguments must mention: it tells our processes from strangers. */
  static async start(directory: string, options: { removeDirectory: boolean }): Promise<Reaper> {
    // A session of its own: Ctrl-C on the terminal reaches this process, which then closes in order.
    const shell = spawn('sh', ['-c', REAPER, 'reaper', directory, options.removeDirectory ? 'remove' : 'keep'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    shell.stdin.on('error', () => shell.kill('SIGKILL')); // its exit is what close() waits for
    await once(shell, 'spawn');
    return new Reaper(directory, shell);
  }

  /** Resolves once the program has been started; its output is appended to `logFile`. */
  async spawn(program: string, args: readonly string[], logFile: string): Promise<ChildProcess> {
    if (this.#closed !== undefined) throw new Error(`${program} cannot be started: its control planes are closed`);
    if (!args.some((arg) => arg.includes(this.#directory)))
      throw new Error(`${program} does not mention its directory`);
    const log: FileHandle = await open(logFile, 'a');
    try {
      const child = spawn('sh', ['-c', REGISTER_AND_EXEC, 'sh', program, ...args], {
        stdio: ['ignore', log.fd, log.fd, this.#shell.stdin],
        detached: true,
      });
      await once(child, 'spawn');
      this.#children.add(child);
      child.once('exit', () => this.#children.delete(child));
      return child;
    } finally {
      await log.close();
    }
  }

  /** Kills every process and waits until they, and the directory if so asked, are gone. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#children].map(killAndWait));
    if (hasExited(this.#shell)) return;
    const exited = once(this.#shell, 'exit');
    this.#shell.stdin?.end();
    await exited;
  }
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** SIGKILL works on a stopped process too. */
export async function killAndWait(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
