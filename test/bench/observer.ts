import type { KubeObject } from '../../apis/meta/v1.ts';
import { type FederatedObject, PROPAGATION_CONDITION } from '../../apis/types/v1beta1/federated-object.ts';
import { Reflector } from '../../controller/kube/reflector.ts';
import { keyOf } from '../../controller/kube/resource.ts';
import { Store } from '../../controller/kube/store.ts';
import { silentLog } from '../../controller/telemetry/log.ts';
import { systemClock } from '../../controller/time/clock.ts';
import type { Clients } from './bare-client.ts';
import { DEPLOYMENTS, FEDERATED_DEPLOYMENTS, MEMBERS, NAMESPACES } from './workload.ts';

interface Waiting {
  readonly holds: () => boolean;
  readonly done: (at: number) => void;
}

/** Sees through watches of its own when things have happened, in milliseconds of `performance.now()`. */
export class Observer {
  readonly #stopping = new AbortController();
  readonly #federated = new Store<FederatedObject>({
    indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
    transform: ({ metadata, status }) => ({ metadata, spec: {}, ...(status === undefined ? {} : { status }) }),
  });
  readonly #deployments = new Map<string, Store>();
  readonly #namespaces = new Map<string, Store>();
  readonly #running: Promise<void>[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #clients: Clients;
  #lastEvent = performance.now();
  /** Objects per namespace and generation that are reported as propagated: counting them anew per event would be the load. */
  readonly #propagated = new Map<string, Set<string>>();

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async start(): Promise<void> {
    const { signal } = this.#stopping;
    const watch = (client: Clients['host'], resource: typeof DEPLOYMENTS, store: Store) => {
      const reflector = new Reflector({ client, resource, store, log: silentLog, clock: systemClock });
      this.#running.push(reflector.run(signal));
      store.subscribe(() => this.#look());
      return store.waitForSync(signal);
    };
    const synced: Promise<void>[] = [];
    this.#federated.subscribe(({ key, object, type }) =>
      this.#count(key, object as FederatedObject, type === 'deleted'),
    );
    synced.push(watch(this.#clients.host, FEDERATED_DEPLOYMENTS, this.#federated as unknown as Store));
    for (const member of MEMBERS) {
      const deployments = new Store({
        transform: ({ metadata, spec }) => ({ metadata, replicas: (spec as { replicas?: number }).replicas }),
      });
      const namespaces = new Store();
      this.#deployments.set(member, deployments);
      this.#namespaces.set(member, namespaces);
      synced.push(
        watch(this.#clients[member], DEPLOYMENTS, deployments),
        watch(this.#clients[member], NAMESPACES, namespaces),
      );
    }
    await Promise.all(synced);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the bench is over'));
    await Promise.all(this.#running);
  }

  namespaceReady(name: string): Promise<number> {
    return this.#when(() => MEMBERS.every((member) => this.#namespaces.get(member)?.has(name)));
  }

  allPropagated(namespace: string, count: number, generation: number): Promise<number> {
    return this.#when(() => (this.#propagated.get(`${namespace}@${generation}`)?.size ?? 0) >= count);
  }

  propagated(namespace: string, name: string, generation: number): Promise<number> {
    const key = keyOf({ namespace, name });
    return this.#when(() => this.#propagated.get(`${namespace}@${generation}`)?.has(key) ?? false);
  }

  inBothMembers(namespace: string, name: string): Promise<number> {
    const key = keyOf({ namespace, name });
    return this.#when(() => MEMBERS.every((member) => this.#deployments.get(member)?.has(key)));
  }

  /** The copy was seen changed, and then seen as it should be. */
  repaired(member: string, namespace: string, name: string): Promise<number> {
    const key = keyOf({ namespace, name });
    let changed = false;
    return this.#when(() => {
      const replicas = (this.#deployments.get(member)?.get(key) as KubeObject | undefined)?.replicas;
      if (replicas !== 1) changed = true;
      return changed && replicas === 1;
    });
  }

  allGone(namespace: string): Promise<number> {
    return this.#when(() => this.#federated.byIndex('namespace', namespace).length === 0);
  }

  /** Resolves when nothing has happened for so long. */
  async quiet(ms: number): Promise<void> {
    for (;;) {
      const left = this.#lastEvent + ms - performance.now();
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  #count(key: string, object: FederatedObject, deleted: boolean): void {
    const { status, metadata } = object;
    const id = `${metadata.namespace}@${status?.observedGeneration}`;
    const propagated = status?.conditions?.some(
      ({ type, status }) => type === PROPAGATION_CONDITION && status === 'True',
    );
    const all = this.#propagated.get(id) ?? new Set();
    this.#propagated.set(id, all);
    if (propagated && !deleted) all.add(key);
    else all.delete(key);
  }

  #when(holds: () => boolean): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.add({ holds, done: resolve });
      this.#look();
    });
  }

  #look(): void {
    const now = performance.now();
    this.#lastEvent = now;
    for (const waiting of this.#waiting) {
      if (!waiting.holds()) continue;
      this.#waiting.delete(waiting);
      waiting.done(now);
    }
  }
}
