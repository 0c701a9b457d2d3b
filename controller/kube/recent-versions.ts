import type { Clock } from '../time/clock.ts';

const PER_KEY = 8;
const GENERATION_MS = 60_000;

/**
 * Which resourceVersions of a key the watch has shown and since replaced: the last eight, for one to two minutes.
 *
 * The answer to a write often arrives after its own echo on the watch, now and then after newer events. Because
 * resourceVersions cannot be compared by size, having seen one is the only way to know that an answer is old news.
 * Two generations of maps bound the time without a timer or a timestamp per key.
 */
export class RecentVersions {
  readonly #clock: Clock;
  #young = new Map<string, string[]>();
  #old = new Map<string, string[]>();
  #turnAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(key: string, resourceVersion: string): void {
    const now = this.#clock.monotonic();
    if (now >= this.#turnAt) {
      this.#old = now >= this.#turnAt + GENERATION_MS ? new Map() : this.#young;
      this.#young = new Map();
      this.#turnAt = now + GENERATION_MS;
    }
    const versions = this.#young.get(key);
    if (versions === undefined) {
      this.#young.set(key, [resourceVersion]);
      return;
    }
    if (versions.length === PER_KEY) versions.shift();
    versions.push(resourceVersion);
  }

  has(key: string, resourceVersion: string): boolean {
    return (
      this.#young.get(key)?.includes(resourceVersion) === true || this.#old.get(key)?.includes(resourceVersion) === true
    );
  }
}
