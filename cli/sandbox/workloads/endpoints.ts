import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import type { EndpointSlice, Pod, Service } from './kinds.ts';
import { controlledBy, keyOf } from './objects.ts';
import { type EndpointGroup, groupByPorts, isServing, podsBehind } from './service-endpoints.ts';
import { arrangeSlices } from './slice-arrangement.ts';

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
    const { wanted, surplus } = arrangeSlices(groups, this.#slicesOf(service));
    for (const { slice: existing, pods, ports } of wanted) {
      const endpoints = pods.length === 0 ? null : pods.map((pod) => endpointOf(service, pod));
      const slice = sliceOf(service, endpoints, ports.length === 0 ? null : [...ports]);
      if (existing === undefined) await endpointSlices.create(slice, signal);
      else if (differs(existing, slice)) {
        const stale = Object.keys(existing.metadata.labels ?? {}).filter(
          (label) => !(label in (slice.metadata.labels ?? {})),
        );
        const labels = { ...Object.fromEntries(stale.map((label) => [label, null])), ...slice.metadata.labels };
        await endpointSlices.patch(existing, { metadata: { labels }, endpoints, ports: slice.ports }, signal);
      }
    }
    for (const slice of surplus) await endpointSlices.delete(slice, signal);
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

function differs(existing: DeepReadonly<EndpointSlice>, { endpoints, ports, metadata }: EndpointSlice): boolean {
  return (
    !isEqual(existing.endpoints ?? null, endpoints) ||
    !isEqual(existing.ports ?? null, ports) ||
    !isEqual(existing.metadata.labels, metadata.labels)
  );
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
