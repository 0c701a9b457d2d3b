import type { MemberState, ObjectState } from '../../../../../apis/dashboard/v1.ts';

export type Tone = 'ok' | 'busy' | 'bad' | 'gone' | 'unknown';

export const TONES: Readonly<Record<MemberState | ObjectState, Tone>> = {
  ok: 'ok',
  ready: 'ok',
  progressing: 'busy',
  failed: 'bad',
  notReady: 'bad',
  deleting: 'gone',
  leaving: 'gone',
  unknown: 'unknown',
};

export const STATE_WORDS: Readonly<Record<MemberState | ObjectState, string>> = {
  ok: 'OK',
  ready: 'Ready',
  progressing: 'Progressing',
  failed: 'Failed',
  notReady: 'Not ready',
  deleting: 'Deleting',
  leaving: 'Leaving',
  unknown: 'Unknown',
};

/** A shape for each tone, so that it is told apart without its colour. */
const SHAPES: Readonly<Record<Tone, string>> = {
  ok: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm-3 6.6 2.2 2.2L11.2 6',
  busy: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM8 4.5V8l2.5 1.8',
  bad: 'M8 1.5 15.2 14.2H.8ZM8 6.2v3.6M8 11.6v.6',
  gone: 'M2.5 2.5h11v11h-11ZM5.6 8h4.8',
  unknown: 'M8 1.5 14.5 8 8 14.5 1.5 8ZM6.6 6.6a1.5 1.5 0 1 1 2 1.6q-.6.2-.6.9M8 10.8v.4',
};

export function Shape({ tone }: { readonly tone: Tone }) {
  return (
    <svg class={`shape ${tone}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={SHAPES[tone]} />
    </svg>
  );
}

/** A state by shape, colour and word. */
export function StateMark({ state, word }: { readonly state: MemberState | ObjectState; readonly word?: string }) {
  const tone = TONES[state];
  return (
    <span class={`state ${tone}`}>
      <Shape tone={tone} />
      {word ?? STATE_WORDS[state]}
    </span>
  );
}
