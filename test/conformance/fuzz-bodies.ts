import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { configMap, deployment, service } from './objects.ts';

export type Body = string | Buffer;
/** `fitting`: an object that would be right where the body goes. */
export type BodyFor = (fitting: object) => Body;

type Container = Record<string, unknown>;

const PARTS: readonly object[] = [
  configMap('one'),
  deployment('one'),
  service('one'),
  { data: { a: 'b' } },
  { spec: { replicas: 3 } },
  { spec: { size: 5 } },
  { metadata: { labels: { a: 'b' }, annotations: null } },
  [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }],
  [{ op: 'test', path: '/metadata/name', value: 'one' }],
  {},
];
const base: fc.Arbitrary<(fitting: object) => object> = fc.oneof(
  { weight: 3, arbitrary: fc.constant((fitting: object) => fitting) },
  { weight: 2, arbitrary: fc.constantFrom(...PARTS).map((part) => () => part) },
  { weight: 1, arbitrary: fc.constant(without('apiVersion', 'kind')) },
  { weight: 1, arbitrary: fc.constant(without('metadata')) },
  { weight: 1, arbitrary: fc.constant(deleteOptions) },
);

function without(...keys: readonly string[]): (fitting: object) => object {
  return (fitting) => Object.fromEntries(Object.entries(fitting).filter(([key]) => !keys.includes(key)));
}

function deleteOptions(): object {
  return { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', gracePeriodSeconds: 5 };
}

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    1.5,
    -1,
    'x',
    '',
    [],
    {},
    [null],
    true,
    1e300,
    2 ** 40,
    'ü',
    '\u0000',
    'x'.repeat(300),
  ),
);
/** Something else at one place. */
const twisted = fc.tuple(base, fc.nat(), odd).map(
  ([make, at, value]): BodyFor =>
    (fitting) => {
      const copy = structuredClone(make(fitting)) as Container;
      const places: (() => void)[] = [];
      const visit = (node: unknown) => {
        if (node === null || typeof node !== 'object') return;
        for (const key of Object.keys(node)) {
          places.push(() => {
            (node as Container)[key] = value;
          });
          visit((node as Container)[key]);
        }
      };
      visit(copy);
      places[at % Math.max(places.length, 1)]?.();
      return JSON.stringify(copy);
    },
);
/** A field that nobody knows, or that is there twice. */
const extended = fc
  .tuple(base, fc.constantFrom('nonsense', 'spec', 'metadata', 'kind', '__proto__', 'constructor', ''), odd)
  .map(
    ([make, key, value]): BodyFor =>
      (fitting) => {
        const text = JSON.stringify(make(fitting));
        if (!text.startsWith('{')) return text;
        const [comma, rest] = text === '{}' ? ['', '}'] : [',', text.slice(1)];
        return `{${JSON.stringify(key)}:${JSON.stringify(value)}${comma}${rest}`;
      },
  );
const broken = fc
  .tuple(
    base,
    fc.nat(),
    fc.constantFrom('', '}', '{', '"', ',', '\u0000', 'é', '//', 'null', '\\', '\ufeff', '\ud800', '\t', ':'),
  )
  .map(
    ([make, at, noise]): BodyFor =>
      (fitting) => {
        const text = JSON.stringify(make(fitting));
        const place = at % (text.length + 1);
        return text.slice(0, place) + noise + text.slice(noise === '' ? text.length : place + 1);
      },
  );

const operation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nonsense', ''),
    path: fc.constantFrom(
      '/metadata/labels',
      '/data/x',
      '/spec/size',
      '/metadata/labels/a',
      '',
      '/',
      'x',
      '/a/b',
      '/~1',
      '/spec/-',
      '/spec/parts/0',
      '/spec/parts/-1',
      '/kind',
    ),
    from: fc.constantFrom('/metadata/name', '/data', '', '/a/b', '/spec'),
    value: fc.oneof(odd, fc.constantFrom<unknown>({ a: 'b' }, 'y', 5)),
  },
  { requiredKeys: ['op', 'path'] },
);
const operations = fc.array(operation, { maxLength: 3 }).map(
  (list): BodyFor =>
    () =>
      JSON.stringify(list),
);

