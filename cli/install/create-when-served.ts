import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ApiError } from '../../controller/kube/errors.ts';
import { type Clock, sleep } from '../../controller/time/clock.ts';
import { createIfMissing, type WriteOptions } from '../apply.ts';

const POLL_MS = 100;
const SERVED_WITHIN_MS = 10_000;

/**
 * As {@link createIfMissing}, for a kind whose CRD was established a moment ago: an API server behind a balancer may serve it a little
 * later than the one that said so.
 */
export async function createWhenServed<T extends KubeObject>(
  client: Client,
  resource: Resource,
  object: T,
  options: WriteOptions & { clock: Clock },
): Promise<{ outcome: 'created' | 'unchanged'; object: T }> {
  const { clock, signal } = options;
  const deadline = clock.monotonic() + SERVED_WITHIN_MS;
  for (;;) {
    try {
      return await createIfMissing(client, resource, object, options);
    } catch (error) {
      if (!isKindMissing(error) || clock.monotonic() > deadline) throw error;
      await sleep(clock, POLL_MS, signal);
    }
  }
}

/** The path itself is unknown; a missing namespace names itself in the answer instead. */
function isKindMissing(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404 && error.body?.details?.name === undefined;
}
