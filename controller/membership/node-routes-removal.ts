import type { ReceiptEntry } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { Client } from '../kube/client.ts';
import { CONFIG_MAPS, DAEMON_SETS } from '../kube/core-kinds.ts';
import { isForbidden } from '../kube/errors.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { NODE_ROUTES_NAME } from '../network/node-routes/manifest.ts';
import {
  type NodeRoutesPlace,
  type PresentNodeRoutes,
  readNodeRoutes,
  removeNodeRoutes,
} from '../network/node-routes/member-objects.ts';
import { type Clock, sleep } from '../time/clock.ts';

export interface RemovalOptions extends NodeRoutesPlace {
  readonly clock: Clock;
  /** How long it waits for what is on its way out, milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

const POLL_MS = 300;

/**
 * Takes away what gives a member's nodes their routes to others, and waits until its Pods have ended: they take the routes along. Before the namespace
 * is judged, which may hold nothing else. Where it never was this costs two small requests.
 */
export async function removeNodeRoutesFrom(
  member: Client,
  options: RemovalOptions,
): Promise<{ removed: readonly ReceiptEntry[]; waitingFor: readonly ReceiptEntry[] }> {
  const { clock, patienceMs, signal } = options;
  const deadline = clock.monotonic() + patienceMs;
  const first = await read(member, options);
  if (first === undefined) return { removed: [], waitingFor: [] };
  let present = first;
  await removeNodeRoutes(member, present, signal);
  for (;;) {
    present = (await read(member, options)) ?? NOTHING;
    const left = entriesOf(present);
    if (left.length === 0 || clock.monotonic() >= deadline) {
      const waitingFor = left.map((entry) => ({ ...entry, reason: 'its Pods have not ended yet' }));
      return { removed: entriesOf(first), waitingFor };
    }
    await sleep(clock, POLL_MS, signal);
  }
}

const NOTHING: PresentNodeRoutes = { taken: [], daemonSet: undefined, configMap: undefined };

/** A role that does not let us look at it never let us make it. */
async function read(member: Client, options: RemovalOptions): Promise<PresentNodeRoutes | undefined> {
  try {
    const present = await readNodeRoutes(member, options, options.signal);
    return entriesOf(present).length === 0 ? undefined : present;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

function entriesOf({ daemonSet, configMap }: PresentNodeRoutes): ReceiptEntry[] {
  const found = [
    [DAEMON_SETS, daemonSet],
    [CONFIG_MAPS, configMap],
  ] as const;
  return found.flatMap(([resource, object]) => {
    if (object === undefined) return [];
    const { namespace = '' } = object.metadata;
    return [{ resource: groupResourceOf(resource), namespace, name: NODE_ROUTES_NAME }];
  });
}
