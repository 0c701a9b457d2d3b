import {
  defaultFederatedTypeConfig,
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  federatedResourceOf,
  isNamespaceType,
  targetResourceOf,
  validateFederatedTypeConfig,
} from '../../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { MESH_CONFIGS, type MeshConfig } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { PAUSED_ANNOTATION, SERVER_SIDE_APPLY_ANNOTATION } from '../../../apis/well-known.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Resource } from '../../kube/resource.ts';
import { Store } from '../../kube/store.ts';
import type { FederatedType } from '../../sync/member-object.ts';
import type { FederationStores, ShownTypeStore } from '../stores.ts';
import { shownType } from '../views/shown-type.ts';
import type { ReadingOptions } from './host-stores.ts';

export interface OwnReadingOptions extends ReadingOptions {
  /** Of a control plane that is limited to one namespace. */
  readonly targetNamespace?: string | undefined;
  readonly onTypes: (types: readonly ShownTypeStore[]) => void;
}

interface ReadType extends ShownTypeStore {
  readonly fingerprint: string;
  readonly stop: () => void;
}

/**
 * The host's objects as a replica reads them that does not lead: for showing only, nothing of the members, and given up as soon as
 * it leads.
 */
export class OwnReading {
  readonly #options: OwnReadingOptions;
  readonly #clusters: Store<KubeFedCluster>;
  readonly #configs: Store<FederatedTypeConfig>;
  readonly #mesh: Store<MeshConfig>;
  readonly #types = new Map<string, ReadType>();
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: OwnReadingOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#clusters = new Store({ clock, log });
    this.#configs = new Store({ clock, log });
    this.#mesh = new Store({ clock, log });
  }

  get stores(): FederationStores {
    return { clusters: this.#clusters, types: [...this.#types.values()], mesh: this.#mesh, measures: () => ({}) };
  }

  start(): void {
    const { namespace } = this.#options;
    const { signal } = this.#stopping;
    this.#configs.subscribe(({ key }) => this.#follow(key));
    this.#run(KUBEFED_CLUSTERS, this.#clusters, signal, namespace);
    this.#run(MESH_CONFIGS, this.#mesh, signal, namespace);
    this.#run(FEDERATED_TYPE_CONFIGS, this.#configs, signal, namespace);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the dashboard reads no longer for itself'));
    await Promise.all(this.#running);
  }

  #run<T extends KubeObject>(resource: Resource, store: Store<T>, signal: AbortSignal, namespace?: string): void {
    const { host: client, clock, random, log } = this.#options;
    const where = namespace === undefined ? {} : { namespace };
    const running = new Reflector<T>({ client, resource, store, ...where, clock, random, log }).run(signal);
    const done = running.finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  #follow(key: string): void {
    const found = this.#configs.get(key);
    const type = found === undefined ? undefined : typeOf(found as FederatedTypeConfig);
    const fingerprint = JSON.stringify(type);
    const before = this.#types.get(key);
    if (before?.fingerprint === fingerprint) return;
    before?.stop();
    this.#types.delete(key);
    if (type !== undefined) {
      const { clock, log, targetNamespace } = this.#options;
      const store = new Store<FederatedObject>({ clock, log });
      const stopped = new AbortController();
      this.#types.set(key, { type: shownType(type), store, fingerprint, stop: () => stopped.abort() });
      this.#run(type.federated, store, AbortSignal.any([stopped.signal, this.#stopping.signal]), targetNamespace);
    }
    this.#options.onTypes([...this.#types.values()]);
  }
}

/** As much of it as showing takes; undefined where the leader would not federate it. */
function typeOf(found: FederatedTypeConfig): FederatedType | undefined {
  const config = defaultFederatedTypeConfig(found);
  const isWanted = config.spec.propagation === 'Enabled' && found.metadata.deletionTimestamp === undefined;
  if (!isWanted || validateFederatedTypeConfig(config).length > 0) return undefined;
  return {
    name: config.metadata.name ?? '',
    federated: federatedResourceOf(config),
    target: targetResourceOf(config),
    isNamespace: isNamespaceType(config),
    keeps: 'metadata',
    collectsStatus: false,
    paused: config.metadata.annotations?.[PAUSED_ANNOTATION] === 'true',
    applies: config.metadata.annotations?.[SERVER_SIDE_APPLY_ANNOTATION] === 'true',
  };
}
