import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client, DeleteOptions, ObjectRef } from '../../controller/kube/client.ts';
import { isConflict, isInvalid, isNotFound } from '../../controller/kube/errors.ts';
import type { Resource } from '../../controller/kube/resource.ts';
import { eventually } from '../kube/eventually.ts';

/** Generous: it is over as soon as the condition holds, and the machine may have ten other things to do. */
const WITHIN_MS = 90_000;
/** An API server that was stopped on purpose must not stop the test. */
const CALL_MS = 30_000;

/** One API server as a stranger with all rights sees and changes it: short words for a client's calls. */
export class Cluster {
  readonly name: string;
  readonly #client: Client;

  constructor(client: Client) {
    this.name = client.cluster;
    this.#client = client;
  }

  /** `undefined` when there is no such object. */
  async find<T extends KubeObject = KubeObject>(resource: Resource, ref: ObjectRef): Promise<T | undefined> {
    try {
      return await this.#client.get<T>(resource, ref, this.#call());
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  get<T extends KubeObject = KubeObject>(resource: Resource, ref: ObjectRef): Promise<T> {
    return this.#client.get<T>(resource, ref, this.#call());
  }

  async list(resource: Resource, namespace?: string): Promise<KubeObject[]> {
    const selection = namespace === undefined ? {} : { namespace };
    return (await this.#client.listAll<KubeObject>(resource, { ...selection, ...this.#call() })).items;
  }

  create<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    return this.#client.create(resource, object, this.#call());
  }

  /** A merge patch. */
  patch(resource: Resource, ref: ObjectRef, body: object, subresource?: string): Promise<KubeObject> {
    const options = subresource === undefined ? this.#call() : { ...this.#call(), subresource };
    return this.#client.patch<KubeObject>(resource, ref, { type: 'merge', body }, options);
  }

  /** Reads, changes and replaces, as often as somebody else is faster. */
  async edit<T extends KubeObject>(resource: Resource, ref: ObjectRef, change: (object: T) => void): Promise<T> {
    for (;;) {
      const object = await this.get<T>(resource, ref);
      change(object);
      try {
        return await this.#client.replace(resource, object, this.#call());
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  }

  async delete(resource: Resource, ref: ObjectRef, options: Omit<DeleteOptions, 'signal'> = {}): Promise<void> {
    await this.#client.delete(resource, ref, { ...options, ...this.#call() });
  }

  /** Waits until the object is there and the condition holds. */
  async until(
    resource: Resource,
    ref: ObjectRef,
    holds: (object: KubeObject) => boolean,
    options: { withinMs?: number } = {},
  ): Promise<KubeObject> {
    return until(
      `${resource.kind} ${ref.namespace ?? ''}/${ref.name} in ${this.name}`,
      () => this.find(resource, ref),
      (found) => found !== undefined && holds(found),
      options,
    ) as Promise<KubeObject>;
  }

  /** Waits until the API server refuses this patch: it takes policies into account some seconds after they were made. */
  async untilRefused(resource: Resource, ref: ObjectRef, body: object): Promise<void> {
    const options = { ...this.#call(), dryRun: true };
    await until(
      `a refusal of ${resource.kind} ${ref.name} in ${this.name}`,
      () =>
        this.#client.patch<KubeObject>(resource, ref, { type: 'merge', body }, options).then(
          () => false,
          (error: unknown) => isInvalid(error),
        ),
      (refused) => refused,
    );
  }

  async untilGone(resource: Resource, ref: ObjectRef): Promise<void> {
    await until(
      `${resource.kind} ${ref.namespace ?? ''}/${ref.name} gone from ${this.name}`,
      () => this.find(resource, ref),
      (found) => found === undefined,
    );
  }

  #call(): { signal: AbortSignal; timeoutMs: number } {
    return { signal: AbortSignal.timeout(CALL_MS), timeoutMs: CALL_MS };
  }
}

/** Asks until the condition holds; fails with what was last seen, as JSON. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const { value } = await eventually(
    what,
    async () => {
      const value = await look();
      return { value, toString: () => JSON.stringify(value, undefined, 1) };
    },
    ({ value }) => holds(value),
    { withinMs: WITHIN_MS, ...options },
  );
  return value;
}
