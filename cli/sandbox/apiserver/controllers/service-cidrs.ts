import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import { type AddressRange, addressRange, contains } from './address-range.ts';
import {
  AS_CONTROLLER_MANAGER,
  builtIn,
  type Controller,
  type ControllerContext,
  isBeingDeleted,
  refOf,
} from './controller.ts';
import {
  applyServiceCidrStatus,
  type Condition,
  holdServiceCidr,
  SERVICE_CIDR_FINALIZER,
  SERVICE_CIDR_MANAGER,
  SERVICE_CIDR_READY,
} from './service-cidr-status.ts';
import { IP_ADDRESSES, SERVICE_CIDRS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

const IN_USE = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
};

/** Makes ServiceCIDRs Ready, and keeps those that are deleted while addresses are in use that no other one holds. Kubernetes: `pkg/controller/servicecidrs`. */
export class ServiceCidrs implements Controller {
  readonly #context: ControllerContext;
  readonly #work: Work = { name: 'service CIDRs', run: () => this.#reconcile() };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    this.#context.loop.add(this.#work, '');
  }

  observe({ type, stored }: StorageEvent): void {
    const matters = stored.storageKey === SERVICE_CIDRS || (stored.storageKey === IP_ADDRESSES && type === 'DELETED');
    if (matters) this.#context.loop.add(this.#work, '');
  }

  #reconcile(): void {
    for (const cidr of this.#context.storage.list(SERVICE_CIDRS)) {
      if (isBeingDeleted(cidr.object)) this.#letGo(cidr);
      else this.#ready(cidr);
    }
  }

  #ready(cidr: Stored): void {
    if (!cidr.object.metadata.finalizers?.includes(SERVICE_CIDR_FINALIZER)) holdServiceCidr(this.#context, cidr.name);
    this.#tell(cidr, SERVICE_CIDR_READY);
  }

  #letGo(cidr: Stored): void {
    if (this.#holdsAddresses(cidr)) {
      this.#tell(cidr, IN_USE);
      return;
    }
    const finalizers = cidr.object.metadata.finalizers ?? [];
    if (!finalizers.includes(SERVICE_CIDR_FINALIZER)) return;
    this.#update(cidr, (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: finalizers.filter((name) => name !== SERVICE_CIDR_FINALIZER) },
    }));
  }

  /** Addresses in use that are in no other ServiceCIDR. */
  #holdsAddresses(cidr: Stored): boolean {
    const { storage } = this.#context;
    const own = rangesOf(cidr);
    const others = storage.list(SERVICE_CIDRS).flatMap((other) => (other === cidr ? [] : rangesOf(other)));
    return storage.list(IP_ADDRESSES).some(({ name }) => {
      const address = addressRange(name);
      if (address === undefined || !own.some((range) => contains(range, address))) return false;
      return !others.some((range) => contains(range, address));
    });
  }

  #tell(cidr: Stored, condition: Required<Condition>): void {
    const { storage } = this.#context;
    const stored = storage.get(SERVICE_CIDRS, '', cidr.name);
    if (stored === undefined) return;
    const status = (stored.object.status ?? {}) as { readonly conditions?: readonly Condition[] };
    const before = status.conditions?.find(({ type }) => type === condition.type);
    const { status: is, reason, message } = condition;
    if (before?.status === is && (before.reason ?? '') === reason && before.message === message) return;
    applyServiceCidrStatus(this.#context, cidr.name, SERVICE_CIDR_MANAGER, condition);
  }

  #update(cidr: Stored, change: (object: KubeObject) => KubeObject): void {
    const { cluster } = this.#context;
    const definition = builtIn(cluster, 'networking.k8s.io', 'ServiceCIDR');
    cluster.registry.update(definition, refOf(cidr), change, AS_CONTROLLER_MANAGER);
  }
}

function rangesOf({ object }: Stored): AddressRange[] {
  const { cidrs = [] } = (object.spec ?? {}) as { readonly cidrs?: readonly string[] };
  return cidrs.flatMap((text) => addressRange(text) ?? []);
}
