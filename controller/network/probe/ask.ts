import http from 'node:http';
import { isIPv4 } from 'node:net';
import { type Attempt, BIG_BYTES, type ProbeAnswer } from './report.ts';

export interface Question {
  readonly address: string;
  readonly port: number;
  readonly big: boolean;
  /** For the whole of it, milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks one address once. Never rejects: every way to fail is an answer. */
export type Ask = (question: Question) => Promise<Attempt>;

/** An answer is 4 KiB and the names in it; what is longer comes from something else. */
const LONGEST_ANSWER = 4 * BIG_BYTES;

const FILLING = 'x'.repeat(BIG_BYTES);

/** Where an answer comes from that is none of the network's making: a connection of its own for each, and no proxy. */
export const askOverHttp: Ask = ({ address, port, big, timeoutMs, signal, headers }) => {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (rest: Omit<Attempt, 'ms'>) => {
      clearTimeout(timer);
      resolve({ ms: Math.round((performance.now() - began) * 10) / 10, ...rest });
      request.destroy();
    };
    const timer = setTimeout(() => end({ error: 'ETIMEDOUT' }), timeoutMs);
    const request = http.request({
      host: address,
      port,
      agent: false,
      method: big ? 'POST' : 'GET',
      path: big ? '/big' : '/',
      signal,
      headers: { host: isIPv4(address) ? address : `[${address}]`, connection: 'close', ...headers },
    });
    request.on('error', (error: NodeJS.ErrnoException) => end({ error: error.code ?? 'EUNKNOWN' }));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > LONGEST_ANSWER) end({ error: 'EBADANSWER' });
      });
      response.on('error', (error: NodeJS.ErrnoException) => end({ error: error.code ?? 'EUNKNOWN' }));
      response.on('end', () => {
        const answer = response.statusCode === 200 ? parseAnswer(text, big) : undefined;
        end(answer === undefined ? { error: 'EBADANSWER' } : { answer });
      });
    });
    request.end(big ? FILLING : undefined);
  });
};

function parseAnswer(text: string, big: boolean): ProbeAnswer | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { cluster, node, nonce, peer } = value ?? {};
  if (typeof cluster !== 'string' || typeof node !== 'string' || typeof nonce !== 'string' || typeof peer !== 'string')
    return undefined;
  return big && text.length < BIG_BYTES ? undefined : { cluster, node, nonce, peer };
}
