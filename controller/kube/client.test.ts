import { isDeepStrictEqual } from 'node:util';
import nock from 'nock';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { type Client, type ClientOptions, createClient } from './client.ts';
import {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isMethodNotSupported,
  isNotFound,
  isTooManyRequests,
  isUnauthorized,
} from './errors.ts';
import type { Resource } from './resource.ts';
import { endpointAt } from './testing/wire.ts';

const SERVER = 'https://earth.example:6443';
const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const SECRETS: Resource = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const NAMESPACES: Resource = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const WEB = { name: 'web', namespace: 'shop' };
const signal = new AbortController().signal;

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});
afterAll(() => nock.restore());

const earth = (options?: ClientOptions): Client => createClient(endpointAt(SERVER), options);

const deployment = (more: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '7', annotations: { a: 'b' } },
  spec: { replicas: 1, fieldOfTomorrow: { deep: ['kept'] } },
  ...more,
});

const status = (code: number, reason: string, message: string, more: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason,
  message,
  code,
  ...more,
});

/** For nock: this JSON as a body, no more and no less. */
const exactly = (expected: unknown) => (body: unknown) => isDeepStrictEqual(body, expected);

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

describe('reading', () => {
  it('gets an object with every field that the server sent', async () => {
    nock(SERVER, { reqheaders: { accept: 'application/json', 'user-agent': 'fedmesh' } })
      .get('/apis/apps/v1/namespaces/shop/deployments/web')
      .reply(200, deployment());
    expect(await earth().get(DEPLOYMENTS, WEB, { signal })).toEqual(deployment());
  });

  it('gets an object of a kind without namespaces, whatever is in its name', async () => {
    nock(SERVER)
      .get('/api/v1/namespaces/a%2Fb')
      .reply(200, { metadata: { name: 'a/b' } });
    expect(await earth().get(NAMESPACES, { name: 'a/b' }, { signal })).toEqual({ metadata: { name: 'a/b' } });
  });

  it('lists a page, and tells each item what it is', async () => {
    nock(SERVER)
      .get('/apis/apps/v1/namespaces/shop/deployments')
      .query({
        labelSelector: 'kubefed.io/managed=true,app in (a,b)',
        fieldSelector: 'metadata.name=web',
        limit: '2',
        resourceVersion: '5',
        resourceVersionMatch: 'NotOlderThan',
      })
      .reply(200, {
        kind: 'DeploymentList',
        metadata: { resourceVersion: '9', continue: 'more' },
        items: [{ metadata: { name: 'web' }, spec: { x: 1 } }],
      });
    const list = await earth().list(DEPLOYMENTS, {
      namespace: 'shop',
      labelSelector: 'kubefed.io/managed=true,app in (a,b)',
      fieldSelector: 'metadata.name=web',
      limit: 2,
      resourceVersion: '5',
      resourceVersionMatch: 'NotOlderThan',
      signal,
    });
    expect(list.metadata).toEqual({ resourceVersion: '9', continue: 'more' });
    expect(list.items).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { x: 1 } },
    ]);
  });

  it('lists metadata alone', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
    const item = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'web' } };
    nock(SERVER, { reqheaders: { accept } })
      .get('/apis/apps/v1/deployments')
      .reply(200, { kind: 'PartialObjectMetadataList', metadata: {}, items: [item] });
    expect((await earth().list(DEPLOYMENTS, { metadataOnly: true, signal })).items).toEqual([item]);
  });

  it('takes an empty list written as null', async () => {
    nock(SERVER)
      .get('/apis/apps/v1/deployments')
      .reply(200, { metadata: { resourceVersion: '1' }, items: null });
    expect((await earth().list(DEPLOYMENTS, { signal })).items).toEqual([]);
  });

  it('says that the answer is none of an API server', async () => {
    nock(SERVER)
      .get('/apis/apps/v1/namespaces/shop/deployments/web')
      .reply(200, '<html>Log in', { 'content-type': 'text/html' });
    const error: unknown = await earth()
      .get(DEPLOYMENTS, WEB, { signal })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      code: 'EBADANSWER',
      message:
        'get deployments.apps "shop/web" in cluster "earth": the answer is text/html, not JSON: is this an API server?',
    });
  });
});

