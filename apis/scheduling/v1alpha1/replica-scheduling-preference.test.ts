import { describe, expect, test } from 'vitest';
import {
  defaultReplicaSchedulingPreference,
  type ReplicaSchedulingPreference,
  type ReplicaSchedulingPreferenceSpec,
  validateReplicaSchedulingPreference,
} from './replica-scheduling-preference.ts';

function preference(spec: object = {}): ReplicaSchedulingPreference {
  const whole = { targetKind: 'FederatedDeployment', totalReplicas: 9, ...spec } as ReplicaSchedulingPreferenceSpec;
  return { metadata: { name: 'web' }, spec: whole };
}

const faultsOf = (spec: object) => validateReplicaSchedulingPreference(preference(spec)).map((error) => error.path);

describe('a preference for replicas', () => {
  test('without clusters all weigh the same', () => {
    for (const clusters of [undefined, {}]) {
      expect(defaultReplicaSchedulingPreference(preference({ clusters })).spec.clusters).toEqual({
        '*': { weight: 1 },
      });
    }
  });

  test('with clusters it stays as it is', () => {
    const given = preference({ clusters: { earth: {} } });
    expect(defaultReplicaSchedulingPreference(given)).toBe(given);
  });

  test('all that KubeFed documents passes', () => {
    expect(
      faultsOf({ rebalance: true, clusters: { '*': { weight: 1 }, earth: { minReplicas: 2, maxReplicas: 2 } } }),
    ).toEqual([]);
  });

  test.each([
    [{ targetKind: 'FederatedJob' }, 'spec.targetKind'],
    [{ totalReplicas: undefined }, 'spec.totalReplicas'],
    [{ totalReplicas: -1 }, 'spec.totalReplicas'],
    [{ totalReplicas: 2 ** 31 }, 'spec.totalReplicas'],
    [{ clusters: { earth: { weight: -1 } } }, 'spec.clusters[earth].weight'],
    [{ clusters: { earth: { minReplicas: 1.5 } } }, 'spec.clusters[earth].minReplicas'],
    [{ clusters: { earth: { minReplicas: 3, maxReplicas: 2 } } }, 'spec.clusters[earth].maxReplicas'],
  ])('%j is refused', (spec, path) => {
    expect(faultsOf(spec)).toEqual([path]);
  });
});
