import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import type { EndpointSlice, Pod, Service } from './kinds.ts';
import { controlledBy, keyOf } from './objects.ts';
import { type EndpointGroup, groupByPorts, isServing, podsBehind } from './service-endpoints.ts';

/** Kubernetes' own limit. */
const ENDPOINTS_PER_SLICE = 100;
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';

/** EndpointSlices, and the Endpoints of old, for Services with a selector. Labels are those of the real controllers. */
export class ServiceEndpoints implements Workload {
  readonly watches = ['services', 'pods', 'endpointSlices', 'endpoints'] as const;
  readonly #environment: WorkloadEnvironment;

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { services, pods, endpointSlices } = this.#environment;
    services.subscribe(({ metadata }) => queue.add(keyOf(metadata)));
    endpointSlices.subscribe(({ metadata: { namespace = '', labels } }) => {
      const name = labels?.[SERVICE_NAME];
      if (labels?.[MANAGED_BY] === SLICE_CONTROLLER && name !== undefined) queue.add(keyOf({ namespace, name }));
    });
    pods.subscribe((pod) => {
      // Labels may have changed: whoever selected it before is asked too.
      for (const service of services.inNamespace(pod.metadata.namespace ?? '')) {
        if (service.spec.selector !== undefined) queue.add(keyOf(service.metadata));
      }
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { services, pods } = this.#environment;
    const service = services.get(key);
    if (service === undefined) {
      await this.#forget(key, signal);
      return undefined;
    }
    const { selector, type } = service.spec;
    if (Object.keys(selector ?? {}).length === 0 || type === 'ExternalName') return undefined;
    if (service.metadata.deletionTimestamp !== undefined) return undefined;
    const groups = groupByPorts(service, podsBehind(service, pods.inNamespace(service.metadata.namespace ?? '')));
    await this.#slices(service, groups, signal);
    await this.#legacy(service, groups, signal);
    return undefined;
  }

  async #slices(service: DeepReadonly<Service>, groups: readonly EndpointGroup[], signal: AbortSignal): Promise<void> {
    const { endpointSlices } = this.#environment;
    const wanted = groups.flatMap((group) => slicesOf(service, group));
    if (wanted.length === 0) wanted.push(sliceOf(service, null, null));
    const free = this.#slicesOf(service);
    for (const slice of wanted) {
      // The slice that holds most of it already is kept: fewer changes for those who watch.
      const index = Math.max(
        0,
        free.findIndex(({ endpoints }) => isEqual(addresses(endpoints), addresses(slice.endpoints))),
      );
      const [existing] = free.splice(index, 1);
      const { endpoints, ports } = slice;
      if (existing === undefined) await endpointSlices.create(slice, signal);
      else if (
        !isEqual(existing.endpoints ?? null, endpoints) ||
        !isEqual(existing.ports ?? null, ports) ||
        !isEqual(existing.metadata.labels, slice.metadata.labels)
      ) {
        const stale = Object.keys(existing.metadata.labels ?? {}).filter(
          (label) => !(label in (slice.metadata.labels ?? {})),
        );
        const labels = { ...Object.fromEntries(stale.map((label) => [label, null])), ...slice.metadata.labels };
        await endpointSlices.patch(existing, { metadata: { labels }, endpoints, ports }, signal);
      }
    }
    for (const surplus of free) await endpointSlices.delete(surplus, signal);
  }

  async #legacy(service: DeepReadonly<Service>, groups: readonly EndpointGroup[], signal: AbortSignal): Promise<void> {
    const { endpoints } = this.#environment;
    const { name = '', namespace = '' } = service.metadata;
    const subsets = groups.flatMap((group) => subsetOf(service, group) ?? []);
    const existing = endpoints.get(keyOf({ namespace, name }));
    if (existing === undefined) {
      const labels = { ...ownLabels(service), 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
      const object = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace, labels } };
      await endpoints.create({ ...object, ...(subsets.length === 0 ? {} : { subsets }) }, signal);
    } else if (!isEqual(existing.subsets ?? [], subsets)) {
      await endpoints.patch(existing, { subsets: subsets.length === 0 ? null : subsets }, signal);
    }
  }

  /** Slices go with their owner; the Endpoints of old have none. */
  async #forget(key: string, signal: AbortSignal): Promise<void> {
    const existing = this.#environment.endpoints.get(key);
    const managed = existing?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller';
    if (existing !== undefined && managed) await this.#environment.endpoints.delete(existing, signal);
  }

  #slicesOf({ metadata: { name = '', namespace = '' } }: DeepReadonly<Service>): DeepReadonly<EndpointSlice>[] {
    return this.#environment.endpointSlices
      .inNamespace(namespace)
      .filter(
        ({ metadata }) =>
          metadata.labels?.[SERVICE_NAME] === name &&
          metadata.labels[MANAGED_BY] === SLICE_CONTROLLER &&
          metadata.deletionTimestamp === undefined,
      );
  }
}

function slicesOf(service: DeepReadonly<Service>, { pods, ports }: EndpointGroup): EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  for (let from = 0; from < pods.length; from += ENDPOINTS_PER_SLICE) {
    const endpoints = pods.slice(from, from + ENDPOINTS_PER_SLICE).map((pod) => endpointOf(service, pod));
    slices.push(sliceOf(service, endpoints, ports.length === 0 ? null : [...ports]));
  }
  return slices;
}

function sliceOf(service: DeepReadonly<Service>, endpoints: unknown[] | null, ports: unknown[] | null): EndpointSlice {
  const { name = '', namespace = '' } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: {
        ...ownLabels(service),
        [MANAGED_BY]: SLICE_CONTROLLER,
        [SERVICE_NAME]: name,
      },
      ownerReferences: [controlledBy(service)],
    },
    addressType: 'IPv4',
    endpoints,
    ports,
  };
}

function endpointOf(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>): object {
  const serving = isServing(service, pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    addresses: [pod.status?.podIP],
    conditions: { ready: serving && !terminating, serving, terminating },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: targetRef(pod),
  };
}

function subsetOf(service: DeepReadonly<Service>, { pods, ports }: EndpointGroup): object | undefined {
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (staying.length === 0) return undefined;
  const address = (pod: DeepReadonly<Pod>) => ({
    ip: pod.status?.podIP,
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: targetRef(pod),
  });
  const ready = staying.filter((pod) => isServing(service, pod)).map(address);
  const notReady = staying.filter((pod) => !isServing(service, pod)).map(address);
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ports: ports.map(({ name, port, protocol }) => ({ ...(name === '' ? {} : { name }), port, protocol })),
  };
}

function targetRef({ metadata: { name, namespace, uid } }: DeepReadonly<Pod>): object {
  return { kind: 'Pod', name, namespace, uid };
}

/** A Service's labels go to what describes it. */
function ownLabels({ metadata, spec }: DeepReadonly<Service>): Record<string, string> {
  return { ...metadata.labels, ...(spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}) };
}

function addresses(endpoints: unknown): unknown {
  return ((endpoints ?? []) as readonly DeepReadonly<KubeObject>[]).map((endpoint) => endpoint.addresses);
}
