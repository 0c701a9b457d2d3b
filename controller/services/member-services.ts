import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { SERVICE_EXPORTS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS, type ServiceImport } from '../../apis/multicluster/service-import.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { MemberWatch } from '../clusters/member-watch.ts';
import { NAMESPACES, SERVICES } from '../kube/core-kinds.ts';
import { keyOf } from '../kube/resource.ts';
import type { Store, StoreEvent } from '../kube/store.ts';
import { derivedServiceName } from './derived-name.ts';
import { ENDPOINT_SLICES, type EndpointSlice, isOurs, SERVICE_NAME_LABEL, type Service } from './kinds.ts';

/** More namespaces than these with multi-cluster Services are watched in one go, with whatever else is in the cluster. */
const NAMESPACE_WATCHES = 16;
/** Stands for all namespaces. */
const EVERYWHERE = '';
/** As a key: all multi-cluster Services. */
const EVERYTHING = '';

export interface MemberServicesEvents {
  /** Something about a multi-cluster Service is otherwise than before. `key`: `namespace/name`, or all of a `namespace/`, or all: ``. */
  changed(key: string, what: 'object' | 'endpoints'): void;
  /** Exports or imports have come or gone, so other namespaces may be concerned. */
  namesChanged(): void;
}

interface Scope {
  readonly services: MemberWatch;
  readonly slices: MemberWatch;
}

/**
 * What one member has to do with multi-cluster Services, as its watches show it. Services and EndpointSlices are watched only in namespaces
 * in which something is exported or imported.
 */
export class MemberServices {
  readonly cluster: string;
  readonly accessor: Accessor;
  readonly #events: MemberServicesEvents;
  readonly #controlPlaneUid: string;
  readonly #exports: MemberWatch;
  readonly #imports: MemberWatch;
  readonly #namespaces: MemberWatch;
  readonly #scopes = new Map<string, Scope>();
  #closed = false;

