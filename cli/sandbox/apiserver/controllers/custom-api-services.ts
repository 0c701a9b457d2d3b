import { asReadonlyCrd } from '../customresources/crd.ts';
import type { StorageEvent } from '../storage/storage.ts';
import { apiService, MANAGED_LABEL } from './api-service.ts';
import { AS_API_SERVER, builtIn, type Controller, type ControllerContext, refOf, timestamp } from './controller.ts';
import { API_SERVICES, CUSTOM_RESOURCE_DEFINITIONS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

/** As kube-apiserver gives all CRDs. */
const PRIORITIES = { group: 1_000, version: 100 };

/** Keeps an APIService for each group and version that CRDs serve. Kubernetes: `crdregistration`. */
export class CustomApiServices implements Controller {
  readonly #context: ControllerContext;
  readonly #work: Work = { name: 'API services of custom resources', run: () => this.#reconcile() };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    if (this.#context.storage.list(CUSTOM_RESOURCE_DEFINITIONS).length > 0) this.#context.loop.add(this.#work, '');
  }

  observe({ stored: { storageKey } }: StorageEvent): void {
    if (storageKey === CUSTOM_RESOURCE_DEFINITIONS) this.#context.loop.add(this.#work, '');
  }

  #reconcile(): void {
    const { storage, cluster, clock } = this.#context;
    const definition = builtIn(cluster, 'apiregistration.k8s.io', 'APIService');
    const served = new Map<string, { group: string; version: string }>();
    for (const { object } of storage.list(CUSTOM_RESOURCE_DEFINITIONS)) {
      const { group, versions } = asReadonlyCrd(object).spec;
      for (const { name: version, served: is } of versions) {
        if (is) served.set(`${version}.${group}`, { group, version });
      }
    }
    for (const stored of storage.list(API_SERVICES)) {
      const ours = stored.object.metadata.labels?.[MANAGED_LABEL] === 'true';
      if (ours && !served.has(stored.name)) cluster.registry.delete(definition, refOf(stored), AS_API_SERVER);
    }
    for (const [name, { group, version }] of served) {
      if (storage.get(API_SERVICES, '', name) !== undefined) continue;
      const object = apiService({ group, version, priorities: PRIORITIES, managed: 'true', now: timestamp(clock) });
      cluster.registry.create(definition, object, AS_API_SERVER);
      const withStatus = { ...AS_API_SERVER, subresource: 'status' };
      const change = <T extends object>(created: T): T => ({ ...created, status: object.status });
      cluster.registry.update(definition, { namespace: '', name }, change, withStatus);
    }
  }
}
