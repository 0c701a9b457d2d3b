import type { Problem } from '../../../../../apis/dashboard/v1.ts';

/** What the server refused, or that it could not be reached (status 0). */
export class RequestFailed extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = 'RequestFailed';
    this.problem = problem;
  }
}

const BASE = '/api/v1/';
export const EVENTS_URL = `${BASE}events`;

/** A server that says nothing for so long is as good as gone. */
const TIMEOUT_MS = 15_000;

/** @param path below /api/v1/ @param token signs in with it; it is sent once and kept nowhere */
export async function read<T>(path: string, signal?: AbortSignal, token?: string): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${BASE}${path}`, {
    headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    cache: 'no-store',
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  }).catch((cause: unknown) => {
    throw new RequestFailed(UNREACHABLE, { cause });
  });
  if (!response.ok) throw new RequestFailed(await problemOf(response));
  return response.json().catch((cause: unknown) => {
    throw new RequestFailed({ ...UNREACHABLE, message: 'The server broke off its answer.' }, { cause });
  });
}

const UNREACHABLE: Problem = {
  status: 0,
  message: 'The server does not answer.',
  hint: 'Is the controller running, and does the port-forward still stand? The page tries again by itself.',
};

async function problemOf(response: Response): Promise<Problem> {
  const answer: unknown = await response.json().catch(() => undefined); // a proxy's page: its status says enough
  const told = typeof answer === 'object' && answer !== null ? answer : {};
  const message = 'message' in told && typeof told.message === 'string' ? told.message : response.statusText;
  const hint = 'hint' in told && typeof told.hint === 'string' ? { hint: told.hint } : {};
  return { status: response.status, message: message || `The server answered ${response.status}.`, ...hint };
}

export function problemIn(error: unknown): Problem {
  if (error instanceof RequestFailed) return error.problem;
  return { status: 0, message: error instanceof Error ? error.message : String(error) };
}
