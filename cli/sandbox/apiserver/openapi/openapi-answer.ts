import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { acceptClauses, accepts as clauseAccepts } from '../routing/accept-clauses.ts';
import { openApiV2 } from './openapi-v2.ts';
import { openApiV3 } from './openapi-v3.ts';
import { openApiV2Protobuf } from './protobuf-v2.ts';

export interface OpenApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The header; empty for none. */
  readonly accept: string;
  readonly ifNoneMatch?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly range?: string | undefined;
}

export interface OpenApiAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const UNCACHED = { 'cache-control': 'no-cache, private' };
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * `/openapi/v2`, `/openapi/v3` and the documents that the latter lists; `undefined`: the path is none of these. Documents are made
 * when they are first asked for, and shared by all servers of the process that serve the same.
 */
export function openApiAnswer(
  request: OpenApiRequest,
  definitions: Iterable<ResourceDefinition>,
): OpenApiAnswer | undefined {
  const { path } = request;
  // Whatever the method: Kubernetes does not look at it.
  if (path !== '/openapi/v2' && path !== '/openapi/v3' && !path.startsWith('/openapi/v3/')) return undefined;
  const answer = documentOf(request, definitions);
  return answer.code === 200 ? served(request, answer) : answer;
}

function documentOf(request: OpenApiRequest, definitions: Iterable<ResourceDefinition>): OpenApiAnswer {
  const { path } = request;
  const groupVersions = byGroupVersion(definitions);
  if (path === '/openapi/v3') return indexAnswer(groupVersions);
  if (path === '/openapi/v2') return v2Answer(request, groupVersions);
  const resources = groupVersions.get(path.slice('/openapi/v3/'.length));
  return resources === undefined ? { code: 404, headers: UNCACHED, body: '' } : v3Answer(request, resources);
}

type GroupVersions = ReadonlyMap<string, readonly ResourceDefinition[]>;

