import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { ANONYMOUS } from '../credentials.ts';
import type { Endpoint } from '../endpoint.ts';

/** A server on loopback that knows its connections, so that a test can count them, cut them and be sure that they are gone. */
export interface WireServer {
  readonly port: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Those that are open now. */
  readonly open: ReadonlySet<Socket>;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  /** Resolves when so many have been accepted. */
  connections(count: number): Promise<void>;
  close(): Promise<void>;
}

type ConnectListener = (request: http.IncomingMessage, socket: Socket) => void;

/** `onConnect` makes a proxy of it. */
export function startHttp(handler: http.RequestListener, onConnect?: ConnectListener): Promise<WireServer> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, handler);
  if (onConnect !== undefined) server.on('connect', onConnect);
  return listen(server);
}

export function startHttps(
  options: https.ServerOptions,
  handler: http.RequestListener,
  onConnect?: ConnectListener,
): Promise<WireServer> {
  const server = https.createServer({ keepAliveTimeout: 60_000, ...options }, handler);
  if (onConnect !== undefined) server.on('connect', onConnect);
  // A client that turns away from a certificate is what some tests are about.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return listen(server);
}

/** Bytes in, bytes out. */
export function startTcp(handler: (socket: Socket) => void): Promise<WireServer> {
  return listen(net.createServer(handler));
}

async function listen(server: net.Server): Promise<WireServer> {
  const open = new Set<Socket>();
  const watchers = new Set<() => void>();
  let accepted = 0;
  const changed = () => {
    for (const look of [...watchers]) look();
  };
  server.on('connection', (socket: Socket) => {
    accepted++;
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      open.delete(socket);
      changed();
    });
    changed();
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    open,
    idle: () => until(() => open.size === 0),
    connections: (count) => until(() => accepted >= count),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** A loopback endpoint called `earth`. */
export function endpointAt(server: string, more: Partial<Endpoint> = {}): Endpoint {
  return { cluster: 'earth', server, tls: {}, credentials: ANONYMOUS, ...more };
}

export async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export function answerJson(response: http.ServerResponse, status: number, content: unknown): void {
  const body = JSON.stringify(content);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
