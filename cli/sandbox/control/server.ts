import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CliError } from '../../exit.ts';
import type { BreakRequest, ClusterState, Refusal, SandboxReport } from './protocol.ts';

/** What a running sandbox lets itself be told. */
export interface Controllable {
  report(): SandboxReport;
  break(request: BreakRequest): Promise<ClusterState>;
  mend(cluster: string): Promise<ClusterState>;
}

/** Serves a sandbox on a loopback port, to who has the token. */
export class ControlServer {
  readonly token = randomBytes(24).toString('base64url');
  readonly #server: Server;
  /** Undefined while the sandbox is coming up: there is nothing to tell it yet but to end. */
  #sandbox: Controllable | undefined;
  readonly #askToClose: () => void;

  constructor(askToClose: () => void) {
    this.#askToClose = askToClose;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  serve(sandbox: Controllable): void {
    this.#sandbox = sandbox;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    };
    try {
      if (!this.#isAuthorized(request)) return reply(401, refusal('not authorized'));
      const route = `${request.method} ${request.url}`;
      if (route === 'POST /close') {
        reply(202, {});
        return this.#askToClose();
      }
      const sandbox = this.#sandbox;
      if (sandbox === undefined) return reply(503, refusal('the sandbox is still coming up'));
      if (route === 'GET /') return reply(200, sandbox.report());
      if (route === 'POST /break') return reply(200, await sandbox.break((await json(request)) as BreakRequest));
      if (route === 'POST /mend') {
        const { cluster } = (await json(request)) as { cluster: string };
        return reply(200, await sandbox.mend(cluster));
      }
      reply(404, refusal(`there is no ${route}: is another version of fedctl running the sandbox?`));
    } catch (error) {
      reply(500, error instanceof CliError ? refusal(error.message, error.hint) : refusal(String(error)));
    }
  }

  #isAuthorized(request: IncomingMessage): boolean {
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${this.token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}

function refusal(error: string, hint?: string): Refusal {
  return { error, ...(hint === undefined ? {} : { hint }) };
}
