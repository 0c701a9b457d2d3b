import type { Freshness } from '../../../../../apis/dashboard/v1.ts';

/** How things stand with the server, as the page saw it. Times are milliseconds since the epoch. */
export interface Link {
  /** Whether the stream of changes is open. */
  readonly open: boolean;
  /** Since when nothing comes; undefined while it does, and until it is known. */
  readonly lostAt?: number;
  /** What the server says of the stores that it reads. */
  readonly freshness?: Freshness;
}

/** What a person is told of how old the figures are. */
export type Standing =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The server is there, and tells that what it reads is old. */
  | { readonly state: 'stale'; readonly since: number; readonly why: string }
  /** Nothing comes from the server. */
  | { readonly state: 'offline'; readonly since: number };

export function standingOf({ open, lostAt, freshness }: Link): Standing {
  if (lostAt !== undefined) return { state: 'offline', since: lostAt };
  if (!open) return { state: 'connecting' };
  if (freshness?.state === 'stale') return { state: 'stale', since: Date.parse(freshness.since), why: freshness.why };
  return { state: 'live' };
}

/** How long to wait before the next try, milliseconds: longer each time, and not all pages at once. @param chance 0 to 1 */
export function retryDelay(failures: number, chance: number): number {
  const longest = Math.min(15_000, 1_000 * 2 ** Math.max(0, failures - 1));
  return longest * (0.5 + chance / 2);
}
