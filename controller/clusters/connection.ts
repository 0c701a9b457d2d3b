import { type Client, createClient } from '../kube/client.ts';
import type { ClientObserver } from '../kube/client-observer.ts';
import type { Endpoint } from '../kube/endpoint.ts';
import type { Fence } from '../kube/fence.ts';
import type { Clock } from '../time/clock.ts';
import { fingerprintOf } from './endpoint.ts';

export interface ConnectionOptions {
  clock: Clock;
  /** Sockets for writes: as many as the lane lets through at once. */
  writeSockets: number;
  /** For all that is written over it. */
  fence: Fence | undefined;
  /** By which the member's audit log tells who wrote. */
  userAgent?: string;
  observer?: ClientObserver | undefined;
}

/** Lists at the start of many watches at once. */
const READ_SOCKETS = 4;

/**
 * The ways to one member, each with sockets of its own: writes that hang cannot starve the watches, and neither can make
 * a probe look like a failure.
 */
export class Connection {
  readonly fingerprint: string;
  readonly writes: Client;
  readonly reads: Client;
  readonly probes: Client;

  constructor(endpoint: Endpoint, options: ConnectionOptions) {
    const { writeSockets, ...shared } = options;
    this.fingerprint = fingerprintOf(endpoint);
    this.writes = createClient(endpoint, { ...shared, maxSockets: writeSockets });
    this.reads = createClient(endpoint, { ...shared, maxSockets: READ_SOCKETS });
    this.probes = createClient(endpoint, { ...shared, maxSockets: 1 });
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.writes.close(), this.reads.close(), this.probes.close()]);
  }
}
