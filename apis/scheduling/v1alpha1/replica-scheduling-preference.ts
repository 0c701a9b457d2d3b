import { type FieldError, invalid, oneOf, required } from '../../field-error.ts';
import type { Resource } from '../../meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../meta/v1.ts';

export const REPLICA_SCHEDULING_PREFERENCES: Resource = {
  group: 'scheduling.kubefed.io',
  version: 'v1alpha1',
  kind: 'ReplicaSchedulingPreference',
  plural: 'replicaschedulingpreferences',
  namespaced: true,
};

/** How the replicas of the FederatedDeployment or FederatedReplicaSet of the same name are shared out. */
export interface ReplicaSchedulingPreference extends KubeObject {
  spec: ReplicaSchedulingPreferenceSpec;
  status?: Record<string, unknown>;
}

export interface ReplicaSchedulingPreferenceSpec {
  targetKind: 'FederatedDeployment' | 'FederatedReplicaSet';
  totalReplicas: number;
  /** Whether running replicas may be moved to meet the preferences. Default false. */
  rebalance?: boolean;
  /** Whether the object's own clusterSelector narrows the clusters. Default false. */
  intersectWithClusterSelector?: boolean;
  /** By cluster; `*` is every cluster that is not named. Missing: all weigh the same. */
  clusters?: Record<string, ClusterPreferences>;
}

export interface ClusterPreferences {
  /** Default 0. */
  minReplicas?: number;
  /** Missing: unbounded. */
  maxReplicas?: number;
  /** Default 0. */
  weight?: number;
}

const INT32_MAX = 2 ** 31 - 1;

/** KubeFed's planner without preferences: every cluster weighs the same. */
export function defaultReplicaSchedulingPreference(object: ReplicaSchedulingPreference): ReplicaSchedulingPreference {
  const clusters = object.spec.clusters ?? {};
  if (Object.keys(clusters).length > 0) return object;
  return { ...object, spec: { ...object.spec, clusters: { '*': { weight: 1 } } } };
}

/** KubeFed's webhooks let anything in; these are the values that its planner cannot make sense of. */
export function validateReplicaSchedulingPreference(object: DeepReadonly<ReplicaSchedulingPreference>): FieldError[] {
  const spec = object.spec as DeepReadonly<ReplicaSchedulingPreferenceSpec> | undefined;
  if (spec === undefined) return [required('spec')];
  return [
    ...oneOf('spec.targetKind', spec.targetKind, ['FederatedDeployment', 'FederatedReplicaSet']),
    ...(spec.totalReplicas === undefined
      ? [required('spec.totalReplicas')]
      : count('spec.totalReplicas', spec.totalReplicas, INT32_MAX)),
    ...Object.entries(spec.clusters ?? {}).flatMap(([name, preferences]) =>
      validatePreferences(`spec.clusters[${name}]`, preferences),
    ),
  ];
}

function validatePreferences(path: string, preferences: DeepReadonly<ClusterPreferences>): FieldError[] {
  const { minReplicas = 0, maxReplicas, weight = 0 } = preferences;
  const errors = [...count(`${path}.minReplicas`, minReplicas), ...count(`${path}.weight`, weight)];
  if (maxReplicas !== undefined) {
    errors.push(...count(`${path}.maxReplicas`, maxReplicas));
    if (maxReplicas < minReplicas) {
      errors.push(invalid(`${path}.maxReplicas`, maxReplicas, `is less than minReplicas, ${minReplicas}`));
    }
  }
  return errors;
}

function count(path: string, value: number, most = Number.MAX_SAFE_INTEGER): FieldError[] {
  return Number.isInteger(value) && value >= 0 && value <= most
    ? []
    : [invalid(path, value, `must be a whole number from 0 to ${most}`)];
}
