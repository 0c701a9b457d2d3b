import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { Reflector } from '../kube/reflector.ts';
import type { Resource } from '../kube/resource.ts';
import { limitOf, type SyncEnvironment } from '../sync/environment.ts';

interface Watch {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** The one watch of FederatedNamespaces that serves all types. */
export class NamespaceWatch {
  readonly #environment: SyncEnvironment;
  #watch: Watch | undefined;
  /** Two reflectors never feed the store at once. */
  #settled: Promise<void> = Promise.resolve();
  #wanted: Resource | undefined;
  #closed = false;

  constructor(environment: SyncEnvironment) {
    this.#environment = environment;
  }

  /** Begins to watch, unless it does. */
  follow(resource: Resource): void {
    if (this.#wanted !== undefined || this.#closed) return;
    this.#wanted = resource;
    this.#settled = this.#settled.then(() => this.#begin());
  }

  /** There are none, as far as anybody asks: nobody waits for them, and none limits a placement. */
  forget(): void {
    if (this.#closed) return;
    this.#wanted = undefined;
    this.#settled = this.#settled.then(async () => {
      await this.#end();
      if (this.#wanted === undefined) this.#environment.namespaces.store.replace([]);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wanted = undefined;
    this.#settled = this.#settled.then(() => this.#end());
    await this.#settled;
  }

  #begin(): void {
    if (this.#wanted === undefined || this.#watch !== undefined) return;
    const { host: client, namespaces, log, clock } = this.#environment;
    const what = { client, resource: this.#wanted, ...limitOf(this.#environment), store: namespaces.store };
    const stop = new AbortController();
    this.#watch = { stop, ended: new Reflector<FederatedObject>({ ...what, log, clock }).run(stop.signal) };
  }

  async #end(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    watch?.stop.abort(new Error('FederatedNamespaces are watched no more'));
    await watch?.ended;
  }
}
