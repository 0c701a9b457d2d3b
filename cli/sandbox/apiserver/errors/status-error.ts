import type { Status, StatusCause } from '../../../../apis/meta/v1.ts';

/** A failure that the server answers with: the HTTP status and body are those of `status`. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;
  /** Sent with the answer, such as `retry-after`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, headers: Readonly<Record<string, string>> = {}) {
    super(status.message ?? status.reason ?? 'failure');
    this.status = status;
    this.headers = headers;
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

/** What is wrong with one field, in Kubernetes' words (`field.Error`). */
export interface FieldError {
  /** Such as `spec.ports[0].port`. */
  readonly field: string;
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTooFew'
    | 'FieldValueTooShort'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotFound'
    | 'InternalError';
  /** Without the field: `Required value`, `Invalid value: 70000: must be between 1 and 65535, inclusive`. */
  readonly message: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export interface GroupResource {
  readonly group: string;
  /** The plural name. */
  readonly plural: string;
}

// ---- what is wrong with the request as such

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

export function unauthorized(): StatusError {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

/** `message` is all that follows `… is forbidden: `. */
export function forbidden(resource: GroupResource, name: string, message: string): StatusError {
  const what = name === '' ? `${named(resource)} is forbidden` : `${named(resource)} ${quote(name)} is forbidden`;
  return failure(403, 'Forbidden', `${what}: ${message}`, details(resource, name));
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return failure(404, 'NotFound', `${named(resource)} ${quote(name)} not found`, details(resource, name));
}

/** A path that leads to no resource at all. */
export function noSuchResource(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function notAcceptable(accepted: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return failure(406, 'NotAcceptable', message);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message);
}

export function requestEntityTooLarge(message: string): StatusError {
  return failure(413, 'RequestEntityTooLarge', message);
}

/** What this server lacks on purpose: it is not a general Kubernetes. */
export function notImplemented(what: string): StatusError {
  return failure(501, 'NotImplemented', `the embedded API server does not implement ${what}`);
}

// ---- what is wrong with the object

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return failure(409, 'AlreadyExists', `${named(resource)} ${quote(name)} already exists`, details(resource, name));
}

/** `why`: what follows `Operation cannot be fulfilled on … : `. */
export function conflict(resource: GroupResource, name: string, why = OBJECT_MODIFIED): StatusError {
  const message = `Operation cannot be fulfilled on ${named(resource)} ${quote(name)}: ${why}`;
  return failure(409, 'Conflict', message, details(resource, name));
}

export const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  // What was found twice is told once, though it stays two causes.
  const told = [...new Set(texts)];
  const list = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
  return failure(422, 'Invalid', `${qualified} ${quote(name)} is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: errors.map(({ reason, message, field }): StatusCause => ({ reason, message, field })),
  });
}

// ---- what the server cannot do now

export function expired(message: string): StatusError {
  return failure(410, 'Expired', message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return failure(429, 'TooManyRequests', message, { retryAfterSeconds }, headers);
}

/** What a proxy says of what it does not reach. */
export function serviceUnavailable(message: string): StatusError {
  return failure(503, 'ServiceUnavailable', message);
}

export function internalError(message: string): StatusError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** A 500 without a reason: what Kubernetes makes of an error that is no Status. */
export function bareFailure(message: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    code: 500,
  });
}

function failure(
  code: number,
  reason: string,
  message: string,
  about?: NonNullable<Status['details']>,
  headers?: Readonly<Record<string, string>>,
): StatusError {
  const body: Status = { kind: 'Status', apiVersion: 'v1', ...{ metadata: {} }, status: 'Failure', message, reason };
  return new StatusError({ ...body, ...(about === undefined ? {} : { details: about }), code }, headers);
}

function details(resource: GroupResource, name: string): NonNullable<Status['details']> {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

/** `deployments.apps`, or `pods` for the core group. */
function named({ group, plural }: GroupResource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
