import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { type Clock, systemClock } from '../time/clock.ts';

/** Where to listen, in Go's form: `:8080`, `127.0.0.1:0`, `[::1]:8080`. */
export interface ListenAddress {
  /** Undefined: every address of this machine. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface HealthServerOptions {
  /** See ListenAddress. */
  address: string;
  /** Serves `/healthz` (the process answers) and `/readyz` (503 until this is true). */
  ready?: () => boolean;
  /** Serves `/metrics`. */
  metrics?: { readonly contentType: string; text(): Promise<string> };
  clock?: Clock;
}

/** What is answered while it closes gets this long, milliseconds. */
const CLOSE_GRACE_MS = 500;

/** Throws an error that quotes the address and says what it should look like. */
export function parseListenAddress(address: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new Error(`${JSON.stringify(address)} is not an address to listen on: write ":8080" or "127.0.0.1:8080"`);
  }
  const host = match[1] ?? match[2] ?? '';
  return host === '' ? { port } : { host, port };
}

export function createHealthServer(options: HealthServerOptions): HealthServer {
  return new HealthServer(options);
}

/** Tells kubelet and Prometheus how the controller is. A component: see runtime/manager.ts. */
export class HealthServer {
  readonly name = 'health';
  readonly #options: HealthServerOptions;
  readonly #clock: Clock;
  #server: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Where it listens, once it does. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    const address = this.#server?.address() as AddressInfo | string | null | undefined;
    return typeof address === 'object' && address !== null ? { host: address.address, port: address.port } : undefined;
  }

  /** Rejects when the address cannot be listened on (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`). */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, port } = parseListenAddress(this.#options.address);
    const server = createServer(appOf(this.#options));
    server.headersTimeout = 5_000;
    server.requestTimeout = 10_000;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => {
        reject(new Error(`cannot listen on ${this.#options.address}: ${error.message}`, { cause: error }));
      };
      server.once('error', onError);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', onError);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server?.listening !== true) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }
}

function appOf(options: HealthServerOptions): Express {
  const { ready, metrics } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (ready !== undefined) {
    app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok'));
    app.get('/readyz', (_request, response) => {
      const isReady = ready();
      response
        .status(isReady ? 200 : 503)
        .type('text/plain')
        .send(isReady ? 'ok' : 'not ready: the controller is starting or stopping');
    });
  }
  if (metrics !== undefined) {
    app.get('/metrics', async (_request, response) => {
      const text = await metrics.text();
      response.set('content-type', metrics.contentType).send(text);
    });
  }
  return app;
}
