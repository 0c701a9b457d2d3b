import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { type Clock, systemClock } from '../time/clock.ts';
import { type AgentOptions, createAgent } from './agents.ts';
import type { Credential } from './credentials.ts';
import { type Endpoint, isLoopback, parseServer, type ServerAddress } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { Exchange, type ExchangeContext, type RequestOptions, StaleSocketError } from './exchange.ts';
import { type Fence, isWrite } from './fence.ts';
import { parseProxy } from './proxy.ts';
import { Slots } from './slots.ts';

export interface TransportRequest {
  method: string;
  /** From the root of the API, with the query. */
  path: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: string;
  /** For the whole exchange, in milliseconds; for a stream until the headers of the answer are there. */
  timeoutMs?: number;
  signal: AbortSignal;
}

export interface TransportResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** Read to its end and decoded. */
  body: Buffer;
}

export interface TransportStream {
  status: number;
  headers: IncomingHttpHeaders;
  /** Ends when the server ends it, rejects with a ConnectionError when it breaks. Leaving the loop closes the socket. */
  body: AsyncIterable<Buffer>;
}

/**
 * Carries requests to one API server. An HTTP status of whatever number is an answer, never an error; a ConnectionError
 * means that there was none. An aborted signal rejects with the signal's reason and frees the socket at once.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  stream(request: TransportRequest): Promise<TransportStream>;
  /** Gives up what is under way and closes every socket. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Requests on their way at once; what exceeds them waits. Streams are not counted. Default 40. */
  maxSockets?: number;
  /** For a whole request that names no timeout of its own, in milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** For TCP and TLS handshakes together, and for a proxy's, in milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  clock?: Clock;
  /** Asked before each write. Default: whoever has this may write at any time. */
  fence?: Fence | undefined;
}

