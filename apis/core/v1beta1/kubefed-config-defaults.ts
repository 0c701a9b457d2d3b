import { FEATURE_GATES, KUBEFED_FEATURE_GATES } from './feature-gates.ts';
import {
  type FeatureGate,
  KUBEFED_CONFIG_NAME,
  KUBEFED_CONFIGS,
  type KubeFedConfig,
  type KubeFedConfigSpec,
} from './kubefed-config.ts';

/** What has no default of its own: spelled out, it would no longer follow the section that it falls back on. */
type Following = 'replicaScheduling';

/** A config that leaves nothing unsaid. */
export interface CompleteKubeFedConfig extends KubeFedConfig {
  spec: {
    [Section in Exclude<keyof KubeFedConfigSpec, Following>]-?: Required<NonNullable<KubeFedConfigSpec[Section]>>;
  } & Pick<KubeFedConfigSpec, Following>;
}

/**
 * KubeFed v0.10.0's defaults for whatever the config does not say, `adoptResources: Enabled` among them. What stands there stays,
 * fields that nobody knows included. `scope` has no default: KubeFed demands it.
 */
export function defaultKubeFedConfig(config: KubeFedConfig): CompleteKubeFedConfig {
  const spec = config.spec;
  return {
    ...config,
    spec: {
      ...spec,
      controllerDuration: {
        availableDelay: '20s',
        unavailableDelay: '60s',
        cacheSyncTimeout: '5m',
        ...spec.controllerDuration,
      },
      leaderElect: {
        leaseDuration: '15s',
        renewDeadline: '10s',
        retryPeriod: '5s',
        resourceLock: 'configmaps',
        ...spec.leaderElect,
      },
      featureGates: withDefaultGates(spec.featureGates ?? []),
      clusterHealthCheck: {
        period: '10s',
        failureThreshold: 3,
        successThreshold: 1,
        timeout: '3s',
        ...spec.clusterHealthCheck,
      },
      syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled', ...spec.syncController },
      statusController: { maxConcurrentReconciles: 1, ...spec.statusController },
    },
  };
}

/**
 * The config of a new installation, every value spelled out. Where it differs from KubeFed's defaults: it takes over only what equals
 * the desired object, locks a Lease, and works on many objects at a time, because a reconcile that waits for a member holds no thread.
 */
export function newKubeFedConfig(
  namespace: string,
  scope: KubeFedConfigSpec['scope'] = 'Cluster',
): CompleteKubeFedConfig {
  return defaultKubeFedConfig({
    apiVersion: `${KUBEFED_CONFIGS.group}/${KUBEFED_CONFIGS.version}`,
    kind: KUBEFED_CONFIGS.kind,
    metadata: { name: KUBEFED_CONFIG_NAME, namespace },
    spec: {
      scope,
      leaderElect: { resourceLock: 'leases' },
      syncController: { maxConcurrentReconciles: 64, adoptResources: 'IfNoDiff' },
    },
  });
}

function withDefaultGates(gates: readonly FeatureGate[]): FeatureGate[] {
  const missing = KUBEFED_FEATURE_GATES.filter((name) => !gates.some((gate) => gate.name === name));
  const defaults = missing.map(
    (name): FeatureGate => ({ name, configuration: FEATURE_GATES[name] ? 'Enabled' : 'Disabled' }),
  );
  return [...gates, ...defaults].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
