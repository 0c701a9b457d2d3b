import { describe, expect, it } from 'vitest';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import * as events from './federated-events.ts';
import type { Operation } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import type { ClusterState } from './status/propagation-status.ts';
import type { Subject } from './subject.ts';

const type = {
  federated: {
    group: 'types.kubefed.io',
    version: 'v1beta1',
    kind: 'FederatedDeployment',
    plural: 'x',
    namespaced: true,
  },
  target: { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
} as FederatedType;

function subjectOf(status: object | undefined, deleting = false): Subject {
  const federated = { metadata: { name: 'web' }, spec: {}, ...(status === undefined ? {} : { status }) };
  const subject: Partial<Subject> = {
    federated: federated as FederatedObject,
    target: { namespace: 'demo', name: 'web' },
    deleting,
  };
  return subject as Subject;
}

const subject = subjectOf(undefined);
const inWords = ({ type, reason, message }: events.Telling) => `${type} ${reason}: ${message}`;

const BEGINNING: readonly (readonly [Operation, string])[] = [
  ['create', 'Normal CreateInCluster: Creating Deployment "demo/web" in cluster "earth"'],
  ['update', 'Normal UpdateInCluster: Updating Deployment "demo/web" in cluster "earth"'],
  ['remove', 'Normal DeleteInCluster: Deleting Deployment "demo/web" in cluster "earth"'],
  [
    'release',
    'Normal RemoveManagedLabelFromInCluster: Removing managed label from Deployment "demo/web" in cluster "earth"',
  ],
];
const FAILING: typeof BEGINNING = [
  ['create', 'Warning CreateInClusterFailed: Failed to create Deployment "demo/web" in cluster "earth": no'],
  ['update', 'Warning UpdateInClusterFailed: Failed to update Deployment "demo/web" in cluster "earth": no'],
  ['remove', 'Warning DeleteInClusterFailed: Failed to delete Deployment "demo/web" in cluster "earth": no'],
  [
    'release',
    'Warning RemoveManagedLabelFromInClusterFailed: Failed to remove managed label from Deployment "demo/web" in cluster "earth": no',
  ],
];
const STANDING: readonly (readonly [ClusterState, string[]])[] = [
  [{ cluster: 'earth', status: '' }, []],
  [
    { cluster: 'earth', status: 'ClusterNotReady', message: 'it is away' },
    ['Warning ClusterNotReady: Cluster not ready: earth: it is away'],
  ],
  [
    { cluster: 'earth', status: 'CachedRetrievalFailed', message: 'no list' },
    ['Warning CachedRetrievalFailed: Failed to retrieve cached cluster object: earth: no list'],
  ],
  [
    { cluster: 'earth', status: 'CreationTimedOut' },
    ['Warning OperationTimeoutError: Failed to finish 1 operations in time: earth'],
  ],
];

describe("events about federated objects, in KubeFed's words", () => {
  it.each(BEGINNING)('tell of a write that begins: %s', (operation, words) => {
    expect(inWords(events.beginning(operation, type, subject, 'earth'))).toBe(words);
    expect(events.sourceOf(type)).toBe('federateddeployment-controller');
  });

  it.each(FAILING)('tell of a write that failed: %s', (operation, words) => {
    expect(inWords(events.failing(operation, type, subject, 'earth', 'no'))).toBe(words);
  });

  it.each(STANDING)('tell how clusters stand: %j', (state, words) => {
    expect(events.aboutClusters(subject, [state]).map(inWords)).toEqual(words);
  });

  it('tell nothing that the status says already', () => {
    const before = subjectOf({ clusters: [{ name: 'earth', status: 'ClusterNotReady' }] });
    expect(events.aboutClusters(before, [{ cluster: 'earth', status: 'ClusterNotReady', message: 'x' }])).toEqual([]);
  });

  it('tell for which clusters a deletion waits', () => {
    const shown: ClusterState[] = [
      { cluster: 'earth', status: 'WaitingForRemoval' },
      { cluster: 'mars', status: '' },
      { cluster: 'vulcan', status: 'WaitingForRemoval' },
    ];
    expect(events.aboutClusters(subjectOf(undefined, true), shown).map(inWords)).toEqual([
      'Normal WaitForRemovalInCluster: Waiting for managed resources to be removed from the following clusters: earth, vulcan',
    ]);
  });

  it('tell of a placement that cannot be computed, once', () => {
    const problem = { reason: 'ComputePlacementFailed', message: 'bad selector' } as const;
    expect(events.aboutProblem(subject.federated, problem).map(inWords)).toEqual([
      'Warning ComputePlacementFailed: Failed to compute placement: bad selector',
    ]);
    const conditions = [{ type: 'Propagation', status: 'False', reason: 'ComputePlacementFailed' }];
    expect(events.aboutProblem(subjectOf({ conditions }).federated, problem)).toEqual([]);
  });
});
