import type { Clock } from '../time/clock.ts';
import {
  type AggregatedDiscovery,
  type ApiGroupList,
  type ApiResourceList,
  type ApiVersions,
  type Found,
  fromAggregated,
  fromResourceList,
  withPreference,
} from './discovery-documents.ts';
import { ApiError, isNotFound } from './errors.ts';
import type { Resource } from './resource.ts';
import { SingleFlight } from './single-flight.ts';

/** A resource that an API server serves, in one version. */
export interface ServedResource extends Resource {
  readonly singular: string;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** Of the versions that serve it, the one meant when nobody names a version. */
  readonly preferred: boolean;
}

export type ResourceQuery =
  | { readonly group?: string; readonly version?: string; readonly kind: string }
  | { readonly group?: string; readonly version?: string; readonly plural: string };

/** What an API server serves. Read once and kept; read again on `invalidate()`, or when something is asked that is not there. */
export interface Discovery {
  /** Every resource in every version; the core group first, the preferred version of each group before its others. */
  resources(signal: AbortSignal): Promise<readonly ServedResource[]>;
  /** `group/version` of those that could not be read the last time (a broken aggregated API); the rest is complete. */
  readonly unavailableGroups: readonly string[];
  /** Exact match; without a version the preferred one, without a group core first. */
  find(query: ResourceQuery, signal: AbortSignal): Promise<ServedResource | undefined>;
  /** What a person types, by kubectl's rules: `deploy`, `deployments.apps`, `Deployment`, `deployments.v1.apps`. */
  resolve(word: string, signal: AbortSignal): Promise<ServedResource | undefined>;
  invalidate(): void;
  version(signal: AbortSignal): Promise<{ gitVersion: string }>;
}

export interface DiscoverySource {
  readonly clock: Clock;
  getJson<T>(path: string, accept: string, signal: AbortSignal): Promise<T>;
}

export function createDiscovery(source: DiscoverySource): Discovery {
  return new CachedDiscovery(source);
}

const PLAIN = 'application/json';
const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat(PLAIN)
  .join(',');
const CONCURRENT_READS = 8;
/** What is asked for and not there may have come since: looked up again, but not for each question. */
const RECHECK_AFTER_MS = 5_000;

class CachedDiscovery implements Discovery {
  unavailableGroups: readonly string[] = [];
  readonly #source: DiscoverySource;
  readonly #reading: SingleFlight<readonly ServedResource[]>;
  #generation = 0;
  #known: { readonly resources: readonly ServedResource[]; readonly readAt: number } | undefined;

  constructor(source: DiscoverySource) {
    this.#source = source;
    this.#reading = new SingleFlight((signal) => this.#read(signal));
  }

  async resources(signal: AbortSignal): Promise<readonly ServedResource[]> {
    return this.#known?.resources ?? (await this.#reading.join(signal));
  }

