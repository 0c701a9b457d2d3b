import type { ObjectState } from '../../../../../apis/dashboard/v1.ts';
import { type Filters, OBJECT_STATES, objectsPath } from '../logic/filters.ts';
import { count } from '../logic/words.ts';
import { Shape, STATE_WORDS, TONES } from './state-mark.tsx';

type Counts = Readonly<Record<ObjectState, number>>;

/** Proportions at a glance; the numbers stand beside it. */
export function StateBar({ counts }: { readonly counts: Counts }) {
  return (
    <span class="bar" aria-hidden="true">
      {OBJECT_STATES.toReversed().map((state) =>
        counts[state] > 0 ? <span key={state} class={TONES[state]} style={{ flexGrow: counts[state] }} /> : undefined,
      )}
    </span>
  );
}

/** Each state's number, as a link to those objects. Zeroes stay quiet. */
export function StateCounts({ counts, within = {} }: { readonly counts: Counts; readonly within?: Partial<Filters> }) {
  return (
    <ul class="counts">
      {OBJECT_STATES.map((state) => (
        <li key={state} class={counts[state] === 0 ? 'zero' : ''}>
          <a href={objectsPath({ ...within, states: [state] })}>
            <Shape tone={TONES[state]} />
            <span class="number">{count(counts[state])}</span> <span class="word">{STATE_WORDS[state]}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function totalOf(counts: Counts): number {
  return OBJECT_STATES.reduce((sum, state) => sum + counts[state], 0);
}
