import { describe, expect, it } from 'vitest';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
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

  it('says which cordoned clusters it is kept out of, and is well', () => {
    const status = write(fine, { leftOut: ['risa', 'bajor'] });
    expect(status.conditions).toMatchObject([
      { type: 'Propagation', status: 'True' },
      {
        type: 'Cordoned',
        status: 'True',
        reason: 'ClusterUnschedulable',
        message: 'selected but cordoned, so not placed there: bajor, risa; "fedctl uncordon" ends that',
      },
    ]);
    expect(status.clusterSummary).toBe('2/2');
    expect(write(fine, { federated: federated(status) }).conditions).toHaveLength(1);
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

  it('keeps what others wrote into it: their conditions, fields that nobody here knows', () => {
    const theirs = { type: 'Audited', status: 'True' } as const;
    const before = { ...write(fine), colour: 'blue' };
    before.conditions = [...(before.conditions ?? []), theirs];
    const after = write(fine, { federated: federated(before), now: T2 });
    expect(after).toMatchObject({ colour: 'blue' });
    expect(after.conditions).toContainEqual(theirs);
  });

  it('shows DriftContested while somebody else writes too, and drops it afterwards', () => {
    const status = write(fine, { contested: 'vulcan: "flux"' });
    expect(status.conditions?.[1]).toMatchObject({ type: 'DriftContested', status: 'True', message: 'vulcan: "flux"' });
    expect(write(fine, { federated: federated(status), now: T2 }).conditions).toHaveLength(1);
  });

  it('shows OverridesConflict beside it while entries contradict each other', () => {
    const message = 'vulcan: "/spec/replicas" of overrides[1] wins over overrides[0]';
    const status = write(fine, { contested: 'vulcan: "flux"', overridesConflict: message });
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Propagation', 'DriftContested', 'OverridesConflict']);
    expect(status.conditions?.[2]).toMatchObject({ status: 'True', reason: 'LaterEntryWins', message });
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

describe('the status of the copies, where it is collected', () => {
  const collected = (ready: number): ClusterState[] => [
    { cluster: 'vulcan', status: '', remoteStatus: { readyReplicas: 2 } },
    { cluster: 'earth', status: '', remoteStatus: { readyReplicas: ready } },
  ];
  const versions = (version: string) => ({
    templateVersion: 't',
    overridesVersion: 'o',
    clusterVersions: [{ clusterName: 'earth', version }],
  });

  it('stands beside the word of each cluster, and moves lastUpdateTime alone', () => {
    const status = write(collected(0), { collectsStatus: true });
    expect(status.conditions?.[0]).toMatchObject({ status: 'True' });
    const next = write(collected(1), { collectsStatus: true, federated: federated(status), now: T2 });
    expect(next.clusters).toContainEqual({ name: 'earth', remoteStatus: { readyReplicas: 1 } });
    expect(next.conditions?.[0]).toMatchObject({ lastUpdateTime: T2, lastTransitionTime: T1 });
  });

  it('is awaited: a cluster without one is no success, and the condition says which', () => {
    const states: ClusterState[] = [{ cluster: 'mars', status: '' }, ...collected(1)];
    const status = write(states, { collectsStatus: true });
    expect(status.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'CheckClusters',
      message: 'mars: it has no status there yet',
    });
    expect(write(states).conditions?.[0]).toMatchObject({ status: 'True' });
  });

  it('comes after what is wrong in the message of the condition', () => {
    const states: ClusterState[] = [
      { cluster: 'mars', status: '' },
      { cluster: 'vulcan', status: 'UpdateFailed' },
    ];
    const { conditions } = write(states, { collectsStatus: true });
    expect(conditions?.[0]?.message).toBe('vulcan: UpdateFailed (and 1 more)');
  });

  it('lets an update in a member move lastUpdateTime, which it does not elsewhere', () => {
    for (const collectsStatus of [true, false]) {
      const states = collectsStatus ? collected(1) : fine;
      const status = write(states, { collectsStatus, propagatedVersion: versions('gen:1') });
      const over = { collectsStatus, federated: federated(status), now: T2 };
      const next = write(states, { ...over, propagatedVersion: versions('gen:2') });
      expect(next.conditions?.[0]?.lastUpdateTime).toBe(collectsStatus ? T2 : T1);
    }
  });

  it('goes with the collection: what is old is not shown as if it were so now', () => {
    const status = write(collected(1), { collectsStatus: true });
    expect(write(fine, { federated: federated(status), now: T2 }).clusters).toEqual([
      { name: 'earth' },
      { name: 'vulcan' },
    ]);
  });
});
