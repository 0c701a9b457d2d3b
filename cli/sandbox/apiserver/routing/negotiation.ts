import { StatusError } from '../errors/status-error.ts';
import { type AcceptClause, acceptClauses, accepts, routerAccepts } from './accept-clauses.ts';

/** How an answer is to look. */
export interface Form {
  readonly as: 'object' | 'metadata' | 'table';
  readonly mediaType: 'application/json' | 'application/yaml';
  /** Of the metadata or table: `v1`, or `v1beta1` for old clients. */
  readonly metaVersion: string;
  /** `as=PartialObjectMetadata` or `…List`. */
  readonly list: boolean;
}

export const MEDIA_TYPES: readonly string[] = ['application/json', 'application/yaml'];

const PLAIN: Form = { as: 'object', mediaType: 'application/json', metaVersion: 'v1', list: false };
const TRANSFORMS: Readonly<Record<string, Pick<Form, 'as' | 'list'>>> = {
  Table: { as: 'table', list: false },
  PartialObjectMetadata: { as: 'metadata', list: false },
  PartialObjectMetadataList: { as: 'metadata', list: true },
};
/** Clients ask in few ways, each of them very often. */
const remembered = new Map<string, Form>();
const REMEMBERED = 100;

/** @throws {StatusError} 406: nothing that the client takes can be had here. */
export function negotiate(accept: string | undefined, hasTable = true): Form {
  if (accept === undefined || isPlain(accept)) return PLAIN;
  if (!hasTable) return chosen(accept, false);
  const known = remembered.get(accept);
  if (known !== undefined) return known;
  const form = chosen(accept, true);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(accept, form);
  return form;
}

/** As the router of the built-in APIs does before. @throws {StatusError} 406 */
export function checkRoutedAccept(accept: string | undefined, forList: boolean): void {
  if (accept === undefined || isPlain(accept) || routerAccepts(accept, ROUTED)) return;
  throw notAcceptableToRouter((forList ? WATCHABLE : AVAILABLE).split(', '));
}

export function notAcceptableToRouter(available: readonly string[]): StatusError {
  return refusal(`406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`, true);
}

function isPlain(accept: string): boolean {
  return accept === '' || accept === '*/*' || accept === 'application/json';
}

/** What this server does not speak stands in it, as kube-apiserver would. */
const ROUTED = [...MEDIA_TYPES, 'application/vnd.kubernetes.protobuf'];

function chosen(accept: string, hasTable: boolean): Form {
  for (const clause of acceptClauses(accept)) {
    for (const mediaType of ['application/json', 'application/yaml'] as const) {
      const form = accepts(clause, mediaType) ? formOf(clause, mediaType) : undefined;
      if (form !== undefined && (hasTable || form.as !== 'table')) return form;
    }
  }
  throw notAcceptable();
}

/** The type as the clause's parameters want it; `undefined`: it cannot be had so. */
function formOf({ parameters }: AcceptClause, mediaType: Form['mediaType']): Form | undefined {
  const stream = parameters.get('stream');
  if (stream !== undefined && (stream !== 'watch' || mediaType === 'application/yaml')) return undefined;
  const serverVersion = parameters.get('sv');
  if (serverVersion !== undefined && serverVersion !== 'v1') return undefined;
  if (!['as', 'g', 'v'].some((key) => parameters.has(key))) return { ...PLAIN, mediaType };
  const as = parameters.get('as') ?? '';
  const transform = Object.hasOwn(TRANSFORMS, as) ? TRANSFORMS[as] : undefined;
  const version = parameters.get('v') ?? '';
  const isMeta = parameters.get('g') === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1');
  return transform === undefined || !isMeta ? undefined : { ...transform, mediaType, metaVersion: version };
}

const AVAILABLE = [...MEDIA_TYPES, 'application/vnd.kubernetes.protobuf'].join(', ');

/** Where a watch may be asked for, its types may be had, too. */
const WATCHABLE = `${AVAILABLE}, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch`;

function notAcceptable(): StatusError {
  return refusal(`only the following media types are accepted: ${AVAILABLE}`, false);
}

function refusal(message: string, byRouter: boolean): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    reason: 'NotAcceptable',
    ...(byRouter ? { details: {} } : {}),
    code: 406,
  });
}

/** Events come as JSON only. */
export function notWatchable(): StatusError {
  return notAcceptable();
}

/** The media type of a body, as Go's `mime` reads it: without its parameters; `invalid` where it cannot be read. */
export function contentTypeOf(header: string | undefined): string {
  if (header === undefined || header === '' || header === 'application/json') return header ?? '';
  const [, type = '', parameters = ''] = /^\s*([^;]*?)\s*((?:;.*)?)$/s.exec(header) ?? [];
  if (!MEDIA_TYPE.test(type)) return 'invalid';
  const seen = new Set<string>();
  let rest = parameters;
  while (rest.trim() !== '' && rest.trim() !== ';') {
    const [all, key = ''] = PARAMETER.exec(rest) ?? [];
    if (all === undefined || seen.has(key.toLowerCase())) return 'invalid';
    seen.add(key.toLowerCase());
    rest = rest.slice(all.length);
  }
  return type.toLowerCase();
}

const MEDIA_TYPE = /^[!#$%&'*+.^_`|~\w-]+(?:\/[!#$%&'*+.^_`|~\w-]+)?$/;
const PARAMETER = /^\s*;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"(?:[^"\\\r\n]|\\.)*"|[!#$%&'*+.^_`|~\w-]+)/;
