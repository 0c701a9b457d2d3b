import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import type { Component } from '../runtime/manager.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import { sleep } from '../time/clock.ts';
import { optional } from './control-plane.ts';
import { ensure } from './ensure.ts';
import { LEASES } from './kinds.ts';

/** The Lease by which a controller says that it lives. Leader election holds the same one. */
export const CONTROLLER_LEASE = 'fedmesh-controller-manager';

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number;
    /** `metav1.MicroTime` */
    renewTime?: string | null;
    acquireTime?: string;
  };
}

export interface ControllerPresence {
  readonly running: boolean;
  /** Who renewed last; undefined when nobody ever did, or when it took its leave. */
  readonly holder: string | undefined;
  /** Seconds since the last sign of life. */
  readonly ageSeconds: number | undefined;
}

const RENEW_MS = 10_000;
const LEASE_SECONDS = 30;
/** Clocks of two machines differ. A controller that seems to have renewed in the future lives. */
const SKEW_SECONDS = 10;
const FAREWELL_MS = 1_000;

/** Whether a controller lives in a control plane. `now`: wall time, milliseconds since the epoch. */
export async function readPresence(
  host: Client,
  namespace: string,
  options: { signal: AbortSignal; now: number },
): Promise<ControllerPresence> {
  const lease = await optional(
    host.get<Lease>(LEASES, { namespace, name: CONTROLLER_LEASE }, { signal: options.signal }),
  );
  const holder = lease?.spec?.holderIdentity || undefined;
  const renewed = Date.parse(lease?.spec?.renewTime ?? '');
  const ageSeconds = Number.isNaN(renewed) ? undefined : Math.max(0, (options.now - renewed) / 1_000);
  const seconds = lease?.spec?.leaseDurationSeconds ?? LEASE_SECONDS;
  return {
    running: holder !== undefined && ageSeconds !== undefined && ageSeconds <= seconds + SKEW_SECONDS,
    holder,
    ageSeconds,
  };
}

export interface PresenceOptions {
  host: Client;
  namespace: string;
  /** `<host name>_<random>` */
  identity: string;
  clock: Clock;
  log: Log;
}

/** Renews the controller's Lease while it runs, and takes its leave when it stops. */
export class Presence implements Component {
  readonly name = 'presence';
  readonly #options: PresenceOptions;
  readonly #stopping = new AbortController();
  #forgetSignal: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** This controller has renewed the Lease. */
  #renewed = false;
  /** Who renewed it in between: it lives, too. */
  #rival: string | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#forgetSignal = onAbort(signal, () => this.#stopping.abort(signal.reason));
    this.#running ??= this.#run(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#forgetSignal?.();
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#write(this.#options.identity, signal);
        this.#renewed = true;
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'the controller could not say that it lives');
      }
      await sleep(clock, RENEW_MS, signal).catch(() => undefined);
    }
    // A rival says in a moment that it lives; until then this one's last word holds for both.
    if (this.#renewed && this.#rival === undefined) await this.#farewell();
  }

  /** So that nobody waits for a controller that has gone. */
  async #farewell(): Promise<void> {
    const { clock, log } = this.#options;
    const deadline = new AbortController();
    const cancel = clock.after(FAREWELL_MS, () => deadline.abort(new Error('the farewell took too long')));
    try {
      await this.#write('', deadline.signal);
    } catch (error) {
      log.debug({ err: error }, 'the controller could not say that it stops');
    } finally {
      cancel();
    }
  }

  async #write(holderIdentity: string, signal: AbortSignal): Promise<void> {
    const { host, namespace, clock, identity } = this.#options;
    const ref = { namespace, name: CONTROLLER_LEASE };
    const present = await optional(host.get<Lease>(LEASES, ref, { signal }));
    // Somebody else's by now: it is theirs to give up.
    if (holderIdentity === '' && present?.spec?.holderIdentity !== identity) return;
    if (this.#renewed) this.#noteRival(present?.spec?.holderIdentity ?? '');
    const now = new Date(clock.now()).toISOString().replace(/(\.\d+)Z$/, '$1000Z');
    const acquireTime = present?.spec?.holderIdentity === identity ? (present.spec.acquireTime ?? now) : now;
    const spec = { ...present?.spec, holderIdentity, leaseDurationSeconds: LEASE_SECONDS, renewTime: now, acquireTime };
    try {
      await ensure<Lease>(host, LEASES, { metadata: ref, spec }, { signal });
    } catch (error) {
      // Two controllers of one control plane: either of them lives.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  /** There is no leader election yet, so that somebody has to be told. */
  #noteRival(holder: string): void {
    const { identity, log } = this.#options;
    const rival = holder === '' || holder === identity ? undefined : holder;
    if (rival !== undefined && this.#rival === undefined) {
      log.warn(
        { other: rival },
        'another controller runs for this control plane: both write the same objects; stop one',
      );
    }
    this.#rival = rival;
  }
}