  find(query: ResourceQuery, signal: AbortSignal): Promise<ServedResource | undefined> {
    return this.#lookUp((resources) => {
      const matching = resources.filter(
        (resource) =>
          (query.group === undefined || resource.group === query.group) &&
          (query.version === undefined || resource.version === query.version) &&
          ('kind' in query ? resource.kind === query.kind : resource.plural === query.plural),
      );
      return preferredOf(matching);
    }, signal);
  }

  resolve(word: string, signal: AbortSignal): Promise<ServedResource | undefined> {
    return this.#lookUp((resources) => matchWord(word, resources), signal);
  }

  invalidate(): void {
    // What is being read just now was asked too early.
    this.#generation++;
    this.#reading.forget();
    this.#known = undefined;
  }

  version(signal: AbortSignal): Promise<{ gitVersion: string }> {
    return this.#source.getJson('/version', PLAIN, signal);
  }

  async #lookUp(
    search: (resources: readonly ServedResource[]) => ServedResource | undefined,
    signal: AbortSignal,
  ): Promise<ServedResource | undefined> {
    const found = search(await this.resources(signal));
    const age = this.#source.clock.monotonic() - (this.#known?.readAt ?? Number.NEGATIVE_INFINITY);
    if (found !== undefined || age < RECHECK_AFTER_MS) return found;
    return search(await this.#reading.join(signal));
  }

  async #read(signal: AbortSignal): Promise<readonly ServedResource[]> {
    const generation = this.#generation;
    const readAt = this.#source.clock.monotonic();
    const [core, groups] = await Promise.all([this.#readCore(signal), this.#readGroups(signal)]);
    const resources = withPreference([...core.resources, ...groups.resources]);
    if (generation === this.#generation) {
      this.unavailableGroups = [...core.unavailable, ...groups.unavailable];
      this.#known = { resources, readAt };
    }
    return resources;
  }

  async #readCore(signal: AbortSignal): Promise<Found> {
    const document = await this.#source.getJson<AggregatedDiscovery & ApiVersions>('/api', AGGREGATED, signal);
    if (document.kind === 'APIGroupDiscoveryList') return fromAggregated(document);
    const versions = (document.versions ?? []).map((version) => ({ group: '', version, path: `/api/${version}` }));
    return await this.#readEach(versions, signal);
  }

  async #readGroups(signal: AbortSignal): Promise<Found> {
    const document = await this.#source.getJson<AggregatedDiscovery & ApiGroupList>('/apis', AGGREGATED, signal);
    if (document.kind === 'APIGroupDiscoveryList') return fromAggregated(document);
    const versions = (document.groups ?? []).flatMap((group) => {
      const preferred = group.preferredVersion?.version;
      return (group.versions ?? [])
        .map(({ version }) => ({ group: group.name, version, path: `/apis/${group.name}/${version}` }))
        .sort((a, b) => Number(b.version === preferred) - Number(a.version === preferred));
    });
    return await this.#readEach(versions, signal);
  }

  /** Servers before 1.26 tell of each version by itself; one that is broken does not hide the others. */
  async #readEach(
    versions: readonly { readonly group: string; readonly version: string; readonly path: string }[],
    signal: AbortSignal,
  ): Promise<Found> {
    const found: Found = { resources: [], unavailable: [] };
    const lists: (Found['resources'] | undefined)[] = new Array(versions.length);
    let next = 0;
    const readNext = async (): Promise<void> => {
      for (let index = next++; index < versions.length; index = next++) {
        const at = versions[index];
        if (at === undefined) return;
        try {
          const document = await this.#source.getJson<ApiResourceList>(at.path, PLAIN, signal);
          lists[index] = fromResourceList(at.group, at.version, document);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          // Gone between the two questions is gone; anything else is there and broken.
          if (!isNotFound(error)) found.unavailable.push(at.group === '' ? at.version : `${at.group}/${at.version}`);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_READS }, readNext));
    for (const list of lists) found.resources.push(...(list ?? []));
    return found;
  }
}

function preferredOf(resources: readonly ServedResource[]): ServedResource | undefined {
  return resources.find((resource) => resource.preferred) ?? resources[0];
}

/** kubectl's rules: a name in full before a short name, the core group before others, the preferred version before others. */
function matchWord(word: string, resources: readonly ServedResource[]): ServedResource | undefined {
  const lower = word.trim().toLowerCase();
  const firstDot = lower.indexOf('.');
  const name = firstDot < 0 ? lower : lower.slice(0, firstDot);
  const qualifier = firstDot < 0 ? '' : lower.slice(firstDot + 1);
  const inFull = (resource: ServedResource) =>
    resource.plural === name || resource.singular === name || resource.kind.toLowerCase() === name;
  const inShort = (resource: ServedResource) => resource.shortNames.includes(name);
  for (const isNamed of [inFull, inShort]) {
    const named = resources.filter(isNamed);
    if (qualifier === '') {
      const found = preferredOf(named);
      if (found !== undefined) return found;
      continue;
    }
    const found =
      // `deployments.apps`, `deployments.v1.apps` (for the core group `pods.v1`), then a group by its beginning.
      preferredOf(named.filter((resource) => resource.group === qualifier)) ??
      named.find(({ group, version }) => (group === '' ? version : `${version}.${group}`) === qualifier) ??
      preferredOf(named.filter((resource) => resource.group.startsWith(qualifier)));
    if (found !== undefined) return found;
  }
  return undefined;
}
