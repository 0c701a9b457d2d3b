import { REACHABILITY_MATRICES, type ReachabilityMatrix } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import { UNJOIN_RECEIPTS, type UnjoinReceipt } from '../../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { Client } from '../../kube/client.ts';
import { Reflector } from '../../kube/reflector.ts';
import { Store } from '../../kube/store.ts';
import type { Component } from '../../runtime/manager.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../time/clock.ts';
import type { HostStores } from '../stores.ts';

export interface ReadingOptions {
  readonly host: Client;
  /** The control plane's. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/**
 * Two small watches in the control plane's namespace, of what no controller watches. That they fail says that the API server
 * cannot be read, and so that all that is shown may be old.
 */
export class HostWatches implements Component {
  readonly name = 'dashboard watches';
  readonly stores: HostStores;
  readonly #reflectors: readonly [Reflector<ReachabilityMatrix>, Reflector<UnjoinReceipt>];
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> | undefined;
  #troubledSince: number | undefined;

  constructor({ host: client, namespace, clock, random, log }: ReadingOptions) {
    this.#clock = clock;
    const matrices = new Store<ReachabilityMatrix>({ clock, log });
    const receipts = new Store<UnjoinReceipt>({ clock, log });
    const shared = { client, namespace, clock, random, log, onState: () => this.#look() };
    this.#reflectors = [
      new Reflector({ ...shared, resource: REACHABILITY_MATRICES, store: matrices }),
      new Reflector({ ...shared, resource: UNJOIN_RECEIPTS, store: receipts }),
    ];
    this.stores = { matrices, receipts, trouble: () => this.#trouble() };
  }

  async start(): Promise<void> {
    this.#running ??= Promise.all(this.#reflectors.map((reflector) => reflector.run(this.#stopping.signal)));
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the dashboard stops'));
    await this.#running;
  }

  #look(): void {
    const isTroubled = this.#reflectors.some(({ state }) => state === 'retrying');
    if (!isTroubled) this.#troubledSince = undefined;
    else this.#troubledSince ??= this.#clock.now();
  }

  #trouble(): { since: number; why: string } | undefined {
    if (this.#troubledSince === undefined) return undefined;
    const cause = this.#reflectors.find(({ state }) => state === 'retrying')?.lastError;
    const why = `the host's API server does not answer${cause === undefined ? '' : `: ${cause.message}`}`;
    return { since: this.#troubledSince, why };
  }
}
