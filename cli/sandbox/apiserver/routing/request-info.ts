import { badRequest, internalError, type StatusError } from '../errors/status-error.ts';
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
  /** What follows the version, empty parts too: the router of built-in APIs looks at each. */
  readonly segments: readonly string[];
}

const NO_QUERY = new URLSearchParams();
/** Parts of a Namespace itself, not resources in it. */
export const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** @throws {StatusError} 400: the path or the timeout cannot be read; 500: nothing to watch */
export function requestInfoOf(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = decoded(mark < 0 ? url : url.slice(0, mark));
  const query = mark < 0 ? NO_QUERY : readQuery(url.slice(mark + 1));
  const info = infoOf(method, path, query);
  // Those may take as long as they like.
  if (info.verb !== 'watch' && info.verb !== 'proxy' && !LONG_RUNNING.has(info.subresource)) checkTimeout(query);
  return info;
}

const LONG_RUNNING = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

function infoOf(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = path.replace(/^\/+|\/+$/g, '').split('/');
  const isCore = parts[0] === 'api';
  const prefix = isCore ? 2 : 3;
  if ((!isCore && parts[0] !== 'apis') || parts.length <= prefix) return nonResource(method, path, query);

  const segments = parts.slice(prefix);
  let rest = segments;
  let special: string | undefined;
  if (rest[0] === 'watch' || rest[0] === 'proxy') {
    if (rest.length === 1) throw undetermined(path);
    [special] = rest;
    rest = rest.slice(1);
  }
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    const isWithin = rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '');
    // A Namespace is no place for itself.
    if (isWithin || !isCore) namespace = rest[1] ?? '';
    if (isWithin) rest = rest.slice(2);
  }
  const [resource = '', inPath = '', third = ''] = rest;
  const verb = special ?? verbOf(method, inPath !== '', query);
  const selectsName = inPath === '' && special === undefined && (verb === 'list' || verb === 'watch');
  return {
    verb,
    method,
    path,
    query,
    resourceRequest: true,
    group: isCore ? '' : (parts[1] ?? ''),
    version: parts[prefix - 1] ?? '',
    namespace,
    resource,
    subresource: special === 'proxy' ? '' : third,
    name: selectsName ? nameInSelector(query) : inPath,
    named: inPath !== '' && special === undefined,
    segments,
  };
}

function undetermined(path: string): StatusError {
  return internalError(`failed to create RequestInfo: unable to determine kind and namespace from url, ${path}`);
}

function verbOf(method: string, named: boolean, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
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
    segments: [],
  };
}

/** Go decodes bytes, whether they make characters or not. @throws {StatusError} 400 */
function decoded(path: string): string {
  if (!path.includes('%')) return path;
  if (/%(?![0-9a-fA-F]{2})/.test(path)) throw badRequest(`invalid URL escape ${JSON.stringify(path)}`);
  const bytes = path.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
