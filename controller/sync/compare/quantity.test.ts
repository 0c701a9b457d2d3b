import { describe, expect, it } from 'vitest';
import { sameQuantity } from './quantity.ts';

describe('sameQuantity', () => {
  it.each<[string | number, string | number]>([
    ['1000m', '1'],
    [1, '1'],
    [0.5, '500m'],
    ['1Gi', '1024Mi'],
    ['1.5Gi', '1536Mi'],
    ['1e3', '1k'],
    ['1E3', '1000'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['0', '-0'],
    ['100n', '0.1u'],
    ['2E', '2e18'],
    ['+1', '1'],
    ['-1.50', '-1500m'],
  ])('%s is %s', (a, b) => {
    expect(sameQuantity(a, b)).toBe(true);
    expect(sameQuantity(b, a)).toBe(true);
  });

  it.each<[unknown, unknown]>([
    ['1G', '1Gi'],
    ['1', '1001m'],
    ['1', 'one'],
    ['a', 'a'],
    ['', ''],
    ['1e99999', '1e99998'],
    [true, 1],
    [undefined, undefined],
  ])('%s is not %s', (a, b) => {
    expect(sameQuantity(a, b)).toBe(false);
  });
});
