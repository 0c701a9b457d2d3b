import { onAbort } from './abort.ts';

/** Time as the code sees it. Tests hand in one that they move themselves. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. Jumps when somebody sets it: for timestamps only. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back: for deadlines and durations. */
  monotonic(): number;
  /** Runs `callback` once after `ms`. The returned function cancels it. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    // A moment may have passed by the time that it is asked for.
    const timer = setTimeout(callback, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const cancel = clock.after(ms, () => {
      ignore();
      resolve();
    });
    const ignore = onAbort(signal, () => {
      cancel();
      reject(signal.reason);
    });
  });
}
