/** One thing that is wrong with an object, in the words a person can act on. */
export interface FieldError {
  /** Where: `spec.placement.clusters[0].name`. */
  path: string;
  message: string;
}

export function required(path: string): FieldError {
  return { path, message: 'is required' };
}

/** A value that may not be what it is. The value is quoted: never pass one that is secret. */
export function invalid(path: string, value: unknown, why: string): FieldError {
  return { path, message: `${JSON.stringify(value) ?? 'nothing'} ${why}` };
}

export function notSupported(path: string, value: unknown, accepted: readonly string[]): FieldError {
  return invalid(path, value, `is not one of ${accepted.map((word) => JSON.stringify(word)).join(', ')}`);
}

export function duplicate(path: string, value: unknown): FieldError {
  return invalid(path, value, 'stands there twice');
}

/** KubeFed's rule for enumerations: a missing or empty word is `required`, an unknown one is named with those that are known. */
export function oneOf(path: string, value: unknown, accepted: readonly string[]): FieldError[] {
  if (value === undefined || value === null || value === '') return [required(path)];
  return typeof value === 'string' && accepted.includes(value) ? [] : [notSupported(path, value, accepted)];
}

/** `spec.replicas: is required; spec.x: …`, for one line of an error or a condition. */
export function describeFieldErrors(errors: readonly FieldError[]): string {
  return errors.map((error) => `${error.path}: ${error.message}`).join('; ');
}

/** What one of the `…Fault` functions found, as an error at a path. */
export function fault(path: string, value: unknown, why: string | undefined): FieldError[] {
  return why === undefined ? [] : [invalid(path, value, why)];
}

/** An object that cannot be acted upon, with everything that is wrong with it. */
export class InvalidObjectError extends Error {
  readonly code = 'InvalidObject';
  readonly errors: readonly FieldError[];

  constructor(what: string, errors: readonly FieldError[]) {
    super(`${what} is not valid: ${describeFieldErrors(errors)}`);
    this.name = 'InvalidObjectError';
    this.errors = errors;
  }
}
