import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Status } from '../../apis/meta/v1.ts';
import type { Clock } from '../time/clock.ts';
import { oneLine } from './connection-errors.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { redactSecrets } from './secret-redaction.ts';

export interface FailedCall {
  readonly cluster: string;
  readonly method: string;
  readonly path: string;
  /** `get deployments.apps "shop/web"` */
  readonly what: string;
  /** What was sent, when its content must not be repeated. */
  readonly secret?: unknown;
  /** Wall time, milliseconds: for a Retry-After that is a date. */
  readonly now: number;
}

const EXCERPT_LENGTH = 200;
const MAX_ERROR_BODY = 64 * 1024;
const ERROR_BODY_TIMEOUT_MS = 5_000;

/** Puts an answer with a status of 400 or above into words: one line that says what, where, why. */
export function toApiError(status: number, headers: IncomingHttpHeaders, text: string, call: FailedCall): ApiError {
  const said = call.secret === undefined ? text : redactSecrets(text, call.secret);
  const body = parseStatus(said);
  const reason = body?.reason || (STATUS_CODES[status]?.replaceAll(' ', '') ?? `HTTP${status}`);
  const explanation = oneLine(body?.message ?? said.slice(0, EXCERPT_LENGTH * 4)).slice(
    0,
    body ? undefined : EXCERPT_LENGTH,
  );
  const why = explanation === '' ? reason : `${reason}: ${explanation}`;
  return new ApiError(`${call.what} in cluster "${call.cluster}": ${why}`, {
    code: status,
    reason,
    method: call.method,
    path: call.path,
    cluster: call.cluster,
    body,
    retryAfterMs: retryAfterMs(headers['retry-after'], body?.details?.retryAfterSeconds, call.now),
  });
}

function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const parsed: Status = JSON.parse(text);
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    // Cut off, or no JSON after all: the caller shows its beginning instead.
    return undefined;
  }
}

/** Seconds or a date, as HTTP has it; API servers say the same once more in the Status. */
function retryAfterMs(header: string | undefined, seconds: number | undefined, now: number): number | undefined {
  if (header !== undefined && /^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = header === undefined ? Number.NaN : Date.parse(header);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** What a refused watch has to say; bounded in size and time, because nobody else bounds a stream. */
export async function readErrorBody(body: AsyncIterable<Buffer>, clock: Clock): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const iterator = body[Symbol.asyncIterator]();
  const cancel = clock.after(ERROR_BODY_TIMEOUT_MS, () => void iterator.return?.());
  try {
    for (let next = await iterator.next(); next.done !== true && size < MAX_ERROR_BODY; next = await iterator.next()) {
      chunks.push(next.value);
      size += next.value.length;
    }
  } catch (error) {
    // The status is there and says enough; what came of the body is shown with it.
    if (!(error instanceof ConnectionError)) throw error;
  } finally {
    cancel();
    await iterator.return?.();
  }
  return Buffer.concat(chunks).toString();
}
