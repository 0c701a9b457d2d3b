import { isMap, own } from '../schema/json-value.ts';

/** A JSON object whose content nobody has checked: `__proto__` may be one of its keys. */
export type JsonObject = Record<string, unknown>;

/** Sets a property in place, `__proto__` like any other. */
export function put(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** As Go's `%v` prints what was decoded from JSON: `map[image:x name:web]`. It stands in Kubernetes' messages. */
export function goString(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goString).join(' ')}]`;
  if (!isMap(value)) return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goString(own(value, key))}`).join(' ')}]`;
}
