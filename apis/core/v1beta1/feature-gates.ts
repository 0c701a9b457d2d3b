/** Every feature gate, and whether it is on when a KubeFedConfig does not name it. */
export const FEATURE_GATES = {
  /** KubeFed's: propagation itself. */
  PushReconciler: true,
  /** KubeFed's: ReplicaSchedulingPreferences. */
  SchedulerPreferences: true,
  /** KubeFed's: `remoteStatus` of any kind whose type config asks for it. */
  RawResourceStatusCollection: false,
  /** Fedmesh's: write KubeFed's PropagatedVersion objects too, so that going back to KubeFed rewrites nothing. */
  PropagatedVersions: false,
} as const;

export type FeatureGateName = keyof typeof FEATURE_GATES;

export const FEATURE_GATE_NAMES = Object.keys(FEATURE_GATES) as FeatureGateName[];

/** The gates that KubeFed writes into every config. The others are left out: KubeFed's webhook refuses gates that it does not know. */
export const KUBEFED_FEATURE_GATES: readonly FeatureGateName[] = [
  'PushReconciler',
  'RawResourceStatusCollection',
  'SchedulerPreferences',
];
