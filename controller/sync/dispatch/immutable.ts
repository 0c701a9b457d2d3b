import { ApiError, isInvalid } from '../../kube/errors.ts';

/** One field whose new value an API server refused, and what it said of it. */
export interface RefusedField {
  readonly field: string;
  readonly said: string;
}

const MOST_FIELDS = 5;
const LONGEST_SAYING = 300;

/**
 * The fields for which the validation of a kind refused an update; empty when it was something else. API servers answer
 * 422 with a cause for each field. Admission can answer 422 too: a ValidatingAdmissionPolicy names no field, and neither
 * does a webhook, whose words are recognised besides, for it may write any answer.
 *
 * The words alone do not tell an immutable field from a bad value: each kind has its own ("field is immutable", "may not
 * change once set", "cannot change roleRef", "updates to statefulset spec for fields other than …"), and a CRD's transition
 * rules have any. Whoever asks has to try whether the object would be accepted as a new one.
 */
export function refusedFields(error: unknown): readonly RefusedField[] {
  if (!isInvalid(error) || !(error instanceof ApiError) || error.reason !== 'Invalid') return [];
  const { message = '', details } = error.body ?? {};
  const causes = details?.causes ?? [];
  if (/admission webhook "[^"]*" denied the request/.test(message)) return [];
  if (causes.length === 0 || causes.some(({ field }) => !field)) return [];
  return causes.map(({ field = '', message: said = '' }) => ({ field, said: brief(said) }));
}

/** `spec.selector (field is immutable)`; at most a handful, for a status. */
export function describeRefused(fields: readonly RefusedField[]): string {
  const named = fields.slice(0, MOST_FIELDS).map(({ field, said }) => `${field} (${said})`);
  return [...named, ...(fields.length > MOST_FIELDS ? [`${fields.length - MOST_FIELDS} more`] : [])].join(', ');
}

/** API servers repeat the whole value, which may be a pod template, and show a diff; the reason stands behind or before it. */
function brief(said: string): string {
  const [line = ''] = said.split('\n');
  const reason = /^Invalid value: [[{].*[\]}]: (.+)$/.exec(line)?.[1] ?? line.replace(/^Forbidden: /, '');
  return reason.length <= LONGEST_SAYING ? reason : `${reason.slice(0, LONGEST_SAYING)} […]`;
}

/**
 * Whether a trial of creating the object, which still exists, was accepted as far as one can be: its name is taken, and
 * nothing else was wrong. What the present copy occupies (ports, addresses, quota) is free once it is gone.
 */
export function wouldBeAccepted(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === 409 && error.reason === 'AlreadyExists') return true;
  if (error.code === 403) return /\bexceeded quota\b/.test(error.message);
  const causes = refusedFields(error);
  return causes.length > 0 && causes.every(({ said }) => /already allocated/.test(said));
}
