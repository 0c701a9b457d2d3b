import { createHash } from 'node:crypto';
import type { ResourceDefinition, Subresource, Verb } from '../resources/resource-definition.ts';
import { compareGroups, compareText, compareVersions } from './group-order.ts';

/** The documents that tell clients what is served, from the definitions. */

type Document = Readonly<Record<string, unknown>>;

/** The order in which custom resources tell their verbs; built-in kinds tell theirs by name. */
const CUSTOM_VERBS: readonly Verb[] = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
];

/** Versions by group and definitions by version, in the order in which they are told. */
export class ServedGroups {
  readonly #groups: ReadonlyMap<string, ReadonlyMap<string, readonly ResourceDefinition[]>>;

  constructor(definitions: Iterable<ResourceDefinition>) {
    const groups = new Map<string, Map<string, ResourceDefinition[]>>();
    for (const definition of [...definitions].sort(byOrder)) {
      const versions = groups.get(definition.group) ?? new Map<string, ResourceDefinition[]>();
      groups.set(definition.group, versions);
      const served = versions.get(definition.version) ?? [];
      versions.set(definition.version, served);
      served.push(definition);
    }
    this.#groups = groups;
  }

  /** `/apis`. */
  groupList(): Document {
    const names = [...this.#groups.keys()].filter((group) => group !== '');
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => this.#group(name)) };
  }

  /** `/apis/GROUP`; `undefined`: there is none. */
  group(name: string): Document | undefined {
    return this.#groups.has(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...this.#group(name) } : undefined;
  }

  /** `/api/v1`, `/apis/GROUP/VERSION`; `undefined`: there is none. */
  resourceList(group: string, version: string): Document | undefined {
    const definitions = this.#groups.get(group)?.get(version);
    if (definitions === undefined) return undefined;
    return {
      kind: 'APIResourceList',
      ...(group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: group === '' ? version : `${group}/${version}`,
      resources: definitions.flatMap(legacyResources),
    };
  }

  /** `apidiscovery.k8s.io/v2`: of the core group for `/api`, of all others for `/apis`. */
  aggregated(core: boolean): Document {
    const items = [...this.#groups].flatMap(([name, versions]) => {
      if ((name === '') !== core) return [];
      const served = [...versions].map(([version, definitions]) => ({
        version,
        resources: definitions.map(aggregatedResource),
        freshness: 'Current',
      }));
      return [{ metadata: core ? {} : { name }, versions: served }];
    });
    return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  }

  /** `/apis/apps`, `/apis/apps/v1`, …: for the list of paths. */
  paths(): string[] {
    return [...this.#groups].flatMap(([name, versions]) => {
      const root = name === '' ? '/api' : `/apis/${name}`;
      return [root, ...[...versions.keys()].map((version) => `${root}/${version}`)];
    });
  }

  /** Kinds that are built in tell of an unknown version otherwise than custom ones. */
  isCustom(group: string): boolean {
    return [...(this.#groups.get(group)?.values() ?? [])].some((definitions) =>
      definitions.some(({ custom }) => custom),
    );
  }

  #group(name: string): Document {
    const versions = [...(this.#groups.get(name)?.keys() ?? [])].map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  }
}

function byOrder(left: ResourceDefinition, right: ResourceDefinition): number {
  return (
    compareGroups(left.group, right.group) ||
    compareVersions(left.version, right.version) ||
    compareText(left.plural, right.plural)
  );
}

function legacyResources(definition: ResourceDefinition): Document[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = definition;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(definition),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(definition.answer === undefined ? { storageVersionHash: storageVersionHash(definition) } : {}),
  };
  const parts = subresourcesOf(definition).map(([name, subresource]) => {
    const speaks = spokenKind(definition, subresource);
    const foreign = speaks.group !== definition.group || speaks.version !== definition.version;
    return {
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...(foreign ? { ...(speaks.group === '' ? {} : { group: speaks.group }), version: speaks.version } : {}),
      kind: speaks.kind,
      verbs: sorted(subresource.verbs),
    };
  });
  return [own, ...parts];
}

function aggregatedResource(definition: ResourceDefinition): Document {
  const { plural, singular, namespaced, shortNames, categories, group, version, kind } = definition;
  const subresources = subresourcesOf(definition).map(([name, subresource]) => ({
    subresource: name,
    responseKind: responseKind(definition, spokenKind(definition, subresource)),
    verbs: sorted(subresource.verbs),
  }));
  return {
    resource: plural,
    responseKind: responseKind(definition, { group, version, kind }),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbsOf(definition),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** Built-in kinds leave out the group and version that are those of the list. */
function responseKind({ group, version, custom }: ResourceDefinition, speaks: SpokenKind): Document {
  const own = speaks.group === group && speaks.version === version;
  return own && !custom ? { group: '', version: '', kind: speaks.kind } : { ...speaks };
}

interface SpokenKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function spokenKind({ group, version, kind }: ResourceDefinition, subresource: Subresource): SpokenKind {
  if (subresource.kind === 'view') return { group, version, kind };
  const { group: ownGroup, version: ownVersion, kind: ownKind } = subresource.responseKind;
  return { group: ownGroup, version: ownVersion, kind: ownKind };
}

/** By name; of custom resources `status` comes before `scale`. */
function subresourcesOf({ subresources, custom }: ResourceDefinition): [string, Subresource][] {
  const entries = Object.entries(subresources).sort(([left], [right]) => compareText(left, right));
  return custom ? entries.reverse() : entries;
}

function verbsOf({ verbs, custom }: ResourceDefinition): readonly Verb[] {
  return custom ? CUSTOM_VERBS.filter((verb) => verbs.includes(verb)) : sorted(verbs);
}

function sorted(verbs: readonly Verb[]): Verb[] {
  return [...verbs].sort(compareText);
}

function storageVersionHash({ storageApiVersion, kind }: ResourceDefinition): string {
  const groupVersion = storageApiVersion.includes('/') ? storageApiVersion : `/${storageApiVersion}`;
  return createHash('sha256').update(`${groupVersion}/${kind}`).digest().subarray(0, 8).toString('base64');
}
