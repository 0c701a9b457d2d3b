import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { FakeClock } from '../../../../controller/time/testing/fake-clock.ts';
import { MemoryStorage } from '../storage/memory-storage.ts';
import type { FaultRequest } from './fault-rule.ts';
import { Faults } from './faults.ts';

let clock: FakeClock;
let storage: MemoryStorage;
let faults: Faults;
let server: Server;
let openWatch: ServerResponse | undefined;

beforeEach(async () => {
  clock = new FakeClock();
  storage = new MemoryStorage();
  faults = new Faults({ storage, clock });
  server = createServer((incoming, response) => void serve(incoming, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  faults.clear();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  openWatch = undefined;
});

describe('a request', () => {
  it('is answered as ever without rules', async () => {
    expect(await ask('/api/v1/pods')).toMatchObject({ status: 200, body: '{"kind":"PodList","items":[]}' });
  });

  it('is refused as an overloaded server refuses, for the first ones only', async () => {
    const rule = { effect: { kind: 'status', code: 429, retryAfterSeconds: 7 }, first: 2 } as const;
    faults.add(rule);
    const answers = [await ask('/api/v1/pods'), await ask('/api/v1/pods'), await ask('/api/v1/pods')];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers[0]?.headers['retry-after']).toBe('7');
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 7 },
      code: 429,
    });
    expect(faults.active()).toEqual([]);
  });

  it.each([
    [{ resource: 'pods' }, 500],
    [{ resource: ['secrets', 'pods'] }, 500],
    [{ resource: 'secrets' }, 200],
    [{ verb: 'list', namespace: '' }, 500],
    [{ user: 'system:serviceaccount:*:join' }, 500],
    [{ user: 'system:serviceaccount:*:other' }, 200],
    [{ path: /labelSelector=/ }, 200],
    [{ path: /^\/api\/v1\/pods$/ }, 500],
  ])('is only hit when it matches: %o', async (match, status) => {
    faults.add({ match, effect: { kind: 'status', code: 500 } });
    expect(await ask('/api/v1/pods')).toMatchObject({ status });
  });

  it('is hit in the share that was asked for, the same ones with the same seed', async () => {
    const draw = async (seed: number): Promise<number[]> => {
      faults = new Faults({ storage, clock, seed });
      faults.add({ effect: { kind: 'status', code: 503 }, share: 0.5 });
      const statuses: number[] = [];
      for (let index = 0; index < 40; index++) statuses.push((await ask('/api/v1/pods')).status);
      return statuses;
    };
    const first = await draw(7);
    expect(await draw(7)).toEqual(first);
    expect(first.filter((status) => status === 503).length).toBeGreaterThan(8);
    expect(first.filter((status) => status === 200).length).toBeGreaterThan(8);
  });

  it('is late by the time that was asked for', async () => {
    faults.add({ effect: { kind: 'latency', ms: [100, 200] } });
    const answer = ask('/api/v1/pods');
    await until(() => clock.pending === 1);
    expect(clock.nextIn).toBeGreaterThanOrEqual(100);
    expect(clock.nextIn).toBeLessThanOrEqual(200);
    clock.advance(200);
    expect((await answer).status).toBe(200);
  });

  it('hangs, and goes on when the server comes to itself', async () => {
    const mend = faults.add({ effect: { kind: 'hang' }, first: 1 });
    const hanging = ask('/api/v1/pods');
    await until(() => faults.hits(faults.active()[0] ?? { effect: { kind: 'hang' } }) === 1);
    expect((await ask('/api/v1/pods')).status).toBe(200);
    mend();
    expect((await hanging).status).toBe(200);
  });

  it('loses its connection before the answer', async () => {
    faults.add({ effect: { kind: 'reset' } });
    await expect(ask('/api/v1/pods')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('loses its connection in the middle of the answer', async () => {
    faults.add({ effect: { kind: 'reset', afterBytes: 10 } });
    await expect(ask('/api/v1/pods')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('gets half an answer that claims to be whole', async () => {
    faults.add({ effect: { kind: 'truncate' } });
    expect(await ask('/api/v1/pods')).toMatchObject({ status: 200, body: '{"kind":"PodLi' });
  });
});

describe('a watch', () => {
  it('misses events, and is told how far it has come', async () => {
    faults.add({ match: { verb: 'watch' }, effect: { kind: 'drop-watch-events' }, after: 1, first: 1 });
    const watch = await open('/api/v1/pods?watch=true');
    for (const name of ['a', 'b', 'c']) write(event(name));
    openWatch?.end();
    const lines = (await text(watch))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'a'],
      ['BOOKMARK', undefined],
      ['ADDED', 'c'],
    ]);
    expect(lines[1].object).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: '98', creationTimestamp: null },
    });
  });

  it('falls silent while the server hangs, although it was open before, and has it all afterwards', async () => {
    const watch = await open('/api/v1/pods?watch=true');
    const mend = faults.add({ effect: { kind: 'hang' } });
    write(event('a'));
    openWatch?.end();
    mend();
    expect(await text(watch)).toContain('"name":"a"');
  });

  it('breaks when the connections break', async () => {
    const watch = await open('/api/v1/pods?watch=true');
    faults.add({ effect: { kind: 'reset' } });
    await expect(text(watch)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the server as a whole', () => {
  it('refuses connections, says so when it begins and ends, and mends itself after the time', () => {
    const told: boolean[] = [];
    faults.onListens((listens) => told.push(listens));
    faults.add({ effect: { kind: 'refuse' }, forMs: 30_000 });
    expect(faults.listens).toBe(false);
    clock.advance(30_000);
    expect(told).toEqual([false, true]);
    expect(clock.pending).toBe(0);
  });

  it('goes by a wrong clock', () => {
    const mend = faults.add({ effect: { kind: 'clock-offset', ms: -90_000 } });
    expect(faults.clock.now()).toBe(clock.now() - 90_000);
    mend();
    expect(faults.clock.now()).toBe(clock.now());
  });

  it('takes tokens for expired until new ones are issued', () => {
    const issuer = faults.tokenIssuer({
      issuer: 'https://kubernetes.default.svc',
      defaultAudiences: [],
      issue: () => 'new',
      issueLegacy: () => 'legacy',
      jwks: { keys: [] },
    });
    faults.add({ match: { user: 'system:serviceaccount:*' }, effect: { kind: 'expire-tokens' } });
    const serviceAccount: KubeObject = { metadata: { name: 'join' } };
    const renewed = issuer.issue({
      serviceAccount,
      audiences: [],
      expirationSeconds: 3600,
      boundTo: {},
      now: new Date(clock.now()),
    });
    expect(faults.refusesToken('old', 'system:serviceaccount:fed:join')).toBe(true);
    expect(faults.refusesToken(renewed, 'system:serviceaccount:fed:join')).toBe(false);
    expect(faults.refusesToken('admin', 'admin')).toBe(false);
  });
});

describe('stale reads', () => {
  it('show the state of some revisions ago, in the order of keys', () => {
    const create = (name: string) => storage.create('pods', 'shop', name, { metadata: { namespace: 'shop', name } });
    create('b');
    const c = create('c');
    faults.add({ effect: { kind: 'stale', revisions: 3 } });
    storage.update(c, { metadata: { namespace: 'shop', name: 'c', labels: { now: 'new' } } });
    create('a');
    const b = storage.get('pods', 'shop', 'b');
    if (b !== undefined) storage.delete(b);
    const past = faults.plan(requestFor('/api/v1/pods'))?.storage;
    expect(past?.list('pods').map(({ name }) => name)).toEqual(['b', 'c']);
    expect(past?.get('pods', 'shop', 'c')).toBe(c);
    expect(past?.get('pods', 'shop', 'a')).toBeUndefined();
    expect(past?.revision).toBe(storage.revision - 3);
  });

  it('show the state of some seconds ago', () => {
    faults.add({ effect: { kind: 'stale', ms: 5_000 } });
    storage.create('pods', 'shop', 'a', { metadata: { name: 'a' } });
    clock.advance(3_000);
    storage.create('pods', 'shop', 'b', { metadata: { name: 'b' } });
    const seen = () => faults.plan(requestFor('/api/v1/pods'))?.storage.list('pods').length;
    expect(seen()).toBe(0);
    clock.advance(2_000);
    expect(seen()).toBe(1);
    clock.advance(3_000);
    expect(seen()).toBe(2);
  });

  it('reach back as far as the server remembers', () => {
    storage = new MemoryStorage({ watchHistory: 4 });
    faults = new Faults({ storage, clock });
    for (let index = 0; index < 20; index++) storage.create('pods', 'shop', `p${index}`, { metadata: {} });
    faults.add({ effect: { kind: 'stale', revisions: 100 } });
    const past = faults.plan(requestFor('/api/v1/pods'))?.storage;
    expect(past?.list('pods')).toHaveLength(16);
  });
});

/** The fixed points of an API server, and little more. */
async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = requestFor(incoming.url ?? '');
  if (request.verb === 'watch') faults.guardWatch(request, response);
  if ((await faults.plan(request)?.intervene(response)) === 'answered') return;
  if (request.verb === 'watch') {
    openWatch = response;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    return;
  }
  const body = '{"kind":"PodList","items":[]}';
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function requestFor(path: string): FaultRequest {
  const verb = path.includes('watch=true') ? 'watch' : 'list';
  return { verb, resource: 'pods', namespace: '', name: '', path, user: 'system:serviceaccount:fed:join' };
}

function event(name: string): string {
  const resourceVersion = String(name.charCodeAt(0));
  return JSON.stringify({
    type: 'ADDED',
    object: { kind: 'Pod', apiVersion: 'v1', metadata: { name, resourceVersion } },
  });
}

/** In two pieces, as the network may have it. */
function write(line: string): void {
  openWatch?.write(line.slice(0, 20));
  openWatch?.write(`${line.slice(20)}\n`);
}

async function open(path: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest({ port, host: '127.0.0.1', path, agent: false });
  // What breaks later is told by the response too.
  sent.on('error', () => sent.destroy());
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

async function ask(path: string): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const response = await open(path);
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
