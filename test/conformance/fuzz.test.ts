import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { configMap, deployment, service } from './objects.ts';
import { type RunningServer, startPair } from './servers.ts';
import { Wire, type WireRequest } from './wire.ts';

/** `FUZZ_SEED` repeats a run, `FUZZ_RUNS` makes it longer. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.FUZZ_RUNS ?? 2000);
const PATIENCE_MS = 600_000;

type Request = Pick<WireRequest, 'method' | 'path' | 'body'> & { readonly headers: Record<string, string> };

const NAMESPACE = 'fuzz';
const word = fc.constantFrom(
  'a',
  'one',
  'kube-root-ca.crt',
  '..',
  '.',
  '',
  'UPPER',
  '%2F',
  '%00',
  '%zz',
  'ü',
  'x'.repeat(300),
  '*',
  'status',
);
const resource = fc.constantFrom(
  'configmaps',
  'pods',
  'services',
  'secrets',
  'deployments',
  'nothings',
  'namespaces',
  'nodes',
);
const prefix = fc.constantFrom(
  '/api/v1',
  '/apis/apps/v1',
  '/apis/apps',
  '/apis/apps/v9',
  '/api/v9',
  '/apis/none/v1',
  '/api',
  '/apis',
  '',
);
const path = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
      `/api/v1/namespaces/${NAMESPACE}/services`,
      `/api/v1/namespaces/${NAMESPACE}/configmaps/one`,
      `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/one/status`,
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(prefix, resource, word)
      .map(([start, plural, name]) => `${start}/namespaces/${NAMESPACE}/${plural}/${name}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(prefix, fc.array(word, { maxLength: 6 }))
      .map(([start, words]) => `${start}/${words.join('/')}`),
  },
);

const selector = fc.oneof(
  fc.constantFrom('a=b', 'a in (b,c)', 'a notin (b)', '!a', 'a>1', 'metadata.name=one', 'metadata.name!=one'),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'b',
      '=',
      '!',
      ',',
      ' ',
      '(',
      ')',
      'in',
      'notin',
      '>',
      '<',
      '.',
      '/',
      '\\',
      '-',
      '_',
      '1',
    ),
    maxLength: 12,
  }),
);
const parameter = fc.oneof(
  fc.tuple(fc.constantFrom('labelSelector', 'fieldSelector'), selector),
  fc.tuple(
    fc.constantFrom('limit', 'timeoutSeconds', 'gracePeriodSeconds', 'resourceVersion'),
    fc.constantFrom('0', '-1', '1.5', 'x', '', '5', '99999999999999999999'),
  ),
  fc.tuple(
    fc.constantFrom(
      'resourceVersionMatch',
      'fieldValidation',
      'propagationPolicy',
      'continue',
      'fieldManager',
      'force',
      'pretty',
      'allowWatchBookmarks',
      'sendInitialEvents',
      'orphanDependents',
    ),
    fc.constantFrom(
      '',
      'Exact',
      'NotOlderThan',
      'Strict',
      'Warn',
      'Orphan',
      'Background',
      'true',
      'false',
      'x',
      '\u0001',
    ),
  ),
);
const query = fc
  .array(parameter, { maxLength: 3 })
  .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`));

const contentType = fc.constantFrom(
  'application/json',
  'application/json',
  'application/yaml',
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  'application/',
  'x',
  'application/json; charset=utf-16',
  'application/json;q',
);
const accept = fc.constantFrom(
  'application/json',
  'application/json',
  '*/*',
  'application/yaml',
  'text/html',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v7;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'x',
  ';',
);

