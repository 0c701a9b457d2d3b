import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Pod, Service } from './kinds.ts';
import { isReady } from './pods.ts';

type Port = NonNullable<Service['spec']['ports']>[number];

/** Pods behind a Service, grouped by the ports under which they are reached: a named port may differ from Pod to Pod. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[];
  readonly pods: readonly DeepReadonly<Pod>[];
}

export interface EndpointPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** The Pods that a Service selects and that can be addressed. Ended ones are no endpoints. */
export function podsBehind(service: DeepReadonly<Service>, pods: Iterable<DeepReadonly<Pod>>): DeepReadonly<Pod>[] {
  const selector = Object.entries(service.spec.selector ?? {});
  if (selector.length === 0) return [];
  return [...pods].filter(({ metadata, status }) => {
    const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const selected = selector.every(([label, value]) => metadata.labels?.[label] === value);
    return selected && !ended && (status?.podIP ?? '') !== '';
  });
}

export function groupByPorts(service: DeepReadonly<Service>, pods: readonly DeepReadonly<Pod>[]): EndpointGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; pods: DeepReadonly<Pod>[] }>();
  for (const pod of pods) {
    const ports = (service.spec.ports ?? []).flatMap((port) => portOf(port, pod) ?? []);
    const key = JSON.stringify(ports);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ports, pods: [pod] });
    else group.pods.push(pod);
  }
  return [...groups.values()].map(({ ports, pods: members }) => ({ ports, pods: members.sort(byName) }));
}

/** A Service that publishes what is not ready calls it ready. */
export function isServing(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>): boolean {
  return service.spec.publishNotReadyAddresses === true || isReady(pod);
}

function portOf(port: DeepReadonly<Port>, { spec }: DeepReadonly<Pod>): EndpointPort | undefined {
  const { name = '', protocol = 'TCP', targetPort = port.port, appProtocol } = port;
  const number =
    typeof targetPort === 'number'
      ? targetPort
      : spec.containers
          .flatMap(({ ports = [] }) => ports)
          .find((named) => named.name === targetPort && (named.protocol ?? 'TCP') === protocol)?.containerPort;
  if (number === undefined) return undefined;
  return { name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) };
}

function byName(one: DeepReadonly<Pod>, other: DeepReadonly<Pod>): number {
  return (one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1;
}
