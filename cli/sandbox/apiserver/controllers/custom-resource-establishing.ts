import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { type Crd, conditionOf } from '../customresources/crd.ts';
import { establish } from '../customresources/establish.ts';
import { jsonEqual } from '../schema/json-value.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import { AS_API_SERVER, builtIn, type Controller, type ControllerContext, refOf } from './controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

/** Tells CRDs which of their names are theirs, and that they are served. Kubernetes: apiextensions' naming and establishing controllers. */
export class CustomResourceEstablishing implements Controller {
  readonly #context: ControllerContext;
  readonly #work: Work = { name: 'establishing of custom resources', run: (name) => this.#establish(name) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const { name } of this.#all()) this.#context.loop.add(this.#work, name);
  }

  observe({ type, stored, previous }: StorageEvent): void {
    if (stored.storageKey !== CUSTOM_RESOURCE_DEFINITIONS) return;
    if (type !== 'DELETED') this.#context.loop.add(this.#work, stored.name);
    const before = previous === undefined ? undefined : crdOf(previous).status?.acceptedNames;
    const now = type === 'DELETED' ? undefined : crdOf(stored).status?.acceptedNames;
    if (before === undefined || jsonEqual(before, now)) return;
    // Names are free again: somebody may have waited for them.
    for (const other of this.#all()) {
      if (conditionOf(crdOf(other), 'NamesAccepted')?.status === 'False')
        this.#context.loop.add(this.#work, other.name);
    }
  }

  #establish(name: string): void {
    const { storage, cluster, clock } = this.#context;
    const crd = storage.get(CUSTOM_RESOURCE_DEFINITIONS, '', name);
    if (crd === undefined) return;
    const status = establish(crdOf(crd), this.#all().map(crdOf), new Date(clock.now()));
    if (status === undefined) return;
    const definition = builtIn(cluster, 'apiextensions.k8s.io', 'CustomResourceDefinition');
    const change = (object: KubeObject): KubeObject => ({ ...object, status });
    cluster.registry.update(definition, refOf(crd), change, { ...AS_API_SERVER, subresource: 'status' });
  }

  #all(): readonly Stored[] {
    return this.#context.storage.list(CUSTOM_RESOURCE_DEFINITIONS);
  }
}

function crdOf({ object }: Stored): DeepReadonly<Crd> {
  return asReadonlyCrd(object);
}
