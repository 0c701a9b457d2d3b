import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Prober } from './prober.ts';
import { BIG_BYTES, type ProbeAnswer, type ProbeIdentity } from './report.ts';

export interface ProbeServerOptions {
  readonly identity: ProbeIdentity;
  readonly prober: Prober;
  /** Who asks. Default: the connection's other end. */
  readonly peerOf?: (request: http.IncomingMessage) => string;
}

/** Nobody sends a probe more than a big question. */
const LONGEST_QUESTION = 2 * BIG_BYTES;

/**
 * What others ask a probe: `GET /` who it is, `POST /big` the same around 4 KiB in both directions, `GET /results` what it has found
 * (`?after=N`: what is newer than that; `?round=next` or `?round=all`: after asking whose turn it is, or everybody) and `GET /healthz`.
 */
export class ProbeServer {
  readonly #options: ProbeServerOptions;
  readonly #server: http.Server;

  constructor(options: ProbeServerOptions) {
    this.#options = options;
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
    this.#server.headersTimeout = 5_000;
    this.#server.requestTimeout = 10_000;
  }

  /** Rejects when the port is taken. Without a host it listens on both address families. */
  async listen(port: number, host?: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://probe');
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /':
        return answerJson(response, this.#identity(request));
      case 'POST /big':
        return this.#answerBig(request, response);
      case 'GET /results':
        return this.#answerResults(url, response);
      case 'GET /healthz':
        return answerText(response, 200, 'ok');
      default:
        return answerText(response, 404, `a probe of Fedmesh answers GET /, POST /big and GET /results, not this`);
    }
  }

  #identity(request: http.IncomingMessage): ProbeAnswer {
    const { identity, peerOf = remoteAddress } = this.#options;
    return { ...identity, peer: peerOf(request) };
  }

  #answerBig(request: http.IncomingMessage, response: http.ServerResponse): void {
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > LONGEST_QUESTION) request.destroy();
    });
    request.on('error', () => response.destroy());
    request.on('end', () => answerJson(response, { ...this.#identity(request), filling: 'x'.repeat(BIG_BYTES) }));
  }

  async #answerResults(url: URL, response: http.ServerResponse): Promise<void> {
    const { prober } = this.#options;
    const round = url.searchParams.get('round');
    if (round === 'all') await prober.askAll();
    if (round === 'next') await prober.askNext();
    const after = Number(url.searchParams.get('after') ?? 0);
    answerJson(response, prober.report(Number.isSafeInteger(after) ? after : 0));
  }
}

/** Sockets that listen on both families show IPv4 in IPv6's clothes. */
function remoteAddress({ socket }: http.IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

function answerJson(response: http.ServerResponse, content: unknown): void {
  const body = JSON.stringify(content);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function answerText(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
