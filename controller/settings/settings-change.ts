import { FEATURE_GATE_NAMES } from '../../apis/core/v1beta1/feature-gates.ts';
import type { Settings } from '../../apis/core/v1beta1/settings.ts';
import { formatDuration } from '../../apis/duration.ts';
import { LOG_LEVEL_ANNOTATION, MIGRATED_FROM_ANNOTATION } from '../../apis/well-known.ts';

/**
 * How a changed setting takes effect: `atOnce` by whoever reads it next; `rebuild` when the leader has closed what it runs and
 * started it anew, within the same term.
 */
export type Effect = 'atOnce' | 'rebuild';

export interface SettingChange {
  /** Where it stands in a KubeFedConfig. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly effect: Effect;
}

interface Field {
  readonly path: string;
  readonly effect: Effect;
  readonly read: (settings: Settings) => string;
}

/** Everything but the scope, which a running control plane cannot change. */
const FIELDS: readonly Field[] = [
  duration('controllerDuration.availableDelay', (settings) => settings.availableDelayMs),
  duration('controllerDuration.unavailableDelay', (settings) => settings.unavailableDelayMs),
  duration('controllerDuration.cacheSyncTimeout', (settings) => settings.cacheSyncTimeoutMs),
  duration('replicaScheduling.evictionDelay', ({ replicaScheduling }) => replicaScheduling.evictionDelayMs),
  duration('replicaScheduling.returnDelay', ({ replicaScheduling }) => replicaScheduling.returnDelayMs),
  duration('clusterHealthCheck.period', ({ clusterHealthCheck }) => clusterHealthCheck.periodMs),
  duration('clusterHealthCheck.timeout', ({ clusterHealthCheck }) => clusterHealthCheck.timeoutMs),
  field('clusterHealthCheck.failureThreshold', ({ clusterHealthCheck }) => clusterHealthCheck.failureThreshold),
  field('clusterHealthCheck.successThreshold', ({ clusterHealthCheck }) => clusterHealthCheck.successThreshold),
  duration('leaderElect.leaseDuration', ({ leaderElect }) => leaderElect.leaseDurationMs),
  duration('leaderElect.renewDeadline', ({ leaderElect }) => leaderElect.renewDeadlineMs),
  duration('leaderElect.retryPeriod', ({ leaderElect }) => leaderElect.retryPeriodMs),
  // What was not taken over is tried again.
  field('syncController.adoptResources', ({ syncController }) => syncController.adoptResources, 'rebuild'),
  field(
    'syncController.maxConcurrentReconciles',
    ({ syncController }) => syncController.maxConcurrentReconciles,
    'rebuild',
  ),
  field(
    'statusController.maxConcurrentReconciles',
    ({ statusController }) => statusController.maxConcurrentReconciles,
    'rebuild',
  ),
  ...FEATURE_GATE_NAMES.map((gate) =>
    field(`featureGates.${gate}`, (settings) => (settings.featureGates[gate] ? 'Enabled' : 'Disabled'), 'rebuild'),
  ),
  {
    path: `metadata.annotations[${MIGRATED_FROM_ANNOTATION}]`,
    effect: 'rebuild',
    read: ({ migratesFromKubeFed }) => (migratesFromKubeFed ? 'set' : 'not set'),
  },
  {
    path: `metadata.annotations[${LOG_LEVEL_ANNOTATION}]`,
    effect: 'atOnce',
    read: ({ logLevel }) => logLevel ?? 'as started',
  },
];

/** What differs, in the words of a KubeFedConfig. */
export function changesBetween(before: Settings, after: Settings): SettingChange[] {
  return FIELDS.flatMap(({ path, effect, read }) => {
    const [from, to] = [read(before), read(after)];
    return from === to ? [] : [{ path, from, to, effect }];
  });
}

/** `spec.syncController.adoptResources Enabled → Disabled, …` */
export function inWords(changes: readonly SettingChange[]): string {
  return changes.map(({ path, from, to }) => `${path} ${from} → ${to}`).join(', ');
}

function field(path: string, read: (settings: Settings) => string | number, effect: Effect = 'atOnce'): Field {
  return { path: `spec.${path}`, effect, read: (settings) => String(read(settings)) };
}

function duration(path: string, read: (settings: Settings) => number): Field {
  return field(path, (settings) => formatDuration(read(settings)));
}
