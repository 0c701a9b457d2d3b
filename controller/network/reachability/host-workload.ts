import type { KubeObject } from '../../../apis/meta/v1.ts';
import { FIELD_MANAGER } from '../../../apis/well-known.ts';
import type { Client } from '../../kube/client.ts';
import { NAMESPACES } from '../../kube/core-kinds.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/errors.ts';
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

  /** Deletes everything; true once nothing is left. */
  async remove(signal: AbortSignal): Promise<boolean> {
    this.#applied.clear();
    this.#hasNamespace = false;
    let left = 0;
    for (const { resource, name } of WORKLOAD_RESOURCES) {
      try {
        await this.#host.delete(resource, { name, namespace: PROBE_NAMESPACE }, { signal });
        left += 1;
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    return left === 0 && (await this.#removeNamespace(signal));
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

  /** Only the one that was made here: one that a person made is theirs. */
  async #removeNamespace(signal: AbortSignal): Promise<boolean> {
    try {
      const { metadata } = await this.#host.get(NAMESPACES, { name: PROBE_NAMESPACE }, { signal });
      if (metadata.labels?.['app.kubernetes.io/managed-by'] !== FIELD_MANAGER) return true;
      const { uid, resourceVersion } = metadata;
      const preconditions = {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      if (metadata.deletionTimestamp === undefined)
        await this.#host.delete(NAMESPACES, { name: PROBE_NAMESPACE }, { signal, preconditions });
      return false;
    } catch (error) {
      if (isNotFound(error)) return true;
      if (isConflict(error)) return false;
      throw error;
    }
  }
}
