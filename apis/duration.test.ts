import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('a duration as Go writes it', () => {
  test.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['300ms', 300],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['250μs', 0.25],
    ['1ns', 0.000001],
    ['.5s', 500],
    ['5.s', 5_000],
    ['0', 0],
    ['-0', 0],
    ['-1.5s', -1_500],
    ['+2s', 2_000],
    ['3000000h', undefined],
  ])('%s is %s milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(['', '10', 's', '.s', '1 s', '10sec', '1d', '- 1s', '--1s', '1s2', 'NaN', '1e3s', '１s'])(
    'what Go refuses is no duration: %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test.each([
    [0, '0s'],
    [1, '1ms'],
    [1_500, '1.5s'],
    [60_000, '1m0s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
    [-250, '-250ms'],
    [0.25, '250µs'],
    [0.000001, '1ns'],
  ])('%s milliseconds are written as Go prints them: %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