describe('listing everything', () => {
  const names = (items: readonly KubeObject[]) => items.map(({ metadata }) => metadata.name);
  const page = (items: string[], metadata: object) => ({
    metadata,
    items: items.map((name) => ({ metadata: { name } })),
  });

  it('puts the pages together', async () => {
    nock(SERVER)
      .get('/apis/apps/v1/deployments?labelSelector=a&limit=500&resourceVersion=0')
      .reply(200, page(['a', 'b'], { resourceVersion: '9', continue: 'p2', remainingItemCount: 2 }))
      .get('/apis/apps/v1/deployments?labelSelector=a&limit=500&continue=p2')
      .reply(200, page(['c'], { resourceVersion: '9', continue: 'p3' }))
      .get('/apis/apps/v1/deployments?labelSelector=a&limit=500&continue=p3')
      .reply(200, page(['d'], { resourceVersion: '9' }));
    const list = await earth().listAll(DEPLOYMENTS, { labelSelector: 'a', resourceVersion: '0', signal });
    expect([names(list.items), list.metadata]).toEqual([['a', 'b', 'c', 'd'], { resourceVersion: '9' }]);
  });

  it('begins again in one piece when the pages expire midway', async () => {
    nock(SERVER)
      .get('/apis/apps/v1/deployments?limit=2')
      .reply(200, page(['a', 'b'], { resourceVersion: '9', continue: 'p2' }))
      .get('/apis/apps/v1/deployments?limit=2&continue=p2')
      .reply(410, status(410, 'Expired', 'The provided continue parameter is too old'))
      .get('/apis/apps/v1/deployments')
      .reply(200, page(['a', 'c', 'd'], { resourceVersion: '12' }));
    const list = await earth().listAll(DEPLOYMENTS, { pageSize: 2, signal });
    expect([names(list.items), list.metadata.resourceVersion]).toEqual([['a', 'c', 'd'], '12']);
  });

  it('gives up on any other failure midway', async () => {
    nock(SERVER)
      .get('/apis/apps/v1/deployments?limit=500')
      .reply(200, page(['a'], { continue: 'p2' }))
      .get('/apis/apps/v1/deployments?limit=500&continue=p2')
      .reply(500, status(500, 'InternalError', 'etcd'));
    expect((await failure(earth().listAll(DEPLOYMENTS, { signal }))).code).toBe(500);
  });

  it('copes with a hundred thousand objects in one list', async () => {
    const items = Array.from({ length: 100_000 }, (_, index) => `{"metadata":{"name":"n${index}"}}`);
    nock(SERVER)
      .get('/apis/apps/v1/deployments?limit=500')
      .reply(200, `{"metadata":{"continue":"x"},"items":[{"metadata":{"name":"first"}}]}`);
    nock(SERVER)
      .get('/apis/apps/v1/deployments?limit=500&continue=x')
      .reply(200, `{"metadata":{"resourceVersion":"1"},"items":[${items}]}`);
    const list = await earth().listAll(DEPLOYMENTS, { signal });
    expect([list.items.length, list.items.at(-1)?.metadata.name]).toEqual([100_001, 'n99999']);
  });
});

