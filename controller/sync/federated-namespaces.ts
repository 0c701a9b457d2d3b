import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { Store } from '../kube/store.ts';

/**
 * All FederatedNamespaces of the host. Their own sync reads them to make namespaces; every other sync reads them because
 * a namespaced object goes only where its namespace goes.
 */
export class FederatedNamespaces {
  readonly store = new Store<FederatedObject>({
    indexes: { namespace: (object) => [object.metadata.namespace ?? ''] },
  });
  readonly #listeners = new Set<(cluster: string, namespace: string) => void>();

  in(namespace: string): DeepReadonly<FederatedObject>[] {
    return this.store.byIndex('namespace', namespace);
  }

  /** Tells who waits for a namespace in a member that it is there now. */
  announce(cluster: string, namespace: string): void {
    for (const listener of this.#listeners) listener(cluster, namespace);
  }

  onAnnounce(listener: (cluster: string, namespace: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
