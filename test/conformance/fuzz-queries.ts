import fc from 'fast-check';

const SELECTOR_UNITS = ['a', 'b', '=', '!', ',', ' ', '(', ')', 'in', 'notin', '>', '<', '.', '/', '\\', '-', '_', '1'];
const selector = fc.oneof(
  fc.constantFrom(
    'a=b',
    'a in (b,c)',
    'a notin (b)',
    '!a',
    'a>1',
    'metadata.name=one',
    'metadata.name!=one',
    'metadata.namespace=fuzz',
    'metadata.name=one,metadata.name=two',
    'metadata.name=%2F',
    'metadata.name=..',
    'spec.nodeName=',
    'type=Opaque',
    'status.phase=Running',
    'spec.size=4',
    'x'.repeat(300),
  ),
  fc.string({ unit: fc.constantFrom(...SELECTOR_UNITS), maxLength: 12 }),
);
const number = fc.constantFrom(
  '0',
  '-1',
  '1.5',
  'x',
  '',
  '5',
  '+5',
  '05',
  '0x5',
  '1e3',
  ' 5',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '99999999999999999999',
);
const word = fc.constantFrom(
  '',
  'Exact',
  'NotOlderThan',
  'Strict',
  'Ignore',
  'Warn',
  'Orphan',
  'Foreground',
  'Background',
  'true',
  'false',
  'FALSE',
  '0',
  '1',
  'x',
  '\u0001',
  'ü',
  'x'.repeat(200),
);
const CONTINUE = ['{"v":"meta.k8s.io/v1","rv":5,"start":"one"}', '{"v":"meta.k8s.io/v1","rv":-1,"start":"one\\u0000"}'];
const token = fc.oneof(
  fc
    .constantFrom(
      ...CONTINUE,
      '{}',
      '[]',
      'null',
      '{"v":"meta.k8s.io/v2","rv":5,"start":"one"}',
      '{"v":"meta.k8s.io/v1","rv":0,"start":"one"}',
      '{"v":"meta.k8s.io/v1","rv":"5","start":"one"}',
      '{"v":"meta.k8s.io/v1","rv":5.5,"start":"one"}',
      '{"v":"meta.k8s.io/v1","rv":5,"start":""}',
      '{"v":"meta.k8s.io/v1","rv":-1,"start":"../one"}',
      '{"V":"meta.k8s.io/v1","RV":-1,"START":"one"}',
    )
    .map((json) => Buffer.from(json).toString('base64url')),
  fc.constantFrom('x', '=', 'e30=', 'e30', '////', '%'),
);
const parameter = fc.oneof(
  fc.tuple(fc.constantFrom('labelSelector', 'fieldSelector'), selector),
  fc.tuple(fc.constantFrom('limit', 'timeoutSeconds', 'gracePeriodSeconds', 'resourceVersion'), number),
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
      'includeObject',
      'uid',
      'export',
      'watch',
      'nonsense',
    ),
    word,
  ),
  fc.tuple(fc.constant('continue'), token),
  fc.tuple(fc.constant('timeout'), fc.constantFrom('', '5s', '1h', 'x', '5', '-1s', '1.5s', '0')),
  fc.tuple(fc.constant('dryRun'), fc.constantFrom('All', '', 'x', 'all')),
);
/** As nobody but a person with a keyboard writes them. */
const raw = fc.constantFrom(
  '',
  '&',
  '=',
  '=x',
  'limit',
  'limit=%zz',
  'limit=1;dryRun=x',
  '%',
  'a=b=c',
  '?',
  '%66orce=true',
);

/** Of a request that reads or writes; without `dryRun`. */
export const query: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc
      .array(parameter, { maxLength: 3 })
      .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`)),
    fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: raw.map((one) => [one]) }),
  )
  .map(([pairs, odd]) => [...pairs, ...odd]);
