import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overlaps, rangeAt } from '../../apis/meta/ip-range.ts';
import { type Claim, harmOf, RANGE_USES } from '../../controller/network/overlap/claim.ts';
import { type Overlap, overlapsAmong, overlapsOf } from '../../controller/network/overlap/overlaps.ts';

/** Few addresses, so that they meet. */
const claims: fc.Arbitrary<Claim[]> = fc.array(
  fc
    .record({
      cluster: fc.constantFrom('earth', 'vulcan', 'mars', 'venus', 'kronos'),
      use: fc.constantFrom(...RANGE_USES),
      family: fc.constantFrom(4 as const, 6 as const),
      address: fc.bigInt({ min: 0n, max: 31n }),
      spare: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ cluster, use, family, address, spare }) => ({
      cluster: use === 'mesh' ? 'netmaker' : cluster,
      use,
      range: rangeAt(family, address, (family === 4 ? 32 : 128) - spare),
      source: 'test',
    })),
  { maxLength: 24 },
);
const routed = fc.record({ services: fc.boolean(), nodes: fc.boolean() });

const nameOf = ({ cluster, use, range }: Claim) => `${cluster} ${use} ${range.text}`;
const namesOf = (found: readonly Overlap[]) =>
  new Set(found.map(({ claims: [a, b], harm }) => [harm, ...[nameOf(a), nameOf(b)].sort()].join(' | ')));

function everyPair(all: readonly Claim[], uses: { services: boolean; nodes: boolean }): Overlap[] {
  return all.flatMap((a, index) =>
    all.slice(index + 1).flatMap((b) => {
      const harm = a.cluster !== b.cluster && overlaps(a.range, b.range) ? harmOf(a, b, uses) : undefined;
      return harm === undefined ? [] : [{ claims: [a, b] as const, harm }];
    }),
  );
}

it('the claims of one cluster are compared with all the others', () => {
  fc.assert(
    fc.property(claims, routed, (all, uses) => {
      const expected = everyPair(all, uses).filter(({ claims: pair }) =>
        pair.some(({ cluster }) => cluster === 'earth'),
      );
      expect(namesOf(overlapsOf('earth', all, uses))).toEqual(namesOf(expected));
    }),
  );
});

it('the sweep finds what comparing every pair finds, without what a wider range of the same cluster has said', () => {
  fc.assert(
    fc.property(claims, routed, (all, uses) => {
      const swept = namesOf(overlapsAmong(all, uses, 1_000));
      const pairs = namesOf(everyPair(all, uses));
      expect([...swept].filter((name) => !pairs.has(name))).toEqual([]);
      const widest = all.filter(
        (claim, index) =>
          !all.some(
            (other, at) =>
              at !== index &&
              other.cluster === claim.cluster &&
              other.use === claim.use &&
              overlaps(other.range, claim.range) &&
              (other.range.prefix < claim.range.prefix || (other.range.prefix === claim.range.prefix && at < index)),
          ),
      );
      expect(swept).toEqual(namesOf(everyPair(widest, uses)));
    }),
  );
});

it('however few are named for each, every range that conflicts is named', () => {
  fc.assert(
    fc.property(claims, routed, (all, uses) => {
      const named = (found: readonly Overlap[]) =>
        new Set(found.flatMap(({ claims: pair }) => pair.map(({ cluster, use }) => `${cluster} ${use}`)));
      expect(named(overlapsAmong(all, uses, 1))).toEqual(named(overlapsAmong(all, uses, 1_000)));
    }),
  );
});
