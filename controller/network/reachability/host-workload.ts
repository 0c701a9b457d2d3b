import type { KubeObject } from '../../../apis/meta/v1.ts';
import { FIELD_MANAGER } from '../../../apis/well-known.ts';
import type { Client, ObjectRef } from '../../kube/client.ts';
import { NAMESPACES } from '../../kube/core-kinds.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/errors.ts';
import { optional } from '../../kube/optional.ts';
import type { Resource } from '../../kube/resource.ts';
import type { Clock } from '../../time/clock.ts';
import { type FederatedPart, PROBE_NAMESPACE, WORKLOAD_RESOURCES } from './workload.ts';

/** What somebody else changed or deleted is put right after this. */
const REPEAT_MS = 10 * 60_000;

const OURS = { 'app.kubernetes.io/managed-by': FIELD_MANAGER };

/** Keeps the probes' federated objects on the host, and takes them away again. */
export class HostWorkload {
  readonly #host: Client;
  readonly #clock: Clock;
  readonly #applied = new Map<string, { readonly text: string; readonly at: number }>();
  #hasNamespace = false;

  constructor(host: Client, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Writes what is another than what was written last. */
  async apply(parts: readonly FederatedPart[], signal: AbortSignal): Promise<void> {
    for (const { resource, object } of parts) {
      const { name = '', namespace = '' } = object.metadata;
      const key = `${resource.kind} ${name}`;
      const text = JSON.stringify(object);
      const last = this.#applied.get(key);
      if (last?.text === text && this.#clock.monotonic() - last.at < REPEAT_MS) continue;
      await this.#ensureNamespace(signal);
      await this.#host.patch(resource, { name, namespace }, { type: 'apply', body: object }, { signal, force: true });
      this.#applied.set(key, { text, at: this.#clock.monotonic() });
    }
  }

  /** Deletes everything; true once nothing is left. Where nothing is, that costs one request, and nothing is written. */
  async remove(signal: AbortSignal): Promise<boolean> {
    this.#applied.clear();
    this.#hasNamespace = false;
    const namespace = await this.#find(NAMESPACES, { name: PROBE_NAMESPACE }, signal);
    // Everything lives in it.
    if (namespace === undefined) return true;
    let left = 0;
    for (const { resource, name } of WORKLOAD_RESOURCES) {
      const ref = { name, namespace: PROBE_NAMESPACE };
      const object = await this.#find(resource, ref, signal);
      if (object === undefined) continue;
      left += 1;
      if (object.metadata.deletionTimestamp === undefined) await this.#delete(resource, ref, object, signal);
    }
    if (left > 0) return false;
    // One that a person made is theirs.
    if (namespace.metadata.labels?.['app.kubernetes.io/managed-by'] !== FIELD_MANAGER) return true;
    if (namespace.metadata.deletionTimestamp === undefined)
      await this.#delete(NAMESPACES, { name: PROBE_NAMESPACE }, namespace, signal);
    return false;
  }

  async #ensureNamespace(signal: AbortSignal): Promise<void> {
    if (this.#hasNamespace) return;
    const namespace: KubeObject = { metadata: { name: PROBE_NAMESPACE, labels: OURS } };
    try {
      await this.#host.create(NAMESPACES, namespace, { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    this.#hasNamespace = true;
  }

  #find(resource: Resource, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
    return optional(this.#host.get<KubeObject>(resource, ref, { signal }));
  }

  /** One that has changed meanwhile is looked at again next time. */
  async #delete(resource: Resource, ref: ObjectRef, { metadata }: KubeObject, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion } = metadata;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    try {
      await this.#host.delete(resource, ref, { signal, preconditions });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
