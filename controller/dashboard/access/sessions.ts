import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../time/clock.ts';
import type { Visitor } from './person.ts';

const MOST = 2_000;

/** Who is signed in by a cookie. In memory only: whoever signed in here signs in again after a restart, or at another replica. */
export class Sessions {
  readonly #clock: Clock;
  /** By a hash of what the cookie holds, the oldest first. */
  readonly #sessions = new Map<string, Visitor & { readonly expiresAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns what the cookie is to hold */
  add(visitor: Visitor & { readonly expiresAt: number }): string {
    const id = randomBytes(32).toString('base64url');
    this.#sessions.set(hashOf(id), visitor);
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size > MOST && oldest !== undefined) this.#sessions.delete(oldest);
    return id;
  }

  find(id: string): Visitor | undefined {
    const found = this.#sessions.get(hashOf(id));
    if (found === undefined) return undefined;
    if (found.expiresAt > this.#clock.now()) return found;
    this.#sessions.delete(hashOf(id));
    return undefined;
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
