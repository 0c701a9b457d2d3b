import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatIpAddress, parseIpAddress, parseIpRange, rangeAt } from '../../apis/meta/ip-range.ts';

const ranges = fc
  .oneof(
    fc.tuple(fc.constant(4 as const), fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), fc.integer({ min: 1, max: 32 })),
    fc.tuple(
      fc.constant(6 as const),
      fc.bigInt({ min: 2n ** 64n, max: 2n ** 128n - 1n }),
      fc.integer({ min: 1, max: 128 }),
    ),
  )
  .map(([family, address, prefix]) => rangeAt(family, address, prefix));

it('a range that was written down is read as the same range', () => {
  fc.assert(
    fc.property(ranges, (range) => {
      fc.pre(range.first !== 0n);
      expect(parseIpRange(range.text)).toEqual(range);
    }),
  );
});

it('IPv6 addresses are written as everybody else writes them, and read however they are written', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0x10, 0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((group) => group.toString(16).padStart(4, '0')).join(':');
      const value = BigInt(`0x${long.replaceAll(':', '')}`);
      const text = formatIpAddress(6, value);
      // Node writes the last 32 bits of some addresses with dots: compatible and mapped ones, which no cluster uses.
      if (value >= 2n ** 64n) expect(text).toBe(new SocketAddress({ family: 'ipv6', address: long }).address);
      if (value >= 2n ** 64n) expect(parseIpAddress(long)).toMatchObject({ text: `${text}/128` });
    }),
  );
});

it('any text is either a range or told what is wrong with it, and never ends the program', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./]{0,24}$/)), (text) => {
      const parsed = parseIpRange(text);
      expect(typeof parsed === 'string' ? parsed.length : parsed.text.length).toBeGreaterThan(0);
    }),
  );
});
