import { describe, expect, it } from 'vitest';
import type { FederatedObjectStatus } from '../../../apis/types/v1beta1/federated-object.ts';
import { isUrgent, statusDueIn } from './pace.ts';

const present: FederatedObjectStatus = {
  observedGeneration: 1,
  conditions: [{ type: 'Propagation', status: 'True', lastUpdateTime: 'earlier' }],
  clusters: [{ name: 'earth', remoteStatus: { readyReplicas: 0 } }, { name: 'vulcan' }],
};

describe('a status that can wait', () => {
  it('is written at once when the last write was a second ago, or none is remembered', () => {
    expect(statusDueIn(undefined, 0)).toBe(0);
    expect(statusDueIn(500, 1_500)).toBe(0);
    expect(statusDueIn(500, 99_000)).toBe(0);
  });

  it('waits for the rest of the second', () => {
    expect(statusDueIn(500, 500)).toBe(1_000);
    expect(statusDueIn(500, 1_200)).toBe(300);
  });

  it.each<[string, Partial<FederatedObjectStatus>]>([
    ['the status of a copy', { clusters: [{ name: 'earth', remoteStatus: { readyReplicas: 1 } }, { name: 'vulcan' }] }],
    ['a message', { clusters: [{ name: 'earth', message: 'news' }, { name: 'vulcan' }] }],
    ['a time', { conditions: [{ type: 'Propagation', status: 'True', lastUpdateTime: 'now' }] }],
  ])('is one in which %s is news', (_, over) => {
    expect(isUrgent(present, { ...present, ...over })).toBe(false);
  });
});

describe('a status that cannot wait', () => {
  it.each<[string, FederatedObjectStatus | undefined, Partial<FederatedObjectStatus>]>([
    ['is the first', undefined, {}],
    ['has another Propagation', present, { conditions: [{ type: 'Propagation', status: 'False' }] }],
    ['has another reason', present, { conditions: [{ type: 'Propagation', status: 'True', reason: 'Paused' }] }],
    ['acts upon a change', present, { observedGeneration: 2 }],
    ['has another word for a cluster', present, { clusters: [{ name: 'earth', status: 'UpdateFailed' }] }],
    ['has another cluster', present, { clusters: [{ name: 'earth' }, { name: 'mars' }] }],
  ])('%s', (_, before, over) => {
    expect(isUrgent(before, { ...present, ...over })).toBe(true);
  });
});
