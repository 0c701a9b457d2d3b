import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { Fence } from '../kube/fence.ts';
import { Reflector } from '../kube/reflector.ts';
import { Store } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import { within } from '../time/within.ts';
import type { EventRecorder } from './event-recorder.ts';
import { heldLease, LEADER_LEASE, LEASES, type Lease, releasedLease } from './lease.ts';
import { LeaseFence, type Moment, momentOf } from './lease-fence.ts';
import { LeaseObservation } from './lease-observation.ts';

/** KubeFedConfig's `leaderElect`. Each is longer than the next. */
export interface ElectionTiming {
  /** How long others wait after the last renewal that they saw. */
  readonly leaseDurationMs: number;
  /** How long a leader writes after the last renewal that succeeded. */
  readonly renewDeadlineMs: number;
  /** Between renewals, and between looks where the Lease cannot be watched. */
  readonly retryPeriodMs: number;
}

export interface LeaderElectorOptions {
  /** Without a fence or a limit, and used for nothing else, so that a renewal waits behind nobody's work. */
  readonly client: Pick<Client, 'cluster' | 'get' | 'create' | 'replace' | 'listAll' | 'watch'>;
  readonly namespace: string;
  /** Of this process, and of no other ever: `<host name>_<UUID>`. */
  readonly identity: string;
  /** Asked before each attempt: all of one goes by the same answer. */
  readonly timing: () => ElectionTiming;
  /** Written on the Lease. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** For metrics. */
  readonly onLeading?: (leading: boolean) => void;
}

/**
 * Leads until `signal` is aborted, and rests only when nothing of it runs any more. All that it writes goes through clients
 * that ask `fence`. Rejecting ends the candidacy.
 */
export type Lead = (fence: Fence, signal: AbortSignal) => Promise<void>;

/** After a renewal that failed: the deadline leaves room for several. */
const FAILED_AGAIN_MS = 1_000;
const SHORTEST_ATTEMPT_MS = 1_000;
const RELEASE_MS = 500;
const ATTEMPTS = 3;
const SOURCE = 'kubefed-controller-manager';

