import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contains, formatIpAddress, type IpRange, parseIpAddress, rangeAt } from '../../apis/meta/ip-range.ts';
import { translate } from '../../controller/network/providers/translate.ts';

interface Case {
  range: IpRange;
  virtual: IpRange;
  addresses: bigint[];
}

/** Clear of ::ffff:0:0/96, which is IPv4 in other clothes. */
const bitsOf = (family: 4 | 6) => (family === 4 ? 32 : 128);
const start = (family: 4 | 6) =>
  family === 4 ? fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }) : fc.bigInt({ min: 2n ** 120n, max: 2n ** 128n - 1n });

const cases: fc.Arbitrary<Case> = fc.constantFrom(4 as const, 6 as const).chain((family) =>
  fc.integer({ min: 8, max: bitsOf(family) }).chain((prefix) =>
    fc
      .record({
        a: start(family),
        b: start(family),
        offsets: fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n }), { minLength: 2, maxLength: 2 }),
      })
      .map(({ a, b, offsets }) => {
        const range = rangeAt(family, a, prefix);
        const size = range.last - range.first + 1n;
        return {
          range,
          virtual: rangeAt(family, b, prefix),
          addresses: offsets.map((offset) => range.first + (offset % size)),
        };
      }),
  ),
);

it('an address translated and translated back is the same, and lies in the virtual range in between', () => {
  fc.assert(
    fc.property(cases, ({ range, virtual, addresses }) => {
      for (const address of addresses) {
        const real = formatIpAddress(range.family, address);
        const seen = translate(range.text, virtual.text, real) ?? '';
        const parsed = parseIpAddress(seen);
        expect(typeof parsed !== 'string' && contains(virtual, parsed)).toBe(true);
        expect(translate(virtual.text, range.text, seen)).toBe(real);
      }
    }),
  );
});

it('different addresses stay different, and as far apart', () => {
  fc.assert(
    fc.property(cases, ({ range, virtual, addresses }) => {
      const [one = 0n, other = 0n] = addresses.map((address) => {
        const seen = parseIpAddress(translate(range.text, virtual.text, formatIpAddress(range.family, address)) ?? '');
        return typeof seen === 'string' ? -1n : seen.first;
      });
      expect(one - other).toBe((addresses[0] ?? 0n) - (addresses[1] ?? 0n));
    }),
  );
});
