import { badRequest, noSuchResource, notFound, unsupportedMediaType } from '../errors/status-error.ts';
import { patchTypesOf } from '../patch/apply-patch.ts';
import type { ResourceDefinition, Verb } from '../resources/resource-definition.ts';
import { routerConsumes } from './accept-clauses.ts';
import type { Exchange } from './exchange.ts';
import { checkRoutedAccept } from './negotiation.ts';
import { NAMESPACE_SUBRESOURCES, type RequestInfo } from './request-info.ts';
import { methodNotAllowed, methodNotSupported, unsupportedPatchType } from './routing-errors.ts';

/**
 * What Kubernetes looks at before anybody asks for the form of the answer. Its router finds the built-in kinds by paths, custom
 * resources have no router: there only the verb counts. `false`: nobody knows the path. @throws {StatusError} 400, 404, 405, 415
 */
export function checkRoute(definition: ResourceDefinition, exchange: Exchange): boolean {
  return definition.custom ? checkCustom(definition, exchange.info) : checkBuiltIn(definition, exchange);
}

function checkCustom(definition: ResourceDefinition, info: RequestInfo): boolean {
  const { verb, namespace, subresource, name } = info;
  const isAcross = verb === 'list' || verb === 'watch';
  if (definition.namespaced ? namespace === '' && !isAcross : namespace !== '') return false;
  if (subresource === '') {
    if (!definition.verbs.includes(verb as Verb)) throw methodNotSupported(definition, verb);
    return true;
  }
  const part = partOf(definition, subresource);
  if (part === undefined) throw notFound(definition, name);
  if (!part.includes(verb as Verb)) throw methodNotSupported(definition, verb);
  return true;
}

function checkBuiltIn(definition: ResourceDefinition, { info, request }: Exchange): true {
  const verbs = verbsByMethod(definition, info);
  if (verbs.size === 0) throw noSuchResource();
  const verb = verbs.get(info.method);
  if (verb === undefined) throw methodNotAllowed();
  if (verb === 'patch' && !routerConsumes(request.headers['content-type'] || OCTETS, patchTypesOf(definition))) {
    throw unsupportedPatchType();
  }
  checkRoutedAccept(request.headers.accept, verb === 'list' || verb === 'watch');
  return true;
}

const OCTETS = 'application/octet-stream';
const OF_COLLECTIONS = { GET: 'list', POST: 'create', DELETE: 'deletecollection' } as const;
const OF_OBJECTS = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;
const OF_PARTS = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;
const OF_ALL_NAMESPACES = { GET: 'list' } as const;
const OF_WATCHES = { GET: 'watch' } as const;

/** Which methods the path knows; none: there is no such path. */
function verbsByMethod(definition: ResourceDefinition, { segments }: RequestInfo): ReadonlyMap<string, Verb> {
  const { namespaced, verbs, answer } = definition;
  const watches = segments[0] === 'watch';
  const path = watches ? segments.slice(1) : segments;
  const isWithin = path.length > 2 && path[0] === 'namespaces' && !NAMESPACE_SUBRESOURCES.has(path[2] ?? '');
  const [, , subresource = '', ...more] = isWithin ? path.slice(2) : path;
  const depth = path.length - (isWithin ? 2 : 0);
  if (isWithin && !namespaced) return new Map();
  const across = namespaced && !isWithin;
  if (more.length > 0 || (across && depth > 1)) return new Map();
  if (watches) return depth > 2 ? new Map() : among(OF_WATCHES, verbs);
  if (across) return among(OF_ALL_NAMESPACES, verbs);
  if (depth === 1) return among(OF_COLLECTIONS, verbs);
  if (depth === 2) return answer === undefined ? among(OF_OBJECTS, verbs) : new Map();
  return among(OF_PARTS, partOf(definition, subresource) ?? []);
}

function among(methods: Readonly<Record<string, Verb>>, verbs: readonly Verb[]): ReadonlyMap<string, Verb> {
  return new Map(Object.entries(methods).filter(([, verb]) => verbs.includes(verb)));
}

function partOf({ subresources }: ResourceDefinition, name: string): readonly Verb[] | undefined {
  return Object.hasOwn(subresources, name) ? subresources[name]?.verbs : undefined;
}

/** What acts on one object has to be told which; of a patch is asked before what kind it is. @throws {StatusError} 400, 415 */
export function checkTarget(definition: ResourceDefinition, { info, request }: Exchange): void {
  const { verb, subresource, name } = info;
  if (verb === 'patch') {
    const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
    const accepted = patchTypesOf(definition);
    if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  }
  if (name === '' && (NAMED.has(verb) || subresource !== '')) throw badRequest('name must be provided');
}

const NAMED = new Set(['get', 'update', 'patch', 'delete']);
