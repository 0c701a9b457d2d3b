import type { Clock } from '../time/clock.ts';

/** client-go's defaults (`tools/record/events_cache.go`). */
const BURST = 25;
const REFILL_MS = 300_000;
const SIMILAR = 10;
const SIMILAR_WITHIN_MS = 600_000;
const REMEMBERED = 4_096;

/** How much may be told of one object, as client-go limits it, so that one that fails for ever is no burden to the host. */
export class EventLimits {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #similar = new Map<string, { readonly messages: Set<string>; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one more event about this object may be written: 25 at once, then one in five minutes. */
  take(object: string): boolean {
    const now = this.#clock.monotonic();
    const before = this.#buckets.get(object) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, before.tokens + (now - before.at) / REFILL_MS);
    const granted = tokens >= 1;
    remember(this.#buckets, object, { tokens: granted ? tokens - 1 : tokens, at: now });
    return granted;
  }

  /** Whether so many different messages came for this (an object and a reason) of late that they are told as one event. */
  isCommonplace(what: string, message: string): boolean {
    const now = this.#clock.monotonic();
    const before = this.#similar.get(what);
    const fresh = before === undefined || now - before.at > SIMILAR_WITHIN_MS;
    const messages = fresh ? new Set<string>() : before.messages;
    if (messages.size <= SIMILAR) messages.add(message);
    remember(this.#similar, what, { messages, at: now });
    return messages.size > SIMILAR;
  }
}

/** Forgets what was not asked for the longest time. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
