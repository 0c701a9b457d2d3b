import { parseDuration } from '../../duration.ts';
import { duplicate, type FieldError, invalid, oneOf, required } from '../../field-error.ts';
import type { DeepReadonly } from '../../meta/v1.ts';
import { FEATURE_GATE_NAMES } from './feature-gates.ts';
import type { KubeFedConfig, KubeFedConfigSpec } from './kubefed-config.ts';

/** client-go's `leaderelection.JitterFactor`. */
const JITTER_FACTOR = 1.2;

type Spec = DeepReadonly<KubeFedConfigSpec>;

/** KubeFed's rules. Every section is demanded, so default first. With `old`, an update is judged: the scope may not change. */
export function validateKubeFedConfig(
  config: DeepReadonly<KubeFedConfig>,
  old?: DeepReadonly<KubeFedConfig>,
): FieldError[] {
  const spec = config.spec as Spec | undefined;
  if (spec === undefined) return [required('spec')];
  return [
    ...validateScope(spec, old?.spec),
    ...validateControllerDuration(spec.controllerDuration),
    ...validateLeaderElect(spec.leaderElect),
    ...validateFeatureGates(spec.featureGates),
    ...validateHealthCheck(spec.clusterHealthCheck),
    ...validateSyncController(spec.syncController),
    ...validateStatusController(spec.statusController),
    ...validateReplicaScheduling(spec.replicaScheduling),
  ];
}

function validateScope(spec: Spec, old: Spec | undefined): FieldError[] {
  const errors = oneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  if (old !== undefined && old.scope !== spec.scope) {
    errors.push(invalid('spec.scope', spec.scope, `may not change; it is ${old.scope}`));
  }
  return errors;
}

function validateControllerDuration(section: Spec['controllerDuration']): FieldError[] {
  const path = 'spec.controllerDuration';
  if (!section) return [required(path)];
  return [
    ...positiveDuration(`${path}.availableDelay`, section.availableDelay),
    ...positiveDuration(`${path}.unavailableDelay`, section.unavailableDelay),
    ...positiveDuration(`${path}.cacheSyncTimeout`, section.cacheSyncTimeout),
  ];
}

function validateLeaderElect(section: Spec['leaderElect']): FieldError[] {
  const path = 'spec.leaderElect';
  if (!section) return [required(path)];
  const errors = [
    ...positiveDuration(`${path}.leaseDuration`, section.leaseDuration),
    ...positiveDuration(`${path}.renewDeadline`, section.renewDeadline),
    ...positiveDuration(`${path}.retryPeriod`, section.retryPeriod),
    ...oneOf(`${path}.resourceLock`, section.resourceLock, ['configmaps', 'endpoints', 'leases']),
  ];
  const [lease, renew, retry] = [section.leaseDuration, section.renewDeadline, section.retryPeriod].map((duration) =>
    parseDuration(duration ?? ''),
  );
  if (lease !== undefined && renew !== undefined && lease <= renew) {
    errors.push(invalid(`${path}.leaseDuration`, section.leaseDuration, 'must be greater than renewDeadline'));
  }
  if (renew !== undefined && retry !== undefined && renew <= retry * JITTER_FACTOR) {
    errors.push(
      invalid(`${path}.renewDeadline`, section.renewDeadline, `must be greater than retryPeriod × ${JITTER_FACTOR}`),
    );
  }
  return errors;
}

function validateFeatureGates(gates: Spec['featureGates']): FieldError[] {
  const path = 'spec.featureGates';
  if (!gates) return [required(path)];
  return gates.flatMap((gate, index) => {
    const first = gates.findIndex((other) => other.name === gate.name);
    if (first < index) return [duplicate(`${path}[${index}].name`, gate.name)];
    return [
      ...oneOf(`${path}[${index}].name`, gate.name, FEATURE_GATE_NAMES),
      ...oneOf(`${path}[${index}].configuration`, gate.configuration, ['Enabled', 'Disabled']),
    ];
  });
}

function validateHealthCheck(section: Spec['clusterHealthCheck']): FieldError[] {
  const path = 'spec.clusterHealthCheck';
  if (!section) return [required(path)];
  return [
    ...positiveDuration(`${path}.period`, section.period),
    ...positiveInteger(`${path}.failureThreshold`, section.failureThreshold),
    ...positiveInteger(`${path}.successThreshold`, section.successThreshold),
    ...positiveDuration(`${path}.timeout`, section.timeout),
  ];
}

function validateSyncController(section: Spec['syncController']): FieldError[] {
  const path = 'spec.syncController';
  if (!section) return [required(path)];
  return [
    ...positiveInteger(`${path}.maxConcurrentReconciles`, section.maxConcurrentReconciles),
    ...oneOf(`${path}.adoptResources`, section.adoptResources, ['Enabled', 'Disabled', 'IfNoDiff']),
  ];
}

function validateStatusController(section: Spec['statusController']): FieldError[] {
  const path = 'spec.statusController';
  if (!section) return [required(path)];
  return positiveInteger(`${path}.maxConcurrentReconciles`, section.maxConcurrentReconciles);
}

/** Demanded of nobody: without it, the delays of `controllerDuration` count. */
function validateReplicaScheduling(section: Spec['replicaScheduling']): FieldError[] {
  const path = 'spec.replicaScheduling';
  return (['evictionDelay', 'returnDelay'] as const).flatMap((field) =>
    section?.[field] === undefined ? [] : positiveDuration(`${path}.${field}`, section[field]),
  );
}

function positiveDuration(path: string, value: string | undefined): FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  const milliseconds = typeof value === 'string' ? parseDuration(value) : undefined;
  if (milliseconds === undefined) return [invalid(path, value, 'is not a duration such as "10s" or "1m30s"')];
  return milliseconds > 0 ? [] : [invalid(path, value, 'must be greater than 0')];
}

function positiveInteger(path: string, value: number | undefined): FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  return Number.isInteger(value) && value > 0 ? [] : [invalid(path, value, 'must be a whole number greater than 0')];
}
