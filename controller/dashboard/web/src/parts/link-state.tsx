import { useDashboard } from '../live/dashboard.ts';
import { useObserved } from '../live/observed.ts';
import { useNow } from '../live/use-now.ts';
import { standingOf } from '../logic/freshness.ts';
import { clockTime, duration } from '../logic/words.ts';

const WORDS = { connecting: 'Connecting', live: 'Live', stale: 'Stale', offline: 'Offline' } as const;

/** One word in the head of every page: whether what is shown is what is. */
export function LinkState() {
  const standing = standingOf(useObserved(useDashboard().link));
  return (
    <span class={`link-state ${standing.state}`}>
      <span class="dot" aria-hidden="true" />
      {WORDS[standing.state]}
    </span>
  );
}

/** Since when what is shown may not be what is, and why. */
export function LinkNote() {
  const standing = standingOf(useObserved(useDashboard().link));
  const now = useNow(1_000);
  if (standing.state === 'live' || standing.state === 'connecting') return null;
  const since = `${clockTime(standing.since, now)} (${duration((now - standing.since) / 1_000)})`;
  if (standing.state === 'offline')
    return (
      <p class="note bad">
        <strong>No updates since {since}.</strong> What you see is from then. The page tries to reach the server again
        by itself.
      </p>
    );
  return (
    <p class="note warn">
      <strong>Out of date since {since}.</strong> The server is there, but {standing.why}
    </p>
  );
}
