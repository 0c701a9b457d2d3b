import { StatusError } from '../errors/status-error.ts';

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
export function negotiate(accept: string | undefined, forList = false): Form {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return PLAIN;
  const known = remembered.get(accept);
  if (known !== undefined) return known;
  const form = chosen(accept, forList);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(accept, form);
  return form;
}

function chosen(accept: string, forList: boolean): Form {
  const clauses = accept
    .split(',')
    .map(parsed)
    .map((clause, index) => ({ ...clause, index }))
    .sort((a, b) => b.quality - a.quality || a.index - b.index);
  let refusedTransform = false;
  for (const { type, parameters } of clauses) {
    const mediaType = mediaTypeOf(type);
    if (mediaType === undefined) continue;
    const as = parameters.get('as');
    if (as === undefined) return { ...PLAIN, mediaType };
    const transform = Object.hasOwn(TRANSFORMS, as) ? TRANSFORMS[as] : undefined;
    const version = parameters.get('v') ?? 'v1';
    if (
      transform !== undefined &&
      parameters.get('g') === 'meta.k8s.io' &&
      (version === 'v1' || version === 'v1beta1')
    ) {
      return { ...transform, mediaType, metaVersion: version };
    }
    refusedTransform = true;
  }
  throw notAcceptable(refusedTransform, forList);
}

function mediaTypeOf(type: string): Form['mediaType'] | undefined {
  // Kubernetes' router knows no `application/*`.
  if (type === 'application/json' || type === '*/*') return 'application/json';
  return type === 'application/yaml' ? 'application/yaml' : undefined;
}

function parsed(clause: string): { type: string; parameters: Map<string, string>; quality: number } {
  const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key.trim(), value.trim().replaceAll('"', '')] as const;
    }),
  );
  return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1) };
}

const AVAILABLE = [...MEDIA_TYPES, 'application/vnd.kubernetes.protobuf'].join(', ');

/** Where a watch may be asked for, its types may be had, too. */
const WATCHABLE = `${AVAILABLE}, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch`;

function notAcceptable(isTransform: boolean, forList: boolean): StatusError {
  const message = isTransform
    ? `only the following media types are accepted: ${AVAILABLE}`
    : `406: Not Acceptable\n\nAvailable representations: ${forList ? WATCHABLE : AVAILABLE}`;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    ...{ metadata: {} },
    status: 'Failure',
    message,
    reason: 'NotAcceptable',
    ...(isTransform ? {} : { details: {} }),
    code: 406,
  });
}

/** Events come as JSON only. */
export function notWatchable(): StatusError {
  return notAcceptable(true, true);
}

/** The media type of a body, without its parameters. */
export function contentTypeOf(header: string | undefined): string {
  if (header === undefined || header === '') return '';
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  // Parameters that are none make Go refuse the whole; with none at all, JSON is meant.
  return type === '' || parameters.some((parameter) => !parameter.includes('=')) ? 'invalid' : type;
}
