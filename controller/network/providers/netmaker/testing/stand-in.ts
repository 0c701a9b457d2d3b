import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, startHttp, type WireServer } from '../../../../kube/testing/wire.ts';
import type { StoredNode } from './objects.ts';
import { Refusal, UnknownPath } from './refusal.ts';
import { type Call, PlainText, routeFor } from './routes.ts';
import { type Edition, NetmakerState } from './state.ts';

export interface StandInOptions {
  /** Default `v1.5.1`. */
  readonly version?: string;
  /** Default: the community edition. */
  readonly pro?: boolean;
  /** Default: this machine's time. */
  readonly now?: () => number;
}

/**
 * - `error`: 500.
 * - `hang`: no answer.
 * - `reset`: the connection breaks before anything was done; `reset-after`: after it was done.
 * - `ineffective`: answers as if it was done, and does nothing.
 * - `html`: 200 with a page, as a dashboard or a proxy in between answers.
 */
export type Fault = 'error' | 'hang' | 'reset' | 'reset-after' | 'ineffective' | 'html';

interface ArmedFault {
  readonly fault: Fault;
  readonly method: string | undefined;
  readonly path: RegExp;
  times: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

export interface Gateway {
  readonly host: string;
  readonly node: StoredNode;
}

/** A Netmaker server's REST API on loopback, with state, the traps that a real v1.5.1 was seen to have, and faults as wished. */
export class NetmakerStandIn {
  /** Valid for ever, as a real one's MASTER_KEY. */
  readonly masterKey = randomBytes(16).toString('hex');
  readonly state: NetmakerState;
  readonly requests: SeenRequest[] = [];
  readonly #edition: Edition;
  readonly #tokens = new Map<string, number>();
  readonly #faults: ArmedFault[] = [];
  #wire: WireServer | undefined;

  constructor(options: StandInOptions = {}) {
    this.#edition = { version: options.version ?? 'v1.5.1', pro: options.pro ?? false };
    this.state = new NetmakerState(this.#edition, options.now ?? Date.now);
  }

  static async start(options: StandInOptions = {}): Promise<NetmakerStandIn> {
    const standIn = new NetmakerStandIn(options);
    standIn.#wire = await startHttp((request, response) => void standIn.#serve(request, response));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#wire?.port}`;
  }

  async close(): Promise<void> {
    await this.#wire?.close();
  }

  /** A token that is refused after so many requests. */
  issueToken(requests = Number.POSITIVE_INFINITY): string {
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, requests);
    return token;
  }

  /** The next `times` requests that fit meet the fault. */
  arm(fault: Fault, path: RegExp, { method, times = 1 }: { method?: string; times?: number } = {}): void {
    this.#faults.push({ fault, method, path, times });
  }

  disarm(): void {
    this.#faults.length = 0;
  }

  /** A machine joins, as with `netclient join`. */
  join(network: string, name: string, more: Record<string, unknown> = {}): Gateway {
    const tag = `test-${randomBytes(6).toString('hex')}`;
    const key = this.state.createKey({ tags: [tag], networks: [network], unlimited: true, type: 3 });
    const body = {
      id: randomUUID(),
      name,
      version: this.#edition.version,
      os: 'linux',
      firewallinuse: 'nftables',
      endpointip: '192.0.2.1',
    };
    const host = this.state.register(key.token, { ...body, ...more });
    this.state.settle();
    this.state.deleteKey(key.value);
    const node = this.state.stored.nodes.find((each) => each.hostid === host.id && each.network === network);
    if (node === undefined) throw new Error(`there is no network ${network}`);
    return { host: host.id, node };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const text = await bodyOf(request);
    const method = request.method ?? 'GET';
    const answered = (status: number, content: unknown) => {
      this.requests.push({ method, path: url.pathname + url.search, status, body: text });
      answer(response, status, content);
    };
    const fault = this.#faultFor(method, url.pathname + url.search);
    if (fault === 'hang') return;
    if (fault === 'reset') {
      response.socket?.destroy();
      return;
    }
    if (fault === 'error') return answered(500, { Code: 500, Message: 'database is locked', Response: null });
    if (fault === 'html') return answered(200, new PlainText('<!doctype html><title>Netmaker</title>'));
    const before = fault === 'ineffective' ? structuredClone(this.state.stored) : undefined;
    const { status, content } = this.#answer(request, { method, path: url.pathname, query: url.searchParams, text });
    if (before !== undefined) this.state.stored = before;
    if (fault === 'reset-after') response.socket?.destroy();
    else answered(status, content);
  }

  #answer(request: IncomingMessage, asked: Omit<Call, 'user'>): { status: number; content: unknown } {
    const route = routeFor(asked.method, asked.path);
    // Who joins does so behind the answer, and is there when the next but one is given.
    const joining = this.state.stored.joining.splice(0);
    try {
      if (route === undefined) throw new UnknownPath();
      const user = route.open ? '' : this.#userOf(request);
      const context = { state: this.state, edition: this.#edition, issue: () => this.issueToken() };
      const content = route.answer({ ...asked, user }, context);
      // As it is now: what the answer shows may change before it is sent.
      return { status: 200, content: content instanceof PlainText ? content : structuredClone(content) };
    } catch (error) {
      if (error instanceof UnknownPath) return { status: 404, content: new PlainText('404 page not found\n') };
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, content: { Code: error.status, Message: error.message, Response: null } };
    } finally {
      const later = this.state.stored.joining.splice(0);
      this.state.stored.joining.push(...joining);
      this.state.settle();
      this.state.stored.joining.push(...later);
    }
  }

  #userOf(request: IncomingMessage): string {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (token === this.masterKey) return 'masteradministrator';
    const left = this.#tokens.get(token) ?? 0;
    if (left <= 0) throw new Refusal(401, 'unauthorized');
    this.#tokens.set(token, left - 1);
    return 'admin';
  }

  #faultFor(method: string, path: string): Fault | undefined {
    const armed = this.#faults.find(
      (each) => each.times > 0 && (each.method ?? method) === method && each.path.test(path),
    );
    if (armed !== undefined) armed.times--;
    return armed?.fault;
  }
}

function answer(response: ServerResponse, status: number, content: unknown): void {
  const plain = content instanceof PlainText;
  response.writeHead(status, { 'content-type': plain ? 'text/plain; charset=utf-8' : 'application/json' });
  response.end(plain ? content.text : `${JSON.stringify(content)}\n`);
}
