import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contains, type IpRange, overlaps, rangeAt } from '../../apis/meta/ip-range.ts';
import { DEFAULT_SIZES, planCidrs } from '../../cli/network/cidr-plan.ts';

const within = (pool: IpRange, most: number) =>
  fc
    .tuple(fc.bigInt({ min: pool.first, max: pool.last }), fc.integer({ min: pool.prefix + 1, max: most }))
    .map(([address, prefix]) => rangeAt(pool.family, address, prefix));

const POOL = rangeAt(4, 10n << 24n, 8);

it('no two planned ranges share an address, none lies in what is taken, all lie in the pool and each node in its cluster', () => {
  fc.assert(
    fc.property(
      fc.array(within(POOL, 24), { maxLength: 30 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 8 }),
      (taken, count, nodes) => {
        const clusters = Array.from({ length: count }, (_, index) => `c${index}`);
        fc.pre(taken.every(({ prefix }) => prefix > 12));
        const plans = planCidrs({ clusters, nodes, pools: [POOL], sizes: DEFAULT_SIZES, taken });
        const planned = plans.flatMap(({ pods, services }) => [...pods, ...services]);
        expect(planned).toHaveLength(2 * count);
        expect(planned.filter((range) => !contains(POOL, range))).toEqual([]);
        const collide = planned.filter((range, index) =>
          [...taken, ...planned.slice(index + 1)].some((other) => overlaps(range, other)),
        );
        expect(collide).toEqual([]);
        for (const { pods, nodes: own } of plans) {
          const parts = own.flat();
          expect(parts).toHaveLength(nodes);
          expect(parts.every((part) => pods.some((range) => contains(range, part)))).toBe(true);
          expect(parts.some((part, index) => parts.slice(index + 1).some((other) => overlaps(part, other)))).toBe(
            false,
          );
        }
      },
    ),
    { numRuns: 50 },
  );
});
