import fc from 'fast-check';
import { type FuzzedKind, KINDS, NAMESPACE } from './fuzz-world.ts';

/** Where a request goes, and the kind whose objects fit there, if any. */
export interface FuzzedPath {
  readonly path: string;
  readonly kind: FuzzedKind | undefined;
}

const SEGMENTS = [
  'a',
  'one',
  'kube-root-ca.crt',
  '..',
  '.',
  '',
  '',
  'UPPER',
  '%2F',
  '%2f%2F',
  '%2e%2E',
  '%00',
  '%zz',
  '%',
  '%25',
  '%2525',
  '%C3%28',
  '%ff',
  '%20',
  '+',
  'a;b=c',
  'a:b',
  'a@b',
  '%6Fne',
  'ü',
  'x'.repeat(300),
  '*',
  'status',
  'scale',
  'nonsense',
  'watch',
  'namespaces',
  'v1',
];
const segment = fc.constantFrom(...SEGMENTS);
const plural = fc.constantFrom(
  'configmaps',
  'pods',
  'services',
  'secrets',
  'deployments',
  'widgets',
  'nothings',
  'namespaces',
  'nodes',
  'ConfigMap',
  'events',
  'customresourcedefinitions',
  'subjectaccessreviews',
  'bindings',
);
const prefix = fc.constantFrom(
  '/api/v1',
  '/api/v1/watch',
  '/apis/apps/v1',
  '/apis/apps/v1/watch',
  '/apis/apps',
  '/apis/apps/v9',
  '/apis/fuzz.example.com/v1',
  '/apis/fuzz.example.com/v1/watch',
  '/apis/fuzz.example.com/v9',
  '/apis/fuzz.example.com',
  '/apis/authorization.k8s.io/v1',
  '/apis/apiextensions.k8s.io/v1',
  '/api/v9',
  '/apis/none/v1',
  '/api',
  '/apis',
  '//api/v1',
  '/api//v1',
  '/API/v1',
  '',
);
const document = fc.constantFrom(
  '/',
  '/version',
  '/version/',
  '/healthz',
  '/healthz/ping',
  '/livez/nothing',
  '/readyz/',
  '/api',
  '/api/',
  '/api/v1',
  '/api/v1/',
  '/apis',
  '/apis/',
  '/apis/apps',
  '/apis/apps/v1',
  '/apis/apps/v1/',
  '/apis/none',
  '/apis/fuzz.example.com',
  '/apis/fuzz.example.com/v1',
  '/apis/fuzz.example.com/v9',
  '/openapi',
  '/openapi/v2',
  '/openapi/v2/',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/openapi/v3/apis/none/v1',
  '/openid/v1/jwks',
  '/.well-known/openid-configuration',
);

const ofKind = (kind: FuzzedKind) => (path: string) => ({ path, kind });
const nowhere = (path: string): FuzzedPath => ({ path, kind: undefined });

const sane = fc
  .constantFrom(...KINDS)
  .chain((kind) =>
    fc
      .constantFrom('', '', '/one', '/one', '/one', '/other', ...kind.subresources.map((part) => `/one/${part}`))
      .map((rest) => ofKind(kind)(`${kind.path}${rest}`)),
  );
/** What comes after what is sane. */
const strayed = fc
  .tuple(fc.constantFrom(...KINDS), fc.array(segment, { maxLength: 3 }))
  .map(([kind, rest]) => ofKind(kind)([kind.path, ...rest].join('/')));
const mixed = fc
  .tuple(prefix, plural, segment, fc.boolean())
  .map(([start, resource, name, within]) =>
    nowhere(`${start}${within ? `/namespaces/${NAMESPACE}` : ''}/${resource}/${name}`),
  );
const wild = fc
  .tuple(prefix, fc.array(fc.oneof(segment, plural), { maxLength: 6 }))
  .map(([start, words]) => nowhere(`${start}/${words.join('/')}`));
const trailed = fc
  .tuple(document, fc.constantFrom('', '', '', '/', '//', '/%2F', '%2F', '/a', '/..', '/.', '%00'))
  .map(([start, end]) => nowhere(start + end));

export const path: fc.Arbitrary<FuzzedPath> = fc.oneof(
  { weight: 6, arbitrary: sane },
  { weight: 1, arbitrary: strayed },
  { weight: 2, arbitrary: mixed },
  { weight: 2, arbitrary: wild },
  { weight: 1, arbitrary: trailed },
);
