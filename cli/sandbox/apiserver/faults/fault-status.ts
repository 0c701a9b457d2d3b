import { expired, internalError, StatusError, tooManyRequests, unauthorized } from '../errors/status-error.ts';
import type { FaultEffect } from './fault-rule.ts';

type StatusFault = Extract<FaultEffect, { kind: 'status' }>;

/** The failure that a rule asks for, in the words of a server that really is in that trouble. */
export function failureOf({ code, message, retryAfterSeconds }: StatusFault): StatusError {
  const failure = usual(code, retryAfterSeconds);
  const status = message === undefined ? failure.status : { ...failure.status, message };
  if (retryAfterSeconds === undefined) return new StatusError(status, failure.headers);
  const details = { ...status.details, retryAfterSeconds };
  return new StatusError({ ...status, details }, { ...failure.headers, 'retry-after': String(retryAfterSeconds) });
}

function usual(code: StatusFault['code'], retryAfterSeconds = 1): StatusError {
  switch (code) {
    case 401:
      return unauthorized();
    case 410:
      return expired('The resourceVersion for the provided watch is too old.');
    case 429:
      return tooManyRequests('too many requests, please try again later.', retryAfterSeconds);
    case 500:
      return internalError('etcdserver: request timed out');
    default: {
      const [reason, message] = OTHERS[code];
      return new StatusError({
        kind: 'Status',
        apiVersion: 'v1',
        ...{ metadata: {} },
        status: 'Failure',
        message,
        reason,
        code,
      });
    }
  }
}

const OTHERS: Readonly<Record<403 | 404 | 409 | 502 | 503 | 504, readonly [reason: string, message: string]>> = {
  403: ['Forbidden', 'forbidden'],
  404: ['NotFound', 'the server could not find the requested resource'],
  409: ['Conflict', 'the object has been modified; please apply your changes to the latest version and try again'],
  502: ['InternalError', 'an error on the server ("") has prevented the request from succeeding'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within the allotted timeout'],
};
