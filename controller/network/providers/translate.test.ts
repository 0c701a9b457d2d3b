import { describe, expect, it } from 'vitest';
import { translate } from './translate.ts';

describe('the address of a pod whose range others know by another', () => {
  it('keeps its place in the range, in either family and at both ends', () => {
    expect(translate('10.244.0.0/16', '198.18.0.0/16', '10.244.3.7')).toBe('198.18.3.7');
    expect(translate('10.244.0.0/16', '198.19.0.0/16', '10.244.0.0')).toBe('198.19.0.0');
    expect(translate('10.244.0.0/16', '198.19.0.0/16', '10.244.255.255')).toBe('198.19.255.255');
    expect(translate('fd00:10:244::/56', 'fd99:1::/56', 'fd00:10:244:5::12')).toBe('fd99:1:0:5::12');
    expect(translate('10.1.2.3/32', '198.18.9.9/32', '10.1.2.3')).toBe('198.18.9.9');
  });

  it('is left alone when it lies elsewhere or is no address', () => {
    expect(translate('10.244.0.0/16', '198.18.0.0/16', '10.245.0.1')).toBeUndefined();
    expect(translate('10.244.0.0/16', '198.18.0.0/16', 'fd00::1')).toBeUndefined();
    expect(translate('10.244.0.0/16', '198.18.0.0/16', 'pod-1')).toBeUndefined();
  });

  it('is not guessed when the two ranges cannot be mapped one to one', () => {
    expect(() => translate('10.244.0.0/16', '198.18.0.0/24', '10.244.0.1')).toThrow(/differ in size/);
    expect(() => translate('10.244.0.0/16', 'fd00::/16', '10.244.0.1')).toThrow(/address family/);
    expect(() => translate('10.244.0.0', '198.18.0.0/16', '10.244.0.1')).toThrow(/"10.244.0.0" is no range/);
  });
});
