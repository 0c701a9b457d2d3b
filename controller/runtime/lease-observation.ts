import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Clock } from '../time/clock.ts';
import type { Lease } from './lease.ts';

/**
 * What a candidate knows of a lease. As in client-go, the times written in it count for nothing, for they come from another
 * machine's clock: a lease runs from the moment at which this process first saw it as it is.
 */
export class LeaseObservation {
  readonly #clock: Clock;
  /** For a lease that does not say how long it runs. */
  readonly #defaultMs: number;
  #spec: DeepReadonly<Lease['spec']>;
  #seenAt = 0;

  constructor(clock: Clock, defaultMs: number) {
    this.#clock = clock;
    this.#defaultMs = defaultMs;
  }

  /** Empty when it is free, or nothing has been seen of it. */
  get holder(): string {
    return this.#spec?.holderIdentity ?? '';
  }

  /** Milliseconds after which the lease may be taken from its holder; 0 when it may be taken now. */
  get remainingMs(): number {
    if (this.holder === '') return 0;
    const seconds = this.#spec?.leaseDurationSeconds ?? 0;
    const runs = seconds > 0 ? seconds * 1000 : this.#defaultMs;
    return Math.max(0, this.#seenAt + runs - this.#clock.monotonic());
  }

  /** `undefined`: it is not there. Somebody deleted it, and whoever held it does not know that yet: its time runs on. */
  observe(lease: DeepReadonly<Lease> | undefined): void {
    if (lease === undefined || (this.#spec !== undefined && isEqual(lease.spec ?? {}, this.#spec))) return;
    this.#spec = lease.spec ?? {};
    this.#seenAt = this.#clock.monotonic();
  }
}
