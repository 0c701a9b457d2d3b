import { invalid } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { nonNegative } from '../../validation/fields.ts';

interface Counted {
  readonly status?: object;
}

/**
 * Counts in a status: none negative, and none of `bounded` above the number of replicas that there are. `ready`: what no more can
 * be available than, in the words of the refusal.
 */
export function replicaCounts(
  counts: readonly string[],
  bounded: readonly string[],
  ready = 'readyReplicas',
): (object: Counted) => readonly FieldError[] {
  return ({ status }) => {
    const count = (field: string): number => Number((status as Record<string, unknown> | undefined)?.[field] ?? 0);
    const errors = counts.flatMap((field) => nonNegative(count(field), `status.${field}`));
    for (const field of bounded) {
      if (count(field) <= count('replicas')) continue;
      errors.push(invalid(`status.${field}`, count(field), 'cannot be greater than status.replicas'));
    }
    if (bounded.includes('availableReplicas') && count('availableReplicas') > count('readyReplicas')) {
      const why = `cannot be greater than ${ready}`;
      errors.push(invalid('status.availableReplicas', count('availableReplicas'), why));
    }
    return errors;
  };
}
