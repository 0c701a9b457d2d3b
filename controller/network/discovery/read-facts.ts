import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { CONFIG_MAPS, NODES, PODS, SERVICES } from '../../kube/core-kinds.ts';
import { ApiError, isForbidden, isNotFound } from '../../kube/errors.ts';
import { groupResourceOf, type Resource } from '../../kube/resource.ts';
import type {
  Component,
  ConfigMap,
  IpPool,
  NetworkFacts,
  Node,
  OpenShiftNetwork,
  Pod,
  Service,
  ServiceCidr,
} from './facts.ts';
import { CALICO_IP_POOLS, OPENSHIFT_NETWORKS, SERVICE_CIDRS } from './kinds.ts';
import { SERVICE_SOURCES } from './service-sources.ts';

const KUBE_SYSTEM = 'kube-system';

/** So many pods and Services are looked at to see whether the ranges hold, where nobody says how many. */
const SAMPLE = 500;

/** How static pods and add-ons of kube-system are labelled. */
const COMPONENT_LABELS: Readonly<Record<Component, string>> = {
  'kube-apiserver': 'component=kube-apiserver',
  'kube-controller-manager': 'component=kube-controller-manager',
  'kube-proxy': 'k8s-app=kube-proxy',
  kindnet: 'k8s-app=kindnet',
};

/** One address of each family that is in nobody's range of Services. */
const FOREIGN_ADDRESSES = [
  { family: 'IPv4', address: '1.1.1.1' },
  { family: 'IPv6', address: '2606:4700:4700::1111' },
] as const;

export interface ReadFacts {
  readonly facts: NetworkFacts;
  /** What may not be read, by its name in RBAC: a range may be missing for that. */
  readonly forbidden: readonly string[];
}

/**
 * Reads what a cluster shows of its ranges, all at once; what is not there or not allowed is left out.
 * @throws ConnectionError, or the ApiError of a server that fails
 */
export async function readFacts(
  client: Client,
  options: { readonly signal: AbortSignal; readonly sample?: number },
): Promise<ReadFacts> {
  const reader = new FactReader(client, options.signal, options.sample ?? SAMPLE);
  const [told, shown] = await Promise.all([reader.told(), reader.shown()]);
  const facts: NetworkFacts = { ...told, ...shown };
  // The last way to ask is a write, if only a dry run: not where anything else has answered.
  const isKnown = SERVICE_SOURCES.some((source) => source.read(facts).length > 0);
  const refusals = isKnown ? [] : await reader.refusals();
  return { facts: refusals.length > 0 ? { ...facts, refusals } : facts, forbidden: reader.forbidden };
}

class FactReader {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  readonly #sample: number;
  readonly #forbidden = new Set<string>();

  constructor(client: Client, signal: AbortSignal, sample: number) {
    this.#sample = sample;
    this.#client = client;
    this.#signal = signal;
  }

