import { parseDuration } from '../../duration.ts';
import { InvalidObjectError } from '../../field-error.ts';
import type { DeepReadonly } from '../../meta/v1.ts';
import { LOG_LEVEL_ANNOTATION, MIGRATED_FROM_ANNOTATION } from '../../well-known.ts';
import { FEATURE_GATE_NAMES, FEATURE_GATES, type FeatureGateName } from './feature-gates.ts';
import { type AdoptResources, type Duration, KUBEFED_CONFIG_NAME, type KubeFedConfig } from './kubefed-config.ts';
import { defaultKubeFedConfig } from './kubefed-config-defaults.ts';
import { validateKubeFedConfig } from './kubefed-config-validation.ts';

/** A KubeFedConfig as the controller reads it: defaults filled in, every duration in milliseconds. */
export interface Settings {
  readonly scope: 'Cluster' | 'Namespaced';
  readonly availableDelayMs: number;
  readonly unavailableDelayMs: number;
  readonly cacheSyncTimeoutMs: number;
  readonly clusterHealthCheck: {
    readonly periodMs: number;
    readonly failureThreshold: number;
    readonly successThreshold: number;
    readonly timeoutMs: number;
  };
  readonly leaderElect: {
    readonly leaseDurationMs: number;
    readonly renewDeadlineMs: number;
    readonly retryPeriodMs: number;
    /** What it says itself; undefined when it leaves that to the default. */
    readonly resourceLock: 'configmaps' | 'endpoints' | 'leases' | undefined;
  };
  readonly syncController: { readonly maxConcurrentReconciles: number; readonly adoptResources: AdoptResources };
  readonly statusController: { readonly maxConcurrentReconciles: number };
  readonly replicaScheduling: {
    /** How long a member may be away until its replicas go elsewhere. */
    readonly evictionDelayMs: number;
    /** How long a member that was away has to be back until it gets replicas. */
    readonly returnDelayMs: number;
  };
  readonly featureGates: Readonly<Record<FeatureGateName, boolean>>;
  /** A migration from KubeFed is not finalised: what KubeFed would need to go on where it stopped is kept current. */
  readonly migratesFromKubeFed: boolean;
  /** The least level that is logged, as somebody wrote it; undefined: as the controller was started. */
  readonly logLevel: string | undefined;
}

/**
 * What a config means, defaults included.
 * @throws InvalidObjectError with everything that is wrong with it.
 */
export function settingsOf(config: DeepReadonly<KubeFedConfig>): Settings {
  const whole = defaultKubeFedConfig(config as KubeFedConfig);
  const errors = validateKubeFedConfig(whole);
  if (errors.length > 0) {
    throw new InvalidObjectError(`KubeFedConfig ${config.metadata.name ?? KUBEFED_CONFIG_NAME}`, errors);
  }
  const { scope, controllerDuration, clusterHealthCheck, leaderElect, syncController, statusController } = whole.spec;
  const { replicaScheduling } = whole.spec;
  return {
    scope,
    availableDelayMs: milliseconds(controllerDuration.availableDelay),
    unavailableDelayMs: milliseconds(controllerDuration.unavailableDelay),
    cacheSyncTimeoutMs: milliseconds(controllerDuration.cacheSyncTimeout),
    clusterHealthCheck: {
      periodMs: milliseconds(clusterHealthCheck.period),
      failureThreshold: clusterHealthCheck.failureThreshold,
      successThreshold: clusterHealthCheck.successThreshold,
      timeoutMs: milliseconds(clusterHealthCheck.timeout),
    },
    leaderElect: {
      leaseDurationMs: milliseconds(leaderElect.leaseDuration),
      renewDeadlineMs: milliseconds(leaderElect.renewDeadline),
      retryPeriodMs: milliseconds(leaderElect.retryPeriod),
      resourceLock: config.spec.leaderElect?.resourceLock,
    },
    syncController: {
      maxConcurrentReconciles: syncController.maxConcurrentReconciles,
      adoptResources: syncController.adoptResources,
    },
    statusController: { maxConcurrentReconciles: statusController.maxConcurrentReconciles },
    replicaScheduling: {
      evictionDelayMs: milliseconds(replicaScheduling?.evictionDelay ?? controllerDuration.unavailableDelay),
      returnDelayMs: milliseconds(replicaScheduling?.returnDelay ?? controllerDuration.availableDelay),
    },
    featureGates: gatesOf(whole),
    migratesFromKubeFed: config.metadata.annotations?.[MIGRATED_FROM_ANNOTATION] !== undefined,
    logLevel: config.metadata.annotations?.[LOG_LEVEL_ANNOTATION],
  };
}

function gatesOf(config: KubeFedConfig): Record<FeatureGateName, boolean> {
  const gates: Record<FeatureGateName, boolean> = { ...FEATURE_GATES };
  for (const name of FEATURE_GATE_NAMES) {
    const written = config.spec.featureGates?.find((gate) => gate.name === name);
    if (written !== undefined) gates[name] = written.configuration === 'Enabled';
  }
  return gates;
}

function milliseconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new RangeError(`${duration} is not a duration`);
  return parsed;
}
