import type { PropagatedVersionStatus } from '../../core/v1alpha1/propagated-version.ts';
import type { KubeObject, LabelSelector } from '../../meta/v1.ts';

/** Any `Federated<Kind>`: what to write to members, to which, and how it differs from one to the other. */
export interface FederatedObject extends KubeObject {
  spec: FederatedObjectSpec;
  status?: FederatedObjectStatus;
}

export interface FederatedObjectSpec {
  template?: FederatedTemplate;
  placement?: Placement;
  overrides?: ClusterOverrides[];
  /** Only where the target has `spec.replicas`: each member keeps its own (for an autoscaler there). */
  retainReplicas?: boolean;
}

/** The target object without name and namespace; `kind` and `apiVersion` come from the type config when missing. */
export interface FederatedTemplate {
  apiVersion?: string;
  kind?: string;
  metadata?: KubeObject['metadata'];
  [field: string]: unknown;
}

export interface Placement {
  /** Wins over the selector when present; an empty list means nowhere. */
  clusters?: ClusterReference[];
  /** On the labels of KubeFedClusters. `{}` means everywhere; missing means nowhere. */
  clusterSelector?: LabelSelector;
}

export interface ClusterReference {
  name: string;
}

/** Which clusters an entry is for is said either by name or by labels. */
export interface ClusterOverrides {
  clusterName?: string;
  /** Fedmesh: on the labels of KubeFedClusters. `{}` means all of them. */
  clusterSelector?: LabelSelector;
  clusterOverrides?: ClusterOverride[];
}

export interface ClusterOverride {
  /** Missing or empty: `replace`. */
  op?: 'add' | 'remove' | 'replace' | '';
  /** JSON pointer. */
  path: string;
  value?: unknown;
}

export interface FederatedObjectStatus {
  observedGeneration?: number;
  /** KubeFed writes one, of type `Propagation`. Further types may stand beside it. */
  conditions?: GenericCondition[];
  clusters?: ClusterPropagationStatus[];
  /** Fedmesh: how many of the clusters it is placed on have it as desired, `2/2`: what `kubectl get` shows under CLUSTERS. */
  clusterSummary?: string;
  /** Fedmesh: what was last written to each member, in KubeFed's words for the same. */
  propagatedVersion?: PropagatedVersionStatus;
}

export const PROPAGATION_CONDITION = 'Propagation';

export interface GenericCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** RFC 3339: when the status was last seen to be so. */
  lastUpdateTime?: string;
  lastTransitionTime?: string;
  reason?: string;
  /** Fedmesh: what a person can do about it. */
  message?: string;
}

export interface ClusterPropagationStatus {
  name: string;
  /** A word of KubeFed's; missing or empty means that all is well. */
  status?: string;
  /** Fedmesh: why, in a sentence. */
  message?: string;
  /** The target's own status in that member, where it is collected. */
  remoteStatus?: unknown;
}
