import { invalid } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';

export const IMMUTABLE = 'field is immutable';

/** An error unless both are equal; `null`, absent, and empty lists and maps are the same. */
export function immutable(path: string, value: unknown, stored: unknown): FieldError[] {
  return semanticallyEqual(value, stored) ? [] : [invalid(path, value, IMMUTABLE)];
}

/** `apiequality.Semantic.DeepEqual` on what Go has encoded: nothing and empty are the same. */
export function semanticallyEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => semanticallyEqual(item, b[i]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  for (const key of Object.keys(a)) if (!semanticallyEqual(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (!(key in a) && !isEmpty(b[key])) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
