import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterPreferences } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { type PlannerInput, planReplicas, replicasOf } from '../../controller/scheduling/planner.ts';

const CLUSTERS = ['earth', 'vulcan', 'romulus', 'kronos', 'bajor', 'risa'];
const cluster = fc.constantFrom(...CLUSTERS);
const count = fc.nat({ max: 40 });

/** Without a maximum below the minimum, which validation refuses. */
const preferences: fc.Arbitrary<ClusterPreferences> = fc
  .record(
    { minReplicas: fc.nat({ max: 15 }), above: fc.nat({ max: 15 }), weight: fc.nat({ max: 100 }) },
    { requiredKeys: [] },
  )
  .map(({ minReplicas, above, weight }) => ({
    ...(minReplicas === undefined ? {} : { minReplicas }),
    ...(above === undefined ? {} : { maxReplicas: (minReplicas ?? 0) + above }),
    ...(weight === undefined ? {} : { weight }),
  }));

const counts = fc.dictionary(cluster, count).map((each): ReadonlyMap<string, number> => new Map(Object.entries(each)));

const input: fc.Arbitrary<PlannerInput> = fc.record({
  preferences: fc.dictionary(fc.oneof(cluster, fc.constant('*')), preferences),
  totalReplicas: fc.nat({ max: 200 }),
  rebalance: fc.boolean(),
  clusters: fc.subarray(CLUSTERS),
  current: counts,
  capacity: counts,
  key: fc.string({ maxLength: 20 }),
});

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);

function preferenceFor({ preferences }: PlannerInput, name: string): ClusterPreferences {
  return preferences[name] ?? preferences['*'] ?? { maxReplicas: 0 };
}

describe('a plan for replicas', () => {
  it('speaks of every cluster that there is, and of no other', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { plan, overflow } = planReplicas(each);
        expect([...plan.keys()].sort()).toEqual([...each.clusters].sort());
        for (const name of overflow.keys()) expect(each.clusters).toContain(name);
      }),
    );
  });

  it('never runs more than was asked for', () => {
    fc.assert(
      fc.property(input, (each) => {
        expect(sum(planReplicas(each).plan.values())).toBeLessThanOrEqual(each.totalReplicas);
      }),
    );
  });

  it('runs all that was asked for as long as a cluster of some weight has room', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { plan } = planReplicas(each);
        const hasRoom = each.clusters.some((name) => {
          const { weight = 0, maxReplicas = Number.POSITIVE_INFINITY } = preferenceFor(each, name);
          const most = Math.min(maxReplicas, each.capacity.get(name) ?? Number.POSITIVE_INFINITY);
          return weight > 0 && (plan.get(name) ?? 0) < most;
        });
        if (hasRoom) expect(sum(plan.values())).toBe(each.totalReplicas);
      }),
    );
  });

  it('keeps each cluster between nothing, its maximum and its capacity', () => {
    fc.assert(
      fc.property(input, (each) => {
        for (const [name, replicas] of planReplicas(each).plan) {
          const { maxReplicas = Number.POSITIVE_INFINITY } = preferenceFor(each, name);
          expect(replicas).toBeGreaterThanOrEqual(0);
          expect(replicas).toBeLessThanOrEqual(maxReplicas);
          expect(replicas).toBeLessThanOrEqual(each.capacity.get(name) ?? Number.POSITIVE_INFINITY);
          expect(Number.isInteger(replicas)).toBe(true);
        }
      }),
    );
  });

  it('gives each cluster its minimum where there are enough for all of them', () => {
    fc.assert(
      fc.property(input, (each) => {
        const minimum = (name: string) =>
          Math.min(preferenceFor(each, name).minReplicas ?? 0, each.capacity.get(name) ?? Number.POSITIVE_INFINITY);
        fc.pre(sum(each.clusters.map(minimum)) <= each.totalReplicas);
        const { plan } = planReplicas(each);
        for (const name of each.clusters) expect(plan.get(name)).toBeGreaterThanOrEqual(minimum(name));
      }),
    );
  });

  it('is the same each time, in whatever order the clusters are handed in', () => {
    fc.assert(
      fc.property(input, (each) => {
        const reversed = planReplicas({ ...each, clusters: [...each.clusters].reverse() });
        expect(new Map(replicasOf(reversed))).toEqual(new Map(replicasOf(planReplicas(each))));
      }),
    );
  });

  it('is stable: once it runs, planning again moves nothing', () => {
    fc.assert(
      fc.property(input, (each) => {
        const settled = replicasOf(planReplicas({ ...each, capacity: new Map() }));
        const again = planReplicas({ ...each, capacity: new Map(), current: settled });
        expect(new Map(replicasOf(again))).toEqual(new Map(settled));
      }),
    );
  });

  it('does not move what runs, within bounds, as long as all of it is wanted', () => {
    fc.assert(
      fc.property(input, (each) => {
        const running = (name: string) => {
          const { maxReplicas = Number.POSITIVE_INFINITY } = preferenceFor(each, name);
          const most = Math.min(maxReplicas, each.capacity.get(name) ?? Number.POSITIVE_INFINITY);
          return Math.min(each.current.get(name) ?? 0, most);
        };
        const minimum = (name: string) => preferenceFor(each, name).minReplicas ?? 0;
        fc.pre(sum(each.clusters.map((name) => Math.max(running(name), minimum(name)))) <= each.totalReplicas);
        const { plan } = planReplicas({ ...each, rebalance: false });
        for (const name of each.clusters) expect(plan.get(name)).toBeGreaterThanOrEqual(running(name));
      }),
    );
  });

  it('has overflow only in clusters that are full, and without rebalancing no more than found no place', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { plan, overflow } = planReplicas(each);
        const unplaced = each.totalReplicas - sum(plan.values());
        for (const [name, replicas] of overflow) {
          expect(plan.get(name)).toBe(each.capacity.get(name));
          if (!each.rebalance) expect(replicas).toBeLessThanOrEqual(unplaced);
        }
      }),
    );
  });
});