  get forbidden(): string[] {
    return [...this.#forbidden].sort();
  }

  /** What somebody wrote down. */
  async told(): Promise<NetworkFacts> {
    const [
      serviceCidrs,
      kubeadmConfig,
      kubeProxyConfig,
      ciliumConfig,
      flannelConfig,
      ovnConfig,
      openShiftNetwork,
      pools,
      components,
    ] = await Promise.all([
      this.#serviceCidrs(),
      this.#configMap(KUBE_SYSTEM, 'kubeadm-config'),
      this.#configMap(KUBE_SYSTEM, 'kube-proxy'),
      this.#configMap(KUBE_SYSTEM, 'cilium-config'),
      this.#flannelConfig(),
      this.#configMap('ovn-kubernetes', 'ovn-config'),
      this.#one<OpenShiftNetwork>(OPENSHIFT_NETWORKS, { name: 'cluster' }),
      this.#all<IpPool>(CALICO_IP_POOLS),
      this.#components(),
    ]);
    return {
      ...present('serviceCidrs', serviceCidrs),
      ...present('kubeadmConfig', kubeadmConfig),
      ...present('kubeProxyConfig', kubeProxyConfig),
      ...present('ciliumConfig', ciliumConfig),
      ...present('flannelConfig', flannelConfig),
      ...present('ovnConfig', ovnConfig),
      ...present('openShiftNetwork', openShiftNetwork),
      ...present('calicoIpPools', pools),
      componentPods: components,
    };
  }

  /** What runs. */
  async shown(): Promise<NetworkFacts> {
    const [nodes, pods, services] = await Promise.all([
      this.#all<Node>(NODES),
      this.#some<Pod>(PODS),
      this.#some<Service>(SERVICES),
    ]);
    return { ...present('nodes', nodes), ...present('pods', pods), ...present('services', services) };
  }

  /** What the API server says to Services that it cannot take. Nothing is stored. */
  async refusals(): Promise<string[]> {
    const answers = await Promise.all(
      FOREIGN_ADDRESSES.map(({ family, address }) =>
        this.#refusalOf({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { generateName: 'fedmesh-range-', namespace: 'default' },
          spec: { clusterIP: address, ipFamilies: [family], ipFamilyPolicy: 'SingleStack', ports: [{ port: 80 }] },
        }),
      ),
    );
    return answers.filter((answer) => answer !== undefined);
  }

  async #refusalOf(service: KubeObject): Promise<string | undefined> {
    try {
      await this.#client.create(SERVICES, service, { dryRun: true, signal: this.#signal });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isForbidden(error)) this.#forbidden.add('create services');
      return error.message;
    }
  }

  async #serviceCidrs(): Promise<ServiceCidr[] | undefined> {
    for (const resource of SERVICE_CIDRS) {
      const found = await this.#all<ServiceCidr>(resource);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #flannelConfig(): Promise<ConfigMap | undefined> {
    const name = 'kube-flannel-cfg';
    return (await this.#configMap('kube-flannel', name)) ?? (await this.#configMap(KUBE_SYSTEM, name));
  }

  async #components(): Promise<NonNullable<NetworkFacts['componentPods']>> {
    const entries = await Promise.all(
      Object.entries(COMPONENT_LABELS).map(async ([component, labelSelector]) => {
        const pods = await this.#some<Pod>(PODS, { namespace: KUBE_SYSTEM, labelSelector, limit: 1 });
        return [component, pods ?? []] as const;
      }),
    );
    return Object.fromEntries(entries);
  }

  #configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#one<ConfigMap>(CONFIG_MAPS, { namespace, name });
  }

  #one<T extends KubeObject>(resource: Resource, ref: { name: string; namespace?: string }): Promise<T | undefined> {
    return this.#unlessMissing(`get ${groupResourceOf(resource)}`, () =>
      this.#client.get<T>(resource, ref, { signal: this.#signal }),
    );
  }

  #all<T extends KubeObject>(resource: Resource): Promise<T[] | undefined> {
    return this.#unlessMissing(`list ${groupResourceOf(resource)}`, async () => {
      const { items } = await this.#client.listAll<T>(resource, { signal: this.#signal });
      return items;
    });
  }

  #some<T extends KubeObject>(
    resource: Resource,
    selection: { namespace?: string; labelSelector?: string; limit?: number } = {},
  ): Promise<T[] | undefined> {
    return this.#unlessMissing(`list ${groupResourceOf(resource)}`, async () => {
      const { items } = await this.#client.list<T>(resource, {
        limit: this.#sample,
        ...selection,
        signal: this.#signal,
      });
      return items;
    });
  }

  async #unlessMissing<T>(right: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (isForbidden(error)) this.#forbidden.add(right);
      else if (!isNotFound(error)) throw error;
      return undefined;
    }
  }
}

function present<Key extends keyof NetworkFacts>(
  key: Key,
  value: NetworkFacts[Key] | undefined,
): Pick<NetworkFacts, Key> {
  // An absent key is what "not known" is; TypeScript cannot see that the key is the one that was given.
  return (value === undefined ? {} : { [key]: value }) as Pick<NetworkFacts, Key>;
}
