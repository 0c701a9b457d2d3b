import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { noSuchResource, notAcceptable } from '../errors/status-error.ts';
import type { ClusterServices, ResourceDefinition } from '../resources/resource-definition.ts';
import { routerAccepts, routerConsumes } from '../routing/accept-clauses.ts';
import { isPretty } from '../routing/answer.ts';
import { checkRoutedAccept, notAcceptableToRouter } from '../routing/negotiation.ts';
import { methodNotAllowed, unsupportedPatchType } from '../routing/routing-errors.ts';
import { ACCEPTED, negotiate } from './accept.ts';
import { ServedGroups } from './documents.ts';
import { healthPaths, healthText } from './health.ts';
import { VERSION_INFO } from './version.ts';

export interface DiscoveryRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The header; empty for none. */
  readonly accept: string;
  readonly ifNoneMatch?: string | undefined;
  /** The header; empty for none. */
  readonly contentType?: string | undefined;
  readonly userAgent?: string | undefined;
}

export interface PlainAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const UNCACHED = { 'cache-control': 'no-cache, private' };
const AN_HOUR = { 'cache-control': 'public, max-age=3600' };

/**
 * What clients ask before they ask for objects: which groups, versions and resources there are, the version, health, and the
 * keys of ServiceAccounts' tokens. `undefined`: the path is none of these.
 *
 * @throws {StatusError} 404 no such version; 405; 406.
 */
export function discoveryAnswer(request: DiscoveryRequest, cluster: ClusterServices): PlainAnswer | undefined {
  const { path, query } = request;
  if (/^\/version(\/|$)/.test(path)) return versionAnswer(request);
  if (path === '/' || path === '/index.html') return pathsAnswer(cluster);
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '/openid/v1/jwks') return keysAnswer(request, cluster);
  if (trimmed === '/.well-known/openid-configuration') return issuerAnswer(request, cluster);
  const health = healthText(path, query);
  if (health !== undefined) return { code: 200, headers: { ...TEXT, ...UNCACHED }, body: health };
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return pageNotFound();

  const [root, ...rest] = path.replace(/^\/+|\/+$/g, '').split('/');
  if (root === 'api' && rest.length <= 1 && /^\/api(\/|$)/.test(path)) return coreAnswer(request, rest[0], cluster);
  if (root === 'apis' && rest.length <= 2 && /^\/apis(\/|$)/.test(path)) return groupAnswer(request, rest, cluster);
  return undefined;
}

/** For paths that lead nowhere, as Go's own server answers. */
export function pageNotFound(): PlainAnswer {
  return { code: 404, headers: { ...TEXT, ...UNCACHED }, body: '404 page not found\n' };
}

/** Whatever is asked of the root and in whatever form: this is what it says. */
function pathsAnswer(cluster: ClusterServices): PlainAnswer {
  const headers = { ...UNCACHED, 'content-type': 'application/json' };
  return { code: 200, headers, body: indented({ paths: allPaths(cluster) }) };
}

function coreAnswer(request: DiscoveryRequest, version: string | undefined, cluster: ClusterServices): PlainAnswer {
  const { groups, aggregated } = served(cluster);
  if (version === undefined) {
    const versions = {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: new URL(cluster.url).host }],
    };
    return documentAnswer(request, versions, { onlyGet: true, aggregated: aggregated.core });
  }
  const list = groups.resourceList('', version);
  if (list === undefined) throw noSuchResource();
  return documentAnswer(request, list, { onlyGet: true });
}

function groupAnswer(
  request: DiscoveryRequest,
  [group, version]: readonly string[],
  cluster: ClusterServices,
): PlainAnswer {
  const { groups, aggregated } = served(cluster);
  if (group === undefined) {
    if (request.path.endsWith('//')) return pageNotFound();
    return documentAnswer(
      request,
      groups.groupList(),
      request.path === '/apis' ? { aggregated: aggregated.named } : {},
    );
  }
  const document = groups.group(group);
  if (document === undefined) return pageNotFound();
  const custom = groups.isCustom(group);
  // The aggregator knows a group by its path alone and whatever the method; behind it is the router.
  if (version === undefined)
    return documentAnswer(request, document, { onlyGet: !custom && request.path.endsWith('//') });
  const list = groups.resourceList(group, version);
  if (list !== undefined) return documentAnswer(request, list, { onlyGet: !custom });
  if (custom) return pageNotFound();
  throw noSuchResource();
}

/** What is no object of the API is always written for people. */
function indented(document: object): string {
  return JSON.stringify(document, undefined, 2);
}

