import type { Settings } from '../apis/core/v1beta1/settings.ts';
import { Clusters } from './clusters/clusters.ts';
import type { Client } from './kube/client.ts';
import type { ControlPlane } from './membership/control-plane.ts';
import type { Clock } from './runtime/clock.ts';
import { createEventRecorder } from './runtime/event-recorder.ts';
import type { Component } from './runtime/manager.ts';
import type { SyncEnvironment, SyncObserver } from './sync/environment.ts';
import { FederatedNamespaces } from './sync/federated-namespaces.ts';
import type { Log } from './telemetry/log.ts';
import { TypeController } from './types/type-controller.ts';

export interface FederationOptions {
  readonly host: Client;
  readonly controlPlane: ControlPlane;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly observer?: SyncObserver;
}

/**
 * KubeFed counts workers, of which it has one per type by default and which wait for members. Here a reconcile waits for
 * the host only, so the setting is a floor that nobody needs to raise.
 */
const FEWEST_RECONCILES = 32;

/**
 * Everything that the controller runs, in the order in which it needs each other: the members first, then one sync for
 * each type, then what looks after the members' rights and ends. It is closed in reverse.
 */
export function federationComponents(options: FederationOptions): Component[] {
  const { host, controlPlane, settings, clock, random, log } = options;
  const clusters = new Clusters({
    host,
    namespace: controlPlane.namespace,
    health: settings.clusterHealthCheck,
    clock,
    random,
    log: log.child({ component: 'clusters' }),
  });
  const events = createEventRecorder({ client: host, clock, log: log.child({ component: 'events' }) });
  const { adoptResources, maxConcurrentReconciles } = settings.syncController;
  const environment: SyncEnvironment = {
    host,
    controlPlane,
    clusters,
    namespaces: new FederatedNamespaces(),
    settings: () => ({ adoptResources, concurrency: Math.max(maxConcurrentReconciles, FEWEST_RECONCILES) }),
    events,
    clock,
    log: log.child({ component: 'sync' }),
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  };
  return [
    clusters,
    { name: 'events', start: () => Promise.resolve(), close: () => events.close() },
    new TypeController(environment),
  ];
}
