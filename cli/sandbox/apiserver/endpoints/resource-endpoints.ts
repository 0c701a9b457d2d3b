import { pageNotFound } from '../discovery/discovery-answer.ts';
import { noSuchResource, notFound } from '../errors/status-error.ts';
import { builtInDefinitions } from '../kinds/built-in-definitions.ts';
import { patchTypesOf } from '../patch/apply-patch.ts';
import type { ResourceDefinition, Verb } from '../resources/resource-definition.ts';
import type { Storage } from '../storage/storage.ts';
import { sendJson, warnAnyway } from './answer.ts';
import type { EndpointContext } from './context.ts';
import { create, update } from './create.ts';
import { remove, removeCollection } from './delete.ts';
import type { Exchange } from './exchange.ts';
import { listPage } from './list.ts';
import { listOptionsOf } from './list-options.ts';
import { contentTypeOf, negotiate, notWatchable } from './negotiation.ts';
import { versionProblem } from './option-errors.ts';
import { patch } from './patch.ts';
import { Rendering } from './rendering.ts';
import { checkPathName, type ResourceRequest } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { bareFailure, methodNotAllowed, tooLargeResourceVersion, unsupportedPatchType } from './routing-errors.ts';
import { act } from './subresource.ts';
import { startWatch } from './watch.ts';

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
  const definition = context.cluster.definition(info.group, info.version, info.resource);
  if (definition === undefined || info.tooLong || isMisplaced(definition, info) || isAnsweredOnly(definition, info)) {
    if (isBuiltInGroup(info.group)) throw noSuchResource();
    return sendPageNotFound(exchange);
  }
  checkPlace(definition, info);
  checkMethod(definition, exchange);
  const deprecation = isDeprecatedEndpoints(definition) ? ENDPOINTS_WARNING : definition.deprecation;
  if (deprecation !== undefined) warnAnyway(exchange.response, deprecation);
  const form = negotiate(request.headers.accept, info.verb === 'list' || info.verb === 'watch');
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

/** The one kind here that Kubernetes advises against, whatever is asked of it. */
function isDeprecatedEndpoints({ group, kind }: ResourceDefinition): boolean {
  return group === '' && kind === 'Endpoints';
}

/** Reviews are asked for and never kept: none has a path of its own. */
function isAnsweredOnly({ answer }: ResourceDefinition, { named }: RequestInfo): boolean {
  return answer !== undefined && named;
}

function isMisplaced({ namespaced }: ResourceDefinition, { namespace, named }: RequestInfo): boolean {
  return namespaced ? namespace === '' && named : namespace !== '';
}

/** Ways of asking that no route has, such as writing across namespaces. @throws {StatusError} 400, 405 */
function checkPlace(
  { namespaced }: ResourceDefinition,
  { verb, namespace, named, subresource, name, method }: RequestInfo,
): void {
  if (namespaced && namespace === '') {
    // Across namespaces there are only lists and watches.
    if (verb !== 'list' && verb !== 'watch') throw methodNotAllowed();
  }
  if (subresource !== '') return;
  const wantsName = verb === 'get' || verb === 'update' || verb === 'patch' || verb === 'delete';
  if (wantsName !== named && verb !== 'watch') throw methodNotAllowed();
  if (verb === 'get' && name === '') throw methodNotAllowed();
  if (verb === '' || method === 'HEAD') throw methodNotAllowed();
}

/** What Kubernetes' router looks at before anybody asks for the form of the answer. @throws {StatusError} 404, 405, 415 */
function checkMethod(definition: ResourceDefinition, { info, request }: Exchange): void {
  const { verbs, subresources, custom } = definition;
  const { subresource, verb, name } = info;
  const part = Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined;
  if (subresource !== '' && part === undefined) throw custom ? notFound(definition, name) : noSuchResource();
  if (!(part?.verbs ?? verbs).includes(verb as Verb)) throw methodNotAllowed();
  if (verb !== 'patch' || custom) return;
  if (!patchTypesOf(definition).includes(contentTypeOf(request.headers['content-type']))) throw unsupportedPatchType();
}

function get({ exchange, definition, rendering }: ResourceRequest, storage: Storage): undefined {
  const { info } = exchange;
  checkPathName(info.name);
  const version = info.query.get('resourceVersion') ?? '';
  if (version !== '') checkVersion(version, storage);
  const stored = storage.get(definition.storageKey, definition.namespaced ? info.namespace : '', info.name);
  if (stored === undefined) throw notFound(definition, info.name);
  sendJson(exchange, 200, rendering.one(stored), rendering.form.mediaType);
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
  if (rendering.form.mediaType === 'application/yaml') throw notWatchable();
  const options = listOptionsOf(info.name === '' ? info.query : ofName(info.query, info.name), definition, true);
  startWatch(context, {
    definition,
    namespace: info.namespace === '' ? undefined : info.namespace,
    options,
    rendering,
    response,
  });
}

/** `/watch/…/NAME`, as one watched before selectors were. */
function ofName(query: URLSearchParams, name: string): URLSearchParams {
  const selected = query.get('fieldSelector') ?? '';
  const named = new URLSearchParams(query);
  named.set('fieldSelector', selected === '' ? `metadata.name=${name}` : `${selected},metadata.name=${name}`);
  return named;
}

function subresource(context: EndpointContext, resource: ResourceRequest, reads: Storage): undefined | Promise<void> {
  const { definition, exchange } = resource;
  const { subresources } = definition;
  const { info } = exchange;
  const part = subresources[info.subresource];
  if (part?.kind === 'action') return act(context, resource, part);
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
