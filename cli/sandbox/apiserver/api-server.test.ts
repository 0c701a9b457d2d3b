import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';
import { MemoryStorage } from './storage/memory-storage.ts';
import { Wire } from './testing/wire.ts';

let server: ApiServer;
let wire: Wire;
const errors: unknown[] = [];
const MAPS = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  server = await startApiServer({ name: 'earth', watchHistory: 200, onError: (error) => errors.push(error) });
  wire = new Wire(server);
});
afterAll(async () => {
  wire.close();
  await server.close();
  expect(errors).toEqual([]);
});

function configMap(name: string, data: Record<string, string> = {}, labels?: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels === undefined ? {} : { labels }) }, data };
}

function compact(): void {
  if (!(server.storage instanceof MemoryStorage)) throw new Error('no storage that can be compacted');
  server.storage.compact();
}

async function take<T>(from: AsyncGenerator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const value of from) if (taken.push(value) === count) break;
  return taken;
}

describe('objects', () => {
  it('are created, read, replaced, patched and deleted', async () => {
    const created = await wire.call('POST', MAPS, { body: configMap('life', { a: '1' }) });
    expect(created).toMatchObject({ code: 201, body: { metadata: { name: 'life', namespace: 'default' } } });
    const { uid, resourceVersion } = created.body.metadata;
    const replaced = await wire.call('PUT', `${MAPS}/life`, { body: configMap('life', { a: '2' }) });
    expect(replaced).toMatchObject({ code: 200, body: { data: { a: '2' }, metadata: { uid } } });
    expect(replaced.body.metadata.resourceVersion).not.toBe(resourceVersion);
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await wire.call('PATCH', `${MAPS}/life`, { headers, body: { data: { b: '3' } } });
    expect(patched.body.data).toEqual({ a: '2', b: '3' });
    expect((await wire.call('GET', `${MAPS}/life`)).body).toEqual(patched.body);
    const deleted = await wire.call('DELETE', `${MAPS}/life`);
    expect(deleted).toMatchObject({ code: 200, body: { status: 'Success', details: { name: 'life', uid } } });
    expect(await wire.call('GET', `${MAPS}/life`)).toMatchObject({ code: 404, body: { reason: 'NotFound' } });
  });

  it('are not overwritten by who has seen an older state', async () => {
    const { body } = await wire.call('POST', MAPS, { body: configMap('contested') });
    await wire.call('PUT', `${MAPS}/contested`, { body: { ...body, data: { first: 'wins' } } });
    const late = await wire.call('PUT', `${MAPS}/contested`, { body: { ...body, data: { second: 'loses' } } });
    expect(late).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
  });

  it('keep their version when a write changes nothing', async () => {
    const { body } = await wire.call('POST', MAPS, { body: configMap('same', { a: '1' }) });
    const again = await wire.call('PUT', `${MAPS}/same`, { body: configMap('same', { a: '1' }) });
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('are not stored in a dry run', async () => {
    expect((await wire.call('POST', `${MAPS}?dryRun=All`, { body: configMap('dry') })).code).toBe(201);
    expect((await wire.call('GET', `${MAPS}/dry`)).code).toBe(404);
  });

  it('wait for their finalizers', async () => {
    const held = { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } };
    await wire.call('POST', MAPS, { body: held });
    const going = await wire.call('DELETE', `${MAPS}/held`);
    expect(going.body.metadata.deletionTimestamp).toBeDefined();
    expect((await wire.call('GET', `${MAPS}/held`)).code).toBe(200);
    await wire.call('PUT', `${MAPS}/held`, { body: configMap('held') });
    expect((await wire.call('GET', `${MAPS}/held`)).code).toBe(404);
  });

  it('come as YAML, metadata alone or a table to who asks so', async () => {
    await wire.call('POST', MAPS, { body: configMap('shapes', { a: '1' }) });
    const as = (accept: string) => wire.call('GET', `${MAPS}/shapes`, { headers: { accept } });
    expect((await as('application/yaml')).text).toContain('kind: ConfigMap\n');
    const metadata = await as('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json');
    expect(metadata.body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'shapes' } });
    expect(metadata.body.data).toBeUndefined();
    const table = await as('application/json;as=Table;g=meta.k8s.io;v=v1');
    expect(table.body).toMatchObject({ kind: 'Table', rows: [{ cells: ['shapes', 1, expect.any(String)] }] });
  });
});