/** Connects to nothing before the first request. */
export function createTransport(endpoint: Endpoint, options: TransportOptions = {}): Transport {
  return new HttpTransport(endpoint, options);
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_SOCKETS = 40;
const MAX_IDLE_STREAM_SOCKETS = 4;

/** The connections made with one client certificate. Streams have their own, so that neither can starve the other. */
interface Pool {
  readonly credential: Credential;
  readonly requests: http.Agent;
  readonly streams: http.Agent;
}

class HttpTransport implements Transport {
  readonly #endpoint: Endpoint;
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #slots: Slots;
  readonly #underWay = new Set<Exchange>();
  #address: ServerAddress | undefined;
  #pool: Pool | undefined;
  #closed = false;

  constructor(endpoint: Endpoint, options: TransportOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#slots = new Slots(options.maxSockets ?? DEFAULT_MAX_SOCKETS);
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    return this.#withCredential(request, (credential) => this.#start(request, credential, false).whole());
  }

  stream(request: TransportRequest): Promise<TransportStream> {
    return this.#withCredential(
      request,
      (credential) => this.#start(request, credential, true).stream(),
      (refused) => void refused.body[Symbol.asyncIterator]().return?.(),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const exchange of [...this.#underWay]) exchange.giveUp(this.#closedError());
    this.#pool?.requests.destroy();
    this.#pool?.streams.destroy();
    this.#pool = undefined;
  }

  /** A 401 has the credential read again once, for all who were refused with it, and is asked again when it is another. */
  async #withCredential<Answer extends { status: number }>(
    request: TransportRequest,
    send: (credential: Credential) => Promise<Answer>,
    discard?: (answer: Answer) => void,
  ): Promise<Answer> {
    const { credentials } = this.#endpoint;
    const used = await credentials.get(request.signal);
    const answer = await retryOnceIfStale(send, used);
    if (answer.status !== 401) return answer;
    credentials.invalidate(used);
    let renewed: Credential;
    try {
      renewed = await credentials.get(request.signal);
    } catch (error) {
      discard?.(answer);
      throw error;
    }
    if (isSame(used, renewed)) return answer;
    discard?.(answer);
    return await retryOnceIfStale(send, renewed);
  }

  #start(request: TransportRequest, credential: Credential, isStream: boolean): Exchange {
    if (this.#closed) throw this.#closedError();
    this.#address ??= parseServer(this.#endpoint.server, this.#endpoint.cluster);
    const address = this.#address;
    const pool = this.#poolFor(credential, address);
    const options: RequestOptions = {
      host: address.host,
      port: address.port,
      method: request.method,
      path: address.basePath + request.path,
      headers: this.#headers(request, credential, address, isStream),
      agent: isStream ? pool.streams : pool.requests,
    };
    const context: ExchangeContext = {
      route: { cluster: this.#endpoint.cluster, server: address.display, host: address.host },
      clock: this.#clock,
      timeoutMs: request.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      slots: isStream ? undefined : this.#slots,
      fence: isWrite(request.method) ? this.#options.fence : undefined,
      open: (options) => (address.secure ? https.request(options) : http.request(options)),
      settled: (exchange) => this.#underWay.delete(exchange),
    };
    const exchange = new Exchange(options, request.body, request.signal, context);
    this.#underWay.add(exchange);
    return exchange;
  }

  #headers(request: TransportRequest, credential: Credential, address: ServerAddress, isStream: boolean): string[] {
    // A flat list is written as it stands; Node takes an object apart and looks at each header again.
    const headers = ['host', address.authority];
    if (credential.authorization !== undefined) headers.push('authorization', credential.authorization);
    if (!isStream && !isLoopback(address.host)) headers.push('accept-encoding', 'gzip');
    if (request.body !== undefined) headers.push('content-length', String(Buffer.byteLength(request.body)));
    for (const name in request.headers) headers.push(name, request.headers[name] ?? '');
    const always = this.#endpoint.headers;
    for (const name in always) {
      for (const value of [always[name] ?? []].flat()) headers.push(name, value);
    }
    return headers;
  }

  /** Another client certificate means other connections; those under way with the old one are left to end. */
  #poolFor(credential: Credential, address: ServerAddress): Pool {
    const current = this.#pool;
    if (current !== undefined) {
      if (current.credential.cert === credential.cert && current.credential.key === credential.key) return current;
      retire(current.requests);
      retire(current.streams);
    }
    const { cluster, tls, proxyUrl } = this.#endpoint;
    const agentOptions: AgentOptions = {
      cluster,
      server: address.display,
      secure: address.secure,
      host: address.host,
      port: address.port,
      tls,
      proxy: proxyUrl === undefined || proxyUrl === '' ? undefined : parseProxy(proxyUrl, cluster),
      connectTimeoutMs: this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      maxIdle: this.#options.maxSockets ?? DEFAULT_MAX_SOCKETS,
      clock: this.#clock,
    };
    this.#pool = {
      credential,
      requests: createAgent(agentOptions, credential),
      streams: createAgent({ ...agentOptions, maxIdle: MAX_IDLE_STREAM_SOCKETS }, credential),
    };
    return this.#pool;
  }

  #closedError(): ConnectionError {
    const { cluster } = this.#endpoint;
    return new ConnectionError(`cluster "${cluster}": the connection was closed`, { code: 'CLOSED', cluster });
  }
}

function isSame(one: Credential, other: Credential): boolean {
  return (
    one === other || (one.authorization === other.authorization && one.cert === other.cert && one.key === other.key)
  );
}

/**
 * A kept connection may be closed by the server in the very moment in which it is used again. Nothing is wrong then, and
 * what the server cannot have acted upon is sent again, once.
 */
async function retryOnceIfStale<Answer>(
  send: (credential: Credential) => Promise<Answer>,
  credential: Credential,
): Promise<Answer> {
  try {
    return await send(credential);
  } catch (error) {
    if (!(error instanceof StaleSocketError)) throw error;
    // Where one was closed the others most likely were too.
    dropIdle(error.agent);
  }
  try {
    return await send(credential);
  } catch (error) {
    throw error instanceof StaleSocketError ? error.cause : error;
  }
}

/** No idle connection is kept any more; those in use close when they are done. */
function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  dropIdle(agent);
}

function dropIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}
