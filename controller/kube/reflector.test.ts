import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { createLog, silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { createClient } from './client.ts';
import type { ClientObserver, ObservedWatch } from './client-observer.ts';
import { ApiError } from './errors.ts';
import { Reflector, type ReflectorOptions, type ReflectorState } from './reflector.ts';
import type { Resource } from './resource.ts';
import { Store, type StoreEvent } from './store.ts';
import { answerJson, endpointAt, startHttp } from './testing/wire.ts';

const CONFIG_MAPS: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A request that waits for the test to answer it. */
class Exchange {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '', 'http://server');
    this.path = url.pathname;
    this.query = url.searchParams;
    this.accept = request.headers.accept;
    this.response = response;
  }

  get isWatch(): boolean {
    return this.query.get('watch') === 'true';
  }

  list(resourceVersion: string, ...items: object[]): void {
    this.json({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion }, items });
  }

  json(content: unknown, status = 200): void {
    answerJson(this.response, status, content);
  }

  fail(code: number, reason: string): void {
    this.json(
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message: reason },
      code,
    );
  }

  /** Sends events, or bytes as they are, over a watch. */
  send(...parts: (string | Buffer | { type: string; object: object })[]): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const part of parts) {
      const isBytes = typeof part === 'string' || Buffer.isBuffer(part);
      this.response.write(isBytes ? part : `${JSON.stringify(part)}\n`);
    }
  }

  end(): void {
    this.response.end();
  }

  /** Resolves when the client has gone. */
  closed(): Promise<unknown> {
    return this.response.destroyed ? Promise.resolve() : once(this.response, 'close');
  }
}

function configMap(name: string, resourceVersion: string, fields: object = {}) {
  return { metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion }, ...fields };
}

const added = (name: string, resourceVersion: string, fields: object = {}) => ({
  type: 'ADDED',
  object: { apiVersion: 'v1', kind: 'ConfigMap', ...configMap(name, resourceVersion, fields) },
});

const bookmark = (resourceVersion: string) => ({
  type: 'BOOKMARK',
  object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion } },
});

const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };

/** A reflector at work against a server whose every answer is the test's. */
async function reflecting(options: Partial<ReflectorOptions<KubeObject>> = {}, observer?: ClientObserver) {
  const exchanges: Exchange[] = [];
  const arrivals = new EventTarget();
  const server = await startHttp((request, response) => {
    exchanges.push(new Exchange(request, response));
    arrivals.dispatchEvent(new Event('request'));
  });
  cleanups.push(() => server.close());
  const client = createClient(endpointAt(`http://127.0.0.1:${server.port}`), { clock: new FakeClock(), observer });
  cleanups.push(() => client.close());
  const clock = new FakeClock();
  const store = options.store ?? new Store<KubeObject>({ clock });
  const states: ReflectorState[] = [];
  const stateChanges = new EventTarget();
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => void logged.push(JSON.parse(line)) } });
  const reflector = new Reflector<KubeObject>({
    client,
    resource: CONFIG_MAPS,
    clock,
    random: () => 0.5,
    log,
    onState(state) {
      states.push(state);
      stateChanges.dispatchEvent(new Event('change'));
    },
    ...options,
    store,
  });
  const stop = new AbortController();
  const run = reflector.run(stop.signal);
  cleanups.push(() => {
    stop.abort(new Error('the test is over'));
    return run;
  });

  let taken = 0;
  /** The next request that the server gets. */
  const next = async (): Promise<Exchange> => {
    while (exchanges.length <= taken) await once(arrivals, 'request');
    const exchange = exchanges[taken];
    if (exchange === undefined) throw new Error('no request');
    taken += 1;
    return exchange;
  };
  const state = async (wanted: ReflectorState) => {
    while (reflector.state !== wanted) await once(stateChanges, 'change');
  };
  /** Waits until the reflector waits for its next attempt; gives the milliseconds that are left. */
  const pause = async (): Promise<number> => {
    while (clock.pending === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    return clock.nextIn ?? 0;
  };
  const seen = async (key: string, resourceVersion: string): Promise<void> => {
    if (store.get(key)?.metadata.resourceVersion === resourceVersion) return;
    await new Promise<void>((resolve) => {
      const unsubscribe = store.subscribe((event: StoreEvent) => {
        if (event.key !== key || event.object.metadata.resourceVersion !== resourceVersion) return;
        unsubscribe();
        resolve();
      });
    });
  };
  /** Answers the first list with version 10 and takes the watch that follows. */
  const watching = async (...items: object[]): Promise<Exchange> => {
    (await next()).list('10', ...items);
    return next();
  };
  return { server, reflector, store, clock, stop, run, states, logged, exchanges, next, state, pause, seen, watching };
}

