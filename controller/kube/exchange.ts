import type http from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import type { WithTunnelSignal } from './agents.ts';
import { type Route, toConnectionError } from './connection-errors.ts';
import { ConnectionError } from './errors.ts';
import type { Fence } from './fence.ts';
import type { Slots } from './slots.ts';
import type { TransportResponse, TransportStream } from './transport.ts';

const gunzip = promisify(zlib.gunzip);

export interface RequestOptions {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly agent: Agent;
}

export interface ExchangeContext {
  readonly route: Route;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Where a place has to be had first; streams need none. */
  readonly slots: Slots | undefined;
  /** Of a write: it goes out, and stays under way, only while this is open. */
  readonly fence: Fence | undefined;
  open(options: http.RequestOptions): ClientRequest;
  /** Called once, when nothing of the exchange is left. */
  settled(exchange: Exchange): void;
}

/** The server closed a kept connection as it was used again, and cannot have acted upon the request. `cause` is the ConnectionError. */
export class StaleSocketError extends Error {
  readonly agent: Agent;

  constructor(agent: Agent, cause: ConnectionError) {
    super(cause.message, { cause });
    this.agent = agent;
  }
}

type Phase = 'waiting' | 'sent' | 'reading' | 'over';

/** One request and its answer: bounded in time, abortable at every point, and leaving nothing behind. Used once. */
export class Exchange {
  readonly #options: RequestOptions;
  readonly #body: string | undefined;
  readonly #signal: AbortSignal;
  readonly #context: ExchangeContext;
  #phase: Phase = 'waiting';
  #request: ClientRequest | undefined;
  #tunnel: AbortController | undefined;
  #received = 0;
  #givenUp: unknown;
  #leaveQueue = nothing;
  #cancelTimer = nothing;
  #stopListening = nothing;
  #leaveFence = nothing;
  #answered: (response: IncomingMessage) => void = nothing;
  #reject: (error: unknown) => void = nothing;

  constructor(options: RequestOptions, body: string | undefined, signal: AbortSignal, context: ExchangeContext) {
    this.#options = options;
    this.#body = body;
    this.#signal = signal;
    this.#context = context;
  }

