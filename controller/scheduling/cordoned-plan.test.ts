import { describe, expect, it } from 'vitest';
import { type CordonedInput, planBesideCordons } from './cordoned-plan.ts';

const none: ReadonlyMap<string, number> = new Map();

function plan(over: Partial<CordonedInput> & Pick<CordonedInput, 'clusters' | 'totalReplicas'>) {
  const { replicas, unplaced } = planBesideCordons({
    preferences: { '*': { weight: 1 } },
    rebalance: false,
    current: none,
    capacity: none,
    key: 'shop/web',
    held: none,
    draining: none,
    ready: none,
    ...over,
  });
  return { ...Object.fromEntries(replicas), unplaced };
}

const counts = (of: Record<string, number>) => new Map(Object.entries(of));

describe('beside a cordoned cluster', () => {
  const clusters = ['earth', 'vulcan'];

  it('more replicas go to the others, and it keeps what it has', () => {
    const over = { clusters, held: counts({ vulcan: 3 }), current: counts({ earth: 3, vulcan: 3 }) };
    expect(plan({ totalReplicas: 10, ...over })).toEqual({ earth: 7, vulcan: 3, unplaced: 0 });
    expect(plan({ totalReplicas: 10, rebalance: true, ...over })).toEqual({ earth: 7, vulcan: 3, unplaced: 0 });
  });

  it('what restarts there for a moment is not taken away', () => {
    const over = { held: counts({ vulcan: 3 }), current: counts({ earth: 3, vulcan: 1 }) };
    const preferences = { earth: { weight: 1 }, vulcan: { weight: 0 } };
    expect(plan({ clusters, totalReplicas: 6, preferences, ...over })).toEqual({ earth: 3, vulcan: 3, unplaced: 0 });
  });

  it('what it is bound to have at least does not bring it more', () => {
    const preferences = { '*': { weight: 1 }, vulcan: { minReplicas: 5, weight: 1 } };
    const over = { preferences, held: counts({ vulcan: 2 }) };
    expect(plan({ clusters, totalReplicas: 8, ...over })).toEqual({ earth: 6, vulcan: 2, unplaced: 0 });
  });

  it('what fits nowhere else has no place', () => {
    const preferences = { '*': { weight: 1 }, earth: { weight: 1, maxReplicas: 4 } };
    const over = { preferences, held: counts({ vulcan: 2 }) };
    expect(plan({ clusters, totalReplicas: 8, ...over })).toEqual({ earth: 4, vulcan: 2, unplaced: 2 });
  });
});

describe('from a cluster that is being drained', () => {
  const clusters = ['earth'];
  const draining = counts({ vulcan: 3 });

  it('nothing leaves before its place is taken, and as much as is', () => {
    const at = (ready: number) => plan({ clusters, totalReplicas: 6, draining, ready: counts({ earth: ready }) });
    expect(at(3)).toEqual({ earth: 6, vulcan: 3, unplaced: 0 });
    expect(at(4)).toEqual({ earth: 6, vulcan: 2, unplaced: 0 });
    expect(at(6)).toEqual({ earth: 6, vulcan: 0, unplaced: 0 });
  });

  it('what has no place elsewhere stays', () => {
    const preferences = { '*': { weight: 1, maxReplicas: 4 } };
    const over = { preferences, draining, ready: counts({ earth: 4 }) };
    expect(plan({ clusters, totalReplicas: 6, ...over })).toEqual({ earth: 4, vulcan: 2, unplaced: 2 });
    expect(plan({ clusters: [], totalReplicas: 3, draining })).toEqual({ vulcan: 3, unplaced: 3 });
  });

  it('replicas that nobody wants any more leave at once', () => {
    const over = { draining, ready: counts({ earth: 2 }) };
    expect(plan({ clusters, totalReplicas: 2, ...over })).toEqual({ earth: 2, vulcan: 0, unplaced: 0 });
  });

  it('nothing goes to one that is cordoned', () => {
    const over = { held: counts({ romulus: 1 }), draining, ready: counts({ earth: 2, romulus: 1 }) };
    expect(plan({ clusters: ['earth', 'romulus'], totalReplicas: 6, ...over })).toEqual({
      earth: 5,
      romulus: 1,
      vulcan: 3,
      unplaced: 0,
    });
  });
});
