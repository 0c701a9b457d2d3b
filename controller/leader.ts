import { METRICS_ADDRESS_ANNOTATION } from '../apis/well-known.ts';
import { type FederationOptions, federationComponents } from './federation.ts';
import type { Client } from './kube/client.ts';
import type { Fence } from './kube/fence.ts';
import type { ReplicaOptions } from './replica.ts';
import { createEventRecorder, type EventRecorder } from './runtime/event-recorder.ts';
import { LeaderElector } from './runtime/leader-elector.ts';
import { Leadership } from './runtime/leadership.ts';
import { LEADER_LEASE } from './runtime/lease.ts';
import type { Component } from './runtime/manager.ts';
import { SCOPE_ANNOTATION } from './scope.ts';
import { inWords } from './settings/settings-change.ts';
import type { SettingsNews } from './settings/settings-source.ts';
import type { ChangeTracer } from './telemetry/change-trace.ts';

export interface LeaderOptions extends Omit<ReplicaOptions, 'host' | 'webhooks'> {
  /** Of this process, and of no other ever: `<host name>_<UUID>`. */
  readonly identity: string;
  /** Where this replica serves its metrics; empty: nowhere. */
  readonly metricsAddress: string;
  /** Missing where nothing is traced. */
  readonly tracer?: ChangeTracer;
  /** Another client to the host, with connections of its own. Without a fence it may write at any time. */
  readonly connect: (options: { fence?: Fence; limited: boolean }) => Client;
  readonly dashboard?: FederationOptions['dashboard'];
}

/** What makes this replica a candidate, and runs the federation while it is the leader. */
export interface Candidacy {
  readonly components: readonly Component[];
  /** Rejects when this replica cannot be a candidate any more. */
  readonly failed: Promise<never>;
}

export function candidacyOf(options: LeaderOptions): Candidacy {
  const { controlPlane, settings, identity, connect, clock, random, metrics } = options;
  const { namespace } = controlPlane;
  const log = options.log.child({ component: 'leadership' });
  const { resourceLock } = settings.current.leaderElect;
  if (resourceLock !== undefined && resourceLock !== 'leases') {
    log.warn({ resourceLock }, 'Fedmesh locks a Lease, whatever leaderElect.resourceLock says');
  }
  metrics.leaderObserver.leading(LEADER_LEASE, false);
  const client = connect({ limited: false });
  const events = createEventRecorder({ client, clock, log });
  let leads = false;
  const onLeading = (leading: boolean) => {
    leads = leading;
    metrics.leaderObserver.leading(LEADER_LEASE, leading);
  };
  const timing = () => settings.current.leaderElect;
  const elector = new LeaderElector({
    ...{ client, namespace, identity, timing, events, clock, random, log, onLeading },
    annotations: {
      [SCOPE_ANNOTATION]: settings.current.scope,
      [METRICS_ADDRESS_ANNOTATION]: options.metricsAddress,
    },
  });
  const forget = settings.subscribe((news) => {
    if (leads) tell(events, news);
  });
  const leadership = new Leadership({
    elector,
    components(fence) {
      const host = connect({ fence, limited: true });
      return [closing('host', host), ...federationComponents({ ...options, host })];
    },
    onRebuild: (rebuild) =>
      settings.subscribe((news) => {
        if (news.kind === 'taken' && news.changes.some(({ effect }) => effect === 'rebuild')) rebuild();
      }),
    clock,
    log,
  });
  return {
    components: [
      closing('election', client),
      closing('election events', events),
      closing('settings events', { close: async () => forget() }),
      leadership,
    ],
    failed: leadership.failed,
  };
}

/** One replica tells: the leader, whose work it concerns. */
function tell(events: EventRecorder, news: SettingsNews): void {
  const { about } = news;
  if (news.kind === 'taken') events.record(about, 'Normal', 'SettingsChanged', inWords(news.changes), LEADER_LEASE);
  else events.record(about, 'Warning', 'SettingsRefused', `${news.why}; what held before holds on`, LEADER_LEASE);
}

/** What works from the beginning and only has to be closed. */
function closing(name: string, thing: { close(): Promise<void> }): Component {
  return { name, start: () => Promise.resolve(), close: () => thing.close() };
}
