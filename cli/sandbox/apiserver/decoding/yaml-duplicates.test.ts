import { expect, it } from 'vitest';
import { yamlDuplicates } from './yaml-duplicates.ts';

it('tells a person where a key stands a second time', () => {
  expect(yamlDuplicates('a: 1\nb:\n  c: 1\n  "c": 2\na: 3\n')).toEqual([
    'line 4: key "c" already set in map',
    'line 5: key "a" already set in map',
  ]);
  expect(yamlDuplicates('{"a":1,"a":2}')).toEqual(['line 1: key "a" already set in map']);
  expect(yamlDuplicates('a: 1\nb: [{a: 1}, {a: 2}]')).toEqual([]);
});