function documentAnswer(
  { method, accept, ifNoneMatch, query, userAgent, contentType = '' }: DiscoveryRequest,
  document: Readonly<Record<string, unknown>>,
  options: { readonly onlyGet?: boolean; readonly aggregated?: TaggedBody },
): PlainAnswer {
  if (options.onlyGet === true) {
    if (method !== 'GET') throw methodNotAllowed();
    if (contentType !== '' && !routerConsumes(contentType, ACCEPTED)) throw unsupportedPatchType();
    checkRoutedAccept(accept, false);
  }
  const representation = negotiate(accept, { aggregated: options.aggregated !== undefined });
  if (representation === undefined) throw notAcceptable(ACCEPTED);
  if (representation === 'aggregated' && options.aggregated !== undefined) {
    const { etag, body } = options.aggregated;
    const headers = { 'cache-control': 'public', etag, vary: 'Accept' };
    if (ifNoneMatch === etag) return { code: 304, headers, body: '' };
    const text = isPretty(query, userAgent) ? indented(JSON.parse(body) as object) : `${body}\n`;
    return { code: 200, headers: { ...headers, 'content-type': AGGREGATED_TYPE }, body: text };
  }
  if (representation === 'yaml') {
    return { code: 200, headers: { ...UNCACHED, 'content-type': 'application/yaml' }, body: stringify(document) };
  }
  const body = isPretty(query, userAgent) ? indented(document) : `${JSON.stringify(document)}\n`;
  return { code: 200, headers: { ...UNCACHED, 'content-type': 'application/json' }, body };
}

function versionAnswer(request: DiscoveryRequest): PlainAnswer {
  if (!/^\/version\/*$/.test(request.path)) throw noSuchResource();
  checkRouted(request, ['application/json']);
  const headers = { ...UNCACHED, 'content-type': 'application/json' };
  return { code: 200, headers, body: indented(VERSION_INFO) };
}

/** Documents that come in one form and are got, as the router sees to. @throws {StatusError} 405, 406 */
function checkRouted({ method, accept }: DiscoveryRequest, types: readonly string[]): void {
  if (method !== 'GET') throw methodNotAllowed();
  if (!routerAccepts(accept, types)) throw notAcceptableToRouter(types);
}

function keysAnswer(request: DiscoveryRequest, { tokenIssuer }: ClusterServices): PlainAnswer {
  checkRouted(request, ['application/jwk-set+json']);
  const headers = { ...AN_HOUR, 'content-type': 'application/jwk-set+json' };
  return { code: 200, headers, body: JSON.stringify(tokenIssuer.jwks) };
}

function issuerAnswer(request: DiscoveryRequest, { tokenIssuer, url }: ClusterServices): PlainAnswer {
  checkRouted(request, ['application/json']);
  const configuration = {
    issuer: tokenIssuer.issuer,
    jwks_uri: `${url}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
  return {
    code: 200,
    headers: { ...AN_HOUR, 'content-type': 'application/json' },
    body: JSON.stringify(configuration),
  };
}

function allPaths(cluster: ClusterServices): string[] {
  const others = [
    '/.well-known/openid-configuration',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/',
    '/openid/v1/jwks',
    '/version',
  ];
  return [...others, '/apis', ...served(cluster).groups.paths(), ...healthPaths()].sort();
}

interface TaggedBody {
  readonly body: string;
  readonly etag: string;
}

interface Served {
  readonly definitions: readonly ResourceDefinition[];
  readonly groups: ServedGroups;
  readonly aggregated: { readonly core: TaggedBody; readonly named: TaggedBody };
}

/** Servers with the same definitions share the documents; of those that differ only a few are kept. */
const recentlyServed: Served[] = [];
const KEPT = 4;

function served(cluster: ClusterServices): Served {
  const definitions = [...cluster.definitions()];
  const known = recentlyServed.find((candidate) => isSame(candidate.definitions, definitions));
  if (known !== undefined) return known;
  const groups = new ServedGroups(definitions);
  const [core, named] = [tagged(groups.aggregated(true)), tagged(groups.aggregated(false))];
  const made = { definitions, groups, aggregated: { core, named } };
  recentlyServed.unshift(made);
  recentlyServed.length = Math.min(recentlyServed.length, KEPT);
  return made;
}

function isSame(left: readonly ResourceDefinition[], right: readonly ResourceDefinition[]): boolean {
  return left.length === right.length && left.every((definition, index) => definition === right[index]);
}

function tagged(document: Readonly<Record<string, unknown>>): TaggedBody {
  const body = JSON.stringify(document);
  return { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
}
