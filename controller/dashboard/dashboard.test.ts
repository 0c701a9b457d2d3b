import { request } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Changes, ClusterList, ObjectDetail, ObjectList, Overview } from '../../apis/dashboard/v1.ts';
import { linkSecret } from './access/one-time-link.ts';
import { type Attributes, HOME, ServedDashboard, StreamReader, TYPES } from './testing/served.ts';

const MAPS = TYPES.maps.name;
const SECRETS = TYPES.secrets.name;
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(options: Parameters<typeof ServedDashboard.start>[0] = {}): Promise<ServedDashboard> {
  const served = await ServedDashboard.start(options);
  closers.push(() => served.close());
  served.accounts.set('admin', { user: 'ada', may: () => true });
  served.accounts.set('guest', { user: 'gil', may: inNamespace('team-a') });
  served.accounts.set('nobody', { user: 'nemo', may: () => false });
  for (const name of ['earth', 'vulcan']) served.cluster(name);
  served.put('maps', 'team-a', 'one');
  served.put('maps', 'team-b', 'two', 'CreationFailed');
  served.put('secrets', 'team-b', 'keys');
  served.beat();
  return served;
}

const inNamespace = (namespace: string) => (attributes: Attributes) =>
  attributes.namespace === namespace && attributes.resource === 'federatedconfigmaps';

