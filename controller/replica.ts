import type { Client } from './kube/client.ts';
import type { ControlPlane } from './membership/control-plane.ts';
import type { Component } from './runtime/manager.ts';
import type { SettingsSource } from './settings/settings-source.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Clock } from './time/clock.ts';
import { type WebhooksOptions, webhookComponents } from './webhook/webhooks.ts';

export interface ReplicaOptions {
  /** Not held back by the lease: several replicas may write with it at once, so only what that does no harm to. */
  readonly host: Client;
  readonly controlPlane: ControlPlane;
  readonly settings: SettingsSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Where admission reviews are answered. */
  readonly webhooks: Pick<WebhooksOptions, 'port' | 'url' | 'inCluster' | 'certificateDirectory'>;
}

/**
 * What every replica of the controller runs from its start to its end, whether it leads or waits; what only the leader
 * may run is in `federation.ts`.
 */
export function replicaComponents(options: ReplicaOptions): Component[] {
  const { host, controlPlane, settings, clock, log, webhooks, metrics } = options;
  const { namespace } = controlPlane;
  const { scope } = settings.current;
  return webhookComponents({ host, namespace, scope, clock, log, observer: metrics.webhookObserver, ...webhooks });
}
