import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs of root are found whatever the shell thinks of it; the messages are in one language. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...(process.env as Record<string, string>),
  PATH: `/usr/local/sbin:/usr/sbin:/sbin:${process.env.PATH ?? '/usr/bin:/bin'}`,
  LC_ALL: 'C',
};

/** Longest that any short command may take, milliseconds. */
const TIMEOUT_MS = 20_000;

/** Runs a short command to its end. */
export async function execute(command: string, args: readonly string[], stdin = ''): Promise<Finished> {
  const child = spawn(command, args, {
    env: ENVIRONMENT,
    stdio: 'pipe',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const parts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    parts.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    parts.stderr += chunk.toString();
  });
  // A command that ends without reading closes the pipe; its exit code tells what became of it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...parts };
}

/** What a command printed that has to succeed. */
export async function output(command: string, args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await execute(command, args, stdin);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}${stdin}`);
}
