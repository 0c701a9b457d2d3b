import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Clock, systemClock } from '../../controller/time/clock.ts';
import type { Output } from '../context.ts';
import { run } from '../program.ts';
import { createRunContext } from '../run-context.ts';
import { ApiServer } from './api-server.ts';

/** What a person sees of one run. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** A person sits at a terminal and answers so. */
  answer?: boolean;
  stdin?: string;
  signal?: AbortSignal;
  /** stdout and stderr are terminals. */
  terminal?: boolean;
  /** How many times faster than the wall's the clock of the run goes, for what waits long. */
  speed?: number;
  /** Told of each write to stdout, for what never ends by itself. */
  onStdout?: (text: string) => void;
}

/** Now, for fedctl: an hour after the stand-in's objects were made. */
export const NOW = Date.parse('2026-01-01T01:00:00Z');

/** API servers under the names of contexts; the first is the current one. */
export class Sandbox<Name extends string = 'host'> {
  readonly servers: Readonly<Record<Name, ApiServer>>;
  readonly kubeconfig: string;
  readonly #directory: string;
  readonly #questions: string[] = [];

  private constructor(servers: Readonly<Record<Name, ApiServer>>, directory: string) {
    this.servers = servers;
    this.#directory = directory;
    this.kubeconfig = join(directory, 'kubeconfig');
  }

  static async start<const Name extends string>(...names: readonly Name[]): Promise<Sandbox<Name>> {
    const started = names.map((name) => [name, new ApiServer()] as const);
    await Promise.all(started.map(([, server]) => server.listen()));
    const directory = await mkdtemp(join(tmpdir(), 'fedctl-'));
    const sandbox = new Sandbox(Object.fromEntries(started) as Record<Name, ApiServer>, directory);
    await writeFile(sandbox.kubeconfig, kubeconfigFor(started.map(([name, { url }]) => ({ name, url }))));
    return sandbox;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values<ApiServer>(this.servers).map((server) => server.close()));
    await rm(this.#directory, { recursive: true });
  }

  /** What was asked on the terminal. */
  get questions(): readonly string[] {
    return this.#questions;
  }

  /** Runs `fedctl` with these words. Paths and ports of this run are written `KUBECONFIG` and `PORT` in what it prints. */
  async fedctl(line: string, options: RunOptions = {}): Promise<Run> {
    return this.run(
      line.split(' ').filter((word) => word !== ''),
      options,
    );
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Run> {
    const printed = { stdout: '', stderr: '' };
    const output = (stream: 'stdout' | 'stderr'): Output => ({
      write: (text) => {
        printed[stream] += text;
        if (stream === 'stdout') options.onStdout?.(text);
      },
      isTTY: options.terminal === true,
      columns: 80,
      rows: 24,
    });
    const { speed = 1 } = options;
    const clock: Clock = {
      now: () => NOW,
      monotonic: () => systemClock.monotonic() * speed,
      after: (ms, callback) => systemClock.after(ms / speed, callback),
    };
    const context = createRunContext({
      stdout: output('stdout'),
      stderr: output('stderr'),
      stdinIsTTY: options.terminal === true,
      clock,
      signal: options.signal ?? new AbortController().signal,
      environment: { KUBECONFIG: this.kubeconfig },
      readInput: async () => options.stdin ?? '',
      confirm: async (question) => {
        this.#questions.push(question);
        return options.answer === true;
      },
    });
    const code = await run(argv, context);
    return { code, stdout: this.#anonymous(printed.stdout), stderr: this.#anonymous(printed.stderr) };
  }

  #anonymous(text: string): string {
    return text.replaceAll(this.kubeconfig, 'KUBECONFIG').replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
  }
}

function kubeconfigFor(contexts: readonly { name: string; url: string }[]): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: contexts.map(({ name, url }) => ({ name, cluster: { server: url } })),
    users: contexts.map(({ name }) => ({ name, user: { token: `token-of-${name}` } })),
    contexts: contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    'current-context': contexts[0]?.name ?? '',
  });
}