describe('who observes', () => {
  it('is told of the watch until it ends, and reads how long nothing came, whether it is open or not', async () => {
    const watches = new Set<ObservedWatch>();
    const observer: ClientObserver = {
      requested: () => undefined,
      watching(watch) {
        watches.add(watch);
        return () => void watches.delete(watch);
      },
    };
    const { watching, clock, seen, pause, stop, run } = await reflecting({}, observer);
    const watch = await watching(configMap('a', '9'));
    watch.send(added('b', '11'));
    await seen('default/b', '11');
    const [kept] = watches;
    expect(kept).toMatchObject({ resource: 'configmaps', state: 'synced', objects: 2, ageMs: 0 });
    clock.advance(60_000);
    expect(kept?.ageMs).toBe(60_000);
    watch.send(added('c', '12'));
    await seen('default/c', '12');
    expect(kept?.ageMs).toBe(0);
    clock.advance(10_000);
    watch.response.destroy();
    while (kept?.state !== 'retrying') await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(kept.ageMs).toBe(10_000);
    clock.advance((await pause()) - 1);
    expect(kept.ageMs).toBeGreaterThan(10_000);
    stop.abort();
    await run;
    expect(watches.size).toBe(0);
  });
});

describe('a store', () => {
  it('begins a list anew that takes longer than it may', async () => {
    const { clock, next, state, pause, reflector } = await reflecting({ listTimeoutMs: () => 90_000 });
    const hanging = await next();
    clock.advance(90_000);
    await hanging.closed();
    await state('retrying');
    expect(reflector.lastError?.message).toContain('nothing came of it within 90000 ms');
    clock.advance(await pause());
    (await next()).list('1');
    await state('synced');
  });

  it('is filled from a list, page by page, and followed from the version of the list', async () => {
    const { next, seen, store, state } = await reflecting({ namespace: 'default', labelSelector: 'app=web' });
    const first = await next();
    expect(first.path).toBe('/api/v1/namespaces/default/configmaps');
    expect([first.query.get('labelSelector'), first.query.get('resourceVersion')]).toEqual(['app=web', null]);
    first.json({ metadata: { resourceVersion: '10', continue: 'more' }, items: [configMap('a', '3')] });
    const second = await next();
    expect(second.query.get('continue')).toBe('more');
    second.list('10', configMap('b', '4'));
    const watch = await next();
    expect(Object.fromEntries(watch.query)).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      labelSelector: 'app=web',
      resourceVersion: '10',
      timeoutSeconds: '450',
    });
    expect([...store.keys()]).toEqual(['default/a', 'default/b']);
    watch.send(added('a', '11'), { type: 'DELETED', object: configMap('b', '12') }, added('c', '13'));
    await seen('default/c', '13');
    expect([...store.keys()]).toEqual(['default/a', 'default/c']);
    await state('synced');
  });

  it('holds what it is of every object, and fields that nobody knows', async () => {
    const { watching, seen, store } = await reflecting();
    const fields = { data: { a: '1' }, fromTheFuture: { deep: [{ n: null }] } };
    const watch = await watching(configMap('listed', '3', fields));
    watch.send(added('watched', '11', fields));
    await seen('default/watched', '11');
    const identity = { apiVersion: 'v1', kind: 'ConfigMap' };
    expect(store.get('default/listed')).toEqual({ ...identity, ...configMap('listed', '3', fields) });
    expect(store.get('default/watched')).toEqual({ ...identity, ...configMap('watched', '11', fields) });
  });

  it('of metadata holds the real kind, and no more than metadata from a server that cannot answer so', async () => {
    const { next, seen, store } = await reflecting({ metadataOnly: true });
    const list = await next();
    expect(list.accept).toContain('as=PartialObjectMetadataList');
    const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' };
    list.list('10', { ...partial, ...configMap('a', '3') });
    (await next()).send({ type: 'ADDED', object: { ...configMap('b', '11'), data: { big: 'x' } } });
    await seen('default/b', '11');
    const identity = { apiVersion: 'v1', kind: 'ConfigMap' };
    expect(store.get('default/a')).toEqual({ ...identity, ...configMap('a', '3') });
    expect(store.get('default/b')).toEqual({ ...identity, ...configMap('b', '11') });
  });

  it('gets every event although a line, or a character in it, is cut anywhere', async () => {
    const { watching, seen, store } = await reflecting();
    const watch = await watching();
    const lines = Buffer.from(`${JSON.stringify(added('a', '11', { data: { city: 'Zürich 🚀' } }))}\n`);
    const cut = lines.indexOf('🚀') + 2;
    const socket = watch.response.socket;
    watch.send(lines.subarray(0, cut));
    await new Promise((resolve) => socket?.write('', resolve));
    watch.send(lines.subarray(cut));
    await seen('default/a', '11');
    expect(store.get('default/a')?.data).toEqual({ city: 'Zürich 🚀' });
  });

  it('is not stopped by a listener or a transform that throws', async () => {
    const store = new Store<KubeObject>({
      log: silentLog,
      transform(object) {
        if (object.metadata.name === 'bad') throw new Error('cannot be transformed');
        return object;
      },
    });
    const { watching, seen, logged } = await reflecting({ store });
    store.subscribe(() => {
      throw new Error('listener is broken');
    });
    const watch = await watching();
    watch.send(added('bad', '11'), added('a', '12'));
    await seen('default/a', '12');
    expect(logged).toContainEqual(
      expect.objectContaining({ key: 'default/bad', cluster: 'earth', resource: 'configmaps' }),
    );
  });
});

