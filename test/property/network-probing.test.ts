import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coverageMs, membersPerRound, nextMembers } from '../../controller/network/probe/schedule.ts';
import { REACHABLE } from '../../controller/network/reachability/causes.ts';
import { diagnoseMatrix } from '../../controller/network/reachability/diagnose.ts';
import { type PairDiagnosis, REACHABILITY_CLASSES } from '../../controller/network/reachability/diagnosis.ts';
import { matrixStatus, saysAnother } from '../../controller/network/reachability/matrix.ts';
import { ok, type Result, scene } from '../../controller/network/reachability/testing/scene.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

/** Who asks whom in so many rounds, each by its own memory. */
function play(members: readonly string[], perRound: number, rounds: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const self of members) {
    const last = new Map<string, number>();
    for (let round = 1; round <= rounds; round += 1) {
      for (const other of nextMembers(self, members, last, perRound)) {
        last.set(other, round);
        times.set(`${self}→${other}`, (times.get(`${self}→${other}`) ?? 0) + 1);
      }
    }
  }
  return times;
}

it('every ordered pair is asked within the time that was set, and none twice before all others', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 90 }),
      fc.integer({ min: 1_000, max: 120_000 }),
      fc.integer({ min: 60_000, max: 3_600_000 }),
      (count, intervalMs, coverMs) => {
        const sampling = { intervalMs, everyPairUpTo: 50, coverWithinMs: coverMs };
        const perRound = membersPerRound(count, sampling);
        const takes = coverageMs(count, perRound, intervalMs);
        expect(takes).toBeLessThanOrEqual(Math.max(coverMs, intervalMs));
        if (count <= 50) expect(takes).toBe(intervalMs);
        const times = [...play(names(count), perRound, Math.ceil(takes / intervalMs)).values()];
        expect(times).toHaveLength(count * (count - 1));
        expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 60 },
  );
});

it('in a round no member is asked by more than its share when all start together', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 120 }), fc.integer({ min: 1, max: 20 }), (count, perRound) => {
      const asked = new Map<string, number>();
      for (const self of names(count))
        for (const other of nextMembers(self, names(count), new Map(), perRound))
          asked.set(other, (asked.get(other) ?? 0) + 1);
      expect(Math.max(...asked.values())).toBeLessThanOrEqual(perRound);
    }),
  );
});

it('members that come put off nobody for longer than it takes to ask them once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 60 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 9 }),
      (old, come, perRound) => {
        const last = new Map<string, number>();
        const all = names(old + come);
        let seen = new Set<string>();
        for (let round = 1; round <= Math.ceil((old - 1) / perRound); round += 1)
          for (const other of nextMembers('m0', names(old), last, perRound)) last.set(other, round);
        seen = new Set();
        for (let round = 100; round < 100 + Math.ceil((all.length - 1) / perRound); round += 1)
          for (const other of nextMembers('m0', all, last, perRound)) {
            last.set(other, round);
            seen.add(other);
          }
        expect(seen.size).toBe(all.length - 1);
      },
    ),
  );
});

const RESULTS: readonly Result[] = [
  { small: { ms: 4_000, error: 'ETIMEDOUT' } },
  { small: { ms: 1, error: 'EHOSTUNREACH' } },
  { small: { ms: 1, error: 'ECONNREFUSED' } },
  { small: { ms: 1, error: 'EBADANSWER' } },
  { small: { ms: 1, error: 'EWHATEVER' } },
  ok('m0', 'm0-gw', '10.1.0.10'),
  ok('nobody', 'x', '172.16.0.1'),
];

it('whatever is found, every pair has one cause of the known ones, with a sentence and a way out unless all is well', () => {
  const fault = fc.record({
    from: fc.nat(3),
    to: fc.nat(3),
    node: fc.constantFrom('-gw', '-n', ''),
    result: fc.nat(RESULTS.length - 1),
  });
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 8 }), fc.boolean(), fc.boolean(), (faults, services, dual) => {
      const made = scene(names(4), { services, dual });
      for (const { from, to, node, result } of faults)
        made.when(
          (asked) => asked.from === `m${from}` && asked.to === `m${to}` && asked.askedFrom.endsWith(node),
          RESULTS[result] ?? { small: { ms: 1, error: 'EIO' } },
        );
      const pairs = diagnoseMatrix(made.evidence());
      expect(pairs).toHaveLength(12);
      for (const pair of pairs) {
        expect(REACHABILITY_CLASSES).toContain(pair.class);
        const well = pair.class === 'Reachable';
        expect([pair.message === '', pair.wayOut === '']).toEqual([well, well]);
        if (well) expect([pair.pods, pair.services]).toEqual(['Reachable', services ? 'Reachable' : 'NotProbed']);
        if (pair.pods === 'Unreachable') expect(pair.class).not.toBe('Unknown');
        // Nobody is blamed where nothing was done to the pair, its other direction, or a member whose addresses are mixed up.
        const touched = faults.some(({ from, to }) =>
          [`m${from}`, `m${to}`].some((name) => name === pair.from || name === pair.to),
        );
        if (!touched) expect(pair.class).toBe('Reachable');
      }
    }),
  );
});

it('however many pairs fail, and however long their sentences are, the matrix fits into one object and counts them all', () => {
  const names = fc.integer({ min: 2, max: 120 });
  fc.assert(
    fc.property(names, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 900 }), (count, failing, length) => {
      const pairs = Array.from({ length: count }, (_, from) => from).flatMap((from) =>
        Array.from({ length: count }, (_, to) => to)
          .filter((to) => to !== from)
          .map((to): PairDiagnosis => {
            const bad = (from * 31 + to * 17) % 100 < failing;
            const words = 'x'.repeat(length + 1);
            const cause = bad ? { class: 'Dropped' as const, message: words, wayOut: words } : REACHABLE;
            const state = bad ? 'Unreachable' : 'Reachable';
            return {
              ...cause,
              from: `member-${from}`,
              to: `member-${to}`,
              pods: state,
              services: state,
              latencyMs: 1.5,
            };
          }),
      );
      const status = matrixStatus({ pairs, problems: [], previous: undefined, now: '2026-01-01T00:00:00Z' });
      expect(JSON.stringify(status).length).toBeLessThan(1_000_000);
      expect(status.summary.pairs).toBe(pairs.length);
      expect(status.pairs.length + (status.omitted ?? 0)).toBe(pairs.length);
      const worst = status.pairs.findIndex(({ class: word }) => word === 'Reachable');
      if (worst >= 0) expect(status.pairs.slice(worst).every(({ class: word }) => word === 'Reachable')).toBe(true);
      expect(saysAnother(status, { ...status, observedAt: '2026-01-01T00:01:00Z' })).toBe(false);
    }),
    { numRuns: 15 },
  );
});
