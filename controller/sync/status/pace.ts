import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { type FederatedObjectStatus, PROPAGATION_CONDITION } from '../../../apis/types/v1beta1/federated-object.ts';

/** Between two writes of what can wait. */
const INTERVAL_MS = 1_000;

/**
 * Milliseconds until a status that can wait may be written, on the monotonic clock; 0 means now. Members may change a
 * status as often as they like (a rollout of 50 Pods does so 50 times in a few seconds): on the host that is at most one
 * write per second and object, and the last state is always among them.
 */
export function statusDueIn(lastWriteAt: number | undefined, now: number): number {
  return lastWriteAt === undefined ? 0 : Math.max(0, lastWriteAt + INTERVAL_MS - now);
}

/** What people wait for: the first status, the word of a cluster, the Propagation condition, and that a change was acted upon. */
export function isUrgent(
  present: DeepReadonly<FederatedObjectStatus> | undefined,
  desired: FederatedObjectStatus,
): boolean {
  return gist(present ?? {}) !== gist(desired);
}

function gist({ observedGeneration, conditions, clusters }: DeepReadonly<FederatedObjectStatus>): string {
  const propagation = conditions?.find(({ type }) => type === PROPAGATION_CONDITION);
  const words = (clusters ?? []).map(({ name, status }) => [name, status ?? '']);
  return JSON.stringify([observedGeneration, propagation?.status, propagation?.reason ?? '', words]);
}
