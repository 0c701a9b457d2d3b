import { definitionsOf } from './customresources/definitions-of.ts';
import { builtInDefinitions } from './kinds/built-in-definitions.ts';
import type { ResourceDefinition } from './resources/resource-definition.ts';
import type { Storage } from './storage/storage.ts';

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

type ByKey = ReadonlyMap<string, ResourceDefinition>;

let builtIn: { readonly resources: ByKey; readonly kinds: ByKey } | undefined;

/** What one server serves: the built-in kinds, in tables that all servers share, and its own custom resources. */
export class ServedDefinitions {
  readonly #storage: Storage;
  /** Made anew when it is asked for after a CRD has changed. */
  #custom:
    | { readonly list: readonly ResourceDefinition[]; readonly resources: ByKey; readonly kinds: ByKey }
    | undefined;
  #all: readonly ResourceDefinition[] | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
    // For as long as the storage itself: the first to hear of a CRD.
    storage.subscribe(({ stored }) => {
      if (stored.storageKey !== CRDS) return;
      this.#custom = undefined;
      this.#all = undefined;
    });
  }

  all(): readonly ResourceDefinition[] {
    this.#all ??= [...builtInDefinitions(), ...this.#own().list];
    return this.#all;
  }

  resource(group: string, version: string, plural: string): ResourceDefinition | undefined {
    const key = `${group}/${version}/${plural}`;
    return ofBuiltIn().resources.get(key) ?? this.#own().resources.get(key);
  }

  kind(group: string, kind: string): ResourceDefinition | undefined {
    const key = `${group}/${kind}`;
    return ofBuiltIn().kinds.get(key) ?? this.#own().kinds.get(key);
  }

  #own() {
    if (this.#custom === undefined) {
      const list = this.#storage.list(CRDS).flatMap(({ object }) => definitionsOf(object));
      this.#custom = { list, ...indexed(list) };
    }
    return this.#custom;
  }
}

function ofBuiltIn() {
  builtIn ??= indexed(builtInDefinitions());
  return builtIn;
}

/** Of several versions of a kind the first is preferred. */
function indexed(definitions: readonly ResourceDefinition[]): { resources: ByKey; kinds: ByKey } {
  const resources = new Map<string, ResourceDefinition>();
  const kinds = new Map<string, ResourceDefinition>();
  for (const definition of definitions) {
    const { group, version, plural, kind } = definition;
    resources.set(`${group}/${version}/${plural}`, definition);
    if (!kinds.has(`${group}/${kind}`)) kinds.set(`${group}/${kind}`, definition);
  }
  return { resources, kinds };
}