describe('lists', () => {
  it('end in a line break for who reads lines, and are indented for who reads with curl', async () => {
    const { text } = await wire.call('GET', '/api/v1/namespaces/default');
    expect(text.split('\n')).toEqual([expect.stringMatching(/^{.*}$/), '']);
    expect((await wire.call('GET', `${MAPS}/nowhere`)).text).toMatch(/^{.*}\n$/);
    const headers = { 'user-agent': 'curl/8.5.0' };
    expect((await wire.call('GET', '/api/v1/namespaces/default', { headers })).text).toMatch(/^{\n {2}".*\n}$/s);
  });

  it('come in pages that show one state, however much is written between', async () => {
    const ns = '/api/v1/namespaces/kube-public/configmaps';
    for (const name of ['p1', 'p2', 'p3', 'p4'])
      await wire.call('POST', ns, { body: configMap(name, {}, { page: 'd' }) });
    const first = await wire.call('GET', `${ns}?limit=3`);
    await wire.call('DELETE', `${ns}/p4`);
    await wire.call('POST', ns, { body: configMap('p5', {}, { page: 'd' }) });
    const { continue: token, resourceVersion } = first.body.metadata;
    const second = await wire.call('GET', `${ns}?limit=3&continue=${token}`);
    const names = [...first.body.items, ...second.body.items].map((item) => item.metadata.name);
    expect(names).toEqual(['kube-root-ca.crt', 'p1', 'p2', 'p3', 'p4']);
    expect(second.body.metadata.resourceVersion).toBe(resourceVersion);
    const then = await wire.call('GET', `${ns}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    expect(then.body.items).toHaveLength(5);
  });

  it('say when a page has expired, and how to go on', async () => {
    const { body } = await wire.call('GET', '/api/v1/configmaps?limit=1');
    await wire.call('POST', MAPS, { body: configMap('after-compaction') });
    compact();
    const expired = await wire.call('GET', `/api/v1/configmaps?limit=1&continue=${body.metadata.continue}`);
    expect(expired).toMatchObject({ code: 410, body: { reason: 'Expired' } });
    const rest = await wire.call('GET', `/api/v1/configmaps?continue=${expired.body.metadata.continue}`);
    expect(rest.code).toBe(200);
    expect(rest.body.items.length).toBeGreaterThan(1);
  });

  it('select by labels and fields, and refuse what is no selector', async () => {
    await wire.call('POST', MAPS, { body: configMap('sel-a', {}, { tier: 'front' }) });
    await wire.call('POST', MAPS, { body: configMap('sel-b', {}, { tier: 'back' }) });
    const names = async (query: string) =>
      (await wire.call('GET', `${MAPS}?${query}`)).body.items.map((item) => item.metadata.name);
    expect(await names('labelSelector=tier%20in%20(front,side)')).toEqual(['sel-a']);
    expect(await names('labelSelector=tier,tier!=front')).toEqual(['sel-b']);
    expect(await names('fieldSelector=metadata.name=sel-b')).toEqual(['sel-b']);
    expect(await wire.call('GET', `${MAPS}?labelSelector=a%20b`)).toMatchObject({
      code: 400,
      body: { reason: 'BadRequest' },
    });
    expect(await wire.call('GET', `${MAPS}?fieldSelector=spec.x=1`)).toMatchObject({ code: 400 });
  });
});

describe('watches', () => {
  it('show what comes into a selection, changes in it and leaves it', async () => {
    const { body } = await wire.call('GET', MAPS);
    const from = body.metadata.resourceVersion;
    const events = take(wire.watch(`${MAPS}?watch=1&labelSelector=w=yes&resourceVersion=${from}`), 4);
    await wire.call('POST', MAPS, { body: configMap('w', {}, { w: 'no' }) });
    await wire.call('PUT', `${MAPS}/w`, { body: configMap('w', {}, { w: 'yes' }) });
    await wire.call('PUT', `${MAPS}/w`, { body: configMap('w', { a: '1' }, { w: 'yes' }) });
    await wire.call('PUT', `${MAPS}/w`, { body: configMap('w', { a: '2' }, { w: 'no' }) });
    await wire.call('PUT', `${MAPS}/w`, { body: configMap('w', { a: '2' }, { w: 'yes' }) });
    const seen = await events;
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED']);
    expect(seen[2]?.object).toMatchObject({ data: { a: '1' }, metadata: { labels: { w: 'yes' } } });
  });

  it('begin with what there is, and say when that is all', async () => {
    const { body } = await wire.call('GET', MAPS);
    for (const version of ['&sendInitialEvents=true&resourceVersionMatch=NotOlderThan', '', '&resourceVersion=0']) {
      const path = `${MAPS}?watch=1&allowWatchBookmarks=true${version}`;
      const events = await take(wire.watch(path), body.items.length + 1);
      expect(events.at(-1), path).toMatchObject({
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
      });
    }
  });

  it('tell who comes back too late to list again', async () => {
    compact();
    const events = await take(wire.watch(`${MAPS}?watch=1&resourceVersion=2`), 5);
    expect(events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  it('end in time, with a bookmark for who wants it', async () => {
    const { body } = await wire.call('GET', MAPS);
    const from = body.metadata.resourceVersion;
    const events = await take(
      wire.watch(`${MAPS}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=${from}`),
      9,
    );
    expect(events.map(({ type }) => type)).toEqual(['BOOKMARK']);
  });

  it('are taken from who does not read, so that nobody else pays for it', async () => {
    const path = '/api/v1/namespaces/kube-public/configmaps?watch=1';
    const response = await wire.open('GET', path);
    response.pause();
    response.on('error', () => undefined);
    const gone = new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.once('error', () => resolve());
    });
    const big = 'x'.repeat(500_000);
    for (let n = 0; n < 60; n += 1) {
      await wire.call('POST', '/api/v1/namespaces/kube-public/configmaps', { body: configMap(`big-${n}`, { big }) });
      await wire.call('DELETE', `/api/v1/namespaces/kube-public/configmaps/big-${n}`);
    }
    response.resume();
    await gone;
    expect(response.complete).toBe(false);
  });
});

describe('bad requests', () => {
  it.each([
    ['no JSON', '{"kind":', 400, 'BadRequest'],
    ['a list', '[]', 400, 'BadRequest'],
    ['another kind', '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"}}', 400, 'BadRequest'],
    ['too deep', `{"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400, 'BadRequest'],
    ['too much', ' '.repeat(3 * 1024 * 1024 + 1), 413, 'RequestEntityTooLarge'],
    ['no name', '{}', 422, 'Invalid'],
  ])('with %s get a Status', async (_, body, code, reason) => {
    expect(await wire.call('POST', MAPS, { body })).toMatchObject({ code, body: { kind: 'Status', reason } });
  });

  it('of an unknown media type, path, method or token get a Status, too', async () => {
    const post = (type: string) => wire.call('POST', MAPS, { body: '{}', headers: { 'content-type': type } });
    expect(await post('text/plain')).toMatchObject({ code: 415, body: { reason: 'UnsupportedMediaType' } });
    expect(await wire.call('GET', '/api/v1/nothings')).toMatchObject({ code: 404, body: { reason: 'NotFound' } });
    expect(await wire.call('PUT', MAPS, { body: {} })).toMatchObject({ code: 405 });
    expect(await wire.call('GET', MAPS, { token: 'nobody' })).toMatchObject({ code: 401 });
  });

  it('with unknown fields or the same twice are refused or warned of, as asked', async () => {
    const body = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","name":"y"},"foo":1}';
    const strict = await wire.call('POST', `${MAPS}?fieldValidation=Strict`, { body });
    expect(strict.body.message).toContain('duplicate field "metadata.name", unknown field "foo"');
    const warned = await wire.call('POST', `${MAPS}?dryRun=All`, { body });
    expect(warned.headers.warning).toBe('299 - "duplicate field \\"metadata.name\\"", 299 - "unknown field \\"foo\\""');
  });
});

it('reads what typed Go clients write: protobuf', async () => {
  // ConfigMap "pb" with data {"k": "v"}, as kubectl create configmap encodes it.
  const meta = Buffer.from([0x0a, 0x02, 0x70, 0x62]);
  const data = Buffer.from([0x12, 0x06, 0x0a, 0x01, 0x6b, 0x12, 0x01, 0x76]);
  const raw = Buffer.concat([Buffer.from([0x0a, meta.length]), meta, data]);
  const type = Buffer.concat([
    Buffer.from([0x0a, 2]),
    Buffer.from('v1'),
    Buffer.from([0x12, 9]),
    Buffer.from('ConfigMap'),
  ]);
  const body = Buffer.concat([
    Buffer.from('k8s\0'),
    Buffer.from([0x0a, type.length]),
    type,
    Buffer.from([0x12, raw.length]),
    raw,
  ]);
  const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
  const answer = await wire.call('POST', MAPS, { body, headers });
  expect(answer).toMatchObject({ code: 201, body: { metadata: { name: 'pb' }, data: { k: 'v' } } });
  expect(await wire.call('POST', MAPS, { body: 'k8s\0\x0a\xff', headers })).toMatchObject({ code: 400 });
});

it('brings back objects and tokens from its data directory', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'apiserver-'));
  try {
    const first = await startApiServer({ name: 'kept', dataDir });
    const one = new Wire(first);
    const { body } = await one.call('POST', MAPS, { body: configMap('kept', { a: '1' }) });
    one.close();
    await first.close();
    const second = await startApiServer({ name: 'kept', dataDir });
    const two = new Wire(second);
    expect(second.adminToken).toBe(first.adminToken);
    expect((await two.call('GET', `${MAPS}/kept`)).body).toEqual(body);
    two.close();
    await second.close();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

it('lets a watch begin with more than a connection takes at once, and go on', async () => {
  const other = await startApiServer({ name: 'full' });
  const client = new Wire(other);
  const data = { filler: 'x'.repeat(500_000) };
  for (let i = 0; i < 12; i += 1) await client.call('POST', MAPS, { body: configMap(`big-${i}`, data) });
  const watching = client.watch(`${MAPS}?watch=1`);
  const names = (await take(watching, 12)).map(({ object }) => object.metadata.name);
  expect(names).toHaveLength(12);
  client.close();
  await other.close();
});

it('ends its watches when it closes', async () => {
  const other = await startApiServer({ name: 'short' });
  const client = new Wire(other);
  const watching = client.watch(`${MAPS}?watch=1`);
  await watching.next();
  const closed = other.close();
  const ended = take(watching, 99);
  await closed;
  await ended;
  client.close();
});