/**
 * One leader among the replicas, by a Lease and client-go's rules. The Lease is watched, so that one that was released is
 * taken at once; nobody takes it without having read it live.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #log: Log;
  readonly #observation: LeaseObservation;
  readonly #store = new Store<Lease>();
  readonly #reflector: Reflector<Lease>;
  /** Of the latest attempt. */
  #timing: ElectionTiming;
  /** As this process wrote it last, while it leads. */
  #held: Lease | undefined;
  /** A write was sent that may have made this process the holder. */
  #mayHold = false;
  #leading = false;
  /** Somebody else was seen to hold what this process holds. */
  #contested = false;
  #announced: string | undefined;
  #wake: () => void = () => undefined;

  constructor(options: LeaderElectorOptions) {
    const { client, namespace, clock, random, log } = options;
    this.#options = options;
    this.#timing = options.timing();
    this.#log = log;
    this.#observation = new LeaseObservation(clock, this.#timing.leaseDurationMs);
    this.#store.subscribe(({ type, object }) => this.#onWatched(type === 'deleted' ? undefined : object, object));
    const fieldSelector = `metadata.name=${LEADER_LEASE}`;
    const what = { resource: LEASES, namespace, fieldSelector, store: this.#store };
    this.#reflector = new Reflector<Lease>({ client, ...what, clock, random, log });
  }

  /** A candidate, and a leader whenever it can be one, until the signal is aborted. */
  async run(signal: AbortSignal, lead: Lead): Promise<void> {
    const watching = new AbortController();
    const reflecting = this.#reflector.run(watching.signal);
    this.#options.onLeading?.(false);
    this.#log.info({ identity: this.#options.identity }, 'this replica would lead');
    try {
      while (!signal.aborted) {
        const fence = await this.#acquire(signal);
        if (fence !== undefined) await this.#term(fence, signal, lead);
      }
    } finally {
      if (this.#mayHold) await this.#release();
      watching.abort(new Error('the election is over'));
      await reflecting;
    }
  }

  /** Waits until it holds the Lease. `undefined` when it was stopped first. */
  async #acquire(signal: AbortSignal): Promise<LeaseFence | undefined> {
    while (!signal.aborted) {
      try {
        const since = await this.#attempt(signal);
        const fence = new LeaseFence(this.#options.clock);
        if (since !== undefined) fence.extend(since, this.#timing.renewDeadlineMs);
        if (since !== undefined && !fence.signal.aborted) return fence;
        this.#announce();
        if (since === undefined) await this.#standBy(signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#log.warn({ err: error }, 'could not try to become the leader');
        await this.#pause(this.#soon(), signal);
      }
    }
    return undefined;
  }

  /** Until the Lease may be free, as far as one hears. */
  async #standBy(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const remaining = this.#observation.holder === this.#options.identity ? 0 : this.#observation.remainingMs;
      if (remaining === 0) return;
      const hears = this.#reflector.state === 'synced';
      await this.#pause(hears ? remaining : Math.min(remaining, this.#timing.retryPeriodMs), signal);
      if (!hears) return;
    }
  }

  async #term(fence: LeaseFence, signal: AbortSignal, lead: Lead): Promise<void> {
    const ending = new AbortController();
    const renewing = new AbortController();
    const forget = [
      onAbort(signal, () => ending.abort(signal.reason)),
      onAbort(fence.signal, () => {
        this.#log.warn({ err: fence.signal.reason }, 'this replica leads no more');
        ending.abort(fence.signal.reason);
      }),
    ];
    const lease = this.#held;
    this.#setLeading(true, lease);
    const renewals = this.#renew(fence, renewing.signal);
    try {
      if (signal.aborted) ending.abort(signal.reason);
      await lead(fence, ending.signal);
    } finally {
      renewing.abort(new Error('the term is over'));
      await renewals;
      for (const each of forget) each();
      const stillHeld = !fence.signal.aborted;
      fence.close('this replica has stopped leading');
      // Who lost the lease is not to write anything, an event included: the log says it.
      this.#setLeading(false, stillHeld ? lease : undefined);
      if (stillHeld) await this.#release();
      this.#held = undefined;
    }
  }

  async #renew(fence: LeaseFence, signal: AbortSignal): Promise<void> {
    const attempt = new AbortController();
    const end = () => attempt.abort(new Error('the term is over'));
    const forget = [onAbort(signal, end), onAbort(fence.signal, end)];
    let wait = this.#timing.retryPeriodMs;
    while (!attempt.signal.aborted) {
      if (!this.#contested) await this.#pause(wait, attempt.signal);
      if (attempt.signal.aborted || !fence.isOpen) break;
      this.#contested = false;
      try {
        const since = await this.#attempt(attempt.signal);
        if (since === undefined) fence.close(`${this.#observation.holder} has taken the lease`);
        else fence.extend(since, this.#timing.renewDeadlineMs);
        wait = this.#timing.retryPeriodMs;
      } catch (error) {
        if (!attempt.signal.aborted) this.#log.warn({ err: error }, 'the lease could not be renewed');
        wait = this.#soon();
      }
    }
    for (const each of forget) each();
  }

  /**
   * Takes or renews the Lease. The moment before the write that did it; `undefined` when somebody else holds it.
   * Rejects when that cannot be told.
   */
  async #attempt(signal: AbortSignal): Promise<Moment | undefined> {
    const { clock } = this.#options;
    this.#timing = this.#options.timing();
    const limit = Math.max(this.#timing.retryPeriodMs, SHORTEST_ATTEMPT_MS);
    return within(clock, limit, signal, async (limited) => {
      for (let tries = 1; ; tries++) {
        const present = this.#held ?? (await this.#read(limited));
        this.#observation.observe(present);
        if (this.#observation.holder !== this.#options.identity && this.#observation.remainingMs > 0) {
          this.#mayHold = false;
          return undefined;
        }
        const since = momentOf(clock);
        try {
          this.#mayHold = true;
          this.#held = await this.#write(present, limited);
          this.#observation.observe(this.#held);
          return since;
        } catch (error) {
          this.#held = undefined;
          const wasFaster = isConflict(error) || isAlreadyExists(error) || isNotFound(error);
          if (tries === ATTEMPTS || !wasFaster) throw error;
        }
      }
    });
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace } = this.#options;
    try {
      return await client.get<Lease>(LEASES, { namespace, name: LEADER_LEASE }, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #write(present: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, namespace, identity, annotations, clock } = this.#options;
    const { leaseDurationMs } = this.#timing;
    const holding = { namespace, name: LEADER_LEASE, identity, leaseDurationMs, now: clock.now() };
    const lease = heldLease(present, annotations === undefined ? holding : { ...holding, annotations });
    return present === undefined ? client.create(LEASES, lease, { signal }) : client.replace(LEASES, lease, { signal });
  }

  /** So that nobody has to wait until the Lease runs out. */
  async #release(): Promise<void> {
    const { client, clock, identity } = this.#options;
    const never = new AbortController().signal;
    try {
      await within(clock, RELEASE_MS, never, async (signal) => {
        for (let tries = 1; ; tries++) {
          const present = this.#held ?? (await this.#read(signal));
          this.#held = undefined;
          if (present?.spec?.holderIdentity !== identity) return;
          try {
            this.#observation.observe(await client.replace(LEASES, releasedLease(present, clock.now()), { signal }));
            this.#log.info('the lease is released');
            return;
          } catch (error) {
            if (tries === ATTEMPTS || !isConflict(error)) throw error;
          }
        }
      });
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be released: others wait until it runs out');
    } finally {
      this.#mayHold = false;
    }
  }

  /** `seen`: the Lease as a watch shows it, which may be a while ago; `undefined` when it was deleted. */
  #onWatched(seen: DeepReadonly<Lease> | undefined, { metadata }: DeepReadonly<Lease>): void {
    if (metadata.name !== LEADER_LEASE) return;
    const holder = seen?.spec?.holderIdentity ?? '';
    if (!this.#leading) {
      this.#observation.observe(seen);
      if (holder === '') this.#wake();
    } else if (holder !== this.#options.identity) {
      this.#contested = true;
      this.#wake();
    }
  }

  /** @param about what an event is to be about, if there is to be one */
  #setLeading(leading: boolean, about: Lease | undefined): void {
    const { identity, events, onLeading } = this.#options;
    this.#leading = leading;
    this.#announced = undefined;
    const words = leading ? 'became leader' : 'stopped leading';
    if (about !== undefined) events.record(about, 'Normal', 'LeaderElection', `${identity} ${words}`, SOURCE);
    if (leading) this.#log.info({ identity }, 'this replica leads: promoted as leader'); // the words that scripts know from KubeFed
    onLeading?.(leading);
  }

  #announce(): void {
    const { holder } = this.#observation;
    if (holder === this.#announced || holder === '') return;
    this.#announced = holder;
    this.#log.info({ leader: holder }, 'another replica leads, this one stands by');
  }

  #soon(): number {
    return Math.min(this.#timing.retryPeriodMs, FAILED_AGAIN_MS) * (0.8 + 0.4 * this.#options.random());
  }

  /** Until then, or until there is news of the Lease. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#wake = () => undefined;
        cancel();
        forget();
        resolve();
      };
      const cancel = this.#options.clock.after(ms, end);
      const forget = onAbort(signal, end);
      this.#wake = end;
      if (signal.aborted) end();
    });
  }
}
