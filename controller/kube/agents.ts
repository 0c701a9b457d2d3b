import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type tls from 'node:tls';
import type { Clock } from '../time/clock.ts';
import type { Route } from './connection-errors.ts';
import type { Credential } from './credentials.ts';
import type { EndpointTls } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { openTunnel, type ProxyServer } from './proxy.ts';
import { needsOwnVerification, peerProblem, tlsConnectOptions } from './tls.ts';

/** How connections to one API server come about. */
export interface AgentOptions extends Route {
  readonly secure: boolean;
  readonly port: number;
  readonly tls: EndpointTls;
  readonly proxy: ProxyServer | undefined;
  readonly connectTimeoutMs: number;
  /** Idle connections that are kept for the next request. */
  readonly maxIdle: number;
  readonly clock: Clock;
}

/** Handed to `http.request`, which hands it on to the agent: ends a tunnel that nobody waits for any more. */
export interface WithTunnelSignal {
  tunnelSignal?: () => AbortSignal;
}

type Connected = (error: Error | null, socket: Duplex) => void;

/** What the types want beside an error; nobody looks at it. */
const NO_SOCKET = new Duplex();

// Below the 90 s after which an API server closes an idle connection, and the 60 s of most load balancers.
const IDLE_MS = 30_000;
const COMMON = {
  keepAlive: true,
  keepAliveMsecs: 30_000,
  timeout: IDLE_MS,
  // Node gives each of several addresses 250 ms: too little for a member on the other side of the world.
  autoSelectFamilyAttemptTimeout: 2_000,
};

/** Keep-alive connections with one client certificate. How many there are at once is the caller's to limit. */
export function createAgent(options: AgentOptions, credential: Credential): http.Agent {
  return options.secure ? new SecureAgent(options, credential) : new PlainAgent(options);
}

class PlainAgent extends http.Agent {
  readonly #options: AgentOptions;
  readonly #closed = new AbortController();

  constructor(options: AgentOptions) {
    super({ ...COMMON, maxFreeSockets: options.maxIdle });
    this.#options = options;
  }

  override createConnection(request: http.ClientRequestArgs & WithTunnelSignal, done?: Connected): Duplex | undefined {
    const options = this.#options;
    if (options.proxy === undefined) {
      const socket = super.createConnection(request) as Socket;
      limitConnectTime(socket, 'connect', options);
      return socket;
    }
    tunnelled(options, options.proxy, request.tunnelSignal?.(), this.#closed.signal).then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, NO_SOCKET),
    );
    return undefined;
  }

  override getName(): string {
    return 'the server';
  }

  override destroy(): void {
    this.#closed.abort();
    super.destroy();
  }
}

class SecureAgent extends https.Agent {
  readonly #options: AgentOptions;
  readonly #closed = new AbortController();

  constructor(options: AgentOptions, credential: Credential) {
    super({
      ...COMMON,
      ...tlsConnectOptions(options.tls, credential, options.cluster),
      maxFreeSockets: options.maxIdle,
      // A resumed session brings no certificate to look at.
      ...(needsOwnVerification(options.tls) ? { maxCachedSessions: 0 } : {}),
    });
    this.#options = options;
  }

  override createConnection(request: https.RequestOptions & WithTunnelSignal, done?: Connected): Duplex | undefined {
    const options = this.#options;
    if (options.proxy === undefined && !needsOwnVerification(options.tls)) {
      const socket = super.createConnection(request) as tls.TLSSocket;
      limitConnectTime(socket, 'secureConnect', options);
      return socket;
    }
    this.#connect(request).then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, NO_SOCKET),
    );
    return undefined;
  }

  async #connect(request: https.RequestOptions & WithTunnelSignal): Promise<tls.TLSSocket> {
    const options = this.#options;
    const tunnel =
      options.proxy === undefined
        ? undefined
        : await tunnelled(options, options.proxy, request.tunnelSignal?.(), this.#closed.signal);
    const tunnelOption = tunnel === undefined ? {} : { socket: tunnel };
    const socket = super.createConnection({ ...request, ...tunnelOption } as https.RequestOptions) as tls.TLSSocket;
    limitConnectTime(socket, 'secureConnect', options);
    // Handed over only now, so that no byte of a request can leave before the certificate has been judged.
    if (needsOwnVerification(options.tls)) await verified(socket, options, request.tunnelSignal?.());
    return socket;
  }

  /** One agent, one server: Node's own name strings all certificates together, for each request. */
  override getName(): string {
    return 'the server';
  }

  override destroy(): void {
    this.#closed.abort();
    super.destroy();
  }
}

async function tunnelled(
  options: AgentOptions,
  proxy: ProxyServer,
  request: AbortSignal | undefined,
  closed: AbortSignal,
): Promise<Socket> {
  const timeout = new AbortController();
  const cancel = options.clock.after(options.connectTimeoutMs, () => timeout.abort(connectTimeout(options, proxy)));
  try {
    const signal = AbortSignal.any([timeout.signal, closed, ...(request === undefined ? [] : [request])]);
    return await openTunnel(proxy, options.host, options.port, { ...options, signal });
  } finally {
    cancel();
  }
}

function verified(socket: tls.TLSSocket, options: AgentOptions, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(new Error('given up'));
    signal?.addEventListener('abort', abort, { once: true });
    const settle = () => {
      signal?.removeEventListener('abort', abort);
      socket.off('error', fail);
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      const problem = peerProblem(socket, options.tls, options.host);
      if (problem === undefined) {
        settle();
        resolve();
      } else {
        socket.destroy();
        fail(problem);
      }
    });
  });
}

function limitConnectTime(socket: Socket, ready: 'connect' | 'secureConnect', options: AgentOptions): void {
  const cancel = options.clock.after(options.connectTimeoutMs, () => socket.destroy(connectTimeout(options)));
  socket.once(ready, cancel);
  socket.once('close', cancel);
}

function connectTimeout(options: AgentOptions, proxy?: ProxyServer): ConnectionError {
  const { cluster } = options;
  const through = proxy === undefined ? '' : ` through the proxy ${proxy.display}`;
  const message = `cluster "${cluster}" at ${options.server}: no connection${through} within ${options.connectTimeoutMs / 1000} s`;
  return new ConnectionError(message, { code: 'ETIMEDOUT', cluster });
}
