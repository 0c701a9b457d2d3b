import { expect, it } from 'vitest';
import { parseJsonPath, printed } from './json-path.ts';

const OBJECT = {
  metadata: { labels: { 'app.io/name': 'web' } },
  spec: {
    replicas: 3,
    ports: [
      { name: 'http', port: 80 },
      { name: 'https', port: 443 },
    ],
    empty: [],
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Stalled', status: 'False', since: 7 },
    ],
  },
};

function found(path: string): unknown[] {
  const parsed = parseJsonPath(path);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed(OBJECT);
}

it.each([
  ['.spec.replicas', [3]],
  ['.spec.missing', []],
  ['.metadata.labels.app\\.io/name', ['web']],
  [".metadata.labels['app.io/name']", ['web']],
  ['.spec.ports[0].port', [80]],
  ['.spec.ports[-1].name', ['https']],
  ['.spec.ports[5].name', []],
  ['.spec.ports[*].port', [80, 443]],
  ['.spec.ports[0:1].port', [80]],
  ['.spec.empty[0]', []],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type!='Ready')].type", ['Stalled']],
  ['.status.conditions[?(@.since>5)].type', ['Stalled']],
  ['.status.conditions[?(@.since)].type', ['Stalled']],
  ['..port', [80, 443]],
  ['.', [OBJECT]],
])('%s finds what kubectl shows', (path, values) => {
  expect(found(path)).toEqual(values);
});

it.each(['.spec[', '.spec[x]', '.a b', '.a[?(@.b==c)]'])('%s is refused', (path) => {
  expect(parseJsonPath(path)).toBeTypeOf('string');
});

it('cells show lists and maps as JSON', () => {
  expect([{ b: 1, a: ['x'] }, 'x', true, 1.5, 1e-7].map(printed)).toEqual([
    '{"a":["x"],"b":1}',
    'x',
    'true',
    '1.5',
    '1e-07',
  ]);
});
