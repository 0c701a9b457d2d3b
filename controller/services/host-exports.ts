import { SERVICE_EXPORTS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { Reflector } from '../kube/reflector.ts';
import { Store } from '../kube/store.ts';
import { Controller } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { exportConditions } from './conditions.ts';
import { exportWithConditions, type SetView } from './importer.ts';

export interface HostExportsOptions {
  readonly host: Client;
  readonly view: (key: string) => SetView;
  readonly changed: (key: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

const CONCURRENCY = 2;
const SOON_MS = 100;

/** ServiceExports on the host: each speaks for every member that has the Service. */
export class HostExports {
  readonly store: Store<ServiceExport>;
  readonly #options: HostExportsOptions;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #reflector: Reflector<ServiceExport>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: HostExportsOptions) {
    const { host, clock, random, log, changed } = options;
    this.#options = options;
    this.store = new Store<ServiceExport>({ clock, log });
    this.store.subscribe(({ key }) => changed(key));
    this.#queue = new WorkQueue({ clock, baseDelayMs: 200 });
    this.#reflector = new Reflector<ServiceExport>({
      client: host,
      resource: SERVICE_EXPORTS,
      store: this.store,
      clock,
      random,
      log,
      onState: (state) => {
        // Where the host does not know the kind, nothing is exported there.
        if (state === 'notServed' && !this.store.synced) this.store.replace([]);
        if (state === 'synced' || state === 'notServed') changed('');
      },
    });
    this.#controller = new Controller({
      name: 'services of the host',
      queue: this.#queue,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency: CONCURRENCY,
      log,
      clock,
    });
  }

  start(): void {
    this.#running = this.#reflector.run(this.#stopping.signal);
    this.#controller.start(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('multi-cluster Services are stopped'));
    await this.#controller.close();
    await this.#running;
  }

  touch(key: string): void {
    if (this.store.has(key)) this.#queue.addAfter(key, SOON_MS);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const own = this.store.get(key);
    if (own === undefined || own.metadata.deletionTimestamp !== undefined) return;
    const { exports, merged, unknown } = this.#options.view(key);
    // A member that is away may have the Service.
    if (exports.hostFault !== undefined && unknown.size > 0) return;
    const said = exportConditions(exports.hostFault, merged);
    const object = exportWithConditions(own, said, rfc3339(this.#options.clock.now()));
    if (object === undefined) return;
    try {
      const answer = await this.#options.host.replace(SERVICE_EXPORTS, object, { subresource: 'status', signal });
      this.store.noteWrite(answer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
