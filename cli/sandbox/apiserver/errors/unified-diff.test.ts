import { expect, test } from 'vitest';
import { jsonDiff, unifiedDiff } from './unified-diff.ts';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

test('a line that changed is shown with three lines of context', () => {
  const before = numbers(1, 9);
  const after = before.with(4, 'five');
  expect(unifiedDiff(before.join('\n'), after.join('\n'))).toBe('@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n');
});

test('changes far apart have a hunk each, and what comes or goes is counted from the line before', () => {
  const before = numbers(1, 20);
  const after = [...before.slice(1), '21'];
  expect(unifiedDiff(before.join('\n'), after.join('\n'))).toBe(
    '@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -18,3 +17,4 @@\n 18\n 19\n 20\n+21\n',
  );
});

test('texts without a line in common, and equal ones', () => {
  expect(unifiedDiff('a', 'b')).toBe('@@ -1 +1 @@\n-a\n+b\n');
  expect(unifiedDiff('a\nb', 'a\nb')).toBe('');
});

test('objects are told apart as Go indents them', () => {
  expect(jsonDiff({ a: [1], b: {} }, { a: [2], b: {} })).toBe(
    '@@ -1,6 +1,6 @@\n {\n  "a": [\n-  1\n+  2\n  ],\n  "b": {}\n }\n',
  );
});
