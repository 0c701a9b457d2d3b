import type { ServedResource } from './discovery.ts';

/** `apidiscovery.k8s.io/v2` and `v2beta1`, which differ in nothing that is read here. */
export interface AggregatedDiscovery {
  kind?: string;
  items?: {
    /** The group's name; absent for the core group. */
    metadata?: { name?: string };
    /** The preferred one first. */
    versions?: {
      version: string;
      resources?: {
        resource: string;
        responseKind?: { group?: string; version?: string; kind?: string };
        scope?: 'Namespaced' | 'Cluster';
        singularResource?: string;
        verbs?: string[];
        shortNames?: string[];
        categories?: string[];
        subresources?: { subresource: string }[];
      }[];
      freshness?: 'Current' | 'Stale';
    }[];
  }[];
}

export interface ApiVersions {
  versions?: string[];
}

export interface ApiGroupList {
  groups?: {
    name: string;
    versions?: { groupVersion: string; version: string }[];
    preferredVersion?: { groupVersion: string; version: string };
  }[];
}

/** What `/api/v1` and `/apis/GROUP/VERSION` answer. */
export interface ApiResourceList {
  resources?: {
    name: string;
    singularName?: string;
    namespaced: boolean;
    kind: string;
    verbs?: string[];
    shortNames?: string[];
    categories?: string[];
  }[];
}

/** A resource before it is known which of its versions is the preferred one. */
export type FoundResource = Omit<ServedResource, 'preferred'>;

export interface Found {
  readonly resources: FoundResource[];
  /** `group/version`, or the version alone for the core group. */
  readonly unavailable: string[];
}

export function fromAggregated(document: AggregatedDiscovery): Found {
  const found: Found = { resources: [], unavailable: [] };
  for (const { metadata, versions } of document.items ?? []) {
    const group = metadata?.name ?? '';
    for (const { version, freshness, resources } of versions ?? []) {
      if (freshness === 'Stale') found.unavailable.push(group === '' ? version : `${group}/${version}`);
      for (const served of resources ?? []) {
        const kind = served.responseKind?.kind;
        // Without a kind only its subresources are served.
        if (kind === undefined || kind === '') continue;
        found.resources.push({
          group,
          version,
          kind,
          plural: served.resource,
          singular: served.singularResource || kind.toLowerCase(),
          namespaced: served.scope === 'Namespaced',
          verbs: served.verbs ?? [],
          shortNames: served.shortNames ?? [],
          categories: served.categories ?? [],
          subresources: (served.subresources ?? []).map((sub) => sub.subresource),
        });
      }
    }
  }
  return found;
}

export function fromResourceList(group: string, version: string, document: ApiResourceList): FoundResource[] {
  const listed = document.resources ?? [];
  const subresources = new Map<string, string[]>();
  for (const { name } of listed) {
    const slash = name.indexOf('/');
    if (slash < 0) continue;
    const plural = name.slice(0, slash);
    subresources.set(plural, [...(subresources.get(plural) ?? []), name.slice(slash + 1)]);
  }
  return listed
    .filter(({ name }) => !name.includes('/'))
    .map((served) => ({
      group,
      version,
      kind: served.kind,
      plural: served.name,
      singular: served.singularName || served.kind.toLowerCase(),
      namespaced: served.namespaced,
      verbs: served.verbs ?? [],
      shortNames: served.shortNames ?? [],
      categories: served.categories ?? [],
      subresources: subresources.get(served.name) ?? [],
    }));
}

/** The versions of a group come in the server's order of preference: the first that serves a resource is its preferred one. */
export function withPreference(resources: readonly FoundResource[]): ServedResource[] {
  const seen = new Set<string>();
  return resources.map((resource) => {
    const key = `${resource.plural}.${resource.group}`;
    const preferred = !seen.has(key);
    seen.add(key);
    return { ...resource, preferred };
  });
}