describe('a watch', () => {
  it('that ends goes on where it stopped, without another list', async () => {
    const { watching, next, states } = await reflecting();
    const watch = await watching();
    watch.send(added('a', '11'), bookmark('17'));
    watch.end();
    const again = await next();
    expect([again.isWatch, again.query.get('resourceVersion')]).toEqual([true, '17']);
    expect(states).toEqual(['synced']);
  });

  it('that ends as soon as it begins is not opened again in a circle', async () => {
    const { watching, next, pause, clock, state } = await reflecting();
    const watch = await watching();
    watch.send('');
    watch.end();
    await state('retrying');
    clock.advance(await pause());
    const again = await next();
    expect([again.isWatch, again.query.get('resourceVersion')]).toEqual([true, '10']);
  });

  it('that breaks is opened again after a delay that grows, from the last version seen', async () => {
    const { watching, next, pause, clock, state, seen, reflector } = await reflecting();
    let watch = await watching();
    watch.send(added('a', '11'));
    await seen('default/a', '11');
    const delays: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      watch.response.destroy();
      await state('retrying');
      expect(reflector.lastError).toMatchObject({ name: 'ConnectionError', cluster: 'earth' });
      delays.push(await pause());
      clock.advance(delays.at(-1) ?? 0);
      watch = await next();
      expect([watch.isWatch, watch.query.get('resourceVersion')]).toEqual([true, '11']);
      watch.send('');
      await state('synced');
      expect(reflector.lastError).toBeUndefined();
    }
    // Half of the delay is random, and the test's randomness is 0.5.
    expect(delays).toEqual([375, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]);
  });

  it('that was healthy for a minute begins with the shortest delay again', async () => {
    const { watching, next, pause, clock, state } = await reflecting();
    const watch = await watching();
    watch.send('');
    watch.response.destroy();
    await state('retrying');
    expect(await pause()).toBe(375);
    clock.advance(375);
    const second = await next();
    second.send('');
    await state('synced');
    clock.advance(60_000);
    second.response.destroy();
    await state('retrying');
    expect(await pause()).toBe(375);
  });

  it.each([
    ['as the status of the answer', (watch: Exchange) => watch.fail(410, 'Expired')],
    ['as an event', (watch: Exchange) => watch.send(gone)],
  ])('whose version is too old, said %s, is replaced by a list at once', async (_, refuse) => {
    const { watching, next, store, seen } = await reflecting();
    refuse(await watching(configMap('a', '3'), configMap('b', '4')));
    const list = await next();
    expect([list.isWatch, list.query.get('resourceVersion')]).toEqual([false, null]);
    list.list('40', configMap('b', '31'));
    await seen('default/b', '31');
    expect([...store.keys()]).toEqual(['default/b']);
    expect((await next()).query.get('resourceVersion')).toBe('40');
  });

  it('that is too old for a server that has come back is replaced by a list at once, however long it was away', async () => {
    const { watching, next, pause, clock, state } = await reflecting();
    (await watching()).fail(500, 'InternalError');
    await state('retrying');
    clock.advance(await pause());
    (await next()).fail(410, 'Expired');
    expect((await next()).isWatch).toBe(false);
  });

  it('that is too old again and again does not list in a circle', async () => {
    const { watching, next, pause } = await reflecting();
    (await watching()).send(gone);
    (await next()).list('20');
    (await next()).send(gone);
    expect(await pause()).toBe(750);
  });

  it('that gets an error of another kind goes on after a pause, without a list', async () => {
    const { watching, next, pause, clock, state, reflector } = await reflecting();
    const object = { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd is away' };
    (await watching()).send(added('a', '11'), { type: 'ERROR', object });
    await state('retrying');
    expect(reflector.lastError).toBeInstanceOf(ApiError);
    expect(reflector.lastError?.message).toContain('etcd is away');
    clock.advance(await pause());
    expect((await next()).query.get('resourceVersion')).toBe('11');
  });

  it('over which something else than JSON comes is opened again, and the log says so without quoting it', async () => {
    const { watching, next, pause, clock, state, logged } = await reflecting();
    (await watching()).send('<html>proxy login hunter2</html>\n');
    await state('retrying');
    const line = logged.find(({ level }) => level === 'warn');
    expect(line).toMatchObject({ cluster: 'earth', resource: 'configmaps', err: { code: 'NOT_JSON' } });
    expect(JSON.stringify(logged)).not.toContain('hunter2');
    clock.advance(await pause());
    expect((await next()).isWatch).toBe(true);
  });

  it('over which JSON comes that is no event is opened again', async () => {
    const { watching, state, reflector } = await reflecting();
    (await watching()).send('{"type":"SURPRISE","object":{"metadata":{}}}\n');
    await state('retrying');
    expect(reflector.lastError?.message).toMatch(/configmaps is not a watch event/);
  });

  it('whose connection is half-open is given up after 90 s without a byte, and the store is not taken for stale', async () => {
    const { watching, next, seen, clock, states } = await reflecting();
    const watch = await watching();
    watch.send(added('a', '11'));
    await seen('default/a', '11');
    clock.advance(60_000);
    watch.send(bookmark('15'), added('a', '16'));
    await seen('default/a', '16');
    clock.advance(89_999);
    expect(watch.response.destroyed).toBe(false);
    clock.advance(1);
    await watch.closed();
    const again = await next();
    expect([again.isWatch, again.query.get('resourceVersion')]).toEqual([true, '16']);
    expect(states).toEqual(['synced']);
  });

  it('over which bytes trickle but no event ever ends is given up once the server should have ended it', async () => {
    const { watching, next, clock } = await reflecting({ idleTimeoutMs: 10 * 60_000 });
    const watch = await watching();
    watch.send('{"type":');
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (clock.pending < 2) await new Promise<void>((resolve) => void setImmediate(resolve));
    clock.advance((450 + 30) * 1000);
    await watch.closed();
    expect((await next()).isWatch).toBe(true);
  });
});

