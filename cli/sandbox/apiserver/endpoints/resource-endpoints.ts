import { pageNotFound } from '../discovery/discovery-answer.ts';
import { badRequest, bareFailure, noSuchResource, notFound, type StatusError } from '../errors/status-error.ts';
import { builtInDefinitions } from '../kinds/built-in-definitions.ts';
import type { ResourceDefinition, Verb } from '../resources/resource-definition.ts';
import { sendJson, warnAnyway } from '../routing/answer.ts';
import type { Exchange } from '../routing/exchange.ts';
import { negotiate, notWatchable } from '../routing/negotiation.ts';
import { isTrue, type RequestInfo } from '../routing/request-info.ts';
import { checkRoute, checkTarget } from '../routing/route.ts';
import { methodNotAllowed, tooLargeResourceVersion } from '../routing/routing-errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { EndpointContext } from './context.ts';
import { create, update } from './create.ts';
import { remove, removeCollection } from './delete.ts';
import { selectedName } from './field-selector.ts';
import { listPage } from './list.ts';
import { listOptionsOf } from './list-options.ts';
import { versionProblem } from './option-errors.ts';
import { patch } from './patch.ts';
import { proxyPod } from './pod-proxy.ts';
import { Rendering } from './rendering.ts';
import { checkPathName, type ResourceRequest } from './request.ts';
import { act } from './subresource.ts';
import { checkWatch, startWatch } from './watch.ts';

/**
 * Answers a request for a resource. `reads`: what gets and lists read from, when it is not what is stored now.
 * `undefined`: done at once. @throws {StatusError}
 */
export function answerResource(
  context: EndpointContext,
  exchange: Exchange,
  reads: Storage = context.storage,
): undefined | Promise<void> {
  const { info, request } = exchange;
  // The muxes before all routers know no path that begins with two slashes.
  if (info.path.startsWith('//')) return sendPageNotFound(exchange);
  const definition = context.cluster.definition(info.group, info.version, info.resource);
  if (definition !== undefined && isPodProxy(definition, info)) return proxyPod(context, exchange, definition);
  if (definition === undefined || !checkRoute(definition, exchange)) {
    if (isBuiltInGroup(info.group)) throw noSuchResource();
    return sendPageNotFound(exchange);
  }
  const deprecation = isDeprecatedEndpoints(definition) ? ENDPOINTS_WARNING : definition.deprecation;
  if (deprecation !== undefined) warnAnyway(exchange.response, deprecation);
  checkTarget(definition, exchange);
  const part = definition.subresources[info.subresource];
  const hasTable = part?.kind !== 'action' || part.columns !== undefined;
  const form = negotiate(request.headers.accept, hasTable);
  const rendering = new Rendering(definition, form, info.query, () => new Date(context.clock.now()));
  const resource: ResourceRequest = { exchange, definition, rendering };
  if (info.subresource !== '') return subresource(context, resource, reads);
  switch (info.verb as Verb) {
    case 'get':
      return get(resource, reads);
    case 'list':
      return list(resource, reads);
    case 'watch':
      return watch(context, resource);
    case 'create':
      return create(context, resource);
    case 'update':
      return update(context, resource);
    case 'patch':
      return patch(context, resource);
    case 'delete':
      return remove(context, resource);
    case 'deletecollection':
      return removeCollection(context, resource);
    default:
      throw methodNotAllowed();
  }
}

const ENDPOINTS_WARNING = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
const BUILT_IN_GROUPS = new Set(builtInDefinitions().map(({ group }) => group));

/** Groups that Kubernetes' own router knows; whatever else is unknown ends at Go's. */
function isBuiltInGroup(group: string): boolean {
  return BUILT_IN_GROUPS.has(group);
}

function sendPageNotFound({ response }: Exchange): undefined {
  const { code, headers, body } = pageNotFound();
  response.writeHead(code, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Whatever the method, and whatever follows. */
function isPodProxy(
  { group, plural }: ResourceDefinition,
  { resource, subresource, namespace, name, verb }: RequestInfo,
): boolean {
  return (
    group === '' &&
    plural === 'pods' &&
    resource === 'pods' &&
    subresource === 'proxy' &&
    namespace !== '' &&
    name !== '' &&
    verb !== 'proxy' &&
    verb !== 'watch'
  );
}

/** The one kind here that Kubernetes advises against, whatever is asked of it. */
function isDeprecatedEndpoints({ group, kind }: ResourceDefinition): boolean {
  return group === '' && kind === 'Endpoints';
}

function get({ exchange, definition, rendering }: ResourceRequest, storage: Storage): undefined {
  const { info } = exchange;
  checkGet(info, storage);
  const stored = storage.get(definition.storageKey, definition.namespaced ? info.namespace : '', info.name);
  if (stored === undefined) throw notFound(definition, info.name);
  sendJson(exchange, 200, rendering.one(stored), rendering.form.mediaType);
}

/** @throws {StatusError} 400, 500, 504 */
function checkGet({ query, name }: RequestInfo, storage: Storage): void {
  checkExport(query);
  checkPathName(name);
  const version = query.get('resourceVersion') ?? '';
  if (version !== '') checkVersion(version, storage);
}

/** Of old one could ask for an object without what the server had added. @throws {StatusError} 400 */
function checkExport(query: URLSearchParams): void {
  if (isTrue(query.get('export'))) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  }
}

function checkVersion(text: string, storage: Storage): void {
  const problem = versionProblem(text);
  if (problem !== undefined) throw bareFailure(problem);
  if (Number(text) > storage.revision) throw tooLargeResourceVersion(Number(text), storage.revision);
}

function list({ exchange, definition, rendering }: ResourceRequest, storage: Storage): undefined {
  const { info } = exchange;
  const options = listOptionsOf(info.query, definition, false);
  const page = listPage(storage, definition, info.namespace === '' ? undefined : info.namespace, options);
  sendJson(exchange, 200, rendering.list(page.items, page.metadata), rendering.form.mediaType);
}

function watch(context: EndpointContext, { exchange, definition, rendering }: ResourceRequest): undefined {
  const { info, response } = exchange;
  const options = listOptionsOf(info.name === '' ? info.query : ofName(info.query, info.name), definition, true);
  if (info.name !== '' && selectedName(options.fields) !== info.name) throw anotherName();
  checkWatch(context, options);
  if (rendering.form.mediaType === 'application/yaml') throw notWatchable();
  startWatch(context, {
    definition,
    namespace: info.namespace === '' ? undefined : info.namespace,
    options,
    rendering,
    response,
  });
}

/** `/watch/…/NAME`, as one watched before selectors were. A selector beside it has to name the same. */
function ofName(query: URLSearchParams, name: string): URLSearchParams {
  if ((query.get('fieldSelector') ?? '') !== '') return query;
  const named = new URLSearchParams(query);
  named.set('fieldSelector', `metadata.name=${name}`);
  return named;
}

function anotherName(): StatusError {
  return badRequest("fieldSelector metadata.name doesn't match requested name");
}

function subresource(context: EndpointContext, resource: ResourceRequest, reads: Storage): undefined | Promise<void> {
  const { definition, exchange } = resource;
  const { subresources } = definition;
  const { info } = exchange;
  const part = subresources[info.subresource];
  if (part?.kind === 'action') {
    if (info.verb === 'get' && part.columns !== undefined) checkGet(info, reads);
    return act(context, resource, part);
  }
  switch (info.verb as Verb) {
    case 'get':
      return get(resource, reads);
    case 'update':
      return update(context, resource);
    case 'patch':
      return patch(context, resource);
    default:
      throw methodNotAllowed();
  }
}
