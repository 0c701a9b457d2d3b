import { describe, expect, it } from 'vitest';
import { drainedCondition, type Leftover, type LeftoverInput, leftoverOf } from './drain-report.ts';

const T1 = '2026-01-01T00:00:00Z';
const T2 = '2026-01-01T00:01:00Z';

function left(over: Partial<LeftoverInput> = {}, told = 3, retainReplicas = false) {
  return leftoverOf({
    key: 'shop/web',
    cluster: 'vulcan',
    preference: { metadata: { name: 'web' }, spec: { targetKind: 'FederatedDeployment', totalReplicas: 6 } },
    object: {
      metadata: { name: 'web' },
      spec: {
        placement: { clusters: [{ name: 'vulcan' }] },
        overrides: [{ clusterName: 'vulcan', clusterOverrides: [{ path: '/spec/replicas', value: told }] }],
        ...(retainReplicas ? { retainReplicas } : {}),
      },
    },
    seen: told,
    unplaced: 0,
    ...over,
  });
}

describe('what of a workload is in a member that is being drained', () => {
  it('is what it was told to run there, as long as that is not seen to be less', () => {
    expect(left()).toEqual({ key: 'shop/web', replicas: 3 });
    expect(left({ seen: undefined })).toEqual({ key: 'shop/web', replicas: 3 });
    expect(left({}, 0)).toBeUndefined();
  });

  it('is what runs there until the member has followed', () => {
    expect(left({ seen: 2 }, 0)).toEqual({ key: 'shop/web', replicas: 2 });
    expect(left({ cluster: 'earth', seen: 1 })).toEqual({ key: 'shop/web', replicas: 1 });
    expect(left({ cluster: 'earth', seen: undefined })).toBeUndefined();
  });

  it('says what holds it', () => {
    const paused = { metadata: { annotations: { 'fedmesh.io/paused': 'true' } } };
    const spec = { targetKind: 'FederatedDeployment' as const, totalReplicas: 6 };
    expect(left({ unplaced: 2 })?.blocked).toBe('2 without a place elsewhere');
    expect(left({ preference: { ...paused, spec } })?.blocked).toBe('paused');
    expect(left({}, 3, true)?.blocked).toBe('retainReplicas keeps them');
  });
});

describe('the condition of a drain', () => {
  const some: Leftover[] = [
    { key: 'shop/web', replicas: 3 },
    { key: 'shop/api', replicas: 2, blocked: 'paused' },
  ];

  it('names what is on its way, and before that what somebody has to do something about', () => {
    expect(drainedCondition(some, undefined, T1)).toEqual({
      type: 'Drained',
      status: 'False',
      reason: 'Moving',
      message: 'scheduled replicas here: 5, of shop/api 2 (paused), shop/web 3',
      lastProbeTime: T1,
      lastTransitionTime: T1,
    });
  });

  it('says when nothing moves any more by itself', () => {
    expect(drainedCondition(some.slice(1), undefined, T1)).toMatchObject({ status: 'False', reason: 'Blocked' });
  });

  it('is as short for thousands of workloads', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({ key: `shop/web-${index}`, replicas: 1 }));
    const { message = '' } = drainedCondition(many, undefined, T1);
    expect(message).toMatch(/^scheduled replicas here: 3000, of .* and 2990 more$/);
    expect(message.length).toBeLessThan(300);
  });

  it('dates its last turn', () => {
    const moving = drainedCondition(some, undefined, T1);
    expect(drainedCondition(some.slice(1), moving, T2).lastTransitionTime).toBe(T1);
    expect(drainedCondition([], moving, T2)).toMatchObject({ status: 'True', lastTransitionTime: T2 });
  });
});
