import type { DeepReadonly } from '../../../../apis/meta/v1.ts';

/** A copy of JSON data that may be changed at will. Several times as fast as `structuredClone`. */
export function deepCopy<T>(value: DeepReadonly<T>): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const from = value as Readonly<Record<string, unknown>>;
  const to: Record<string, unknown> = {};
  for (const key in from) {
    // Assigned, `__proto__` would become the prototype.
    if (key === '__proto__')
      Object.defineProperty(to, key, { value: copy(from[key]), enumerable: true, writable: true, configurable: true });
    else to[key] = copy(from[key]);
  }
  return to;
}