describe('what the server does not serve or allow', () => {
  it('is said, asked for again slowly, and followed once it is served', async () => {
    const { next, state, pause, clock, reflector, store } = await reflecting();
    (await next()).fail(404, 'NotFound');
    await state('notServed');
    expect(store.synced).toBe(false);
    expect(reflector.lastError).toMatchObject({ code: 404 });
    expect(await pause()).toBe(750);
    clock.advance(750);
    (await next()).list('10', configMap('a', '3'));
    expect((await next()).isWatch).toBe(true);
    await state('synced');
    expect([store.synced, reflector.lastError]).toEqual([true, undefined]);
  });

  it('is asked for at once when somebody knows that it changed', async () => {
    const { next, state, pause, reflector, states } = await reflecting();
    (await next()).fail(403, 'Forbidden');
    await state('forbidden');
    await pause();
    reflector.retryNow();
    (await next()).list('10');
    await state('synced');
    expect(states).toEqual(['forbidden', 'synced']);
  });

  it('after it was served is listed again, and the objects stay until then', async () => {
    const { watching, next, state, pause, clock, store } = await reflecting();
    const watch = await watching(configMap('a', '3'));
    watch.send(bookmark('11'));
    watch.end();
    (await next()).fail(404, 'NotFound');
    await state('notServed');
    expect(store.has('default/a')).toBe(true);
    clock.advance(await pause());
    const list = await next();
    expect(list.isWatch).toBe(false);
    list.list('20');
    await state('synced');
    expect(store.size).toBe(0);
  });

  it('a watch that is forbidden where lists are not goes on from the list when it is allowed', async () => {
    const { watching, next, state, pause, clock } = await reflecting();
    (await watching()).fail(403, 'Forbidden');
    await state('forbidden');
    clock.advance(await pause());
    const again = await next();
    expect([again.isWatch, again.query.get('resourceVersion')]).toEqual([true, '10']);
  });
});

