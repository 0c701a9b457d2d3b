import { expect, test } from 'vitest';
import { duplicateKeys, hasAllKeys, strictProblemsOfItems } from './json-syntax.ts';

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

test('what a list of objects holds beyond its fields is told in the order of the text, and what it holds is not looked into', () => {
  const text = '[{"why":{"a":1,"a":2},"op":"x","op":"y"},{"Op":1,"value":{"b":[{"c":1,"c":2}]},"Op":2}]';
  expect(strictProblemsOfItems(text, new Set(['op', 'value']))).toEqual([
    'unknown field "[0].why"',
    'duplicate field "[0].op"',
    'unknown field "[1].Op"',
    'duplicate field "[1].value.b[0].c"',
  ]);
});
