import { describe, expect, it } from 'vitest';
import { featuresOf } from './server-features.ts';

describe('which Netmaker servers can be used', () => {
  it.each(['v0.99.0', 'v1.0.0', 'v1.5.1', '1.8.2', 'v2.0.0-rc1', 'dev', ''])('%s can', (version) => {
    expect(featuresOf({ version }, {}).version).toBe(version);
  });

  it.each(['v0.90.0', 'v0.24.3', '0.18.2'])('%s cannot, and the message says what to do', (version) => {
    expect(() => featuresOf({ version }, {})).toThrow(/is too old.*Upgrade the server to v0\.99 or later/);
  });

  it('what they can is told by flags, as booleans or as words; what nobody knows here changes nothing', () => {
    const pro = { version: 'v1.6.0', is_pro: true };
    for (const on of [true, 'true', 'yes']) {
      const flags = { enable_egress_ha: on, enable_overlapping_egress_ranges: on, enable_something_new: { a: 1 } };
      expect(featuresOf(pro, flags)).toMatchObject({ pro: true, severalRoutingNodes: true, virtualRanges: true });
    }
    const off = { enable_egress_ha: 'no', enable_overlapping_egress_ranges: false };
    expect(featuresOf(pro, off)).toMatchObject({ severalRoutingNodes: false, virtualRanges: false });
    expect(featuresOf(pro, {})).toMatchObject({ severalRoutingNodes: false, virtualRanges: false });
  });

  it('the community edition and versions before v1.5 give no virtual ranges, whatever their flags say', () => {
    const flags = { enable_egress_ha: true, enable_overlapping_egress_ranges: true };
    expect(featuresOf({ version: 'v1.5.1', is_pro: false }, flags)).toMatchObject({
      severalRoutingNodes: false,
      virtualRanges: false,
    });
    expect(featuresOf({ version: 'v1.4.9', is_pro: true }, flags)).toMatchObject({ virtualRanges: false });
  });
});
