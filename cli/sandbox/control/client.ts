import { CliError, EXIT } from '../../exit.ts';
import type { BreakRequest, ClusterState, Refusal, SandboxReport } from './protocol.ts';
import { readState, type SandboxState } from './state-file.ts';

/** Nobody waits longer for a sandbox that has stopped answering. */
const PATIENCE_MS = 30_000;

/**
 * `gone`: nobody listens where it said it would, it was killed. `silent`: something is there and does not answer as it
 * should.
 */
export type Presence = 'running' | 'starting' | 'gone' | 'silent';

export async function presenceOf(state: SandboxState, patienceMs = 3000): Promise<Presence> {
  try {
    const response = await send(state, 'GET', '/', undefined, patienceMs);
    await response.body?.cancel();
    if (response.status === 503) return 'starting';
    // Another process got the port: it does not know the token.
    return response.ok ? 'running' : 'gone';
  } catch (error) {
    return isRefused(error) ? 'gone' : 'silent';
  }
}

/** The sandbox of that directory, which has to be running. */
export async function findSandbox(directory: string, name: string): Promise<SandboxClient> {
  const state = await readState(directory);
  const presence = state === undefined ? undefined : await presenceOf(state);
  if (state !== undefined && presence === 'running') return new SandboxClient(state);
  if (presence === 'starting') {
    throw new CliError(`the sandbox "${name}" is still coming up`, { hint: 'run the command again in a moment' });
  }
  if (state !== undefined && presence === 'silent') {
    throw new CliError(`the sandbox "${name}" (process ${state.pid}) does not answer`, {
      hint: `kill -9 ${state.pid} ends it, \`fedctl sandbox down\` removes what it leaves`,
      exitCode: EXIT.unreachable,
    });
  }
  const killed = presence === 'gone' ? ': it was killed' : '';
  throw new CliError(`no sandbox "${name}" is running${killed}`, {
    hint: '`fedctl sandbox up` starts one, --name tells one from another',
  });
}

/** Tells a running sandbox what to do. */
export class SandboxClient {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  report(): Promise<SandboxReport> {
    return this.#ask<SandboxReport>('GET', '/');
  }

  break(request: BreakRequest): Promise<ClusterState> {
    return this.#ask<ClusterState>('POST', '/break', request);
  }

  mend(cluster: string): Promise<ClusterState> {
    return this.#ask<ClusterState>('POST', '/mend', { cluster });
  }

  /** Resolves when it has heard; it ends in its own time. */
  async close(): Promise<void> {
    await this.#ask('POST', '/close');
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await send(this.#state, method, path, body, PATIENCE_MS);
    const answer = (await response.json()) as T | Refusal;
    if (!response.ok) {
      const { error, hint } = answer as Refusal;
      throw new CliError(error, { hint });
    }
    return answer as T;
  }
}

function send(
  { url, token }: SandboxState,
  method: string,
  path: string,
  body: object | undefined,
  patienceMs: number,
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(patienceMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function isRefused(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ECONNRESET')) return true;
  }
  return false;
}
