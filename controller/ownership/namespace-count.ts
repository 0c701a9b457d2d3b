import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { isAlreadyExists, isForbidden, isNotFound } from '../kube/errors.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';
import { type Clock, sleep } from '../time/clock.ts';

/** The name of the quota that counts what is in a namespace. */
export const COUNTING_QUOTA = 'fedmesh-count';

const RESOURCE_QUOTAS: Resource = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};

interface ResourceQuota extends KubeObject {
  spec: { hard: Record<string, string> };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

export interface Counted {
  readonly resource: string;
  /** `undefined`: the member did not count it. */
  readonly count: number | undefined;
}

/** A limit that nobody reaches: the quota counts and forbids nothing. */
const NO_LIMIT = '1000000000';
/** Kubernetes allows no longer names for what a quota counts. */
const MAX_NAME = 63;
const FILL_MS = 10_000;
const POLL_MS = 200;
const CLOSE_MS = 3_000;

/**
 * Counts objects in a namespace without reading them: Kubernetes keeps the numbers of all kinds that a ResourceQuota names
 * under `count/<resource>` in its status. Kinds are never guessed at: one without a number has no count.
 */
export class NamespaceCount {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #kinds: readonly string[];
  readonly #clock: Clock;
  readonly #created: boolean;

  /** Sets the quota up anew, and waits until every kind is counted, or for ten seconds. */
  static async open(
    client: Client,
    namespace: string,
    kinds: readonly Resource[],
    options: { clock: Clock; signal: AbortSignal },
  ): Promise<NamespaceCount> {
    const names = kinds.map(groupResourceOf);
    const countable = names.filter((name) => name.length <= MAX_NAME);
    const created = await createQuota(client, namespace, countable, options.signal);
    const count = new NamespaceCount(client, namespace, names, options.clock, created);
    try {
      await count.#filled(countable, options.signal);
    } catch (error) {
      await count.close();
      throw error;
    }
    return count;
  }

  private constructor(client: Client, namespace: string, kinds: readonly string[], clock: Clock, created: boolean) {
    this.#client = client;
    this.#namespace = namespace;
    this.#kinds = kinds;
    this.#clock = clock;
    this.#created = created;
  }

  async read(signal: AbortSignal): Promise<Counted[]> {
    const used = this.#created ? await this.#used(signal) : {};
    return this.#kinds.map((resource) => {
      const text = used[`count/${resource}`];
      return { resource, count: text === undefined ? undefined : Number(text) };
    });
  }

  /** Removes the quota, also when the work was given up. */
  async close(): Promise<void> {
    if (!this.#created) return;
    const deadline = new AbortController();
    const cancel = this.#clock.after(CLOSE_MS, () => deadline.abort(new Error('the quota was not removed in time')));
    try {
      await deleteQuota(this.#client, this.#namespace, deadline.signal);
    } finally {
      cancel();
    }
  }

  async #filled(countable: readonly string[], signal: AbortSignal): Promise<void> {
    const deadline = this.#clock.monotonic() + FILL_MS;
    while (this.#created && this.#clock.monotonic() < deadline) {
      const used = await this.#used(signal);
      if (countable.every((resource) => used[`count/${resource}`] !== undefined)) return;
      await sleep(this.#clock, POLL_MS, signal);
    }
  }

  async #used(signal: AbortSignal): Promise<Record<string, string>> {
    try {
      const quota = await this.#client.get<ResourceQuota>(RESOURCE_QUOTAS, this.#ref, { signal });
      return quota.status?.used ?? {};
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
  }

  get #ref(): { namespace: string; name: string } {
    return { namespace: this.#namespace, name: COUNTING_QUOTA };
  }
}

/** False when the member does not let us: then nothing is counted. */
async function createQuota(
  client: Client,
  namespace: string,
  kinds: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const quota: ResourceQuota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: COUNTING_QUOTA, namespace },
    spec: { hard: Object.fromEntries(kinds.map((kind) => [`count/${kind}`, NO_LIMIT])) },
  };
  try {
    try {
      await client.create(RESOURCE_QUOTAS, quota, { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // One that was left by an earlier attempt shows old numbers.
      await deleteQuota(client, namespace, signal);
      await client.create(RESOURCE_QUOTAS, quota, { signal });
    }
    return true;
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return false;
    throw error;
  }
}

async function deleteQuota(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  try {
    await client.delete(RESOURCE_QUOTAS, { namespace, name: COUNTING_QUOTA }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
