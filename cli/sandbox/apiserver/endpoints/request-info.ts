import { badRequest } from '../errors/status-error.ts';
import { durationProblem } from './go-duration.ts';

/** What a request asks for, as its method and path say it. Kubernetes: `RequestInfo`. */
export interface RequestInfo {
  /** `get`, `list`, …; for what is no resource the HTTP method in lower case. */
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly resourceRequest: boolean;
  readonly group: string;
  readonly version: string;
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  /** The plural name; empty for what is no resource. */
  readonly resource: string;
  readonly subresource: string;
  /** In the path, or the one that a field selector names. */
  readonly name: string;
  /** Whether the path itself names an object. */
  readonly named: boolean;
  /** The path goes on after the subresource. */
  readonly tooLong: boolean;
}

const NO_QUERY = new URLSearchParams();
/** Parts of a Namespace itself, not resources in it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** @throws {StatusError} 400: the path cannot be decoded. */
export function requestInfoOf(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : readQuery(url.slice(mark + 1));
  const whole = decoded(path);
  const parts = whole.split('/').filter((part) => part !== '');
  const other = nonResource(method, path, query);
  const isCore = parts[0] === 'api';
  if ((!isCore && parts[0] !== 'apis') || whole.startsWith('//')) return other;
  const prefix = isCore ? 2 : 3;
  if (parts.length <= prefix) return other;

  const group = isCore ? '' : (parts[1] ?? '');
  const version = parts[prefix - 1] ?? '';
  let rest = parts.slice(prefix);
  let watches = false;
  if (rest[0] === 'watch' && rest.length > 1) {
    watches = true;
    rest = rest.slice(1);
  }
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    // A namespace without a name is all of them.
    if (whole.includes('/namespaces//')) rest.splice(1, 0, '');
    namespace = rest[1] ?? '';
    if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '')) rest = rest.slice(2);
    else if (isCore) namespace = '';
  }
  const [resource = '', inPath = '', subresource = ''] = rest;
  const name = inPath === '' ? nameInSelector(query) : inPath;
  const verb = verbOf(method, inPath !== '', watches, query);
  if (verb !== 'watch') checkTimeout(query);
  return {
    verb,
    method,
    path,
    query,
    resourceRequest: true,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    named: inPath !== '' && !watches,
    tooLong: rest.length > 3,
  };
}

function verbOf(method: string, named: boolean, watches: boolean, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watches) return 'watch';
      if (named) return 'get';
      return isTrue(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return '';
  }
}

/** As Kubernetes reads booleans of a query: all but `false`, `0` and nothing. */
export function isTrue(parameter: string | null): boolean {
  if (parameter === null) return false;
  const text = parameter.toLowerCase();
  return text !== 'false' && text !== '0';
}

/** As Go reads queries: what is not encoded well is not there. */
function readQuery(text: string): URLSearchParams {
  if (!/%(?![0-9a-fA-F]{2})|;/.test(text)) return new URLSearchParams(text);
  const pairs = text.split('&').filter((pair) => !/%(?![0-9a-fA-F]{2})|;/.test(pair));
  return new URLSearchParams(pairs.join('&'));
}

/** Before anything else is looked at. @throws {StatusError} 400 */
function checkTimeout(query: URLSearchParams): void {
  const timeout = query.get('timeout') ?? '';
  const problem = timeout === '' ? undefined : durationProblem(timeout);
  if (problem !== undefined) throw badRequest(`invalid timeout specified in the request URL - ${problem}`);
}

/** Rights to one object by name hold for a list or watch of that object alone. */
function nameInSelector(query: URLSearchParams): string {
  return /^metadata\.name==?([^,=!\\]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
}

function nonResource(method: string, path: string, query: URLSearchParams): RequestInfo {
  return {
    verb: method.toLowerCase(),
    method,
    path,
    query,
    resourceRequest: false,
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    named: false,
    tooLong: false,
  };
}

function decoded(part = ''): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) throw badRequest(`invalid URL escape ${JSON.stringify(part)}`);
    throw error;
  }
}
