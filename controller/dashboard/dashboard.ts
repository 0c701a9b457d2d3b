import { randomUUID } from 'node:crypto';
import type { Client } from '../kube/client.ts';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { AccessBook } from './access/access-book.ts';
import { redeemLink } from './access/one-time-link.ts';
import type { ProxyTrust } from './access/proxy-sign-in.ts';
import { Reviewer } from './access/reviewer.ts';
import { SignIn } from './access/sign-in.ts';
import { Board } from './board.ts';
import { DashboardServer } from './server/dashboard-server.ts';
import { ObjectEvents } from './server/object-events.ts';
import { pageDirectory } from './server/page.ts';
import { RateLimit } from './server/rate-limit.ts';
import { Streams } from './server/streams.ts';
import { FederationSource } from './sources/federation-source.ts';
import { HostWatches } from './sources/host-stores.ts';

export interface DashboardOptions {
  /** Of this replica, whether or not it leads: it writes nothing with it but reviews, and takes away links that were used. */
  readonly host: Client;
  /** The control plane's. */
  readonly namespace: string;
  /** Of a control plane that is limited to one namespace. */
  readonly targetNamespace?: string | undefined;
  readonly version: string;
  readonly address: string;
  /** Whoever reaches the address is let in. */
  readonly open: boolean;
  readonly proxy?: ProxyTrust | undefined;
  /** Default: beside the programs, as built. */
  readonly page?: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface Dashboard {
  readonly components: readonly Component[];
  readonly source: FederationSource;
  readonly server: DashboardServer;
}

/** The dashboard of one replica. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { host, namespace, targetNamespace, version, clock, random } = options;
  const log = options.log.child({ component: 'dashboard' });
  const stopping = new AbortController();
  const { signal } = stopping;
  const board = new Board({ namespace, targetNamespace, version, clock });
  const watches = new HostWatches({ host, namespace, clock, random, log });
  board.showHost(watches.stores);
  const source = new FederationSource({ host, namespace, targetNamespace, clock, random, log, board });
  const reviewer = new Reviewer(host, clock);
  const accesses = new AccessBook({ board, reviewer, namespace, clock, signal });
  const streams = new Streams({ board, accesses, epoch: randomUUID(), clock, log, signal });
  const server = new DashboardServer({
    ...{ board, accesses, reviewer, streams, clock, log, signal },
    address: options.address,
    page: options.page ?? pageDirectory(),
    events: new ObjectEvents(host, clock, log),
    signIn: new SignIn({
      reviewer,
      clock,
      open: options.open,
      proxy: options.proxy,
      redeem: (link) => redeemLink(host, link, { namespace, now: clock.now(), signal }),
    }),
    limits: {
      asking: new RateLimit({ clock, perSecond: 50, burst: 300 }),
      failing: new RateLimit({ clock, perSecond: 0.5, burst: 20 }),
    },
  });
  return {
    components: [
      { name: 'board', start: () => Promise.resolve(), close: async () => board.close() },
      watches,
      source,
      server,
      { name: 'dashboard requests', start: () => Promise.resolve(), close: async () => stopping.abort(STOPS) },
    ],
    source,
    server,
  };
}

const STOPS = new Error('the dashboard stops');