/** By their paths: `api/v1`, `apis/apps/v1`. */
function byGroupVersion(definitions: Iterable<ResourceDefinition>): GroupVersions {
  const groups = new Map<string, ResourceDefinition[]>();
  for (const definition of definitions) {
    const { group, version } = definition;
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    const list = groups.get(path);
    if (list === undefined) groups.set(path, [definition]);
    else list.push(definition);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function indexAnswer(groupVersions: GroupVersions): OpenApiAnswer {
  const paths = Object.fromEntries(
    [...groupVersions].map(([path, resources]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${v3Document(resources).hash}` },
    ]),
  );
  // Of this type in Kubernetes, too.
  const headers = { ...UNCACHED, 'content-type': 'text/plain; charset=utf-8' };
  return { code: 200, headers, body: JSON.stringify({ paths }) };
}

function v3Answer({ path, query, accept }: OpenApiRequest, resources: readonly ResourceDefinition[]) {
  // What holds no type at all is not refused, and not answered either.
  if (accept !== '' && acceptClauses(accept).length === 0) return { code: 200, headers: UNCACHED, body: '' };
  if (!accepts(accept, 'application/json')) return notAcceptable();
  const { text, hash } = v3Document(resources);
  const etag = `"${hash}"`;
  const headers = { ...UNCACHED, vary: 'Accept', etag, 'content-type': 'application/json' };
  const asked = query.get('hash');
  if (asked !== null && asked !== hash) {
    return { code: 301, headers: { ...headers, location: `${path}?hash=${hash}` }, body: '' };
  }
  // Under the right hash it never changes.
  const cached = asked === null ? headers : { ...headers, 'cache-control': 'public, immutable', expires: inAYear() };
  return { code: 200, headers: cached, body: text };
}

/** As Go serves what does not change often: only when it is another than the client has, and in part. */
function served({ method, ifNoneMatch, ifMatch, range }: OpenApiRequest, answer: OpenApiAnswer): OpenApiAnswer {
  const { etag } = answer.headers;
  const names = (tags: string) => tags.trim() === '*' || (etag !== undefined && tags.includes(etag));
  const bare = (code: number) => {
    const { 'content-type': _, ...headers } = answer.headers;
    return { code, headers, body: '' };
  };
  if (ifMatch !== undefined && ifMatch !== '' && !names(ifMatch)) return bare(412);
  if (ifNoneMatch !== undefined && ifNoneMatch !== '' && names(ifNoneMatch)) {
    return bare(method === 'GET' || method === 'HEAD' ? 304 : 412);
  }
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const body = Buffer.from(answer.body);
  if (start === undefined || Number(start) > Number(end) || Number(start) >= body.length) return answer;
  const last = Math.min(Number(end), body.length - 1);
  const headers = { ...answer.headers, 'content-range': `bytes ${start}-${last}/${body.length}` };
  return { code: 206, headers, body: body.subarray(Number(start), last + 1) };
}

function inAYear(): string {
  return new Date(Date.now() + 365 * 24 * 3600 * 1000).toUTCString();
}

function v2Answer({ accept }: OpenApiRequest, groupVersions: GroupVersions): OpenApiAnswer {
  const wantsProtobuf = /application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/.test(accept);
  if (!wantsProtobuf && !accepts(accept, 'application/json')) return notAcceptable();
  const { json, protobuf, hash } = v2Document(groupVersions);
  const etag = `"${hash}"`;
  const headers = { ...UNCACHED, vary: 'Accept', etag };
  const body = wantsProtobuf ? protobuf() : json();
  return { code: 200, headers: { ...headers, 'content-type': wantsProtobuf ? PROTOBUF : 'application/json' }, body };
}

function accepts(accept: string, type: string): boolean {
  return accept === '' || acceptClauses(accept).some((clause) => clauseAccepts(clause, type));
}

function notAcceptable(): OpenApiAnswer {
  return { code: 406, headers: { ...UNCACHED, vary: 'Accept' }, body: '' };
}

// ---- what is kept

interface Kept<T> {
  readonly resources: readonly ResourceDefinition[];
  readonly document: T;
}

/** Under the first of the resources: definitions are shared between servers, and so is what is made of them. */
const v3Documents = new WeakMap<ResourceDefinition, Kept<{ readonly text: string; readonly hash: string }>>();

function v3Document(resources: readonly ResourceDefinition[]): { readonly text: string; readonly hash: string } {
  return keep(v3Documents, resources, () => {
    const text = JSON.stringify(openApiV3(resources));
    return { text, hash: hashOf(text) };
  });
}

interface V2Document {
  readonly hash: string;
  json(): string;
  protobuf(): Buffer;
}

const v2Documents = new WeakMap<ResourceDefinition, Kept<V2Document>>();

function v2Document(groupVersions: GroupVersions): V2Document {
  const all = [...groupVersions.values()];
  return keep(v2Documents, all.flat(), () => {
    const document = openApiV2(all);
    let json: string | undefined;
    let protobuf: Buffer | undefined;
    return {
      hash: hashOf(JSON.stringify([...groupVersions.values()].map((resources) => v3Document(resources).hash))),
      json() {
        json ??= JSON.stringify(document);
        return json;
      },
      protobuf() {
        protobuf ??= openApiV2Protobuf(document);
        return protobuf;
      },
    };
  });
}

function keep<T>(
  kept: WeakMap<ResourceDefinition, Kept<T>>,
  resources: readonly ResourceDefinition[],
  make: () => T,
): T {
  const [first] = resources;
  if (first === undefined) return make();
  const known = kept.get(first);
  const same =
    known !== undefined &&
    known.resources.length === resources.length &&
    known.resources.every((one, i) => one === resources[i]);
  if (same) return known.document;
  const document = make();
  kept.set(first, { resources, document });
  return document;
}

function hashOf(text: string): string {
  return createHash('sha512').update(text).digest('hex').toUpperCase();
}