const sane = fc.constantFrom<object>(
  configMap('one'),
  deployment('one'),
  service('one'),
  { data: { a: 'b' } },
  { spec: { replicas: 3 } },
  [{ op: 'add', path: '/data/x', value: 'y' }],
  {},
);
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, 1.5, -1, 'x', [], {}, true, 1e300, 2 ** 40),
);
/** A sane body with something else at one place. */
const twisted = fc.tuple(sane, fc.nat(), odd).map(([body, at, value]) => {
  const copy = structuredClone(body) as Record<string, unknown>;
  const places: (() => void)[] = [];
  const visit = (node: unknown) => {
    if (node === null || typeof node !== 'object') return;
    for (const key of Object.keys(node)) {
      places.push(() => {
        (node as Record<string, unknown>)[key] = value;
      });
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  places[at % Math.max(places.length, 1)]?.();
  return JSON.stringify(copy);
});
const broken = fc
  .tuple(sane, fc.nat(), fc.constantFrom('', '}', '{', '"', ',', '\u0000', 'é', '//', 'null', '\\'))
  .map(([body, at, noise]) => {
    const text = JSON.stringify(body);
    const place = at % (text.length + 1);
    return text.slice(0, place) + noise + text.slice(noise === '' ? text.length : place + 1);
  });
const nested = fc
  .tuple(fc.integer({ min: 1, max: 12_000 }), fc.constantFrom('[', '{"a":'))
  .map(
    ([depth, open]) =>
      open.repeat(depth) +
      (open === '[' ? ']' : '1' + '}').repeat(1) +
      (open === '[' ? ']'.repeat(depth - 1) : '}'.repeat(depth - 1)),
  );
const body = fc.oneof(
  sane.map((value) => JSON.stringify(value)),
  twisted,
  twisted,
  broken,
  nested,
  fc.constant(''),
  fc.string(),
);

const requests: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'OPTIONS'),
    path,
    query,
    contentType,
    accept,
    body,
  })
  .map(({ method, path, query, contentType, accept, body }) => ({
    method,
    // Nothing is kept, so that a failing request fails alone too.
    path: encodeURI(`${path}?${[...query, ...(method === 'GET' ? [] : ['dryRun=All'])].join('&')}`).replaceAll(
      '%25',
      '%',
    ),
    headers: { accept, ...(method === 'GET' ? {} : { 'content-type': contentType }) },
    body: method === 'GET' || method === 'OPTIONS' ? undefined : body,
  }));

describe.runIf(inject('realServers'))('requests that nobody should make', () => {
  const servers: RunningServer[] = [];
  const wires: { wire: Wire; token: string }[] = [];

  beforeAll(async () => {
    servers.push(...(await startPair()));
    for (const { target } of servers) {
      const wire = new Wire(target);
      wires.push({ wire, token: target.token });
      const made = await wire.send({
        method: 'POST',
        path: '/api/v1/namespaces',
        headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ metadata: { name: NAMESPACE } }),
      });
      expect(made.code).toBe(201);
    }
    for (const object of [configMap('one'), service('one')]) {
      const plural = 'data' in object ? 'configmaps' : 'services';
      for (const entry of wires) {
        const headers = { authorization: `Bearer ${entry.token}`, 'content-type': 'application/json' };
        const path = `/api/v1/namespaces/${NAMESPACE}/${plural}`;
        await entry.wire.send({ method: 'POST', path, headers, body: JSON.stringify(object) });
      }
    }
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const { wire } of wires) wire.close();
    for (const server of servers) await server.close();
  });

  it(
    `get the status from the embedded server that they get from the real one (seed ${seed})`,
    async () => {
      process.stdout.write(`fuzz: ${numRuns} requests, FUZZ_SEED=${seed}\n`);
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const codes = await Promise.all(wires.map((entry) => statusOf(entry, request)));
          expect(codes[1], `${request.method} ${request.path}`).toBe(codes[0]);
        }),
        { seed, numRuns, endOnFailure: false },
      );
    },
    PATIENCE_MS,
  );
});

async function statusOf({ wire, token }: { wire: Wire; token: string }, request: Request): Promise<number> {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const response = await wire.open({ ...request, headers }, AbortSignal.timeout(20_000));
  response.resume();
  return response.statusCode ?? 0;
}
