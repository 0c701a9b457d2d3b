import { describe, expect, it } from 'vitest';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { ClusterState } from './propagation-status.ts';
import { type StatusInput, sameStatus, statusOf } from './status.ts';

const T1 = '2026-01-01T00:00:00Z';
const T2 = '2026-01-01T00:01:00Z';

function federated(status?: FederatedObject['status']): FederatedObject {
  return { metadata: { name: 'web', generation: 3 }, spec: {}, ...(status === undefined ? {} : { status }) };
}

function write(clusters: ClusterState[], over: Partial<StatusInput> = {}) {
  return statusOf({ federated: federated(), clusters, now: T1, ...over });
}

const fine: ClusterState[] = [
  { cluster: 'vulcan', status: '' },
  { cluster: 'earth', status: '' },
];

describe('the status of a federated object', () => {
  it("says with KubeFed's words that all is well, and how many clusters that is", () => {
    expect(write(fine)).toEqual({
      observedGeneration: 3,
      conditions: [{ type: 'Propagation', status: 'True', lastUpdateTime: T1, lastTransitionTime: T1 }],
      clusters: [{ name: 'earth' }, { name: 'vulcan' }],
      clusterSummary: '2/2',
    });
  });

  it('puts the reason of the cluster that failed into the condition', () => {
    const status = write([
      { cluster: 'vulcan', status: 'CreationFailed', message: 'quota exceeded' },
      ...fine.slice(1),
    ]);
    expect(status.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'CheckClusters',
      message: 'vulcan: CreationFailed: quota exceeded',
    });
    expect(status.clusters).toEqual([
      { name: 'earth' },
      { name: 'vulcan', status: 'CreationFailed', message: 'quota exceeded' },
    ]);
    expect(status.clusterSummary).toBe('1/2');
  });

  it('is not written again when nothing has changed, whatever the clock says', () => {
    const status = write(fine);
    expect(sameStatus(status, write(fine, { federated: federated(status), now: T2 }))).toBe(true);
  });

  it('moves lastUpdateTime with the clusters and lastTransitionTime with the condition only', () => {
    const status = write([{ cluster: 'vulcan', status: 'CreationFailed' }]);
    const next = write([{ cluster: 'vulcan', status: 'UpdateFailed' }], { federated: federated(status), now: T2 });
    expect(next.conditions?.[0]).toMatchObject({ lastUpdateTime: T2, lastTransitionTime: T1 });
  });

  it("keeps what others wrote into it: their conditions, a cluster's remoteStatus, fields that nobody here knows", () => {
    const theirs = { type: 'Audited', status: 'True' } as const;
    const before = { ...write(fine), colour: 'blue' };
    before.conditions = [...(before.conditions ?? []), theirs];
    before.clusters = [{ name: 'earth', remoteStatus: { replicas: 2 } }];
    const after = write(fine, { federated: federated(before), now: T2 });
    expect(after).toMatchObject({ colour: 'blue' });
    expect(after.conditions).toContainEqual(theirs);
    expect(after.clusters).toContainEqual({ name: 'earth', remoteStatus: { replicas: 2 } });
  });

  it('shows DriftContested while somebody else writes too, and drops it afterwards', () => {
    const status = write(fine, { contested: 'vulcan: "flux"' });
    expect(status.conditions?.[1]).toMatchObject({ type: 'DriftContested', status: 'True', message: 'vulcan: "flux"' });
    expect(write(fine, { federated: federated(status), now: T2 }).conditions).toHaveLength(1);
  });

  it('says why the object as a whole is not propagated', () => {
    const problem = { reason: 'NamespaceNotFederated', message: 'no FederatedNamespace' } as const;
    expect(write([], { problem }).conditions?.[0]).toMatchObject({ status: 'False', ...problem });
  });

  it('names clusters in the placement that nobody joined', () => {
    expect(write(fine, { unknownClusters: ['mars'] }).conditions?.[0]?.message).toContain('mars');
  });
});