describe('writing', () => {
  it('creates in the object’s own namespace and signs the write', async () => {
    nock(SERVER, { reqheaders: { 'content-type': 'application/json' } })
      .post('/apis/apps/v1/namespaces/shop/deployments?fieldManager=fedmesh', exactly(deployment()))
      .reply(201, deployment({ made: true }));
    expect(await earth().create(DEPLOYMENTS, deployment(), { signal })).toEqual(deployment({ made: true }));
  });

  it('replaces with the resourceVersion that was read and every field that nobody here knows', async () => {
    nock(SERVER)
      .put('/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=fedmesh', exactly(deployment()))
      .reply(200, deployment());
    expect(await earth().replace(DEPLOYMENTS, deployment(), { signal })).toEqual(deployment());
  });

  it('replaces the status by itself, as a trial, under another name', async () => {
    nock(SERVER)
      .put(
        '/apis/apps/v1/namespaces/shop/deployments/web/status?fieldManager=somebody&dryRun=All',
        exactly(deployment()),
      )
      .reply(200, deployment());
    await earth({ fieldManager: 'somebody' }).replace(DEPLOYMENTS, deployment(), {
      subresource: 'status',
      dryRun: true,
      signal,
    });
  });

  it.each([
    ['merge', 'application/merge-patch+json', { metadata: { finalizers: null } }],
    ['json', 'application/json-patch+json', [{ op: 'remove', path: '/spec/x' }]],
    ['strategic', 'application/strategic-merge-patch+json', { spec: {} }],
    ['apply', 'application/apply-patch+yaml', { apiVersion: 'apps/v1', kind: 'Deployment' }],
  ] as const)('patches by %s', async (type, contentType, body) => {
    nock(SERVER, { reqheaders: { 'content-type': contentType } })
      .patch('/apis/apps/v1/namespaces/shop/deployments/web/scale?fieldManager=fedmesh&force=true', exactly(body))
      .reply(200, deployment());
    const options = { subresource: 'scale', force: true, signal };
    expect(await earth().patch(DEPLOYMENTS, WEB, { type, body }, options)).toEqual(deployment());
  });

  it('deletes just the object that was seen', async () => {
    nock(SERVER)
      .delete('/apis/apps/v1/namespaces/shop/deployments/web', {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid: 'u-1', resourceVersion: '7' },
        propagationPolicy: 'Foreground',
        gracePeriodSeconds: 0,
        dryRun: ['All'],
      })
      .reply(200, { kind: 'Status', status: 'Success' });
    const answer = await earth().delete(DEPLOYMENTS, WEB, {
      preconditions: { uid: 'u-1', resourceVersion: '7' },
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 0,
      dryRun: true,
      signal,
    });
    expect(answer).toEqual({ kind: 'Status', status: 'Success' });
  });

  it('deletes with options that somebody wrote down in full', async () => {
    nock(SERVER)
      .delete('/apis/apps/v1/namespaces/shop/deployments/web', {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        orphanDependents: true,
        preconditions: { uid: 'u-1' },
      })
      .reply(200, deployment());
    const body = { orphanDependents: true, preconditions: { uid: 'other' } };
    await earth().delete(DEPLOYMENTS, WEB, { body, preconditions: { uid: 'u-1' }, signal });
  });

  it('asks for a token', async () => {
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const accounts: Resource = { ...SECRETS, kind: 'ServiceAccount', plural: 'serviceaccounts' };
    nock(SERVER)
      .post('/api/v1/namespaces/shop/serviceaccounts/web/token?fieldManager=fedmesh', request)
      .reply(201, { ...request, status: { token: 't' } });
    const made = await earth().createSubresource<{ status: { token: string } }>(accounts, WEB, 'token', request, {
      signal,
    });
    expect(made.status.token).toBe('t');
  });

  it('asks for anything else as it is', async () => {
    nock(SERVER, { reqheaders: { accept: 'text/plain', 'content-type': 'text/plain' } })
      .post('/healthz', 'ping')
      .reply(200, 'ok');
    const headers = { accept: 'text/plain', 'content-type': 'text/plain' };
    expect(await earth().raw('POST', '/healthz', { body: 'ping', headers, signal })).toEqual({
      status: 200,
      text: 'ok',
    });
  });
});

