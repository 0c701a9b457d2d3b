import { bareFailure, StatusError } from '../errors/status-error.ts';

/** A patch that can be read but not carried out. Kubernetes keeps the reason to itself. */
export function unprocessablePatch(): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    reason: 'Invalid',
    details: {},
    code: 422,
  });
}

/** What Kubernetes answers where its patch engine gives up with an error that has no status of its own. */
export function brokenPatch(message: string): StatusError {
  return bareFailure(message);
}
