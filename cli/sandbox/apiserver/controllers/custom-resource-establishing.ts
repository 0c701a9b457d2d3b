import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { asReadonlyCrd } from '../customresources/crd.ts';
import { establish } from '../customresources/establish.ts';
import { jsonEqual } from '../schema/json-value.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import { AS_API_SERVER, builtIn, type Controller, type ControllerContext, refOf } from './controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

/** Gives CRDs their names and says when their objects can come. Kubernetes: apiextensions' naming and establishing controllers. */
export class CustomResourceEstablishing implements Controller {
  readonly #context: ControllerContext;
  readonly #work: Work = { name: 'custom resource establishing', run: (name) => this.#establish(name) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const { name } of this.#context.storage.list(CUSTOM_RESOURCE_DEFINITIONS)) this.#take(name);
  }

  observe({ type, stored, previous }: StorageEvent): void {
    if (stored.storageKey !== CUSTOM_RESOURCE_DEFINITIONS) return;
    if (type !== 'DELETED') this.#take(stored.name);
    // Names that one gave up another may wait for.
    if (type === 'DELETED' || (previous !== undefined && !jsonEqual(namesOf(previous), namesOf(stored)))) {
      for (const { name } of this.#context.storage.list(CUSTOM_RESOURCE_DEFINITIONS)) {
        if (name !== stored.name) this.#take(name);
      }
    }
  }

  #take(name: string): void {
    this.#context.loop.add(this.#work, name);
  }

  #establish(name: string): void {
    const { storage, cluster, clock } = this.#context;
    const crd = storage.get(CUSTOM_RESOURCE_DEFINITIONS, '', name);
    if (crd === undefined) return;
    const all = storage.list(CUSTOM_RESOURCE_DEFINITIONS).map(({ object }) => asReadonlyCrd(object));
    const status = establish(asReadonlyCrd(crd.object), all, new Date(clock.now()));
    if (status === undefined) return;
    const definition = builtIn(cluster, 'apiextensions.k8s.io', 'CustomResourceDefinition');
    const change = (object: KubeObject) => ({ ...object, status });
    cluster.registry.update(definition, refOf(crd), change, { ...AS_API_SERVER, subresource: 'status' });
  }
}

function namesOf(crd: Stored): unknown {
  return asReadonlyCrd(crd.object).status?.acceptedNames;
}