async function stream(served: ServedDashboard, headers: Record<string, string>): Promise<StreamReader> {
  const reader = await StreamReader.open(served.url, headers);
  closers.push(() => reader.close());
  return reader;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/api/v1/overview`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.once('error', reject).end();
  });
}

describe('who may see what', () => {
  it('nobody without sign-in sees anything, and is told what to do', async () => {
    const served = await serve();
    for (const path of ['overview', 'clusters', 'objects', 'events', 'session', 'receipts', 'topology']) {
      const response = await served.get(`/api/v1/${path}`);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.json()).toMatchObject({ hint: expect.stringContaining('fedctl dashboard') });
    }
    expect((await served.get('/api/v1/overview', bearer('wrong'))).status).toBe(401);
  });

  it('of two people with different rights each sees their own, in lists, totals, search, details and streams', async () => {
    const served = await serve();
    const all = await served.json<ObjectList>('/api/v1/objects', 'admin');
    expect([all.total, all.states.failed]).toEqual([3, 1]);
    const some = await served.json<ObjectList>('/api/v1/objects', 'guest');
    expect(some.items.map(({ name }) => name)).toEqual(['one']);
    expect([some.total, some.states]).toEqual([1, { ok: 1, progressing: 0, failed: 0, deleting: 0 }]);
    expect((await served.json<ObjectList>('/api/v1/objects?search=two', 'guest')).total).toBe(0);
    const overview = await served.json<Overview>('/api/v1/overview', 'guest');
    expect(overview.objects).toEqual({ ok: 1, progressing: 0, failed: 0, deleting: 0 });
    expect(overview.types.map(({ type }) => type)).toEqual([MAPS]);
    expect(overview.clusters).toEqual({ ready: 0, notReady: 0, unknown: 0, leaving: 0 });
    expect((await served.json<ClusterList>('/api/v1/clusters', 'guest')).items).toEqual([]);
    expect((await served.get(`/api/v1/objects/${MAPS}/team-a/one`, bearer('guest'))).status).toBe(200);
    // What is there and may not be seen answers as what is not there.
    const hidden = await served.get(`/api/v1/objects/${MAPS}/team-b/two`, bearer('guest'));
    const absent = await served.get(`/api/v1/objects/${MAPS}/team-b/no`, bearer('guest'));
    expect([hidden.status, absent.status]).toEqual([404, 404]);

    const [ada, gil] = [await stream(served, bearer('admin')), await stream(served, bearer('guest'))];
    served.put('maps', 'team-b', 'two', 'UpdateFailed');
    served.beat();
    served.put('maps', 'team-a', 'one', 'UpdateFailed');
    served.beat();
    await Promise.all([ada.until(/"name":"one"/), gil.until(/"name":"one"/)]);
    expect(ada.text).toContain('"name":"two"');
    expect(gil.text).not.toMatch(/two|earth"?,"state"|team-b/);
    expect((await served.json<ObjectList>('/api/v1/objects', 'nobody')).total).toBe(0);
    const changes = (await served.json<Overview>('/api/v1/overview', 'guest')).changes;
    expect(changes.map(({ about, from, to }) => [about, from, to])).toEqual([
      [{ type: MAPS, namespace: 'team-a', name: 'one' }, 'ok', 'failed'],
    ]);
  });

  it("a revoked token's stream closes within a minute, and its session ends", async () => {
    const served = await serve();
    const session = await served.get('/api/v1/session', bearer('guest'));
    const cookie = session.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^fedmesh-session=[\w-]{43};.*HttpOnly; SameSite=Strict/);
    const signedIn = { cookie: cookie.split(';')[0] ?? '' };
    expect((await served.get('/api/v1/objects', signedIn)).status).toBe(200);
    const reader = await stream(served, signedIn);
    served.accounts.delete('guest');
    served.clock.advance(45_000);
    await reader.end();
    expect(reader.text).toContain('event: signed-out');
    expect((await served.get('/api/v1/objects', signedIn)).status).toBe(401);
  });

  it('whoever loses a right is told to read again, and sees no more of it', async () => {
    const served = await serve();
    const reader = await stream(served, bearer('guest'));
    served.accounts.set('guest', { user: 'gil', may: inNamespace('team-c') });
    served.clock.advance(45_000);
    await reader.until(/event: reset/);
    served.put('maps', 'team-a', 'one', 'UpdateFailed');
    served.beat();
    expect((await served.json<ObjectList>('/api/v1/objects', 'guest')).total).toBe(0);
    expect(reader.text).not.toContain('"name":"one"');
  });

  it('a link lets one person in, once, with their own rights, and not when it is too old', async () => {
    const served = await serve();
    const tokens = ['x'.repeat(43), 'y'.repeat(43)];
    const [first = '', late = ''] = tokens;
    const register = (token: string, expiresAt: number) => {
      const { stringData, ...secret } = linkSecret(token, { user: 'gil', groups: [] }, { namespace: HOME, expiresAt });
      const data = Object.entries(stringData as Record<string, string>).map(([key, value]) => [key, btoa(value)]);
      served.api.put(`/api/v1/namespaces/${HOME}/secrets`, { ...secret, data: Object.fromEntries(data) });
    };
    register(first, served.clock.now() + 60_000);
    register(late, served.clock.now() - 1);
    expect((await served.get(`/link/${late}`)).status).toBe(401);
    const entered = await served.get(`/link/${first}`);
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await (await served.get('/api/v1/session', { cookie })).json()).toMatchObject({ user: 'gil', by: 'link' });
    expect(((await (await served.get('/api/v1/objects', { cookie })).json()) as ObjectList).total).toBe(1);
    expect((await served.get(`/link/${first}`)).status).toBe(401);
    served.clock.advance(3_600_001);
    expect((await served.get('/api/v1/session', { cookie })).status).toBe(401);
  });

  it('a proxy is believed with its secret and from its address only, and never makes anybody a part of the system', async () => {
    const proxy = {
      header: 'x-user',
      groupsHeader: 'x-groups',
      from: ['127.0.0.1'],
      secret: 'a-secret-that-is-shared',
    };
    const served = await serve({ proxy });
    const said = { 'x-user': 'gil', 'x-groups': 'dev, system:masters' };
    const trusted = { ...said, 'x-fedmesh-proxy-secret': proxy.secret };
    expect(await (await served.get('/api/v1/session', trusted)).json()).toEqual({ user: 'gil', by: 'proxy' });
    expect((await served.get('/api/v1/session', said)).status).toBe(401);
    expect((await served.get('/api/v1/session', { ...trusted, 'x-user': 'system:admin' })).status).toBe(401);
    await served.get('/api/v1/overview', trusted);
    const review = served.api.requests.findLast(({ path }) => path.includes('subjectaccessreviews'));
    expect(JSON.parse(review?.body ?? '{}')).toMatchObject({ spec: { groups: ['dev', 'system:authenticated'] } });
    const elsewhere = await serve({ proxy: { ...proxy, from: ['10.0.0.0/8'] } });
    expect((await elsewhere.get('/api/v1/session', trusted)).status).toBe(401);
  });

  it('guesses at tokens are soon held up, and who is signed in is not', async () => {
    const served = await serve();
    const cookie =
      (await served.get('/api/v1/session', bearer('admin'))).headers.get('set-cookie')?.split(';')[0] ?? '';
    const answers = [];
    for (let guess = 0; guess < 25; guess += 1) {
      answers.push((await served.get('/api/v1/overview', bearer(`guess-${guess}`))).status);
    }
    expect([answers[0], answers.at(-1)]).toEqual([401, 429]);
    expect((await served.get('/api/v1/overview', { cookie })).status).toBe(200);
  });
});

describe('what leaves the server', () => {
  it('no value of a Secret does: not by template, overrides, annotations, statuses, messages or what is rendered', async () => {
    const served = await serve({ open: true });
    const secret = 'hunter2-hunter2';
    served.put('namespaces', 'team-b', 'team-b');
    const encoded = Buffer.from(secret).toString('base64');
    served.put('secrets', 'team-b', 'keys', 'CreationFailed', {
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${encoded}"}` } },
      spec: {
        template: {
          metadata: { annotations: { note: secret }, labels: { app: 'web' } },
          data: { password: encoded },
          stringData: { other: secret },
        },
        placement: { clusters: [{ name: 'earth' }, { name: 'vulcan' }] },
        overrides: [
          { clusterName: 'earth', clusterOverrides: [{ path: '/data', op: 'replace', value: { password: encoded } }] },
          { clusterName: 'vulcan', clusterOverrides: [{ path: '/data/password', value: encoded }] },
        ],
      },
      status: {
        conditions: [{ type: 'Propagation', status: 'False', reason: 'CheckClusters', message: `bad: ${secret}` }],
        clusters: [
          { name: 'earth', remoteStatus: { echo: encoded } },
          { name: 'vulcan', status: 'CreationFailed', message: `Secret "keys" is invalid: ${encoded}` },
        ],
      },
    });
    const uid = `secrets/team-b/keys`;
    served.api.put('/api/v1/events', {
      metadata: { name: 'e', namespace: 'team-b' },
      involvedObject: { uid },
      type: 'Warning',
      reason: 'CreationFailed',
      message: `refused ${encoded} (${secret})`,
    });
    const reader = await stream(served, {});
    served.put('maps', 'team-a', 'one', 'UpdateFailed');
    served.beat();
    await reader.until(/"name":"one"/);
    const texts = [reader.text];
    for (const path of [`objects/${SECRETS}/team-b/keys`, 'objects', 'overview', 'held-deletions']) {
      texts.push(await (await served.get(`/api/v1/${path}`)).text());
    }
    for (const text of texts) expect(text).not.toMatch(/hunter2|aHVudGVy/);
    const detail = await served.json<ObjectDetail>(`/api/v1/objects/${SECRETS}/team-b/keys`);
    expect(detail.clusters.map(({ rendered }) => rendered?.data)).toEqual([
      { password: '(not shown)' },
      { password: '(not shown)' },
    ]);
    expect(detail.federated).toMatchObject({ spec: { template: { metadata: { labels: { app: 'web' } } } } });
    expect(detail.events).toMatchObject([{ message: 'refused (not shown) ((not shown))' }]);
  });

  it('answers as its OpenAPI document says', async () => {
    const served = await serve({ open: true });
    served.put('maps', 'team-b', 'leaving', '', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    served.beat();
    const document = await served.json<{
      paths: Record<string, { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
      components: { schemas: Record<string, object> };
    }>('/api/v1/openapi.json');
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ $id: 'doc', components: document.components });
    const asked: Record<string, string> = {
      '/api/v1/clusters/{name}': '/api/v1/clusters/earth',
      '/api/v1/objects/{type}/{namespace}/{name}': `/api/v1/objects/${MAPS}/team-b/two`,
    };
    const check = (name: string, answer: unknown) => {
      ajv.validate(`doc#/components/schemas/${name}`, answer);
      return ajv.errors ?? [];
    };
    for (const [path, { get }] of Object.entries(document.paths)) {
      const schema = get.responses['200']?.content['application/json']?.schema as { $ref?: string } | undefined;
      if (schema?.$ref === undefined) continue;
      const answer = await served.json(asked[path] ?? path);
      expect([path, check(schema.$ref.split('/').at(-1) ?? '', answer)]).toEqual([path, []]);
    }
    expect(check('Problem', await served.json('/api/v1/nothing'))).toEqual([]);
    const reader = await stream(served, {});
    served.put('maps', 'team-a', 'one', 'UpdateFailed');
    served.beat();
    await reader.until(/data: \{"clusters"/);
    const data = /data: (\{"clusters".*)\n/.exec(reader.text)?.[1] ?? '';
    expect(check('Changes', JSON.parse(data))).toEqual([]);
  });

  it('is read-only, and keeps other sites, frames and rebound names out', async () => {
    const served = await serve({ open: true });
    const response = await served.get('/api/v1/overview');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
      expect([method, (await fetch(`${served.url}/api/v1/overview`, { method })).status]).toEqual([method, 405]);
    }
    expect((await served.get('/api/v1/overview', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await statusFor(served.url, 'rebound.example:80')).toBe(403);
    expect(await statusFor(served.url, 'localhost:1')).toBe(200);
    expect((await served.get('/api/v1/objects?sort=colour')).status).toBe(400);
    expect((await served.get('/api/v1/objects/%E0%A4%A/-/x')).status).toBe(400);
    expect((await served.get('/healthz')).status).toBe(200);
    expect((await served.get('/readyz')).status).toBe(200);
  });
});

describe('the event stream', () => {
  it('sends only what differs, goes on after a break, and says so when too much was missed', async () => {
    const served = await serve({ open: true });
    const first = await stream(served, {});
    served.put('maps', 'team-a', 'one', 'UpdateFailed');
    served.put('maps', 'team-b', 'two', 'CreationFailed');
    served.beat();
    await first.until(/data: \{"clusters"/);
    const [, id = '', data = '{}'] = /id: (\S+)\ndata: (\{"clusters".*)\n/.exec(first.text) ?? [];
    // `two` stands as it did; what it holds may differ, and somebody may be looking at it.
    expect((JSON.parse(data) as Changes).objects.map(({ name }) => name)).toEqual(['one', 'two']);
    first.close();
    served.objects.maps.remove({ metadata: { name: 'two', namespace: 'team-b' } } as never);
    served.beat();
    const second = await stream(served, { 'last-event-id': id });
    await second.until(/objectsGone":\[\{"type":"[^"]+","namespace":"team-b","name":"two"\}\]/);
    for (const strange of ['another-process.1', 'nonsense', `${id.split('.')[0]}.999999`]) {
      const third = await stream(served, { 'last-event-id': strange });
      await third.until(/event: reset/);
    }
  });

  it('tells changes that come at once in one go, at most four times a second', async () => {
    const served = await serve({ open: true });
    const reader = await stream(served, {});
    for (let round = 0; round < 40; round += 1) {
      served.put('maps', 'team-a', `many-${round}`);
      served.clock.advance(25);
    }
    served.put('maps', 'team-a', 'last');
    served.beat();
    await reader.until(/"name":"last"/);
    expect(reader.text.match(/event: changes/g)?.length).toBeLessThanOrEqual(6);
  });

  it('tells everybody to read again rather than send thousands of changes', async () => {
    const served = await serve({ open: true });
    const reader = await stream(served, {});
    for (let round = 0; round < 1_500; round += 1) served.put('maps', 'team-a', `many-${round}`);
    served.beat();
    await reader.until(/event: reset/);
    expect(reader.text.length).toBeLessThan(1_000);
    expect((await served.json<ObjectList>('/api/v1/objects?limit=1')).total).toBe(1_503);
  });
});