  async whole(): Promise<TransportResponse> {
    const answer = await new Promise<TransportResponse>((resolve, reject) => {
      this.#begin(reject, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          this.#received += chunk.length;
          chunks.push(chunk);
        });
        response.on('error', (error) => this.#fail(error));
        response.on('end', () => {
          const [only] = chunks;
          const body = only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, this.#received);
          this.#settle();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
    });
    const encoding = answer.headers['content-encoding'];
    return encoding === undefined || encoding === 'identity' ? answer : await this.#decoded(answer, encoding);
  }

  /** Resolves when the headers are there; from then on only the signal, the server and the reader end it. */
  stream(): Promise<TransportStream> {
    return new Promise((resolve, reject) => {
      this.#begin(reject, (response) => {
        this.#cancelTimer();
        response.once('close', () => this.#settle());
        const body = { [Symbol.asyncIterator]: () => this.#chunks(response) };
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
  }

  giveUp(reason: unknown): void {
    if (this.#phase === 'over') return;
    this.#givenUp = reason;
    this.#settle();
    this.#reject(reason);
    this.#tunnel?.abort(reason);
    this.#request?.destroy();
  }

  #begin(reject: (error: unknown) => void, answered: (response: IncomingMessage) => void): void {
    const { clock, fence, slots, timeoutMs } = this.#context;
    this.#reject = reject;
    this.#answered = answered;
    if (this.#signal.aborted) {
      this.giveUp(this.#signal.reason);
      return;
    }
    this.#cancelTimer = clock.after(timeoutMs, () => this.giveUp(this.#timeoutError()));
    this.#stopListening = onAbort(this.#signal, () => this.giveUp(this.#signal.reason));
    if (fence !== undefined) {
      if (!this.#mayWrite(fence)) return;
      this.#leaveFence = onAbort(fence.signal, () => this.giveUp(fence.signal.reason));
    }
    if (slots === undefined) this.#send();
    else this.#leaveQueue = slots.take(() => this.#send());
  }

  #send(): void {
    this.#phase = 'sent';
    const options: http.RequestOptions & WithTunnelSignal = {
      ...this.#options,
      tunnelSignal: () => this.#tunnelSignal(),
    };
    try {
      const request = this.#context.open(options);
      this.#request = request;
      // Stays to the end: what a destroyed request still has to say must find somebody who listens.
      request.on('error', (error) => this.#fail(error));
      request.once('response', (response) => {
        this.#phase = 'reading';
        this.#answered(response);
      });
      const { fence } = this.#context;
      if (fence === undefined) request.end(this.#body);
      else whenConnected(request, () => this.#mayWrite(fence) && request.end(this.#body));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Asked again once the connection is there: what Node holds back for a handshake would leave unasked, however late. */
  #mayWrite(fence: Fence): boolean {
    if (this.#phase === 'over') return false;
    try {
      fence.check();
      return true;
    } catch (error) {
      this.giveUp(error);
      return false;
    }
  }

  #fail(thrown: unknown): void {
    if (this.#phase === 'over') return;
    const error = toConnectionError(thrown, this.#context.route);
    const stale = this.#wasStale(error);
    this.#settle();
    this.#reject(stale ? new StaleSocketError(this.#options.agent, error) : error);
    this.#request?.destroy();
  }

  /** EPIPE: not all of the request was taken, so that nobody can have acted upon it. ECONNRESET leaves that open. */
  #wasStale(error: ConnectionError): boolean {
    if (this.#phase !== 'sent' || this.#request?.reusedSocket !== true) return false;
    return error.code === 'EPIPE' || (error.code === 'ECONNRESET' && this.#options.method === 'GET');
  }

  #settle(): void {
    if (this.#phase === 'over') return;
    const entered = this.#phase !== 'waiting';
    this.#phase = 'over';
    this.#cancelTimer();
    this.#stopListening();
    this.#leaveFence();
    const { slots } = this.#context;
    if (!entered) this.#leaveQueue();
    // One tick later the connection is back among the idle ones, so that the next request finds it and opens no other.
    else if (slots !== undefined) process.nextTick(() => slots.release());
    this.#context.settled(this);
  }

  #chunks(response: IncomingMessage): AsyncIterator<Buffer> {
    const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
    return {
      next: async () => {
        try {
          return await chunks.next();
        } catch (error) {
          throw this.#givenUp ?? toConnectionError(error, this.#context.route);
        }
      },
      return: async () => {
        if (!response.complete) this.#request?.destroy();
        return { done: true, value: undefined };
      },
    };
  }

  async #decoded(answer: TransportResponse, encoding: string): Promise<TransportResponse> {
    const { route } = this.#context;
    try {
      if (encoding !== 'gzip') throw new Error(`nobody asked for the encoding "${encoding}"`);
      return { ...answer, body: await gunzip(answer.body) };
    } catch (cause) {
      const message = `cluster "${route.cluster}" at ${route.server}: the answer cannot be decompressed`;
      throw new ConnectionError(message, { code: 'EBADENCODING', cluster: route.cluster, cause });
    }
  }

  #tunnelSignal(): AbortSignal {
    this.#tunnel ??= new AbortController();
    return this.#tunnel.signal;
  }

  #timeoutError(): ConnectionError {
    const { route, timeoutMs } = this.#context;
    const within = `within ${timeoutMs / 1000} s`;
    const words = {
      waiting: `not sent ${within}, because too many earlier requests have no answer yet`,
      sent: `no answer ${within}`,
      reading: `the answer was not complete ${within} (${this.#received} bytes came)`,
      over: 'timed out',
    }[this.#phase];
    const message = `cluster "${route.cluster}" at ${route.server}: ${words}`;
    return new ConnectionError(message, { code: 'ETIMEDOUT', cluster: route.cluster });
  }
}

/** Calls back when the request has a connection on which it would leave at once. */
function whenConnected(request: ClientRequest, ready: () => void): void {
  request.once('socket', (socket: Socket & { readonly secureConnecting?: boolean }) => {
    if (socket.secureConnecting === true) socket.once('secureConnect', ready);
    else if (socket.connecting) socket.once('connect', ready);
    else ready();
  });
}

function nothing(): void {}
