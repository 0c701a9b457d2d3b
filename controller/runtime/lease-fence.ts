import { type Fence, FencedError } from '../kube/fence.ts';
import type { Clock } from '../time/clock.ts';

/** A point in time by both clocks of this machine. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

/**
 * Open while this process may write as the leader: for a while after the moment at which it asked for its last renewal,
 * which is no later than the moment from which others count the lease. Once closed it stays closed; the next term has another one.
 *
 * A process that is stopped is asleep by none of the clocks. A machine that is suspended is, by the monotonic one, so that
 * whichever of the two clocks has gone further counts. A wall clock that is set forward ends a term for nothing, and the next begins.
 */
export class LeaseFence implements Fence {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #since: Moment;
  #openMs = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = momentOf(clock);
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  get isOpen(): boolean {
    if (!this.signal.aborted && this.#leftMs <= 0) this.close('the lease was not renewed in time');
    return !this.signal.aborted;
  }

  check(): void {
    if (!this.isOpen) throw this.signal.reason;
  }

  /** Open until `ms` after `since`, if it is still open now. */
  extend(since: Moment, ms: number): void {
    if (this.signal.aborted) return;
    // What has run out meanwhile is not opened again: something may have been told so.
    if (this.#openMs > 0 && this.#leftMs <= 0) {
      this.close('the lease was renewed too late');
      return;
    }
    this.#since = since;
    this.#openMs = ms;
    this.#arm();
  }

  close(why: string): void {
    this.#cancelTimer();
    if (!this.signal.aborted) this.#closing.abort(new FencedError(`${why}: nothing may be written any more`));
  }

  get #leftMs(): number {
    const { monotonic, wall } = momentOf(this.#clock);
    const passed = Math.max(monotonic - this.#since.monotonic, wall - this.#since.wall);
    return this.#openMs - passed;
  }

  #arm(): void {
    this.#cancelTimer();
    const left = this.#leftMs;
    if (left <= 0) this.close('the lease was not renewed in time');
    // A timer may be a hair early.
    else this.#cancelTimer = this.#clock.after(Math.ceil(left), () => this.#arm());
  }
}
