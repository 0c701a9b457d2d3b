import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { keyOf, type Resource } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';

/** Writes to one member, through its lane, each on condition that what is written over is what was read. */
export class Writer {
  readonly #accessor: Accessor;
  readonly #client: Client;
  readonly #signal: AbortSignal;

  constructor(accessor: Accessor, client: Client, signal: AbortSignal) {
    this.#accessor = accessor;
    this.#client = client;
    this.#signal = signal;
  }

  create<T extends KubeObject>(resource: Resource, object: T, store: Store | undefined): Promise<T> {
    return this.#write(store, (signal) => this.#client.create<T>(resource, object, { signal }));
  }

  replace<T extends KubeObject>(resource: Resource, object: T, store: Store | undefined): Promise<T> {
    return this.#write(store, (signal) => this.#client.replace<T>(resource, object, { signal }));
  }

  replaceStatus<T extends KubeObject>(resource: Resource, object: T, store: Store | undefined): Promise<T> {
    return this.#write(store, (signal) => this.#client.replace<T>(resource, object, { subresource: 'status', signal }));
  }

  async remove(resource: Resource, object: DeepReadonly<KubeObject>, store: Store | undefined): Promise<void> {
    const { name = '', namespace = '', uid = '', resourceVersion } = object.metadata;
    const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    await this.#accessor.lane.submit(async (closing) => {
      const signal = AbortSignal.any([this.#signal, closing]);
      try {
        await this.#client.delete(
          resource,
          { name, namespace },
          { preconditions, propagationPolicy: 'Background', signal },
        );
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
    store?.noteDelete(keyOf({ namespace, name }), uid);
  }

  async #write<T extends KubeObject>(store: Store | undefined, write: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const answer = await this.#accessor.lane.submit((closing) => write(AbortSignal.any([this.#signal, closing])));
    // The store takes over what it is given.
    store?.noteWrite(structuredClone(answer));
    return answer;
  }
}