describe('a refusal', () => {
  it('is one line that says what, where and why, with the server’s answer beside it', async () => {
    const body = status(404, 'NotFound', 'deployments.apps "web"\n not found', { details: { name: 'web' } });
    nock(SERVER).get('/apis/apps/v1/namespaces/shop/deployments/web').reply(404, body);
    const error = await failure(earth().get(DEPLOYMENTS, WEB, { signal }));
    expect(error.message).toBe(
      'get deployments.apps "shop/web" in cluster "earth": NotFound: deployments.apps "web" not found',
    );
    expect(error).toMatchObject({
      code: 404,
      reason: 'NotFound',
      cluster: 'earth',
      method: 'GET',
      path: '/apis/apps/v1/namespaces/shop/deployments/web',
      body,
    });
  });

  it.each([
    [isNotFound, 404, 'NotFound'],
    [isConflict, 409, 'Conflict'],
    [isAlreadyExists, 409, 'AlreadyExists'],
    [isExpired, 410, 'Expired'],
    [isForbidden, 403, 'Forbidden'],
    [isUnauthorized, 401, 'Unauthorized'],
    [isInvalid, 422, 'Invalid'],
    [isMethodNotSupported, 405, 'MethodNotAllowed'],
  ] as const)('is told apart by %o', async (predicate, code, reason) => {
    nock(SERVER)
      .post('/apis/apps/v1/namespaces/shop/deployments?fieldManager=fedmesh')
      .reply(code, status(code, reason, 'no'));
    const error = await failure(earth().create(DEPLOYMENTS, deployment(), { signal }));
    const all = [
      isNotFound,
      isConflict,
      isAlreadyExists,
      isExpired,
      isForbidden,
      isUnauthorized,
      isInvalid,
      isTooManyRequests,
      isMethodNotSupported,
    ];
    expect(all.filter((candidate) => candidate(error))).toEqual([predicate]);
    expect(predicate(new Error('another'))).toBe(false);
  });

  it('by something in between that speaks no JSON shows how it begins', async () => {
    nock(SERVER)
      .get('/api/v1/namespaces')
      .reply(502, `<html>\n<h1>Bad gateway</h1>${'x'.repeat(1000)}`);
    const error = await failure(earth().list(NAMESPACES, { signal }));
    expect(error.message).toMatch(/^list namespaces in cluster "earth": BadGateway: <html> <h1>Bad gateway<\/h1>x+$/);
    expect(error.message.length).toBeLessThan(260);
    expect([error.code, error.body]).toEqual([502, undefined]);
  });

  it('without a word has the name of its status', async () => {
    nock(SERVER).get('/healthz').reply(500, '');
    expect((await failure(earth().raw('GET', '/healthz', { signal }))).message).toBe(
      'GET /healthz in cluster "earth": InternalServerError',
    );
  });

  it('of a Secret repeats none of its values', async () => {
    const secret = {
      metadata: { name: 'db', namespace: 'shop' },
      stringData: { password: 'hunter22' },
      data: { key: Buffer.from('correct horse').toString('base64') },
    };
    const message = `Secret "db" is invalid: data[key]: Invalid value: "ab": hunter22 and correct horse and ${secret.data.key}`;
    const causes = [{ message: 'hunter22 is too short', field: 'data' }];
    nock(SERVER)
      .post('/api/v1/namespaces/shop/secrets?fieldManager=fedmesh')
      .reply(422, status(422, 'Invalid', message, { details: { causes } }));
    const error = await failure(earth().create(SECRETS, secret, { signal }));
    expect(error.message).toBe(
      'create secrets "shop/db" in cluster "earth": Invalid: Secret "db" is invalid: data[key]: Invalid value: <redacted>: <redacted> and <redacted> and <redacted>',
    );
    expect(JSON.stringify(error)).not.toMatch(/hunter22|correct horse/);
    expect(error.body?.details?.causes).toEqual([{ message: '<redacted> is too short', field: 'data' }]);
  });
});

