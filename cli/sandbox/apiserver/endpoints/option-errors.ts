import type { FieldError } from '../errors/status-error.ts';
import { badRequest, invalid, type StatusError } from '../errors/status-error.ts';

/** 422 of `ListOptions`, `CreateOptions` and their kin. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): StatusError {
  return invalid({ group: 'meta.k8s.io', kind }, '', errors);
}

/** A whole number of a query, as Go reads it. @throws {StatusError} 400 */
export function integerOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (text.length > 15 && BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return Number(text);
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** Why a resourceVersion is none; `undefined`: it is one. */
export function versionProblem(text: string): string | undefined {
  const isNumber = /^\d+$/.test(text);
  if (isNumber && (text.length < 20 || BigInt(text) <= MAX_UINT64)) return undefined;
  const quoted = JSON.stringify(text);
  const why = isNumber ? 'value out of range' : 'invalid syntax';
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`;
}
