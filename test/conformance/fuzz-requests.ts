import fc from 'fast-check';
import { configMap, deployment, service } from './objects.ts';
import type { WireRequest } from './wire.ts';

/** A request without credentials. */
export type Request = Pick<WireRequest, 'method' | 'path' | 'body'> & { readonly headers: Record<string, string> };

export const NAMESPACE = 'fuzz';
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

/** Requests that are sane but for one or two things. Those that write are dry runs. */
export const requests: fc.Arbitrary<Request> = fc
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
