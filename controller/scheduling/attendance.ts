import type { Clock } from '../time/clock.ts';

/** What is known of a member: nothing yet, or whether it is ready. */
export type Readiness = 'unknown' | 'ready' | 'notReady';

export interface AttendanceOptions {
  /** How long a member that was away has to be back until it gets replicas again, milliseconds. */
  readonly returnDelayMs: number;
  /** How long a member may be away until its replicas go elsewhere, milliseconds. */
  readonly evictionDelayMs: number;
  readonly clock: Clock;
}

/** Whether replicas can be planned for a member. `inMs`: when that changes if nothing else does. */
export type Verdict =
  | { readonly counts: boolean; readonly inMs?: number }
  /** Nobody has looked at it yet: whoever plans waits rather than moves. */
  | { readonly counts: 'unknown'; readonly inMs: number };

interface Record {
  state: Readiness;
  since: number;
}

/** How long a member may be unknown, as after a start, until it is taken for away. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 1_000;

/**
 * Which members count when replicas are shared out. One that goes away keeps its replicas for a while, for moving them costs
 * more than a short outage; one that comes back has to stay for a while. Nothing of this needs to be remembered over a
 * restart: where a workload is placed already says whether its member counted before.
 */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #members = new Map<string, Record>();

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  /**
   * To be told of every change, and before each question.
   *
   * @param awaySince when the member went away by what is written on the host, milliseconds since the epoch: one that was
   *   away before this controller started has no more time than if there had been no start.
   */
  observe(cluster: string, state: Readiness, awaySince?: number): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const before = this.#members.get(cluster);
    if (before?.state === state) return;
    // A connection that is made anew says nothing of the member.
    if (before !== undefined && state === 'unknown') return;
    if (state === 'notReady' && before?.state !== 'ready') {
      const away = awaySince === undefined ? 0 : Math.max(0, clock.now() - awaySince);
      this.#members.set(cluster, { state, since: now - away });
      return;
    }
    // One that is ready when it is first seen has not been away.
    const cameBack = before?.state === 'notReady' || state !== 'ready';
    this.#members.set(cluster, { state, since: cameBack ? now : Number.NEGATIVE_INFINITY });
  }

  forget(cluster: string): void {
    this.#members.delete(cluster);
  }

  /** `placed`: the workload in question is placed there now. */
  verdict(cluster: string, placed: boolean): Verdict {
    const record = this.#members.get(cluster);
    const { clock, returnDelayMs, evictionDelayMs } = this.#options;
    const age = clock.monotonic() - (record?.since ?? 0);
    switch (record?.state) {
      case undefined:
        return { counts: 'unknown', inMs: LOOK_AGAIN_MS };
      case 'unknown':
        return age < PATIENCE_MS
          ? { counts: 'unknown', inMs: LOOK_AGAIN_MS }
          : grace(placed, age - PATIENCE_MS, evictionDelayMs);
      case 'ready':
        return placed || age >= returnDelayMs ? { counts: true } : { counts: false, inMs: returnDelayMs - age };
      case 'notReady':
        return grace(placed, age, evictionDelayMs);
    }
  }
}

function grace(placed: boolean, age: number, delayMs: number): Verdict {
  return placed && age < delayMs ? { counts: true, inMs: delayMs - age } : { counts: false };
}
