import type { StorageEvent } from '../storage/storage.ts';
import { SYSTEM_NAMESPACES, writeBootstrapObjects } from './bootstrap.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { NAMESPACES, SERVICE_CIDRS, SERVICES } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

/** Brings back what a control plane cannot be without: its namespaces, the Service `kubernetes`, the ServiceCIDR. Kubernetes looks every ten seconds or so. */
export class SystemObjects implements Controller {
  readonly #context: ControllerContext;
  readonly #work: Work = { name: 'system objects', run: () => writeBootstrapObjects(this.#context) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    // The server writes them before it starts its controllers.
  }

  observe({ type, stored: { storageKey, namespace, name } }: StorageEvent): void {
    if (type !== 'DELETED') return;
    const missed =
      (storageKey === NAMESPACES && SYSTEM_NAMESPACES.includes(name)) ||
      (storageKey === SERVICES && namespace === 'default' && name === 'kubernetes') ||
      (storageKey === SERVICE_CIDRS && name === 'kubernetes');
    if (missed) this.#context.loop.add(this.#work, '');
  }
}
