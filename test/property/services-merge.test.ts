import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ExportedService, mergeExports } from '../../controller/services/merge.ts';

const port = fc.record({
  name: fc.constantFrom('http', 'https', 'dns'),
  protocol: fc.constantFrom('TCP', 'UDP'),
  port: fc.constantFrom(80, 443, 53),
});
const exported = (cluster: string): fc.Arbitrary<ExportedService> =>
  fc.record({
    cluster: fc.constant(cluster),
    since: fc.nat({ max: 3 }).map((second) => `2026-01-01T00:00:0${second}Z`),
    headless: fc.boolean(),
    ports: fc.uniqueArray(port, {
      maxLength: 3,
      comparator: (a, b) => a.name === b.name || (a.port === b.port && a.protocol === b.protocol),
    }),
    sessionAffinity: fc.constantFrom('None', 'ClientIP'),
    ipFamilies: fc.constantFrom(['IPv4'] as const, ['IPv6'] as const, ['IPv4', 'IPv6'] as const),
    labels: fc.constantFrom({}, { a: 'b' }),
    annotations: fc.constant({}),
  });
const set = fc
  .subarray(['earth', 'mars', 'venus', 'vulcan'], { minLength: 1 })
  .chain((clusters) => fc.tuple(...clusters.map(exported)));

test('the order in which exports are read makes no difference', () => {
  fc.assert(
    fc.property(set, (exports) => {
      expect(mergeExports(exports.toReversed())).toEqual(mergeExports(exports));
    }),
  );
});

test('the ports can stand in one Service: no name and no number of a protocol is there twice, and all of the oldest are there', () => {
  fc.assert(
    fc.property(set, (exports) => {
      const merged = mergeExports(exports);
      const ports = merged?.ports ?? [];
      expect(new Set(ports.map(({ name }) => name)).size).toBe(ports.length);
      expect(new Set(ports.map(({ port: number, protocol }) => `${number}/${protocol}`)).size).toBe(ports.length);
      const oldest = exports.find(({ cluster }) => cluster === merged?.oldest);
      expect(ports).toEqual(expect.arrayContaining([...(oldest?.ports ?? [])]));
    }),
  );
});

test('what all agree about is never a conflict, and what one cluster says alone never is', () => {
  fc.assert(
    fc.property(exported('earth'), (one) => {
      expect(mergeExports([one])?.conflicts).toEqual([]);
      expect(mergeExports([one, { ...one, cluster: 'vulcan' }])?.conflicts).toEqual([]);
    }),
  );
});
