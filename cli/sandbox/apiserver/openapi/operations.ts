import { patchTypesOf } from '../patch/apply-patch.ts';
import type { ResourceDefinition, Subresource, Verb } from '../resources/resource-definition.ts';
import { builtInSchema } from '../schema/built-in.ts';
import { typeNamesOf } from './published-schemas.ts';

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

/** One request that can be made: enough to write it down in either version of OpenAPI. */
export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly description: string;
  readonly id: string;
  readonly tag: string;
  /** `list`, `post`, `patch`…: `x-kubernetes-action`. */
  readonly action: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly query: readonly string[];
  /** Names of types. */
  readonly body: string | undefined;
  readonly bodyTypes: readonly string[];
  readonly answer: string;
  readonly codes: readonly number[];
  readonly isStream: boolean;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const LIST_QUERY = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const WRITE_QUERY = ['dryRun', 'fieldManager', 'fieldValidation'];
const DELETE_QUERY = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];

/** What the query parameters say, briefly. */
export const QUERY: Readonly<Record<string, { readonly type: string; readonly description: string }>> = {
  allowWatchBookmarks: {
    type: 'boolean',
    description: 'allowWatchBookmarks requests watch events with type "BOOKMARK".',
  },
  continue: {
    type: 'string',
    description: 'The continue option should be set when retrieving more results from the server.',
  },
  dryRun: {
    type: 'string',
    description:
      'When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run stages will be processed',
  },
  fieldManager: {
    type: 'string',
    description: 'fieldManager is a name associated with the actor or entity that is making these changes.',
  },
  fieldSelector: {
    type: 'string',
    description: 'A selector to restrict the list of returned objects by their fields.',
  },
  fieldValidation: {
    type: 'string',
    description:
      'fieldValidation instructs the server on how to handle objects in the request (POST/PUT/PATCH) containing unknown or duplicate fields. Valid values are: Ignore, Warn, Strict.',
  },
  force: { type: 'boolean', description: 'Force is going to "force" Apply requests.' },
  gracePeriodSeconds: { type: 'integer', description: 'The duration in seconds before the object should be deleted.' },
  labelSelector: {
    type: 'string',
    description: 'A selector to restrict the list of returned objects by their labels.',
  },
  limit: { type: 'integer', description: 'limit is a maximum number of responses to return for a list call.' },
  orphanDependents: { type: 'boolean', description: 'Deprecated: please use the PropagationPolicy.' },
  propagationPolicy: { type: 'string', description: 'Whether and how garbage collection will be performed.' },
  resourceVersion: {
    type: 'string',
    description: 'resourceVersion sets a constraint on what resource versions a request may be served from.',
  },
  resourceVersionMatch: {
    type: 'string',
    description: 'resourceVersionMatch determines how resourceVersion is applied to list calls.',
  },
  sendInitialEvents: {
    type: 'boolean',
    description: '`sendInitialEvents=true` may be set together with `watch=true`.',
  },
  timeoutSeconds: { type: 'integer', description: 'Timeout for the list/watch call.' },
  watch: { type: 'boolean', description: 'Watch for changes to the described resources.' },
};