const OPENERS = ['[', '{"a":', '{"spec":', '{"metadata":', '{"data":{"a":'];
const nested = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.constantFrom(9_999, 10_000, 10_001, 100_000)),
    fc.constantFrom(...OPENERS),
  )
  .map(
    ([depth, open]): BodyFor =>
      () => {
        const close = [...open]
          .reverse()
          .flatMap((character) => (character === '{' ? '}' : character === '[' ? ']' : []));
        return `${open.repeat(depth)}1${close.join('').repeat(depth)}`;
      },
  );
/** In a field of an object that is right otherwise. */
const nestedWithin = fc
  .tuple(
    fc.integer({ min: 1, max: 12_000 }),
    fc.constantFrom('spec', 'data', 'metadata', 'nonsense', 'status'),
    fc.boolean(),
  )
  .map(
    ([depth, field, isList]): BodyFor =>
      (fitting) => {
        const deep = isList ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
        const rest = JSON.stringify(without(field)(fitting)).slice(1);
        return `{"${field}":${deep}${rest === '}' ? '' : ','}${rest}`;
      },
  );
const yaml = fc.oneof(
  base.map(
    (make): BodyFor =>
      (fitting) =>
        stringify(make(fitting)),
  ),
  fc
    .tuple(
      base,
      fc.nat(),
      fc.constantFrom(
        '\t',
        ':',
        '- ',
        '&a ',
        '*a',
        '!!x ',
        '%',
        '@',
        '`',
        '\n---\n',
        '\n...\n',
        '#',
        '>',
        '|',
        '{',
        '?',
        '\u0000',
        '"',
        "'",
      ),
    )
    .map(
      ([make, at, noise]): BodyFor =>
        (fitting) => {
          const text = stringify(make(fitting));
          const place = at % (text.length + 1);
          return text.slice(0, place) + noise + text.slice(place);
        },
    ),
  fc
    .constantFrom(
      '---\n',
      '--- a',
      'a: &a [*a]',
      'a: *b',
      'a: 1\na: 2',
      '- 1',
      '~',
      '? a',
      '%YAML 1.2\n---\na: b',
      '!!binary x',
      'a: 0x1F\nb: 0o7\nc: 1_000',
      'yes: no',
      '1: 2',
      '<<: {a: b}',
      '{a: b}: c',
    )
    .map(
      (text): BodyFor =>
        () =>
          text,
    ),
);

const LIMIT = 3 * 1024 * 1024;
const huge = fc.constantFrom(LIMIT - 1, LIMIT, LIMIT + 1, LIMIT + 100_000).map(
  (bytes): BodyFor =>
    (fitting) => {
      const text = JSON.stringify(fitting);
      return text + ' '.repeat(bytes - Buffer.byteLength(text));
    },
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map(
    (array): BodyFor =>
      () =>
        Buffer.from(array),
  ),
  base.map(
    (make): BodyFor =>
      (fitting) =>
        gzipSync(JSON.stringify(make(fitting))),
  ),
  base.map(
    (make): BodyFor =>
      (fitting) =>
        Buffer.from(JSON.stringify(make(fitting)), 'utf16le'),
  ),
  base.map(
    (make): BodyFor =>
      (fitting) =>
        Buffer.from(JSON.stringify(make(fitting)).replace('one', '\u00ff'), 'latin1'),
  ),
  fc.constant<BodyFor>(() => Buffer.from('6b38730000', 'hex')),
);

export const body: fc.Arbitrary<BodyFor> = fc.oneof(
  {
    weight: 8,
    arbitrary: base.map(
      (make): BodyFor =>
        (fitting) =>
          JSON.stringify(make(fitting)),
    ),
  },
  { weight: 12, arbitrary: twisted },
  { weight: 4, arbitrary: extended },
  { weight: 4, arbitrary: broken },
  { weight: 4, arbitrary: operations },
  { weight: 2, arbitrary: nested },
  { weight: 2, arbitrary: nestedWithin },
  { weight: 4, arbitrary: yaml },
  { weight: 2, arbitrary: bytes },
  { weight: 2, arbitrary: fc.constant<BodyFor>(() => '') },
  {
    weight: 2,
    arbitrary: fc.string().map(
      (text): BodyFor =>
        () =>
          text,
    ),
  },
  { weight: 1, arbitrary: huge },
);
