import { jsonSyntaxProblem } from '../decoding/json-syntax.ts';
import { badRequest, StatusError } from '../errors/status-error.ts';

/** Where a list goes on. Kubernetes: `EncodeContinue`. */
export interface Position {
  /** `undefined`: at whatever there is now, after a page expired. */
  readonly revision: number | undefined;
  /** The first key that may come, such as `shop/web\0`. */
  readonly start: string;
}

export function encodeContinue({ revision, start }: Position): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision ?? -1, start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** @throws {StatusError} 400 */
export function decodeContinue(text: string): Position {
  const bytes = Buffer.from(text, 'base64url');
  const json = bytes.toString('utf8');
  let token: unknown;
  try {
    token = JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) throw notValid(jsonSyntaxProblem(bytes.toString('latin1')));
    throw error;
  }
  const { v, rv, start } = folded(token);
  if (v !== 'meta.k8s.io/v1') throw notValid(`server does not recognize this encoded version ${String(v ?? '')}`);
  if (rv !== undefined && !Number.isInteger(rv))
    throw notValid('json: cannot unmarshal rv into Go value of type int64');
  if (typeof rv !== 'number' || rv === 0)
    throw notValid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw notValid('encoded start key empty (version meta.k8s.io/v1)');
  if (start.startsWith('/') || start.split('/').includes('..')) {
    throw notValid(`${JSON.stringify(`/${start}`)}`);
  }
  return { revision: rv < 0 ? undefined : rv, start };
}

/** Go reads keys whatever their case. */
function folded(token: unknown): Readonly<Record<string, unknown>> {
  const entries = typeof token === 'object' && token !== null ? Object.entries(token) : [];
  return Object.fromEntries(entries.map(([key, value]) => [key.toLowerCase(), value]));
}

function notValid(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}

/** 410, with a token by which the rest can still be had, as it is then. */
export function continueExpired({ start }: Position): StatusError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: { continue: encodeContinue({ revision: undefined, start }) } },
    status: 'Failure',
    message,
    reason: 'Expired',
    code: 410,
  });
}
