import { expect, test } from 'vitest';
import { duplicateKeys, hasAllKeys } from './json-syntax.ts';

test.each([
  ['{"a":1,"b":{"a":[{"c":2},{"c":3}]}}', true],
  ['{ "a" : 1,\n\t"b"\r\n: "<&>" }', true],
  ['{"8080":"b","79":"a","":1,"__proto__":{"x":1}}', true],
  ['{"a":1,"a":1}', false],
  ['{"a":{"b":1},"a":{"b":1}}', false],
  ['{"a":1,"\\u0061":2}', false],
  ['[{"a":1,"a":2},"x\\":"]', false],
  // A string that looks like a key's end only makes the slow way necessary.
  ['{"a":"say \\": it"}', false],
])('%s shows by the number of its keys that none came twice: %s', (text, expected) => {
  expect(hasAllKeys(text, JSON.parse(text))).toBe(expected);
  if (expected) expect(duplicateKeys(text)).toEqual([]);
});
