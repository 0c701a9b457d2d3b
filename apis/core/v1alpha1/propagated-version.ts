import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

export const PROPAGATED_VERSIONS: Resource = {
  group: 'core.kubefed.io',
  version: 'v1alpha1',
  kind: 'PropagatedVersion',
  plural: 'propagatedversions',
  namespaced: true,
};

export const CLUSTER_PROPAGATED_VERSIONS: Resource = {
  group: 'core.kubefed.io',
  version: 'v1alpha1',
  kind: 'ClusterPropagatedVersion',
  plural: 'clusterpropagatedversions',
  namespaced: false,
};

/**
 * KubeFed's record of what was last written to each member for one federated object. A cache: missing or stale means compare.
 * ClusterPropagatedVersion, for cluster-scoped targets, has the same shape.
 */
export interface PropagatedVersion extends KubeObject {
  status?: PropagatedVersionStatus;
}

export interface PropagatedVersionStatus {
  /** Hash of the template that was written. */
  templateVersion: string;
  /** Hash of the overrides that were written. */
  overridesVersion: string;
  /** Sorted by name. */
  clusterVersions?: ClusterObjectVersion[];
}

export interface ClusterObjectVersion {
  clusterName: string;
  /** `gen:<generation>` where the kind has one, else `rv:<resourceVersion>`. */
  version: string;
}
