import { type GroupResource, StatusError } from '../errors/status-error.ts';

/** What the router says, before anything is known of the object: without its name, with empty details. */
function routing(code: number, reason: string, message: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    reason,
    details: {},
    code,
  });
}

export function methodNotAllowed(): StatusError {
  return routing(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function unsupportedPatchType(): StatusError {
  return routing(415, 'UnsupportedMediaType', '415: Unsupported Media Type');
}

export function tooLargeResourceVersion(asked: number, current: number): StatusError {
  return new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      ...{ metadata: {} },
      status: 'Failure',
      message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
      reason: 'Timeout',
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
      code: 504,
    },
    { 'retry-after': '1' },
  );
}

/** Of custom resources, which have no router. */
export function methodNotSupported({ group, plural }: GroupResource, verb: string): StatusError {
  const what = group === '' ? plural : `${plural}.${group}`;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message: `${verb} is not supported on resources of kind ${JSON.stringify(what)}`,
    reason: 'MethodNotAllowed',
    details: { ...(group === '' ? {} : { group }), kind: plural },
    code: 405,
  });
}
