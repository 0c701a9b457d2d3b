import type { Client } from '../kube/client.ts';
import { ApiError, isUnauthorized } from '../kube/errors.ts';
import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import type { Probe } from './conditions.ts';

export interface HealthOptions {
  clock: Clock;
  /** For the whole probe, retries of the client included. Milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

/** Longest piece of a server's answer that is repeated in a condition. */
const MAX_DETAIL = 200;

/**
 * Asks a member's `/healthz`, KubeFed's question. An API server that answers, whatever it says, is reachable.
 * Rejects only when `signal` is aborted.
 */
export async function probeHealth(client: Client, options: HealthOptions): Promise<Probe> {
  const { clock, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const deadline = new AbortController();
  const cancel = clock.after(timeoutMs, () => deadline.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)));
  const forgetSignal = onAbort(signal, () => deadline.abort(signal.reason));
  try {
    const { text } = await client.raw('GET', '/healthz', { signal: deadline.signal, timeoutMs });
    return text.trim().toLowerCase() === 'ok' ? { outcome: 'healthy' } : { outcome: 'unhealthy', detail: brief(text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError) {
      const remedy = isUnauthorized(error)
        ? `; its token is refused: \`fedctl join ${client.cluster}\` gives it another`
        : '';
      return { outcome: 'unhealthy', detail: `${brief(`${error.code} ${error.message}`)}${remedy}` };
    }
    return { outcome: 'unreachable', detail: brief(error instanceof Error ? error.message : String(error)) };
  } finally {
    cancel();
    forgetSignal();
  }
}

function brief(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length <= MAX_DETAIL ? line : `${line.slice(0, MAX_DETAIL)}…`;
}
