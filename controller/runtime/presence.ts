import type { Client } from '../kube/client.ts';
import { optional } from '../kube/optional.ts';
import { LEADER_LEASE, LEASES, type Lease } from './lease.ts';

/** Whether a controller lives, as people and their commands see it: one that lives holds the Lease. */
export interface ControllerPresence {
  readonly running: boolean;
  /** Who leads, or led last; undefined when nobody ever did, or when it took its leave and nobody has come since. */
  readonly holder: string | undefined;
  /** Seconds since the last sign of life. */
  readonly ageSeconds: number | undefined;
}

const DEFAULT_LEASE_SECONDS = 15;
/** Clocks of two machines differ. A controller that seems to have renewed in the future lives. */
const SKEW_SECONDS = 10;

/**
 * Whether a controller lives in a control plane. Unlike a candidate for the lead, who asks wants to know at once, and goes by
 * the clocks of both machines. `now`: wall time, milliseconds since the epoch.
 */
export async function readPresence(
  host: Client,
  namespace: string,
  options: { signal: AbortSignal; now: number },
): Promise<ControllerPresence> {
  const lease = await readLease(host, namespace, options.signal);
  const holder = lease?.spec?.holderIdentity || undefined;
  const renewed = Date.parse(lease?.spec?.renewTime ?? '');
  const ageSeconds = Number.isNaN(renewed) ? undefined : Math.max(0, (options.now - renewed) / 1_000);
  const seconds = lease?.spec?.leaseDurationSeconds ?? DEFAULT_LEASE_SECONDS;
  return {
    running: holder !== undefined && ageSeconds !== undefined && ageSeconds <= seconds + SKEW_SECONDS,
    holder,
    ageSeconds,
  };
}

function readLease(host: Client, namespace: string, signal: AbortSignal): Promise<Lease | undefined> {
  return optional(host.get<Lease>(LEASES, { namespace, name: LEADER_LEASE }, { signal }));
}
