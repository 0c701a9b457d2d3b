import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { CONFIG_MAPS, ENDPOINTS } from '../../controller/kube/core-kinds.ts';
import { sleep } from '../../controller/time/clock.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { refused } from '../exit.ts';

const LOCK_NAME = 'kubefed-controller-manager';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
const POLL_MS = 500;
/** KubeFed's default; a leader that has not renewed for so long ends its process. */
const RENEW_DEADLINE_MS = 10_000;
const MARGIN_MS = 1_000;

/** What KubeFed's leader holds: an annotation on a ConfigMap or an Endpoints. */
export interface KubeFedLock {
  readonly holder: string;
  /** RFC 3339. */
  readonly renewTime: string;
  readonly leaseSeconds: number;
}

export async function readLock(
  client: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeFedLock | undefined> {
  const objects = await Promise.all(
    [CONFIG_MAPS, ENDPOINTS].map((resource) =>
      getIfPresent<KubeObject>(client, resource, { namespace, name: LOCK_NAME }, signal),
    ),
  );
  const locks = objects.flatMap((object) => lockOf(object) ?? []);
  return locks.sort((a, b) => (a.renewTime < b.renewTime ? 1 : -1))[0];
}

function lockOf(object: KubeObject | undefined): KubeFedLock | undefined {
  const text = object?.metadata.annotations?.[LEADER_ANNOTATION];
  if (text === undefined) return undefined;
  try {
    const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 15 } = JSON.parse(text);
    return holderIdentity === ''
      ? undefined
      : { holder: holderIdentity, renewTime, leaseSeconds: leaseDurationSeconds };
  } catch {
    // Nobody can hold what nobody can read.
    return undefined;
  }
}

/** By the clocks of both machines, for people; `now` in milliseconds since the epoch. */
export function isHeld(lock: KubeFedLock | undefined, now: number): boolean {
  const renewed = Date.parse(lock?.renewTime ?? '');
  return lock !== undefined && !Number.isNaN(renewed) && now - renewed <= lock.leaseSeconds * 1_000;
}

/**
 * Waits until no KubeFed controller can be alive: one that leads renews its lock every few seconds, and ends its process when it
 * cannot. One whose Pods are gone may have left the lock behind, so the times in it prove nothing: that they stand still does.
 */
export async function waitUntilSilent(
  context: CliContext,
  client: Client,
  options: { renewDeadlineMs?: number | undefined } = {},
): Promise<void> {
  const { clock, signal } = context;
  const namespace = context.options.kubefedNamespace;
  const first = await readLock(client, namespace, signal);
  if (!isHeld(first, clock.now())) return;
  const until = clock.monotonic() + (options.renewDeadlineMs ?? RENEW_DEADLINE_MS) + MARGIN_MS;
  while (clock.monotonic() < until) {
    await sleep(clock, POLL_MS, signal);
    const now = await readLock(client, namespace, signal);
    if (now?.renewTime === first?.renewTime) continue;
    throw refused(
      `a KubeFed controller still runs: ${now?.holder ?? first?.holder ?? ''}`,
      'it is in no Deployment of this namespace: stop it, then run the command again',
    );
  }
}