  constructor(accessor: Accessor, controlPlaneUid: string, events: MemberServicesEvents) {
    this.cluster = accessor.name;
    this.accessor = accessor;
    this.#events = events;
    this.#controlPlaneUid = controlPlaneUid;
    this.#exports = accessor.watch(SERVICE_EXPORTS);
    this.#imports = accessor.watch(SERVICE_IMPORTS);
    this.#namespaces = accessor.watch(NAMESPACES, { metadataOnly: true, transform: namespaceEssentials });
    for (const { store } of [this.#exports, this.#imports]) {
      this.#listen(store, (event) => {
        events.changed(event.key, 'object');
        if (event.type !== 'updated') events.namesChanged();
      });
    }
    this.#listen(this.#namespaces.store, ({ object, type }) => {
      if (type !== 'updated' || object.metadata.deletionTimestamp !== undefined) this.#tellOfNamespace(object);
    });
    // What was not known before may be known now.
    for (const watch of [this.#exports, this.#imports, this.#namespaces]) this.#onSync(watch, EVERYTHING);
  }

  /** Whether its exports are known, and all that is exported from this namespace. */
  isKnown(namespace: string): boolean {
    const scope = this.#scope(namespace);
    return this.#exports.store.synced && scope?.services.store.synced === true && scope.slices.store.synced;
  }

  /** Whether it is known what has been imported here. */
  knowsImports(namespace: string): boolean {
    return this.isKnown(namespace) && this.#imports.store.synced && this.#namespaces.store.synced;
  }

  hasNamespace(namespace: string): boolean {
    const found = this.#namespaces.store.get(namespace);
    return found !== undefined && found.metadata.deletionTimestamp === undefined;
  }

  export(key: string): DeepReadonly<ServiceExport> | undefined {
    return this.#exports.store.get(key) as DeepReadonly<ServiceExport> | undefined;
  }

  import(key: string): DeepReadonly<ServiceImport> | undefined {
    return this.#imports.store.get(key) as DeepReadonly<ServiceImport> | undefined;
  }

  service(namespace: string, name: string): DeepReadonly<Service> | undefined {
    return this.#scope(namespace)?.services.store.get(keyOf({ namespace, name })) as DeepReadonly<Service> | undefined;
  }

  /** All EndpointSlices of a Service, whoever writes them. */
  slices(namespace: string, service: string): DeepReadonly<EndpointSlice>[] {
    const store = this.#scope(namespace)?.slices.store;
    return (store?.byIndex(BY_SERVICE, keyOf({ namespace, name: service })) ?? []) as DeepReadonly<EndpointSlice>[];
  }

  /** Keys of everything that is exported from here, or that we have imported. */
  *keys(): Iterable<string> {
    yield* this.#exports.store.keys();
    for (const object of this.#imports.store.values()) {
      if (isOurs(object.metadata, this.#controlPlaneUid)) yield keyOf(object.metadata);
    }
  }

  /** Where own writes are noted. */
  storeOf(kind: 'exports' | 'imports' | 'services' | 'slices', namespace: string): Store | undefined {
    if (kind === 'exports') return this.#exports.store;
    if (kind === 'imports') return this.#imports.store;
    return this.#scope(namespace)?.[kind].store;
  }

  /** Watches Services and EndpointSlices in these namespaces, and in no others. */
  follow(namespaces: ReadonlySet<string>): void {
    if (this.#closed) return;
    const wanted = namespaces.size > NAMESPACE_WATCHES ? new Set([EVERYWHERE]) : namespaces;
    for (const namespace of wanted) if (!this.#scopes.has(namespace)) this.#open(namespace);
    for (const [namespace, scope] of this.#scopes) {
      if (wanted.has(namespace)) continue;
      this.#scopes.delete(namespace);
      scope.services.close();
      scope.slices.close();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.follow(new Set());
    this.#closed = true;
    for (const watch of [this.#exports, this.#imports, this.#namespaces]) watch.close();
  }

  #scope(namespace: string): Scope | undefined {
    return this.#scopes.get(EVERYWHERE) ?? this.#scopes.get(namespace);
  }

  #open(namespace: string): void {
    const where = namespace === EVERYWHERE ? {} : { namespace };
    const services = this.accessor.watch(SERVICES, { ...where, transform: serviceEssentials });
    const slices = this.accessor.watch(ENDPOINT_SLICES, {
      ...where,
      transform: sliceEssentials,
      indexes: SLICE_INDEXES,
    });
    this.#scopes.set(namespace, { services, slices });
    this.#listen(services.store, ({ object }) => {
      this.#events.changed(this.#exportedKey(object, object.metadata.name), 'object');
    });
    this.#listen(slices.store, ({ object }) => {
      const service = object.metadata.labels?.[SERVICE_NAME_LABEL];
      if (service !== undefined) this.#events.changed(this.#exportedKey(object, service), 'endpoints');
    });
    for (const watch of [services, slices])
      this.#onSync(watch, namespace === EVERYWHERE ? EVERYTHING : `${namespace}/`);
  }

  /** Stores outlive the handle that was closed: nobody is to be told any more. */
  #listen(store: Store, listener: (event: StoreEvent) => void): void {
    store.subscribe((event) => {
      if (!this.#closed) listener(event);
    });
  }

  #onSync(watch: MemberWatch, key: string): void {
    let known = watch.store.synced;
    watch.onState(() => {
      if (this.#closed || known || !watch.store.synced) return;
      known = true;
      this.#events.namesChanged();
      this.#events.changed(key, 'object');
    });
  }

  #tellOfNamespace({ metadata }: DeepReadonly<KubeObject>): void {
    this.#events.changed(`${metadata.name ?? ''}/`, 'object');
  }

  /** Of a Service, or of what belongs to it, the multi-cluster Service that it has to do with. */
  #exportedKey({ metadata }: DeepReadonly<KubeObject>, service = ''): string {
    const prefix = derivedServiceName('');
    const isDerived = isOurs(metadata, this.#controlPlaneUid) && service.startsWith(prefix);
    return keyOf({ namespace: metadata.namespace ?? '', name: isDerived ? service.slice(prefix.length) : service });
  }
}

const BY_SERVICE = 'service';
const SLICE_INDEXES = {
  [BY_SERVICE]: ({ metadata }: DeepReadonly<KubeObject>): readonly string[] => {
    const name = metadata.labels?.[SERVICE_NAME_LABEL];
    return name === undefined ? [] : [keyOf({ namespace: metadata.namespace ?? '', name })];
  },
};

/** A big cluster has thousands of these: only what is read stays in memory. */
function namespaceEssentials({ metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, deletionTimestamp } = metadata;
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  };
}

/** Whole, because a derived one is written back; of others the status is not read. */
function serviceEssentials(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return rest as KubeObject;
}

function sliceEssentials(object: KubeObject): KubeObject {
  const { endpoints, ...rest } = object as EndpointSlice;
  return {
    ...rest,
    endpoints: endpoints?.map(({ targetRef: _, deprecatedTopology: __, hints: ___, ...each }) => each) ?? [],
  };
}
