import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CordonedInput, planBesideCordons } from '../../controller/scheduling/cordoned-plan.ts';
import { planReplicas, replicasOf } from '../../controller/scheduling/planner.ts';

const CLUSTERS = ['earth', 'vulcan', 'romulus', 'kronos', 'bajor', 'risa'];
const cluster = fc.constantFrom(...CLUSTERS);
const count = fc.nat({ max: 40 });
const counts = fc.dictionary(cluster, count).map((each): ReadonlyMap<string, number> => new Map(Object.entries(each)));
const preferences = fc.dictionary(
  fc.oneof(cluster, fc.constant('*')),
  fc.record(
    { minReplicas: fc.nat({ max: 15 }), maxReplicas: fc.nat({ max: 30 }), weight: fc.nat({ max: 100 }) },
    { requiredKeys: [] },
  ),
);

const input: fc.Arbitrary<CordonedInput> = fc
  .record({
    preferences,
    totalReplicas: fc.nat({ max: 200 }),
    rebalance: fc.boolean(),
    current: counts,
    capacity: counts,
    ready: counts,
    key: fc.string({ maxLength: 20 }),
    has: counts,
    roles: fc.array(fc.constantFrom('open', 'held', 'draining', 'away'), {
      minLength: CLUSTERS.length,
      maxLength: CLUSTERS.length,
    }),
  })
  .map(({ has, roles, ...rest }) => {
    const of = (role: string) => CLUSTERS.filter((_, index) => roles[index] === role);
    const having = (role: string) => new Map(of(role).map((name) => [name, has.get(name) ?? 0]));
    return { ...rest, clusters: [...of('open'), ...of('held')], held: having('held'), draining: having('draining') };
  });

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);

describe('a plan beside cordons', () => {
  it("is the planner's own, replica by replica, where there are none", () => {
    fc.assert(
      fc.property(input, (each) => {
        const open = { ...each, held: new Map(), draining: new Map() };
        const own = planReplicas(open);
        const { replicas, unplaced } = planBesideCordons(open);
        expect(new Map(replicas)).toEqual(replicasOf(own));
        expect(unplaced).toBe(open.totalReplicas - sum(own.plan.values()));
      }),
    );
  });

  it('gives nothing to a cordoned cluster that it does not have', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { replicas } = planBesideCordons(each);
        for (const [name, has] of [...each.held, ...each.draining]) expect(replicas.get(name)).toBeLessThanOrEqual(has);
      }),
    );
  });

  it('leaves to a cordoned cluster what it has, within bounds, where all of that is wanted and nothing is rebalanced', () => {
    fc.assert(
      fc.property(input, (each) => {
        const plain = { ...each, preferences: { '*': { weight: 1 } }, capacity: new Map(), rebalance: false };
        const current = new Map([...each.current].filter(([name]) => !each.held.has(name)));
        const present = sum(each.clusters.map((name) => each.held.get(name) ?? current.get(name) ?? 0));
        fc.pre(present <= each.totalReplicas);
        const { replicas } = planBesideCordons({ ...plain, current });
        for (const [name, has] of each.held) expect(replicas.get(name)).toBe(has);
      }),
    );
  });

  it('never lets fewer run, by draining, than are wanted and could', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { replicas } = planBesideCordons(each);
        const elsewhere = sum(
          each.clusters.map((name) => Math.min(replicas.get(name) ?? 0, each.ready.get(name) ?? 0)),
        );
        const staying = sum([...each.draining.keys()].map((name) => replicas.get(name) ?? 0));
        const most = Math.min(each.totalReplicas, elsewhere + sum(each.draining.values()));
        expect(elsewhere + staying).toBeGreaterThanOrEqual(most);
      }),
    );
  });

  it('comes to an end: once all of it is ready elsewhere nothing stays but what has no place', () => {
    fc.assert(
      fc.property(input, (each) => {
        const roomy = { ...each, capacity: new Map() };
        const first = planBesideCordons(roomy);
        const { replicas, unplaced } = planBesideCordons({ ...roomy, ready: first.replicas });
        const staying = sum([...each.draining.keys()].map((name) => replicas.get(name) ?? 0));
        expect(staying).toBeLessThanOrEqual(unplaced);
      }),
    );
  });

  it('shares the rest out as if what is drained were not there', () => {
    fc.assert(
      fc.property(input, (each) => {
        const rebalance = each.rebalance && each.draining.size === 0;
        const without = planBesideCordons({ ...each, rebalance, draining: new Map() });
        const { replicas } = planBesideCordons(each);
        for (const name of each.clusters) expect(replicas.get(name)).toBe(without.replicas.get(name));
      }),
    );
  });
});

/** How many replicas each other member gets ready between two looks, again and again. */
const progress = fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 6, maxLength: 6 }), {
  minLength: 1,
  maxLength: 30,
});
/** Without a maximum below the minimum: the planner itself does not come to rest with those. */
const sane = preferences.map((each) =>
  Object.fromEntries(
    Object.entries(each).map(([name, { maxReplicas, ...rest }]) => [
      name,
      maxReplicas === undefined ? rest : { ...rest, maxReplicas: maxReplicas + (rest.minReplicas ?? 0) },
    ]),
  ),
);
const settled = fc.record({
  preferences: sane,
  totalReplicas: fc.nat({ max: 60 }),
  rebalance: fc.boolean(),
  clusters: fc.subarray(CLUSTERS, { minLength: 2 }),
  key: fc.string({ maxLength: 20 }),
});

describe('a drain from its beginning to its end', () => {
  it('never has fewer ready than there were, whatever becomes ready when, and ends with what has no place elsewhere', () => {
    fc.assert(
      fc.property(settled, progress, (wish, steps) => {
        const [drained = '', ...clusters] = wish.clusters;
        const none = new Map<string, number>();
        const begun = replicasOf(planReplicas({ ...wish, current: none, capacity: none }));
        const ready = new Map(begun);
        let told = new Map(begun);
        let unplaced = 0;
        const look = () => {
          const plan = planBesideCordons({
            ...wish,
            clusters,
            current: ready,
            capacity: none,
            held: none,
            draining: new Map([[drained, told.get(drained) ?? 0]]),
            ready,
          });
          told = new Map(plan.replicas);
          unplaced = plan.unplaced;
        };
        const follow = (gain: (index: number) => number) => {
          for (const [index, name] of wish.clusters.entries()) {
            const [is, wanted] = [ready.get(name) ?? 0, told.get(name) ?? 0];
            ready.set(name, Math.min(wanted, is + gain(index)));
          }
        };
        for (const step of [...steps, undefined, undefined, undefined]) {
          look();
          follow((index) => step?.[index] ?? Number.POSITIVE_INFINITY);
          expect(sum(ready.values())).toBeGreaterThanOrEqual(sum(begun.values()));
        }
        expect(told.get(drained)).toBeLessThanOrEqual(unplaced);
        const final = new Map(told);
        look();
        expect(told).toEqual(final);
      }),
      { numRuns: 1_000 },
    );
  });
});
