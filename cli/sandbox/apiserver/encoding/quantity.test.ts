import { describe, expect, test } from 'vitest';
import { canonicalAmount, canonicalQuantity, formatQuantity, parseQuantity } from './quantity.ts';

describe('quantities are written as Kubernetes writes them', () => {
  // Each as kube-apiserver 1.36.3 answered it.
  test.each([
    ['1000m', '1'],
    ['1024Mi', '1Gi'],
    ['0.5Gi', '512Mi'],
    ['1.5', '1500m'],
    ['100m', '100m'],
    ['0', '0'],
    ['0Mi', '0'],
    ['-1', '-1'],
    ['+5k', '+5k'],
    ['5.', '5.'],
    ['.5', '500m'],
    ['1E3', '1E3'],
    ['1.5e3', '1500'],
    ['1500e-3', '1500e-3'],
    ['1e19', '10e18'],
    ['12E', '12E'],
    ['1000000', '1M'],
    ['1023Ki', '1023Ki'],
    ['0.1Ki', '102400m'],
    ['10000000000000000000', '10E'],
    ['123456789012.5Gi', '9223372036854775807'],
    ['1Ei', '1Ei'],
  ])('%s as %s', (written, canonical) => {
    expect(canonicalQuantity(written)).toBe(canonical);
    expect(canonicalAmount(written)).toBe(canonical);
    expect(canonicalQuantity(canonical)).toBe(canonical);
  });

  test('of resources there is no less than a thousandth', () => {
    expect(canonicalAmount('0.1n')).toBe('1m');
    expect(canonicalAmount('1.0001')).toBe('1001m');
    expect(canonicalAmount('-1.0001')).toBe('-1001m');
    expect(canonicalQuantity('1n')).toBe('1n');
  });

  test('numbers are quantities too', () => {
    expect(canonicalQuantity(2)).toBe('2');
    expect(canonicalQuantity(0.5)).toBe('500m');
  });

  test.each(['', 'x', '1x', '1 Gi', '--1', '1e', 'Gi', '1.2.3'])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeTypeOf('string');
    expect(canonicalQuantity(text)).toBe(text);
  });

  test('what is read is what was written', () => {
    const quantity = parseQuantity('1536Mi');
    if (typeof quantity === 'string') throw new Error(quantity);
    expect(formatQuantity(quantity)).toBe('1536Mi');
  });
});
