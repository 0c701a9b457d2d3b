import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../../../controller/time/clock.ts';

/** What becomes of an answer on its way out. */
export interface OutgoingFaults {
  /** Break the connection once so many bytes of the body were sent. */
  readonly resetAfterBytes?: number;
  /** End the answer after so many bytes; `half`: of what it would be. */
  readonly truncateTo?: number | 'half';
}

/** Tears the connection down without a word: the client sees ECONNRESET. */
export function breakConnection(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) response.destroy();
  // Below TLS there is no way to a reset; a close without its farewell is told to clients as one.
  else if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** Lets the answer be written as always, and spoils what goes out. */
export function spoil(response: ServerResponse, { resetAfterBytes, truncateTo }: OutgoingFaults): void {
  if (truncateTo !== undefined) truncate(response, truncateTo);
  if (resetAfterBytes !== undefined) resetAfter(response, resetAfterBytes);
}

function truncate(response: ServerResponse, truncateTo: number | 'half'): void {
  const parts: Buffer[] = [];
  const { writeHead, end } = response;
  let head: { status: number; headers: Record<string, string> } | undefined;
  // Its length is known only when all of it is.
  response.writeHead = ((status: number, ...more: unknown[]) => {
    head = { status, headers: headersIn(more) };
    return response;
  }) as typeof response.writeHead;
  response.write = ((chunk: string | Buffer) => {
    parts.push(Buffer.from(chunk as string));
    return true;
  }) as typeof response.write;
  response.end = ((chunk?: unknown) => {
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) parts.push(Buffer.from(chunk as string));
    const whole = Buffer.concat(parts);
    const sent = whole.subarray(0, truncateTo === 'half' ? Math.floor(whole.length / 2) : truncateTo);
    for (const name of ['content-length', 'transfer-encoding']) response.removeHeader(name);
    const { status = response.statusCode, headers = {} } = head ?? {};
    const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length');
    writeHead.call(response, status, { ...Object.fromEntries(kept), 'content-length': String(sent.length) });
    return end.call(response, sent, 'utf8');
  }) as typeof response.end;
}

function headersIn(args: readonly unknown[]): Record<string, string> {
  const last = args.at(-1);
  return typeof last === 'object' && last !== null && !Array.isArray(last) ? (last as Record<string, string>) : {};
}

function resetAfter(response: ServerResponse, bytes: number): void {
  const { write, end } = response;
  let left = bytes;
  let broken = false;
  const pass = (chunk: string | Buffer): boolean => {
    if (broken) return true;
    const buffer = Buffer.from(chunk as string);
    if (buffer.length < left) {
      left -= buffer.length;
      return write.call(response, buffer, 'utf8');
    }
    broken = true;
    // The bytes go out before the connection breaks: what is wanted is half an answer, not none.
    write.call(response, buffer.subarray(0, left), 'utf8', () => setImmediate(() => breakConnection(response)));
    return true;
  };
  response.write = pass as typeof response.write;
  response.end = ((chunk?: unknown) => {
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) pass(chunk);
    return broken ? response : (end as (this: ServerResponse) => ServerResponse).call(response);
  }) as typeof response.end;
}

/** Resolves after so many milliseconds, or when the connection is gone. */
export function pause(clock: Clock, ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      response.off('close', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    response.once('close', done);
  });
}
