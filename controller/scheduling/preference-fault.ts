import type { FieldError } from '../../apis/field-error.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import {
  type ClusterPreferences,
  type ReplicaSchedulingPreference,
  validateReplicaSchedulingPreference,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';

/**
 * What keeps a preference from being planned. A maximum below the minimum does not: KubeFed plans with it, and the
 * maximum wins when there is anything left to share out.
 */
export function planningFault(preference: DeepReadonly<ReplicaSchedulingPreference>): FieldError | undefined {
  const [fault] = [
    ...validateReplicaSchedulingPreference(without(preference, 'minReplicas')),
    ...validateReplicaSchedulingPreference(without(preference, 'maxReplicas')),
  ];
  return fault;
}

function without(
  preference: DeepReadonly<ReplicaSchedulingPreference>,
  field: keyof ClusterPreferences,
): DeepReadonly<ReplicaSchedulingPreference> {
  const spec = preference.spec as DeepReadonly<ReplicaSchedulingPreference['spec']> | undefined;
  if (spec?.clusters === undefined) return preference;
  const clusters = Object.entries(spec.clusters).map(([name, { [field]: _, ...rest }]) => [name, rest] as const);
  return { ...preference, spec: { ...spec, clusters: Object.fromEntries(clusters) } };
}
