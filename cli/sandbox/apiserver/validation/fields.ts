import { invalid, invalidFor } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { isDns1123Label, isDns1123Subdomain, isPercent, isPortName, isPortNumber, isQualifiedName } from './names.ts';

/** Checks of single fields that many kinds share. */

export function validateDnsLabel(value: string, path: string): FieldError[] {
  return invalidFor(path, value, isDns1123Label(value));
}

export function validateDnsSubdomain(value: string, path: string): FieldError[] {
  return invalidFor(path, value, isDns1123Subdomain(value));
}

export function validateQualifiedName(value: string, path: string): FieldError[] {
  return invalidFor(path, value, isQualifiedName(value));
}

export function validatePortNumberOrName(value: unknown, path: string): FieldError[] {
  if (typeof value === 'number') return invalidFor(path, value, isPortNumber(value));
  return typeof value === 'string' ? invalidFor(path, value, isPortName(value)) : [];
}

export function nonNegative(value: number | null | undefined, path: string): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];
}

/** `3` or `25%`. */
export function validateIntOrPercent(value: unknown, path: string): FieldError[] {
  if (typeof value === 'number') return nonNegative(value, path);
  return typeof value === 'string' ? invalidFor(path, value, isPercent(value)) : [];
}

export function atMost100Percent(value: unknown, path: string): FieldError[] {
  const percent = percentOf(value);
  return percent !== undefined && percent > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];
}

function percentOf(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+%$/.test(value) ? Number(value.slice(0, -1)) : undefined;
}

/** The number before the percent sign, or the number. */
export function intOrPercentValue(value: unknown): number {
  return percentOf(value) ?? (typeof value === 'number' ? value : 0);
}
