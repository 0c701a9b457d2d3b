import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../../controller/services/kinds.ts';
import { MAX_ENDPOINTS, type PackedSlice, packEndpoints } from '../../controller/services/packing.ts';

const endpoint = (number: number, ready = true): Endpoint => ({
  addresses: [`10.0.${Math.floor(number / 250)}.${number % 250}`],
  conditions: { ready },
});
const numbers = fc.uniqueArray(fc.nat({ max: 400 }), { maxLength: 350 });
const pack = (wanted: readonly Endpoint[], had: readonly PackedSlice[]) => packEndpoints(wanted, had, 'web-earth-');
const addressesOf = (slices: readonly PackedSlice[]) =>
  slices.flatMap(({ endpoints }) => endpoints.map(({ addresses }) => addresses[0]));
const sameAs = (had: readonly PackedSlice[]) => (slice: PackedSlice) =>
  had.some(
    ({ name, endpoints }) => name === slice.name && JSON.stringify(endpoints) === JSON.stringify(slice.endpoints),
  );

test('every endpoint is in exactly one slice, none holds more than a hundred, names differ', () => {
  fc.assert(
    fc.property(numbers, numbers, (before, after) => {
      const had = pack(
        before.map((each) => endpoint(each)),
        [],
      );
      const packed = pack(
        after.map((each) => endpoint(each)),
        had,
      );

      expect(addressesOf(packed).sort()).toEqual(after.map((each) => endpoint(each).addresses[0]).sort());
      expect(packed.every(({ endpoints }) => endpoints.length > 0 && endpoints.length <= MAX_ENDPOINTS)).toBe(true);
      expect(new Set(packed.map(({ name }) => name)).size).toBe(packed.length);
      expect(packed.length).toBeLessThanOrEqual(2 * Math.ceil(after.length / MAX_ENDPOINTS));
    }),
  );
});

test('packed again, nothing changes', () => {
  fc.assert(
    fc.property(numbers, fc.boolean(), (all, reversed) => {
      const wanted = all.map((each) => endpoint(each));
      const packed = pack(wanted, []);

      expect(pack(reversed ? wanted.toReversed() : wanted, packed)).toEqual(packed);
    }),
  );
});

test('one endpoint that comes, goes or changes rewrites one slice', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 400 }), { minLength: 2, maxLength: 350 }), fc.nat(), (all, pick) => {
      const wanted = all.map((each) => endpoint(each));
      const had = pack(wanted, []);
      const at = pick % all.length;
      const changed = wanted.map((each, index) => (index === at ? endpoint(all[at] ?? 0, false) : each));
      const gone = wanted.filter((_, index) => index !== at);
      const come = [...wanted, endpoint(401)];

      for (const next of [changed, gone, come]) {
        const packed = pack(next, had);
        const kept = packed.filter(sameAs(had)).length;
        const written =
          packed.length - kept + had.filter(({ name }) => !packed.some((each) => each.name === name)).length;
        expect(written).toBe(1);
      }
    }),
  );
});
