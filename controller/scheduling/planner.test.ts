import { describe, expect, test } from 'vitest';
import type { ClusterPreferences } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { fnv1 } from './fnv1.ts';
import { type PlannerInput, planReplicas, preferencesOf, replicasOf } from './planner.ts';

type Counts = Readonly<Record<string, number>>;

interface Case {
  readonly on: string;
  readonly total: number;
  readonly preferences: Readonly<Record<string, ClusterPreferences>>;
  readonly running?: Counts;
  readonly room?: Counts;
  readonly rebalance?: boolean;
  readonly key?: string;
}

function input({ on, total, preferences, running = {}, room = {}, rebalance = false, key = '' }: Case): PlannerInput {
  return {
    preferences,
    totalReplicas: total,
    rebalance,
    clusters: on.split(''),
    current: new Map(Object.entries(running)),
    capacity: new Map(Object.entries(room)),
    key,
  };
}

function planOf(each: Case): { plan: Counts; overflow: Counts } {
  const { plan, overflow } = planReplicas(input(each));
  return { plan: Object.fromEntries(plan), overflow: Object.fromEntries(overflow) };
}

/** `A:1 B:2`, sorted. */
function brief(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}:${count}`)
    .sort()
    .join(' ');
}

const evenly = { '*': { weight: 1 } };

test('the hash is FNV-1 of 32 bits, as Go computes it', () => {
  expect([fnv1(''), fnv1('a'), fnv1('foobar'), fnv1('ä')]).toEqual([0x811c9dc5, 0x050c5d7e, 0x31f0b262, 0xce77c1f0]);
});

describe('replicas are shared out', () => {
  test.each<[string, Case]>([
    ['A:16 B:17 C:17', { on: 'ABC', total: 50, preferences: evenly }],
    ['A:25 B:25', { on: 'AB', total: 50, preferences: evenly }],
    ['A:0 B:1', { on: 'AB', total: 1, preferences: evenly }],
    ['A:0 B:0 C:0 D:1', { on: 'ABCD', total: 1, preferences: evenly }],
    ['A:1', { on: 'A', total: 1, preferences: evenly }],
    ['', { on: '', total: 1, preferences: evenly }],
  ])('evenly where all weigh the same: %s', (expected, each) => {
    expect(brief(planOf(each).plan)).toBe(expected);
  });

  test.each<[string, Case]>([
    ['A:20 B:40 C:0', { on: 'ABC', total: 60, preferences: { A: { weight: 1 }, B: { weight: 2 } } }],
    ['A:50 B:0 C:0', { on: 'ABC', total: 50, preferences: { A: { weight: 10000 }, B: { weight: 1 } } }],
    ['B:50 C:0', { on: 'BC', total: 50, preferences: { A: { weight: 10000 }, B: { weight: 1 } } }],
    [
      'A:10 B:20 C:20',
      {
        on: 'ABC',
        total: 50,
        preferences: { A: { weight: 10000, maxReplicas: 10 }, B: { weight: 1 }, C: { weight: 1 } },
      },
    ],
    [
      'A:10 B:30 C:10',
      {
        on: 'ABC',
        total: 50,
        preferences: { A: { weight: 10000, maxReplicas: 10 }, B: { weight: 1 }, C: { weight: 1, maxReplicas: 10 } },
      },
    ],
    [
      'A:10 B:25 C:21 D:10 E:25',
      {
        on: 'ABCDE',
        total: 91,
        preferences: {
          A: { weight: 10000, maxReplicas: 10 },
          B: { weight: 1 },
          C: { weight: 1, maxReplicas: 21 },
          D: { weight: 1, maxReplicas: 10 },
          E: { weight: 1 },
        },
      },
    ],
  ])('by weight, and what one may not have goes to the others: %s', (expected, each) => {
    expect(brief(planOf(each).plan)).toBe(expected);
  });

  test.each<[string, Case]>([
    ['A:2 B:2 C:2', { on: 'ABC', total: 50, preferences: { '*': { minReplicas: 2 } } }],
    ['A:10 B:20 C:20', { on: 'ABC', total: 50, preferences: { '*': { minReplicas: 20 } } }],
    [
      'A:50 B:0 C:0',
      { on: 'ABC', total: 50, preferences: { '*': { minReplicas: 20 }, A: { minReplicas: 100, weight: 1 } } },
    ],
    ['A:12 B:12 C:12', { on: 'ABC', total: 50, preferences: { '*': { minReplicas: 10, weight: 1, maxReplicas: 12 } } }],
    ['A:2 B:2 C:2', { on: 'ABC', total: 50, preferences: { '*': { weight: 1, maxReplicas: 2 } } }],
    ['A:0 B:0 C:0', { on: 'ABC', total: 50, preferences: { '*': { maxReplicas: 2 } } }],
  ])('from the minimum to the maximum of each: %s', (expected, each) => {
    expect(brief(planOf(each).plan)).toBe(expected);
  });

  test.each<[string, Counts, Case]>([
    ['A:10 B:10 C:30', { C: 30 }, { on: 'ABC', total: 50, preferences: evenly }],
    ['A:30 B:20', { A: 30 }, { on: 'AB', total: 50, preferences: evenly }],
    ['A:7 B:8', { B: 8 }, { on: 'AB', total: 15, preferences: evenly }],
    ['A:7 B:8', { A: 4, B: 8 }, { on: 'AB', total: 15, preferences: evenly }],
    ['A:7 B:8', { A: 7, B: 8 }, { on: 'AB', total: 15, preferences: evenly }],
    ['A:300000 B:200000', { A: 300000 }, { on: 'AB', total: 500000, preferences: evenly }],
    ['A:25 B:25', { A: 10 }, { on: 'AB', total: 50, preferences: evenly }],
    ['A:0 B:50', { A: 10, B: 70 }, { on: 'AB', total: 50, preferences: evenly }],
    ['A:1 B:0', { A: 30 }, { on: 'AB', total: 1, preferences: evenly }],
    ['A:25 B:25', { A: 10, B: 20 }, { on: 'AB', total: 50, preferences: evenly }],
  ])('without moving what runs: %s when %j runs', (expected, running, each) => {
    expect(planOf({ ...each, running })).toEqual({ plan: planOf({ ...each, running }).plan, overflow: {} });
    expect(brief(planOf({ ...each, running }).plan)).toBe(expected);
  });

  test.each<[string, string, Case]>([
    ['A:20 B:20 C:10', 'C:7', { on: 'ABC', total: 50, preferences: evenly, room: { C: 10 }, rebalance: true }],
    [
      'B:10 C:0',
      'B:40',
      {
        on: 'BC',
        total: 50,
        preferences: { A: { weight: 10000 }, B: { weight: 1 } },
        room: { B: 10 },
        rebalance: true,
      },
    ],
    [
      'A:50 B:10 C:0',
      'B:30',
      { on: 'ABC', total: 60, preferences: { A: { weight: 1 }, B: { weight: 2 } }, room: { B: 10 }, rebalance: true },
    ],
    [
      'A:10 B:41 C:10 D:10',
      'C:11',
      {
        on: 'ABCD',
        total: 71,
        preferences: {
          A: { weight: 10000, maxReplicas: 10 },
          B: { weight: 1 },
          C: { weight: 1, maxReplicas: 21 },
          D: { weight: 1, maxReplicas: 10 },
        },
        room: { C: 10 },
        rebalance: true,
      },
    ],
    [
      'A:10 B:10 C:0',
      'A:20 B:20',
      { on: 'ABC', total: 60, preferences: { A: { weight: 1 }, B: { weight: 1 } }, room: { A: 10, B: 10 } },
    ],
    [
      'A:50 B:10 C:0',
      '',
      { on: 'ABC', total: 60, preferences: { A: { weight: 1 }, B: { weight: 5 } }, room: { B: 10 } },
    ],
    ['A:20 B:10 C:20', '', { on: 'ABC', total: 50, preferences: { '*': { minReplicas: 20 } }, room: { B: 10 } }],
    [
      'A:50 B:10',
      'B:15',
      { on: 'AB', total: 60, preferences: { '*': { minReplicas: 20, weight: 1 } }, room: { B: 10 }, rebalance: true },
    ],
  ])('to where there is room: %s, and beyond it %s', (expected, beyond, each) => {
    const { plan, overflow } = planOf(each);
    expect([brief(plan), brief(overflow)]).toEqual([expected, beyond]);
  });

  test('so that single replicas of different workloads do not all land in one cluster', () => {
    const landed = Array.from({ length: 200 }, (_, index) => {
      const key = `team-${index % 17}/app-${index}`;
      const { plan } = planReplicas({
        ...input({ on: '', total: 1, preferences: evenly, key }),
        clusters: ['earth', 'vulcan', 'bajor'],
      });
      return [...plan].find(([, replicas]) => replicas === 1)?.[0];
    });
    for (const cluster of ['earth', 'vulcan', 'bajor']) expect(landed).toContain(cluster);
  });

  test('a cluster that is called like a built-in field of objects has no preferences by that', () => {
    const { plan } = planReplicas({
      ...input({ on: '', total: 3, preferences: { A: { weight: 1 } } }),
      clusters: ['constructor', 'A'],
    });
    expect(Object.fromEntries(plan)).toEqual({ constructor: 0, A: 3 });
  });

  test('weights beyond any reason are divided exactly', () => {
    const preferences = { A: { weight: 2 ** 52 }, B: { weight: 2 ** 51 } };
    expect(brief(planOf({ on: 'AB', total: 2 ** 31 - 1, preferences }).plan)).toBe('A:1431655765 B:715827882');
  });
});

test('without preferences every cluster weighs the same', () => {
  const spec = { targetKind: 'FederatedDeployment', totalReplicas: 4 } as const;
  for (const clusters of [{}, undefined]) {
    expect(preferencesOf({ ...spec, ...(clusters === undefined ? {} : { clusters }) })).toEqual({
      preferences: { '*': { weight: 1 } },
      totalReplicas: 4,
      rebalance: false,
    });
  }
});

test('what is written is the plan and what goes beyond', () => {
  const each = { on: 'ABC', total: 50, preferences: evenly, room: { C: 10 }, rebalance: true };
  expect(brief(Object.fromEntries(replicasOf(planReplicas(input(each)))))).toBe('A:20 B:20 C:17');
});
