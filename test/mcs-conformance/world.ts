import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Condition } from '../../apis/multicluster/condition.ts';
import { SERVICE_EXPORTS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS, type ServiceImport } from '../../apis/multicluster/service-import.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES, PODS, SERVICES } from '../../controller/kube/core-kinds.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import { apiVersionOf } from '../../controller/kube/resource.ts';
import { ENDPOINT_SLICES, type EndpointSlice, type Service } from '../../controller/services/kinds.ts';

const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
/** The suite's client speaks the older version. */
const OLDER = { version: 'v1alpha1' };
const WITHIN_MS = 20_000;
const POD_WITHIN_MS = 60_000;
const STEADY_MS = 5_000;
const POLL_MS = 100;

export const NAME = 'hello';

/** What the suite's Service is. */
export const hello = (spec: Service['spec'] = {}): Service => ({
  metadata: { name: NAME, annotations: { 'dummy-svc': 'dummy' }, labels: { 'dummy-svc': 'dummy' } },
  spec: {
    selector: { app: NAME },
    ports: [
      { name: 'tcp', port: 42, protocol: 'TCP' },
      { name: 'udp', port: 42, protocol: 'UDP' },
    ],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
    ...spec,
  },
});

/** Two clusters with a namespace of one name, a workload and a Service in the first, and a Pod that would ask in both. */
export class World {
  readonly namespace = `mcs-conformance-${randomInt(2 ** 32)}`;
  readonly clients: readonly [Client, Client];
  readonly #signal: AbortSignal;

  constructor(clients: readonly [Client, Client], signal: AbortSignal) {
    this.clients = clients;
    this.#signal = signal;
  }

  async begin(service: Service): Promise<void> {
    for (const client of this.clients) {
      await client.create(NAMESPACES, { metadata: { name: this.namespace } }, { signal: this.#signal });
    }
    await this.deploy(0, service);
    for (const client of this.clients) await this.#startRequestPod(client);
  }

  async end(): Promise<void> {
    for (const client of this.clients) {
      await client.delete(NAMESPACES, { name: this.namespace }, { signal: this.#signal });
    }
  }

  async deploy(cluster: 0 | 1, service: Service): Promise<void> {
    const template = {
      metadata: { labels: { app: NAME } },
      spec: { containers: [{ name: 'hello', image: 'registry.example/hello' }] },
    };
    const spec = { replicas: 1, selector: { matchLabels: { app: NAME } }, template };
    await this.#create(cluster, DEPLOYMENTS, { metadata: { name: NAME }, spec });
    await this.#create(cluster, SERVICES, service);
  }

  export(cluster: 0 | 1, spec: ServiceExport['spec'] = {}): Promise<KubeObject> {
    return this.#create(cluster, { ...SERVICE_EXPORTS, ...OLDER }, { metadata: { name: NAME }, spec });
  }

  async unexport(cluster: 0 | 1): Promise<void> {
    await this.clients[cluster].delete(SERVICE_EXPORTS, this.#ref(NAME), { signal: this.#signal });
  }

  /** Until what the import says is right; @throws what was wrong last, after the suite's 20 s. */
  async imported(cluster: 0 | 1, check: (found: ServiceImport) => void = () => undefined): Promise<void> {
    await this.#eventually(async () => {
      const found = await this.#import(cluster);
      if (found === undefined) throw new Error(`cluster ${cluster + 1} has no ServiceImport`);
      check(found);
    });
  }

  async notImported(cluster: 0 | 1): Promise<void> {
    await this.#eventually(async () => {
      if ((await this.#import(cluster)) !== undefined) throw new Error(`cluster ${cluster + 1} has a ServiceImport`);
    });
  }

  /** For the suite's 5 s. */
  async steadily(cluster: 0 | 1, check: (found: ServiceImport | undefined) => void): Promise<void> {
    const end = Date.now() + STEADY_MS;
    while (Date.now() < end) {
      check(await this.#import(cluster));
      await delay(POLL_MS);
    }
  }

  async condition(cluster: 0 | 1, type: string, status: Condition['status']): Promise<void> {
    const resource = { ...SERVICE_EXPORTS, ...OLDER };
    await this.#eventually(async () => {
      const found = await this.clients[cluster].get<ServiceExport>(resource, this.#ref(NAME), { signal: this.#signal });
      const condition = found.status?.conditions?.find((each) => each.type === type);
      if (condition?.status !== status) throw new Error(`${type} is ${condition?.status} on cluster ${cluster + 1}`);
    });
  }

  async slices(cluster: 0 | 1, check: (found: EndpointSlice[]) => void): Promise<void> {
    const selection = {
      namespace: this.namespace,
      labelSelector: 'multicluster.kubernetes.io/service-name',
      signal: this.#signal,
    };
    await this.#eventually(async () => {
      check((await this.clients[cluster].listAll<EndpointSlice>(ENDPOINT_SLICES, selection)).items);
    });
  }

  async #import(cluster: 0 | 1): Promise<ServiceImport | undefined> {
    const resource = { ...SERVICE_IMPORTS, ...OLDER };
    try {
      return await this.clients[cluster].get<ServiceImport>(resource, this.#ref(NAME), { signal: this.#signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #startRequestPod(client: Client): Promise<void> {
    const pod = {
      metadata: { name: 'request', namespace: this.namespace, labels: { app: 'request' } },
      spec: { containers: [{ name: 'request', image: 'registry.example/netshoot', args: ['sleep', 'infinity'] }] },
    };
    await this.#eventually(async () => {
      // The namespace's ServiceAccount is not there from its first moment on.
      await client.create(PODS, pod, { signal: this.#signal }).catch((error: unknown) => {
        if (!/already exists/.test(String(error))) throw error;
      });
      const { status } = await client.get<KubeObject & { status?: { phase?: string } }>(PODS, this.#ref('request'), {
        signal: this.#signal,
      });
      if (status?.phase !== 'Running') throw new Error(`Pod request is ${status?.phase}`);
    }, POD_WITHIN_MS);
  }

  #create(cluster: 0 | 1, resource: Resource, object: KubeObject): Promise<KubeObject> {
    const metadata = { ...object.metadata, namespace: this.namespace };
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    return this.clients[cluster].create(resource, { ...type, ...object, metadata }, { signal: this.#signal });
  }

  #ref(name: string): { name: string; namespace: string } {
    return { name, namespace: this.namespace };
  }

  async #eventually(check: () => Promise<void>, withinMs = WITHIN_MS): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      try {
        await check();
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(POLL_MS, undefined, { signal: this.#signal });
      }
    }
  }
}
