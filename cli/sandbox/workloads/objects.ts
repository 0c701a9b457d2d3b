import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../controller/kube/errors.ts';
import { Reflector } from '../../../controller/kube/reflector.ts';
import { keyOf, type Resource } from '../../../controller/kube/resource.ts';
import { Store } from '../../../controller/kube/store.ts';
import type { Log } from '../../../controller/telemetry/log.ts';
import type { Clock } from '../../../controller/time/clock.ts';

export interface ObjectsOptions {
  readonly client: Client;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly log: Log;
}

const BY_OWNER = 'owner';

/** The objects of one kind: what the server shows, and writes that are seen at once by all who look here. */
export class Objects<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly #client: Client;
  readonly #store: Store<T>;
  readonly #reflector: Reflector<T>;
  readonly #listeners: ((object: DeepReadonly<T>) => void)[] = [];

  constructor({ client, resource, clock, log }: ObjectsOptions) {
    this.resource = resource;
    this.#client = client;
    this.#store = new Store<T>({
      clock,
      log,
      indexes: {
        [BY_OWNER]: ({ metadata }) => [ownerUid(metadata) ?? ''],
        namespace: ({ metadata }) => [metadata.namespace ?? ''],
      },
    });
    this.#reflector = new Reflector<T>({ client, resource, store: this.#store, clock, log });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(signal);
  }

  waitForSync(signal: AbortSignal): Promise<void> {
    return this.#store.waitForSync(signal);
  }

  /** Calls back for each change, by whomever, with the state after it; for deletions with the last one. */
  subscribe(listener: (object: DeepReadonly<T>) => void): void {
    this.#listeners.push(listener);
    this.#store.subscribe(({ object }) => listener(object));
  }

  get(key: string): DeepReadonly<T> | undefined {
    return this.#store.get(key);
  }

  values(): Iterable<DeepReadonly<T>> {
    return this.#store.values();
  }

  inNamespace(namespace: string): DeepReadonly<T>[] {
    return this.#store.byIndex('namespace', namespace);
  }

  /** Those whose controller bears the UID. */
  controlledBy(uid: string | undefined): DeepReadonly<T>[] {
    return uid === undefined ? [] : this.#store.byIndex(BY_OWNER, uid);
  }

  /** `undefined`: there is one of that name. */
  async create(object: T, signal: AbortSignal): Promise<T | undefined> {
    try {
      return this.#noted(await this.#client.create(this.resource, object, { signal }));
    } catch (error) {
      if (isAlreadyExists(error)) return undefined;
      throw error;
    }
  }

  /** A merge patch of this very object. It is gone or another by now: nothing happens. */
  async patch(object: DeepReadonly<T>, body: object, signal: AbortSignal, subresource?: string): Promise<void> {
    const { uid } = object.metadata;
    const { metadata, ...rest } = body as { metadata?: object };
    const patch = { type: 'merge' as const, body: { ...rest, metadata: { ...metadata, uid } } };
    const options = { signal, ...(subresource === undefined ? {} : { subresource }) };
    try {
      this.#noted(await this.#client.patch<T>(this.resource, refTo(object), patch, options));
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  patchStatus(object: DeepReadonly<T>, status: object, signal: AbortSignal): Promise<void> {
    return this.patch(object, { status }, signal, 'status');
  }

  /** This very object. `gracePeriodSeconds`: 0 says that a Pod has ended. */
  async delete(object: DeepReadonly<T>, signal: AbortSignal, gracePeriodSeconds?: number): Promise<void> {
    const { uid = '' } = object.metadata;
    const options = {
      signal,
      preconditions: { uid },
      propagationPolicy: 'Background' as const,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    };
    try {
      const answer = await this.#client.delete(this.resource, refTo(object), options);
      // What begins to go comes back as an object with its deletionTimestamp.
      if (answer.kind === this.resource.kind && answer.metadata.deletionTimestamp !== undefined) {
        if (gracePeriodSeconds !== 0) this.#noted(answer as T);
      }
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  #noted(written: T): T {
    const before = this.#store.get(keyOf(written.metadata))?.metadata.resourceVersion;
    this.#store.noteWrite(written);
    const shown = this.#store.get(keyOf(written.metadata));
    // A write that changed nothing is nothing to act upon, or it would be made for ever.
    if (shown !== undefined && shown.metadata.resourceVersion !== before)
      for (const listener of this.#listeners) listener(shown);
    return written;
  }
}

function refTo({ metadata: { namespace, name = '' } }: DeepReadonly<KubeObject>): { name: string; namespace?: string } {
  return namespace === undefined ? { name } : { name, namespace };
}

/** UID of the owner that controls it. */
export function ownerUid({ ownerReferences }: DeepReadonly<KubeObject['metadata']>): string | undefined {
  return controllerOf({ ownerReferences: ownerReferences ?? [] })?.uid;
}

export function controllerOf({ ownerReferences = [] }: DeepReadonly<KubeObject['metadata']>) {
  return ownerReferences.find(({ controller }) => controller === true);
}

/** The reference by which `owner` controls what it makes. */
export function controlledBy(owner: DeepReadonly<KubeObject>) {
  const { name = '', uid = '' } = owner.metadata;
  const { apiVersion = '', kind = '' } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** `namespace/name` of the object's controller. */
export function controllerKey(object: DeepReadonly<KubeObject>, kind: string): string | undefined {
  const owner = controllerOf(object.metadata);
  if (owner === undefined || owner.kind !== kind) return undefined;
  return keyOf({ namespace: object.metadata.namespace ?? '', name: owner.name });
}

export { keyOf };
