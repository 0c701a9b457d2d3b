import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { parseListenAddress } from '../../runtime/http-server.ts';
import type { Component } from '../../runtime/manager.ts';
import type { Clock } from '../../time/clock.ts';
import { type ApiOptions, apiRoutes, problems, unlimited } from './api.ts';
import { headers, knownHost, onlyReads } from './guards.ts';
import { pageRoutes } from './page.ts';
import { refuse } from './problem.ts';

export interface DashboardServerOptions extends ApiOptions {
  /** `127.0.0.1:8088`, `:8088`; port 0: any free one. */
  readonly address: string;
  /** Directory of the built page. */
  readonly page: string;
  readonly clock: Clock;
}

const CLOSE_GRACE_MS = 300;
const RETRY_MS = 5_000;

/** Serves the dashboard. A component: see runtime/manager.ts. */
export class DashboardServer implements Component {
  readonly name = 'dashboard server';
  readonly #options: DashboardServerOptions;
  #server: Server | undefined;
  #closing: Promise<void> | undefined;
  #cancelRetry: () => void = () => undefined;

  constructor(options: DashboardServerOptions) {
    this.#options = options;
  }

  /** Where it listens, once it does. */
  get url(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    if (!address) return undefined;
    const host = address.address === '::' || address.address === '0.0.0.0' ? 'localhost' : address.address;
    return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  /** An address that is taken is no reason not to federate: it is tried again until it is free. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#listen();
    } catch (error) {
      this.#options.log.error({ err: error }, error instanceof Error ? error.message : String(error));
      this.#cancelRetry = this.#options.clock.after(RETRY_MS, () => void this.start(signal).catch(() => undefined));
    }
  }

  async #listen(): Promise<void> {
    const { address, log } = this.#options;
    const { host, port } = parseListenAddress(address);
    const server = createServer({ maxHeaderSize: 32 * 1024 }, appOf(this.#options, host));
    server.headersTimeout = 10_000;
    server.requestTimeout = 30_000;
    server.maxConnections = 2_000;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => {
        const why = `cannot serve the dashboard on ${address}: ${error.message}; --dashboard-addr names another address`;
        reject(new Error(why, { cause: error }));
      };
      server.once('error', onError);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', onError);
        resolve();
      });
    });
    log.info({ url: this.url }, 'the dashboard is served');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelRetry();
    this.#options.streams.close();
    const server = this.#server;
    if (server?.listening !== true) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }
}

function appOf(options: DashboardServerOptions, host: string | undefined): Express {
  const { board, page, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(headers, onlyReads, knownHost(host));
  app.get('/healthz', unlimited);
  app.get('/readyz', (_request, response) => {
    if (board.ready) response.type('text/plain').send('ok');
    else refuse(response, { status: 503, message: 'not ready: the objects of the federation are still being read' });
  });
  app.use(apiRoutes(options));
  app.use(pageRoutes(page));
  app.use(problems(log));
  return app;
}
