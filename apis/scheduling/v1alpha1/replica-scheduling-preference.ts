import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

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
