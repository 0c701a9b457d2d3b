import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';
import type { EnabledOrDisabled } from './federated-type-config.ts';

export const KUBEFED_CONFIGS: Resource = {
  group: 'core.kubefed.io',
  version: 'v1beta1',
  kind: 'KubeFedConfig',
  plural: 'kubefedconfigs',
  namespaced: true,
};

/** The one KubeFedConfig that a control plane reads. */
export const KUBEFED_CONFIG_NAME = 'kubefed';

/** A `metav1.Duration` as it stands in YAML: `10s`, `1m30s`. See {@link parseDuration}. */
export type Duration = string;

/** How a control plane behaves. Everything but `scope` has a default. */
export interface KubeFedConfig extends KubeObject {
  spec: KubeFedConfigSpec;
}

/**
 * What happens to an object in a member that bears the name of one to be created: `Enabled` takes it over, `Disabled` leaves it and
 * reports `AlreadyExists`, `IfNoDiff` (Fedmesh) takes over what equals the desired object and leaves what differs.
 */
export type AdoptResources = 'Enabled' | 'Disabled' | 'IfNoDiff';

export interface KubeFedConfigSpec {
  /** `Namespaced`: the control plane's own namespace is the only target. Never changes. */
  scope: 'Cluster' | 'Namespaced';
  controllerDuration?: {
    /** Wait before what is gained by a cluster that became available is acted upon. */
    availableDelay?: Duration;
    /** Wait before a cluster that became unavailable is given up. */
    unavailableDelay?: Duration;
    /** How long a member's first list may take. */
    cacheSyncTimeout?: Duration;
  };
  leaderElect?: {
    leaseDuration?: Duration;
    renewDeadline?: Duration;
    retryPeriod?: Duration;
    /** What KubeFed locks. Fedmesh holds a Lease whatever stands here, and says so with `leases`. */
    resourceLock?: 'configmaps' | 'endpoints' | 'leases';
  };
  featureGates?: FeatureGate[];
  clusterHealthCheck?: {
    period?: Duration;
    failureThreshold?: number;
    successThreshold?: number;
    timeout?: Duration;
  };
  syncController?: {
    /** How many objects of one type are worked on at a time. */
    maxConcurrentReconciles?: number;
    adoptResources?: AdoptResources;
  };
  statusController?: { maxConcurrentReconciles?: number };
  /** Fedmesh: ReplicaSchedulingPreferences and members that are not ready. */
  replicaScheduling?: {
    /** How long a member may be not ready until its replicas go elsewhere. Default: `controllerDuration.unavailableDelay`. */
    evictionDelay?: Duration;
    /** How long a member that was away has to be back until it gets replicas. Default: `controllerDuration.availableDelay`. */
    returnDelay?: Duration;
  };
}

export interface FeatureGate {
  name: string;
  configuration: EnabledOrDisabled;
}
