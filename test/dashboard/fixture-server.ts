import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Changes, ObjectSummary, Problem } from '../../apis/dashboard/v1.ts';
import { countMembers, countStates, FixtureFederation } from './federation.ts';

/** The strictest that the page has to live with. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export const TOKEN = 'a-token-of-the-tests';

const NO_CHANGES: Changes = { clusters: [], clustersGone: [], objects: [], objectsGone: [], also: [] };

/** Answers by the contract of apis/dashboard/v1.ts, with what the tests put in it: many objects, and every kind of trouble. */
export class FixtureServer {
  readonly federation: FixtureFederation;
  /** Paths below /api/v1/ that are refused, and how. */
  readonly refused = new Map<string, Problem>();
  /** Paths below /api/v1/ that are never answered. */
  readonly silent = new Set<string>();
  /** Whether one has to sign in with TOKEN first. */
  guarded = false;
  readonly requests: string[] = [];
  readonly #assets: string;
  readonly #sessions = new Set<string>();
  readonly #streams = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;
  #id = 0;

  /** @param assets the folder of the built page */
  constructor(assets: string, objects = 300, now = Date.now()) {
    this.#assets = assets;
    this.federation = new FixtureFederation(objects, now);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** On the port that it had before, if it had one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#streams.clear();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Sends to all pages that are open; what is told has to stand in the federation as well. */
  tell(changes: Partial<Changes>): void {
    const data = JSON.stringify({ ...NO_CHANGES, ...changes });
    for (const stream of this.#streams) stream.write(`id: ${++this.#id}\nevent: changes\ndata: ${data}\n\n`);
  }

  endSessions(): void {
    this.#sessions.clear();
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  get streams(): number {
    return this.#streams.size;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    response.setHeader('content-security-policy', CSP);
    if (!pathname.startsWith('/api/v1/')) return this.#file(pathname, response);
    const path = pathname.slice('/api/v1/'.length);
    this.requests.push(`${path}?${searchParams}`);
    const refused = this.refused.get(path);
    if (this.silent.has(path)) return;
    if (!this.#isSignedIn(request, response)) {
      return json(response, { status: 401, message: 'Sign in first.' } satisfies Problem, 401);
    }
    if (refused) return json(response, refused, refused.status);
    if (path === 'events') return this.#stream(response);
    const answer = this.#content(path, searchParams);
    if (answer === undefined) {
      return json(response, { status: 404, message: `${path} is not there, or not for you.` } satisfies Problem, 404);
    }
    json(response, answer);
  }

  #isSignedIn(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.guarded) return true;
    if (request.headers.authorization === `Bearer ${TOKEN}`) {
      const session = `s${this.#sessions.size}-${++this.#id}`;
      this.#sessions.add(session);
      response.setHeader('set-cookie', `fedmesh=${session}; HttpOnly; SameSite=Strict; Path=/`);
      return true;
    }
    const cookie = /fedmesh=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    return cookie !== undefined && this.#sessions.has(cookie);
  }

  #content(path: string, query: URLSearchParams): unknown {
    const { clusters, objects, changes, freshness, reachability, topology, receipts, held } = this.federation;
    const [first, ...rest] = path.split('/').map(decodeURIComponent);
    if (first === 'session')
      return { user: 'system:serviceaccount:ops:on-call', by: this.guarded ? 'token' : 'loopback' };
    if (first === 'overview') {
      const types = [...new Map(objects.map(({ type, kind }) => [type, kind]))].map(([type, kind]) => ({
        type,
        kind: `Federated${kind}`,
        objects: countStates(objects.filter((object) => object.type === type)),
      }));
      const states = { clusters: countMembers(clusters), objects: countStates(objects) };
      return { ...states, types, changes, freshness, version: '0.1.0' };
    }
    if (first === 'clusters' && rest.length === 0) return { items: clusters, total: clusters.length, freshness };
    if (first === 'clusters') return clusters.find(({ name }) => name === rest[0]);
    if (first === 'objects' && rest.length === 0) return this.#list(query);
    if (first === 'objects') {
      const found = objects.find(
        ({ type, namespace = '-', name }) => type === rest[0] && namespace === rest[1] && name === rest[2],
      );
      return found && this.federation.detailOf(found);
    }
    return { reachability, topology, receipts, 'held-deletions': held }[path];
  }

  #list(query: URLSearchParams): unknown {
    const search = (query.get('search') ?? '').toLowerCase();
    const any = (name: string, value: string): boolean => !query.has(name) || query.getAll(name).includes(value);
    const clusters = query.getAll('cluster');
    const inOthers = this.federation.objects.filter(
      ({ type, namespace = '', name, problems }) =>
        `${namespace}/${name}`.includes(search) &&
        any('type', type) &&
        any('namespace', namespace) &&
        (clusters.length === 0 || clusters.includes('earth') || problems.some((one) => clusters.includes(one.cluster))),
    );
    const found = inOthers.filter(({ state }) => any('state', state));
    const sorted = found.toSorted(orders[query.get('sort') ?? 'name'] ?? byName);
    if (query.get('order') === 'desc') sorted.reverse();
    const offset = Number(query.get('offset') ?? 0);
    const items = sorted.slice(offset, offset + Number(query.get('limit') ?? 100));
    return { items, total: found.length, offset, states: countStates(inOthers), freshness: this.federation.freshness };
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 300\n\n');
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = extname(path) === '' ? '/index.html' : path;
    const content = await readFile(join(this.#assets, file)).catch(() => undefined);
    if (content === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(content);
  }
}

const RANK = { failed: 0, progressing: 1, deleting: 2, ok: 3 };
const byName = (a: ObjectSummary, b: ObjectSummary): number => (a.name < b.name ? -1 : 1);
const orders: Readonly<Record<string, (a: ObjectSummary, b: ObjectSummary) => number>> = {
  name: byName,
  type: (a, b) => a.type.localeCompare(b.type) || byName(a, b),
  state: (a, b) => RANK[a.state] - RANK[b.state] || byName(a, b),
  changed: (a, b) => (b.changedAt ?? '').localeCompare(a.changedAt ?? '') || byName(a, b),
};

function json(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(content));
}
