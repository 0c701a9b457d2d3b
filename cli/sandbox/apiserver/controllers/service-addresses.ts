import type { StorageEvent, Stored } from '../storage/storage.ts';
import { addressRange } from './address-range.ts';
import { AS_API_SERVER, builtIn, type Controller, type ControllerContext, refOf } from './controller.ts';
import { IP_ADDRESSES, SERVICES } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

const FAMILY = 'ipaddress.kubernetes.io/ip-family';
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

/** Shows which addresses Services have, as IPAddresses. Kubernetes: the IP allocator, and the controller that repairs what it leaves. */
export class ServiceAddresses implements Controller {
  readonly #context: ControllerContext;
  readonly #claim: Work = { name: 'addresses of Services', run: (key) => this.#provide(key) };
  readonly #release: Work = { name: 'addresses of no Services', run: (address) => this.#remove(address) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const service of this.#context.storage.list(SERVICES)) this.#observeService(service, undefined);
    for (const { name } of this.#context.storage.list(IP_ADDRESSES)) this.#context.loop.add(this.#release, name);
  }

  observe({ type, stored, previous }: StorageEvent): void {
    if (stored.storageKey === SERVICES) this.#observeService(type === 'DELETED' ? undefined : stored, previous);
  }

  #observeService(service: Stored | undefined, previous: Stored | undefined): void {
    const { loop } = this.#context;
    const before = addressesOf(previous);
    const now = addressesOf(service);
    for (const address of before) if (!now.includes(address)) loop.add(this.#release, address);
    if (service === undefined || now.every((address) => before.includes(address))) return;
    loop.add(this.#claim, `${service.namespace}/${service.name}`);
  }

  #provide(key: string): void {
    const { storage, cluster } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    for (const address of addressesOf(storage.get(SERVICES, namespace, name))) {
      if (storage.get(IP_ADDRESSES, '', address) !== undefined) continue;
      const family = addressRange(address)?.family === 'ipv6' ? 'IPv6' : 'IPv4';
      const object = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IPAddress',
        metadata: { name: address, labels: { [FAMILY]: family, [MANAGED_BY]: ALLOCATOR } },
        spec: { parentRef: { resource: 'services', namespace, name } },
      };
      cluster.registry.create(builtIn(cluster, 'networking.k8s.io', 'IPAddress'), object, AS_API_SERVER);
    }
  }

  #remove(address: string): void {
    const { storage, cluster } = this.#context;
    const stored = storage.get(IP_ADDRESSES, '', address);
    if (stored === undefined || stored.object.metadata.labels?.[MANAGED_BY] !== ALLOCATOR) return;
    const { parentRef } = (stored.object.spec ?? {}) as { parentRef?: { namespace?: string; name?: string } };
    const service = storage.get(SERVICES, parentRef?.namespace ?? '', parentRef?.name ?? '');
    if (addressesOf(service).includes(address)) return;
    cluster.registry.delete(builtIn(cluster, 'networking.k8s.io', 'IPAddress'), refOf(stored), AS_API_SERVER);
    // Somebody else may have got it meanwhile.
    for (const other of storage.list(SERVICES)) {
      if (addressesOf(other).includes(address)) this.#context.loop.add(this.#claim, `${other.namespace}/${other.name}`);
    }
  }
}

/** None for headless Services and those of type ExternalName. */
function addressesOf(service: Stored | undefined): readonly string[] {
  const { clusterIPs = [] } = (service?.object.spec ?? {}) as { clusterIPs?: readonly string[] };
  return clusterIPs.filter((address) => address !== '' && address !== 'None');
}
