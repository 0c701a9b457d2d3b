import { useEffect, useRef, useState } from 'preact/hooks';
import type { Overview } from '../../../../../apis/dashboard/v1.ts';
import { useDashboard } from '../live/dashboard.ts';
import { useObserved } from '../live/observed.ts';
import { announcement } from '../logic/announcement.ts';
import { standingOf } from '../logic/freshness.ts';

/** At most one sentence in this time, milliseconds. */
const APART_MS = 10_000;

/** Says to a screen reader what asks for attention, and nothing that does not. */
export function Announcements({ overview }: { readonly overview: Overview | undefined }) {
  const standing = standingOf(useObserved(useDashboard().link)).state;
  const [said, say] = useState('');
  const last = useRef<{ at: number; standing: typeof standing; overview: Overview | undefined } | undefined>(undefined);

  useEffect(() => {
    const before = last.current;
    const tell = (): void => {
      last.current = { at: Date.now(), standing, overview };
      const sentence = before === undefined ? '' : announcement(before, { standing, overview });
      if (sentence !== '') say(sentence);
    };
    const wait = before === undefined ? 0 : before.at + APART_MS - Date.now();
    if (before === undefined || wait <= 0 || before.standing !== standing) return tell();
    const timer = setTimeout(tell, wait);
    return () => clearTimeout(timer);
  }, [standing, overview]);

  return (
    <p class="unseen" role="status" aria-live="polite">
      {said}
    </p>
  );
}
