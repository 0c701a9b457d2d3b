import type { ComponentChildren } from 'preact';
import type { Problem } from '../../../../../apis/dashboard/v1.ts';
import type { Resource } from '../live/use-resource.ts';

/** Shows only after a moment (by its style): what is there at once shall not flicker. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      Reading {what} …
    </p>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="told">
      <p class="told-title">{title}</p>
      {children}
    </div>
  );
}

export function Trouble({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  return (
    <div class={problem.status === 403 ? 'told' : 'told failed'} role="alert">
      <p class="told-title">{titleOf(problem)}</p>
      <p>{problem.message}</p>
      {problem.hint ? <p class="quiet">{problem.hint}</p> : undefined}
      {again && problem.status !== 403 && problem.status !== 404 ? (
        <button type="button" onClick={again}>
          Try again
        </button>
      ) : undefined}
    </div>
  );
}

function titleOf({ status }: Problem): string {
  if (status === 403) return 'You may not see this';
  if (status === 404) return 'Not there';
  if (status === 0) return 'The server cannot be reached';
  if (status === 429) return 'Too many requests';
  return 'The server could not answer';
}

interface ShownProps<T> {
  readonly of: Resource<T> & { readonly again: () => void };
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}

/** What was read, or in its place why it is not there. What was read before a failure stays, and it is said that it is old. */
export function Shown<T>({ of, what, children }: ShownProps<T>) {
  if (of.state === 'loading') return <Loading what={what} />;
  if (of.state === 'failed') return <Trouble problem={of.problem} again={of.again} />;
  return (
    <>
      {of.problem && of.problem.status !== 0 ? (
        <p class="note warn" role="status">
          This may be out of date: {of.problem.message} {of.problem.hint}
        </p>
      ) : undefined}
      {children(of.value)}
    </>
  );
}
