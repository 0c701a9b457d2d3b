import { describe, expect, it } from 'vitest';
import { durationProblem } from './go-duration.ts';

describe('durations in queries', () => {
  it.each(['30s', '1m30s', '1.5h', '0', '-2s', '.5s', '100ms', '5µs'])('takes %s', (text) => {
    expect(durationProblem(text)).toBeUndefined();
  });

  it.each([
    ['1y', 'time: unknown unit "y" in duration "1y"'],
    ['5', 'time: missing unit in duration "5"'],
    ['', 'time: invalid duration ""'],
    ['soon', 'time: invalid duration "soon"'],
    ['1s!', 'time: unknown unit "s!" in duration "1s!"'],
  ])('says of %s what Go says', (text, problem) => {
    expect(durationProblem(text)).toBe(problem);
  });
});
