import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffLines } from './diff.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 24 });

it('each side of a comparison is the whole text, line by line', () => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      const rows = diffLines(left, right);
      expect(rows.flatMap((row) => row.left?.text ?? [])).toEqual(left);
      expect(rows.flatMap((row) => row.right?.text ?? [])).toEqual(right);
      for (const row of rows) if (row.kind === 'same') expect(row.left?.text).toBe(row.right?.text);
    }),
  );
});

it('no more is shown as different than has to be', () => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(diffLines(left, right).filter(({ kind }) => kind === 'same')).toHaveLength(longestCommon(left, right));
    }),
  );
});

it('a line that became another stands beside it', () => {
  expect(diffLines(['a', 'x', 'b'], ['a', 'y', 'b', 'z'])).toEqual([
    { kind: 'same', left: { line: 1, text: 'a' }, right: { line: 1, text: 'a' } },
    { kind: 'changed', left: { line: 2, text: 'x' }, right: { line: 2, text: 'y' } },
    { kind: 'same', left: { line: 3, text: 'b' }, right: { line: 3, text: 'b' } },
    { kind: 'added', right: { line: 4, text: 'z' } },
  ]);
});

it('texts with nothing in common are shown in one block, without holding the page up', () => {
  const lines = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word} ${index}`);
  expect(diffLines(lines('left'), lines('right')).filter(({ kind }) => kind === 'changed')).toHaveLength(3_000);
});

function longestCommon(left: readonly string[], right: readonly string[]): number {
  let above = right.map(() => 0);
  for (const line of left) {
    const row: number[] = [];
    for (const [j, other] of right.entries())
      row.push(line === other ? (above[j - 1] ?? 0) + 1 : Math.max(above[j] ?? 0, row[j - 1] ?? 0));
    above = row;
  }
  return above.at(-1) ?? 0;
}
