import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rangeAt } from '../../apis/meta/ip-range.ts';
import { leftOut } from '../../controller/network/mesh/left-out.ts';
import type { Claim } from '../../controller/network/overlap/claim.ts';
import { overlapsAmong } from '../../controller/network/overlap/overlaps.ts';

const ROUTED = { services: true, nodes: false };

/** Few addresses, so that ranges often meet; member by member, in the order in which they joined. */
const claimsOf = (...members: [string, ...string[]]) =>
  fc
    .array(
      fc
        .record({
          cluster: fc.constantFrom(...members),
          use: fc.constantFrom('pod' as const, 'service' as const, 'node' as const),
          prefix: fc.integer({ min: 4, max: 10 }),
          address: fc.bigInt({ min: 0n, max: 0xffff_ffffn }),
        })
        .map(({ cluster, use, prefix, address }): Claim => {
          return { cluster, use, range: rangeAt(4, address, prefix), source: 'test' };
        }),
      { maxLength: 40 },
    )
    .map((all) => all.toSorted((x, y) => members.indexOf(x.cluster) - members.indexOf(y.cluster)));

const claims = claimsOf('earth', 'vulcan', 'mars');
const latecomers = claimsOf('pluto', 'ceres');

it('what is routed in the end takes nobody’s packets, and what is left out yields to one that came before and is routed', () => {
  fc.assert(
    fc.property(claims, (all) => {
      const out = leftOut(all, ROUTED);
      const kept = all.filter((claim) => !out.has(claim));
      const conflicts = overlapsAmong(kept, ROUTED, Number.POSITIVE_INFINITY).filter(({ harm }) => harm === 'conflict');
      expect(conflicts).toEqual([]);
      for (const [claim, keeper] of out) {
        expect(all.indexOf(keeper)).toBeLessThan(all.indexOf(claim));
        expect(out.has(keeper)).toBe(false);
      }
    }),
  );
});

it('a member that joins takes nothing from those that are there', () => {
  fc.assert(
    fc.property(claims, latecomers, (before, newcomers) => {
      const alone = leftOut(before, ROUTED);
      const together = leftOut([...before, ...newcomers], ROUTED);
      expect(before.filter((claim) => together.has(claim))).toEqual(before.filter((claim) => alone.has(claim)));
    }),
  );
});
