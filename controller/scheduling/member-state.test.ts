import { describe, expect, test } from 'vitest';
import { CapacityMemory } from './capacity-memory.ts';
import { absentState, memberState, unseenState } from './member-state.ts';
import { censusOf, nextVerdictIn, type Pod, unschedulableAt } from './pod-census.ts';
import type { Workload } from './workload.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const workload = (replicas: number, readyReplicas: number): Workload => ({
  metadata: {},
  spec: { replicas },
  status: { readyReplicas },
});

function running(ready: 'True' | 'False' = 'True'): Pod {
  return { metadata: {}, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] } };
}

function refused(secondsAgo: number): Pod {
  const lastTransitionTime = new Date(NOW - secondsAgo * 1000).toISOString();
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime };
  return { metadata: {}, status: { phase: 'Pending', conditions: [condition] } };
}

describe('what runs in a member', () => {
  test('is what is ready, where that is all that is wanted', () => {
    expect(memberState(workload(3, 3), 3, undefined, NOW)).toEqual({ current: 3, settled: true });
  });

  test('is otherwise the Pods that run and say whether they are ready, whatever they say', () => {
    const pods = censusOf([running(), running('False'), refused(1), { metadata: {}, status: { phase: 'Running' } }]);
    expect(memberState(workload(5, 1), 5, pods, NOW)).toMatchObject({ current: 2, settled: false });
  });

  test('is never more than wanted, so that the Pods that a rollout adds for a moment move nothing', () => {
    const pods = censusOf([running(), running(), running(), running()]);
    expect(memberState(workload(3, 4), 3, pods, NOW).current).toBe(3);
  });

  test('leaves out Pods that are on their way out', () => {
    const leaving = { ...running(), metadata: { deletionTimestamp: '2026-03-01T11:59:00Z' } };
    expect(censusOf([leaving, { ...refused(90), metadata: leaving.metadata }])).toEqual({ running: 0, refusedAt: [] });
  });

  test('is what is ready where Pods may not be listed', () => {
    expect(memberState(workload(5, 2), 5, undefined, NOW)).toEqual({ current: 2, settled: false });
  });

  test('is what it was told while nobody can ask, and nothing where there is no such workload', () => {
    expect(unseenState(4)).toEqual({ current: 4, settled: true });
    expect(unseenState(undefined)).toEqual({ current: 0, settled: true });
    expect(absentState(2)).toEqual({ current: 0, settled: false });
    expect(absentState(0)).toEqual({ current: 0, settled: true });
  });

  test('has not settled while the member has still to hear what it is told', () => {
    expect(memberState(workload(5, 5), 7, undefined, NOW).settled).toBe(false);
  });
});

describe('what a member can run', () => {
  test('is what is wanted less the Pods that every node has refused for more than a minute', () => {
    const pods = censusOf([running(), running(), refused(61), refused(600), refused(60), refused(5)]);
    expect(memberState(workload(6, 2), 6, pods, NOW)).toEqual({
      current: 2,
      settled: false,
      capacity: 4,
      changesInMs: 1,
    });
    expect(unschedulableAt(pods, NOW)).toBe(2);
    expect(nextVerdictIn(pods, NOW + 1)).toBe(55_000);
  });

  test('is unknown as long as no Pod has been refused for so long', () => {
    const state = memberState(workload(3, 1), 3, censusOf([running(), refused(10), refused(20)]), NOW);
    expect(state).toEqual({ current: 1, settled: false, changesInMs: 40_001 });
  });

  test('is never negative: Pods of a rollout may outnumber what is wanted', () => {
    expect(memberState(workload(1, 0), 1, censusOf([refused(90), refused(90)]), NOW).capacity).toBe(0);
  });
});

describe('a member that is full', () => {
  const full = { current: 3, settled: false, capacity: 3 };
  const cut = { current: 3, settled: true };
  const filling = { current: 5, settled: false };

  test('stays full until what it could not run runs elsewhere', () => {
    const memory = new CapacityMemory();
    const earth = (workload: Workload) => new Map([['earth', workload]]);
    memory.recall(new Map([['earth', full]]), earth(workload(5, 3)));
    const before = memory.recall(
      new Map([
        ['earth', cut],
        ['vulcan', filling],
      ]),
      earth(workload(3, 3)),
    );
    expect(before.get('earth')?.capacity).toBe(3);
    const settled = { current: 7, settled: true };
    const done = memory.recall(
      new Map([
        ['earth', cut],
        ['vulcan', settled],
      ]),
      earth(workload(3, 3)),
    );
    expect(done.get('earth')).toEqual(cut);
  });

  test('is no longer so when it turns out to run more', () => {
    const memory = new CapacityMemory();
    memory.recall(new Map([['earth', full]]), new Map([['earth', workload(5, 3)]]));
    const states = new Map([
      ['earth', { current: 5, settled: true }],
      ['vulcan', filling],
    ]);
    expect(memory.recall(states, new Map([['earth', workload(5, 5)]])).get('earth')?.capacity).toBeUndefined();
  });
});
