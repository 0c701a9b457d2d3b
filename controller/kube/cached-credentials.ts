import type { Clock } from '../time/clock.ts';
import type { Credential, Credentials } from './credentials.ts';
import { SingleFlight } from './single-flight.ts';

export interface Reading {
  readonly credential: Credential;
  /** How long it is good for, counted from now; for ever when unknown. */
  readonly lifetimeMs?: number;
}

export interface CachedCredentialsOptions {
  read(signal: AbortSignal): Promise<Reading>;
  readonly clock: Clock;
  /** Read again when older than this, although nothing says that it ended. */
  readonly maxAgeMs?: number;
}

interface Held {
  readonly credential: Credential;
  readonly expiresAt: number;
  refreshAt: number;
  refused: boolean;
}

// A renewal begins before the end, early enough for a slow plugin and for clocks that differ a little.
const RENEWAL_MARGIN_MS = 30_000;
const RENEWAL_SHARE = 0.1;
// A credential that is handed out already expired must not have its source read for each request.
const MIN_HOLD_MS = 1_000;
const RETRY_AFTER_FAILURE_MS = 10_000;

/** Keeps what a slow source gave, and has it read once for all who ask at the same time. Nothing is shared between instances. */
export class CachedCredentials implements Credentials {
  readonly #options: CachedCredentialsOptions;
  readonly #reading: SingleFlight<Credential>;
  #held: Held | undefined;

  constructor(options: CachedCredentialsOptions) {
    this.#options = options;
    this.#reading = new SingleFlight((signal) => this.#read(signal));
  }

  get(signal: AbortSignal): Promise<Credential> {
    const held = this.#held;
    if (held !== undefined && !held.refused && this.#options.clock.monotonic() < held.refreshAt) {
      return Promise.resolve(held.credential);
    }
    return this.#reading.join(signal);
  }

  invalidate(used: Credential): void {
    if (this.#held?.credential === used) this.#held.refused = true;
  }

  async #read(signal: AbortSignal): Promise<Credential> {
    const { clock, read, maxAgeMs = Number.POSITIVE_INFINITY } = this.#options;
    try {
      const { credential, lifetimeMs = Number.POSITIVE_INFINITY } = await read(signal);
      const now = clock.monotonic();
      const margin = Math.min(RENEWAL_MARGIN_MS, lifetimeMs * RENEWAL_SHARE);
      const refreshAt = now + Math.max(MIN_HOLD_MS, Math.min(maxAgeMs, lifetimeMs - margin));
      this.#held = { credential, expiresAt: now + lifetimeMs, refreshAt, refused: false };
      return credential;
    } catch (error) {
      const held = this.#held;
      // What is still good is used on, so that a file missing for a moment or a plugin's bad minute costs no request.
      if (held === undefined || held.refused || clock.monotonic() >= held.expiresAt || signal.aborted) throw error;
      held.refreshAt = Math.min(held.expiresAt, clock.monotonic() + RETRY_AFTER_FAILURE_MS);
      return held.credential;
    }
  }
}
