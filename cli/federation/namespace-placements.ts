import { type FederatedTypeConfig, federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import type { Client } from '../../controller/kube/client.ts';
import { namespacePlacementOf } from '../../controller/sync/placement/placement.ts';
import { listIfServed } from '../apply.ts';
import type { CliContext } from '../context.ts';

/** What the FederatedNamespaces say, read once per namespace. */
export class NamespacePlacements {
  readonly #context: CliContext;
  readonly #client: Client;
  readonly #inEveryMember: boolean;
  readonly #config: FederatedTypeConfig | undefined;
  readonly #byNamespace = new Map<string, Promise<FederatedObject[]>>();

  /** @param inEveryMember as for {@link namespacePlacementOf} */
  constructor(context: CliContext, client: Client, configs: readonly FederatedTypeConfig[], inEveryMember = false) {
    this.#inEveryMember = inEveryMember;
    this.#context = context;
    this.#client = client;
    this.#config = configs.find((config) => config.metadata.name === 'namespaces');
  }

  /** The one that counts in the namespace, whatever its name. */
  async federatedNamespace(wanted: FederatedObject): Promise<FederatedObject | undefined> {
    const present = await this.#in(wanted.metadata.namespace ?? '');
    return present.find((each) => each.metadata.name === wanted.metadata.name) ?? present[0];
  }

  note(object: FederatedObject): void {
    this.#byNamespace.set(object.metadata.namespace ?? '', Promise.resolve([object]));
  }

  async placementIn(namespace: string): Promise<Placement | 'notFederated' | undefined> {
    const inEveryMember = this.#inEveryMember;
    const placement = namespacePlacementOf(await this.#in(namespace), { inEveryMember });
    if (placement.kind === 'unlimited') return undefined;
    return placement.kind === 'placement' ? (placement.placement as Placement) : 'notFederated';
  }

  #in(namespace: string): Promise<FederatedObject[]> {
    const known = this.#byNamespace.get(namespace);
    if (known !== undefined) return known;
    const resource = this.#config === undefined ? undefined : federatedResourceOf(this.#config);
    const read =
      resource === undefined
        ? Promise.resolve([])
        : listIfServed<FederatedObject>(this.#client, resource, { namespace, signal: this.#context.signal });
    this.#byNamespace.set(namespace, read);
    return read;
  }
}