/** Every request that can be made of a resource, in the order of their paths. */
export function operationsOf(definition: ResourceDefinition): Operation[] {
  const { group, version, plural, namespaced, verbs } = definition;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const one = `${collection}/{name}`;
  const make = maker(definition);
  const has = (verb: Verb) => verbs.includes(verb);
  const { object, list = object } = typeNamesOf(definition);
  return [
    ...(has('list') ? [make('list', 'get', collection, { answer: list, query: LIST_QUERY })] : []),
    ...(has('create')
      ? [make('post', 'post', collection, { body: object, query: WRITE_QUERY, codes: [200, 201, 202] })]
      : []),
    ...(has('deletecollection')
      ? [
          make('deletecollection', 'delete', collection, {
            body: `${META}DeleteOptions`,
            answer: `${META}Status`,
            query: [...DELETE_QUERY, ...LIST_QUERY.filter((name) => !/watch|Bookmarks/i.test(name))].sort(),
          }),
        ]
      : []),
    ...(has('get') ? [make('get', 'get', one, {})] : []),
    ...(has('update') ? [make('put', 'put', one, { body: object, query: WRITE_QUERY, codes: [200, 201] })] : []),
    ...(has('delete')
      ? [
          make('delete', 'delete', one, {
            body: `${META}DeleteOptions`,
            answer: definition.strategy.returnsDeletedObject === true ? object : `${META}Status`,
            query: DELETE_QUERY,
            codes: [200, 202],
          }),
        ]
      : []),
    ...(has('patch') ? [patchOf(make, definition, one)] : []),
    ...Object.entries(definition.subresources).flatMap(([name, subresource]) =>
      ofSubresource(definition, `${one}/${name}`, name, subresource),
    ),
    ...(namespaced && has('list')
      ? [make('list', 'get', `${root}/${plural}`, { answer: list, query: LIST_QUERY, suffix: 'ForAllNamespaces' })]
      : []),
  ];
}

interface Details {
  readonly body?: string;
  readonly bodyTypes?: readonly string[];
  readonly answer?: string;
  readonly query?: readonly string[];
  readonly codes?: readonly number[];
  readonly suffix?: string;
  readonly kind?: Operation['kind'];
}

type Make = (action: string, method: Method, path: string, details: Details) => Operation;

const VERBS_IN_IDS: Readonly<Record<string, string>> = { get: 'read', post: 'create', put: 'replace' };

function maker(definition: ResourceDefinition): Make {
  const { group, version, kind, namespaced } = definition;
  const { object } = typeNamesOf(definition);
  const camel = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, ''))
    .split(/[.-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  const groupVersion = camel + version.charAt(0).toUpperCase() + version.slice(1);
  return (action, method, path, { suffix = '', ...details }) => ({
    path,
    method,
    description: `${action} ${kind}${suffix === '' ? '' : ` ${suffix}`}`,
    id: `${VERBS_IN_IDS[action] ?? action}${groupVersion}${namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : ''}${kind}${suffix}`,
    tag: `${camel.charAt(0).toLowerCase()}${camel.slice(1)}_${version}`,
    action,
    kind: details.kind ?? { group, kind, version },
    query: details.query ?? [],
    body: details.body,
    bodyTypes: details.bodyTypes ?? ['*/*'],
    answer: details.answer ?? object,
    codes: details.codes ?? [200],
    isStream: action === 'list',
  });
}

function patchOf(make: Make, definition: ResourceDefinition, path: string, details: Details = {}): Operation {
  return make('patch', 'patch', path, {
    body: `${META}Patch`,
    bodyTypes: [...patchTypesOf(definition)].sort(),
    query: [...WRITE_QUERY, 'force'],
    codes: [200, 201],
    ...details,
  });
}

function ofSubresource(
  definition: ResourceDefinition,
  path: string,
  name: string,
  subresource: Subresource,
): Operation[] {
  const make = maker(definition);
  const suffix = name.charAt(0).toUpperCase() + name.slice(1);
  const response = subresource.kind === 'action' ? subresource.responseKind : undefined;
  const type =
    (response && builtInSchema(response.group, response.version, response.kind)?.name) ??
    typeNamesOf(definition).object;
  const details: Details = {
    suffix,
    answer: type,
    ...(response === undefined
      ? {}
      : { kind: { group: response.group, kind: response.kind, version: response.version } }),
  };
  return subresource.verbs.flatMap((verb) => {
    switch (verb) {
      case 'get':
        return [make('get', 'get', path, details)];
      case 'update':
        return [make('put', 'put', path, { ...details, body: type, query: WRITE_QUERY, codes: [200, 201] })];
      case 'patch':
        return [patchOf(make, definition, path, details)];
      case 'create':
        return [make('post', 'post', path, { ...details, body: type, query: WRITE_QUERY, codes: [200, 201, 202] })];
      default:
        return [];
    }
  });
}
