import { expect, it } from 'vitest';
import { enumerate, enumerateSentences } from './enumeration.ts';

it('a message names some of many, and says how many it does not name', () => {
  expect(enumerate(['a', 'b', 'c', 'd', 'e'], 2)).toBe('a, b and 3 more');
  expect(enumerate(['a', 'b'], 2)).toBe('a, b');
  expect(enumerate(['a', 'b', 'c'], 2, ' + ')).toBe('a + b and 1 more');
  expect(enumerate([], 2)).toBe('');
  expect(enumerateSentences(['a is down', 'b is away', 'c'], 2)).toBe('a is down; b is away; and 1 more');
  expect(enumerateSentences(['a is down'], 2)).toBe('a is down');
});
