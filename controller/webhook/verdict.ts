import type { FieldError } from '../../apis/field-error.ts';
import { ALLOWED, type Verdict } from './admission-review.ts';

/**
 * Refuses what is wrong. What was wrong before is no reason: an object that came in when nobody looked must stay one that
 * can be labelled, mended bit by bit and, by its controllers, finished with. Its faults become warnings.
 *
 * @param before what was wrong with the object as it is stored; empty for a creation
 */
export function verdictOn(faults: readonly string[], before: readonly string[] = []): Verdict {
  const known = new Set(before.map(withoutPositions));
  const added = faults.filter((fault) => !known.has(withoutPositions(fault)));
  if (added.length > 0) return { allowed: false, message: added.join('; ') };
  return faults.length === 0 ? ALLOWED : { allowed: true, warnings: faults };
}

export function inWords(errors: readonly FieldError[]): string[] {
  return errors.map(({ path, message }) => `${path}: ${message}`);
}

/** A fault is the same one when it has moved within its list. */
function withoutPositions(fault: string): string {
  return fault.replace(/\[\d+\]/g, '[]');
}