describe('a list', () => {
  it('that fails is tried again after a delay that grows', async () => {
    const { next, pause, clock, state, states } = await reflecting();
    const delays: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      (await next()).fail(500, 'InternalError');
      await state('retrying');
      delays.push(await pause());
      clock.advance(delays.at(-1) ?? 0);
    }
    (await next()).list('10');
    await state('synced');
    expect([delays, states]).toEqual([
      [375, 750, 1_500],
      ['retrying', 'synced'],
    ]);
  });

  it('that expires midway and in one piece too is begun again', async () => {
    const { next } = await reflecting();
    (await next()).json({ metadata: { resourceVersion: '10', continue: 'more' }, items: [configMap('a', '3')] });
    (await next()).fail(410, 'Expired');
    (await next()).fail(410, 'Expired');
    (await next()).list('20');
    expect((await next()).query.get('resourceVersion')).toBe('20');
  });

  it('takes no own write back that it may be too old to know', async () => {
    const { next, store, state } = await reflecting();
    const list = await next();
    store.noteWrite({ apiVersion: 'v1', kind: 'ConfigMap', ...configMap('a', '12') });
    list.list('10', configMap('a', '3'));
    await state('synced');
    expect(store.get('default/a')?.metadata.resourceVersion).toBe('12');
  });
});

describe('a stop', () => {
  it('during the first list opens no watch, and leaves the store as it was', async () => {
    const { next, stop, run, exchanges, store, clock } = await reflecting();
    const list = await next();
    stop.abort(new Error('stopping'));
    await run;
    await list.closed();
    expect([exchanges.length, store.synced, store.size, clock.pending]).toEqual([1, false, 0, 0]);
  });

  it('during a watch closes its connection and leaves no timer', async () => {
    const { watching, stop, run, clock, seen, server } = await reflecting();
    const watch = await watching();
    watch.send(added('a', '11'));
    await seen('default/a', '11');
    stop.abort(new Error('stopping'));
    await run;
    await watch.closed();
    expect(clock.pending).toBe(0);
    expect(server.open.size).toBeLessThanOrEqual(1);
  });

  it('during a pause ends it', async () => {
    const { next, pause, stop, run, clock } = await reflecting();
    (await next()).fail(404, 'NotFound');
    await pause();
    stop.abort(new Error('stopping'));
    await run;
    expect(clock.pending).toBe(0);
  });
});
