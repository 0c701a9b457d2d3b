import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the condition holds, and fails with what was last seen once the deadline has passed. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  options: { withinMs: number; everyMs?: number },
): Promise<T> {
  const deadline = Date.now() + options.withinMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${options.withinMs} ms; last seen: ${String(seen)}`);
    await delay(options.everyMs ?? 20);
  }
}
