import { useEffect, useState } from 'preact/hooks';

/** A value that tells those who show it when it is another one. */
export class Observed<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function useObserved<T>(observed: Observed<T>): T {
  const [, show] = useState({ value: observed.value });
  useEffect(() => {
    const changed = (): void =>
      show((before) => (Object.is(before.value, observed.value) ? before : { value: observed.value }));
    changed(); // what came after it was drawn, and before this began to listen
    return observed.subscribe(changed);
  }, [observed]);
  return observed.value;
}
