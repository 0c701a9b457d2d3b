import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../../../../../apis/dashboard/v1.ts';
import { problemIn } from '../live/api.ts';
import { useDashboard } from '../live/dashboard.ts';
import { ThemeSwitch } from '../parts/theme-switch.tsx';

/** @param ended there was a session, and it is over */
export function SignInPage({ ended }: { readonly ended: boolean }) {
  const dashboard = useDashboard();
  const field = useRef<HTMLTextAreaElement>(null);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    document.title = 'Sign in · Fedmesh';
    field.current?.focus();
  }, []);

  async function signIn(): Promise<void> {
    const token = field.current?.value.replace(/\s+/g, '') ?? '';
    if (token === '') return setProblem({ status: 0, message: 'Paste a token first.' });
    setBusy(true);
    setProblem(undefined);
    try {
      await dashboard.signIn(token);
    } catch (error) {
      const found = problemIn(error);
      setProblem(found.status === 401 ? { ...REFUSED, ...(found.hint ? { hint: found.hint } : {}) } : found);
      setBusy(false);
    }
    if (field.current) field.current.value = '';
  }

  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <h1>
          <img src="/favicon.svg" alt="" width="22" height="22" /> Sign in to Fedmesh
        </h1>
        {ended ? (
          <p class="note warn" role="status">
            <strong>Your session has ended.</strong> Sign in again, and you come back to the page you were on.
          </p>
        ) : undefined}
        <label for="token">A token of the host cluster</label>
        <textarea
          id="token"
          ref={field}
          rows={4}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby={problem ? 'sign-in-problem' : 'sign-in-hint'}
          aria-invalid={problem !== undefined}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            void signIn();
          }}
        />
        {problem ? (
          <p id="sign-in-problem" class="note bad" role="alert">
            <strong>{problem.message}</strong> {problem.hint}
          </p>
        ) : undefined}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        <div id="sign-in-hint" class="quiet">
          <p>
            A token of any ServiceAccount of the host cluster will do, for instance from{' '}
            <code>kubectl create token NAME</code>. You see what it may see. <code>fedctl dashboard</code> prints a link
            that needs no token.
          </p>
          <p>The token goes to the server once. The page does not keep it.</p>
        </div>
      </form>
      <ThemeSwitch />
    </main>
  );
}

const REFUSED: Problem = {
  status: 401,
  message: 'The host cluster does not accept this token.',
  hint: 'It may have expired, or a part of it is missing. Make a new one and paste all of it.',
};
