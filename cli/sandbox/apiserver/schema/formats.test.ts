import { expect, it } from 'vitest';
import { hasFormat, isKnownFormat } from './formats.ts';
import { matchesGoPattern, patternProblem } from './go-regexp.ts';

it.each([
  ['date-time', '2026-01-02T03:04:05Z', '2026-01-02 03:04:05Z'],
  ['date', '2024-02-29', '2023-02-29'],
  ['duration', '1h30m', 'soon'],
  ['duration', '3 days', ''],
  ['ipv4', '10.0.0.1', '10.0.0'],
  ['ipv6', 'fd00::1', '10.0.0.1'],
  ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
  ['cidr', 'fd00::/64', 'fd00::'],
  ['mac', '00:1a:2b:3c:4d:5e', '00:1a:2b:3c:4d'],
  ['uri', 'https://example.io/a?b', 'example.io/a'],
  ['email', 'a@example.io', 'example.io'],
  ['hostname', 'a-b.example.io', '-a'],
  ['uuid', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '6ba7b810'],
  ['uuid4', '9b2f1c3e-8f1d-4c57-9a4f-0d1d2c3b4a5f', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  ['byte', 'YWI=', 'YWI'],
  ['isbn', '978-0321751041', '978-0321751042'],
  ['creditcard', '4111 1111 1111 1111', '4111 1111 1111 1112'],
  ['hexcolor', '#fff', '#ffff'],
  ['rgbcolor', 'rgb(1, 2, 255)', 'rgb(1,2,256)'],
  ['k8s-short-name', 'a-b', 'A'],
])('%s: %s is one, %s is none', (format, good, bad) => {
  expect([hasFormat(format, good), hasFormat(format, bad)]).toEqual([true, false]);
});

it('a format that Kubernetes does not know is no rule', () => {
  expect(hasFormat('semver', 'x')).toBe(true);
  expect(isKnownFormat('semver', 'string')).toBe(false);
  expect([isKnownFormat('int32', 'integer'), isKnownFormat('int32', 'string')]).toEqual([true, false]);
});

it.each([
  ['^[[:alpha:]]+$', 'abc', true],
  ['(?i)^abc$', 'ABC', true],
  ['^\\pL+$', 'ü', true],
  ['(?P<name>a)b', 'ab', true],
  ['\\Aa\\z', 'ba', false],
  ['^[a-z0-9\\-_]+$', 'a-b', true],
])("Go's pattern %s is understood", (pattern, text, matches) => {
  expect(matchesGoPattern(pattern, text)).toBe(matches);
});

it('what Go has no pattern for is refused', () => {
  expect(patternProblem('a(?=b)')).toContain('invalid or unsupported Perl syntax');
  expect(patternProblem('[')).toContain('error parsing regexp');
  expect(patternProblem('^a+$')).toBeUndefined();
});