describe('a server that asks for patience', () => {
  const path = '/apis/apps/v1/namespaces/shop/deployments/web';
  const tooMany = status(429, 'TooManyRequests', 'too many requests', { details: { retryAfterSeconds: 7 } });

  /** Moves the clock whenever somebody waits on it for less than the transport's timeout, and notes for how long. */
  async function run<T>(clock: FakeClock, promise: Promise<T>): Promise<{ result: T | ApiError; waits: number[] }> {
    const waits: number[] = [];
    let isOver = false;
    const result = promise.catch((error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    });
    const over = () => {
      isOver = true;
    };
    result.then(over, over);
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.pending !== 1 || clock.nextIn === undefined || nock.isActive() === false) continue;
      const wait = clock.nextIn;
      if (wait >= 60_000) continue;
      waits.push(wait);
      clock.advance(wait);
    }
    return { result: await result, waits };
  }

  const patient = (clock: FakeClock, more: ClientOptions = {}) =>
    earth({ clock, random: () => 0, timeoutMs: 60_000, ...more });

  it('is given it, and the request succeeds', async () => {
    nock(SERVER)
      .get(path)
      .reply(429, tooMany, { 'retry-after': '2' })
      .get(path)
      .reply(429, tooMany)
      .get(path)
      .reply(429, 'slow down')
      .get(path)
      .reply(503, 'starting', { 'retry-after': '3' })
      .get(path)
      .reply(200, deployment());
    const clock = new FakeClock();
    const { result, waits } = await run(clock, patient(clock).get(DEPLOYMENTS, WEB, { signal }));
    expect(result).toEqual(deployment());
    expect(waits).toEqual([2_000, 7_000, 1_000, 3_000]);
  });

  it('is given it five times, and then the refusal is passed on', async () => {
    nock(SERVER).get(path).times(5).reply(429, tooMany, { 'retry-after': '1' });
    const clock = new FakeClock();
    const { result, waits } = await run(clock, patient(clock).get(DEPLOYMENTS, WEB, { signal }));
    expect(isTooManyRequests(result)).toBe(true);
    expect([waits, (result as ApiError).retryAfterMs]).toEqual([[1_000, 1_000, 1_000, 1_000], 1_000]);
  });

  it('is given half a minute at most, dates understood', async () => {
    const clock = new FakeClock();
    nock(SERVER)
      .get(path)
      .reply(429, tooMany, { 'retry-after': '3600' })
      .get(path)
      .reply(503, '', { 'retry-after': new Date(clock.now() + 40_000).toUTCString() })
      .get(path)
      .reply(200, deployment());
    const { waits } = await run(clock, patient(clock).get(DEPLOYMENTS, WEB, { signal }));
    expect(waits).toEqual([30_000, 10_000]);
  });

  it('spreads those that it turned away together', async () => {
    nock(SERVER).get(path).reply(429, tooMany, { 'retry-after': '10' }).get(path).reply(200, deployment());
    const clock = new FakeClock();
    const { waits } = await run(clock, patient(clock, { random: () => 0.5 }).get(DEPLOYMENTS, WEB, { signal }));
    expect(waits).toEqual([11_000]);
  });

  it('does not hold an abort up', async () => {
    nock(SERVER).get(path).reply(429, tooMany, { 'retry-after': '20' });
    const controller = new AbortController();
    const clock = new FakeClock();
    const request = patient(clock).get(DEPLOYMENTS, WEB, { signal: controller.signal });
    const outcome = expect(request).rejects.toThrow('not any more');
    while (clock.nextIn !== 20_000) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('not any more'));
    await outcome;
    expect(clock.pending).toBe(0);
  });

  it('is not given it for a failure that names no time', async () => {
    nock(SERVER).get(path).reply(503, 'down');
    expect((await failure(earth().get(DEPLOYMENTS, WEB, { signal }))).code).toBe(503);
  });
});
