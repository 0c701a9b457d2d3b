import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../apis/duration.ts';

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

test('what was written is read back as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (milliseconds) => {
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});

test('terms add up, in any order and number', () => {
  const term = fc.tuple(fc.nat({ max: 10_000 }), fc.constantFrom(...UNITS));
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), (terms) => {
      const text = terms.map(([count, [unit]]) => `${count}${unit}`).join('');
      const sum = terms.reduce((total, [count, [, factor]]) => total + count * factor, 0);
      expect(parseDuration(text)).toBe(sum);
    }),
  );
});

test('any text is either a finite number or no duration, and never an exception', () => {
  const likely = fc.stringMatching(/^[-+]?[0-9.hmsunµ ]{0,12}$/);
  fc.assert(
    fc.property(fc.oneof(likely, fc.string()), (text) => {
      const parsed = parseDuration(text);
      expect(parsed === undefined || Number.isFinite(parsed)).toBe(true);
    }),
  );
});
