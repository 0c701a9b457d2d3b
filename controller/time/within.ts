import { onAbort } from './abort.ts';
import type { Clock } from './clock.ts';

/** Gives `work` a signal that is aborted after `ms`, or with `signal`. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const cancel = clock.after(ms, () => limit.abort(new Error(`nothing came of it within ${ms} ms`)));
  const forget = onAbort(signal, () => limit.abort(signal.reason));
  try {
    signal.throwIfAborted();
    return await work(limit.signal);
  } finally {
    cancel();
    forget();
  }
}
