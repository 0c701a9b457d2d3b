const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` once when the signal is aborted. The returned function takes it back.
 *
 * Thousands of requests share one signal: this keeps a single listener on it, where a listener for each would be searched
 * one by one at every removal and would have Node warn of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = callbacksOf.get(signal);
  if (callbacks === undefined) {
    const created = new Set<() => void>();
    callbacks = created;
    callbacksOf.set(signal, created);
    signal.addEventListener(
      'abort',
      () => {
        for (const call of created) call();
        created.clear();
      },
      { once: true },
    );
  }
  const registered = callbacks;
  registered.add(callback);
  return () => void registered.delete(callback);
}

/** Settles as `shared` does; gives up waiting with the signal's reason, without disturbing those who wait for it too. */
export function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const forgetSignal = onAbort(signal, () => reject(signal.reason));
    shared.then(resolve, reject).finally(forgetSignal);
  });
}
