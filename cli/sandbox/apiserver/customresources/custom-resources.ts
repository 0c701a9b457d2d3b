import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { Storage, StorageEvent } from '../storage/storage.ts';
import { definitionsOf } from './definitions-of.ts';

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** The custom resources that one server serves at present, by what its CRDs say. */
export class CustomResources {
  /** By the names of their CRDs. */
  readonly #ofCrd = new Map<string, readonly ResourceDefinition[]>();
  readonly #byPath = new Map<string, ResourceDefinition>();
  readonly #unsubscribe: () => void;
  readonly #onChange: () => void;

  /** `onChange`: what is served is no longer what it was; discovery and OpenAPI may forget what they know. */
  constructor(storage: Storage, onChange: () => void = () => undefined) {
    this.#onChange = onChange;
    for (const { name, object } of storage.list(CRDS)) this.#put(name, definitionsOf(object));
    this.#unsubscribe = storage.subscribe((event) => this.#observe(event));
  }

  /** The preferred version of each kind comes before its others. */
  *definitions(): IterableIterator<ResourceDefinition> {
    for (const definitions of this.#ofCrd.values()) yield* definitions;
  }

  definition(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** In its preferred version. */
  definitionOfKind(group: string, kind: string): ResourceDefinition | undefined {
    for (const [definition] of this.#ofCrd.values()) {
      if (definition?.kind === kind && definition.group === group) return definition;
    }
    return undefined;
  }

  close(): void {
    this.#unsubscribe();
  }

  #observe({ type, stored }: StorageEvent): void {
    if (stored.storageKey !== CRDS) return;
    this.#put(stored.name, type === 'DELETED' ? [] : definitionsOf(stored.object));
  }

  #put(name: string, definitions: readonly ResourceDefinition[]): void {
    const before = this.#ofCrd.get(name) ?? [];
    if (before === definitions || (before.length === 0 && definitions.length === 0)) return;
    for (const { group, version, plural } of before) this.#byPath.delete(`${group}/${version}/${plural}`);
    if (definitions.length === 0) this.#ofCrd.delete(name);
    else this.#ofCrd.set(name, definitions);
    for (const definition of definitions) {
      this.#byPath.set(`${definition.group}/${definition.version}/${definition.plural}`, definition);
    }
    this.#onChange();
  }
}
