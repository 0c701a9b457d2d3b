import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ImportedPort, IpFamily } from '../../apis/multicluster/service-import.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from './kinds.ts';
import { nameOf, protocolOf } from './ports.ts';

/** Endpoints of one cluster, of one address family, that serve the same ports. */
export interface EndpointGroup {
  readonly addressType: IpFamily;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** How the endpoints of a cluster are seen from another. */
export interface Perspective {
  /** The ports of the multi-cluster Service: others are not served under its name. */
  readonly ports: readonly DeepReadonly<ImportedPort>[];
  /** The address by which the endpoint is reached from the importing cluster. */
  readonly translate: (address: string) => string;
  /** Packets are known not to arrive: nothing is ready then. */
  readonly unreachable: boolean;
  /** Which node it is on means something only in its own cluster. */
  readonly keepNodes: boolean;
}

/** What EndpointSlices of a Service look like in an importing cluster, in a fixed order and without doubles. */
export function endpointGroups(
  slices: readonly DeepReadonly<EndpointSlice>[],
  perspective: Perspective,
): EndpointGroup[] {
  const groups = new Map<string, { addressType: IpFamily; ports: EndpointPort[]; byKey: Map<string, Endpoint> }>();
  const inOrder = [...slices].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const { addressType, ports, endpoints } of inOrder) {
    if (addressType === 'FQDN') continue;
    const served = servedPorts(ports ?? [], perspective.ports);
    // A Service without ports (headless) has endpoints all the same.
    if (served.length === 0 && perspective.ports.length > 0) continue;
    const id = JSON.stringify([addressType, served]);
    const group = groups.get(id) ?? { addressType, ports: served, byKey: new Map<string, Endpoint>() };
    groups.set(id, group);
    for (const endpoint of endpoints ?? []) {
      const seen = seenFrom(endpoint, perspective);
      const key = endpointKey(seen);
      const other = group.byKey.get(key);
      // While an endpoint moves between slices it is in both for a moment.
      if (other === undefined || (!isReady(other) && isReady(seen))) group.byKey.set(key, seen);
    }
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { addressType, ports, byKey }]) => ({ addressType, ports, endpoints: [...byKey.values()] }))
    .filter(({ endpoints }) => endpoints.length > 0);
}

/** By which an endpoint is known again. */
export function endpointKey({ addresses }: { readonly addresses: readonly string[] }): string {
  return addresses.join(',');
}

/** As DNS and kube-proxy take it: not knowing counts as ready. */
export function isReady({ conditions }: DeepReadonly<Endpoint>): boolean {
  return conditions?.ready ?? true;
}

function servedPorts(
  ports: readonly DeepReadonly<EndpointPort>[],
  wanted: readonly DeepReadonly<ImportedPort>[],
): EndpointPort[] {
  return ports
    .filter((port) =>
      wanted.some((each) => nameOf(each) === (port.name ?? '') && protocolOf(each) === protocolOf(port)),
    )
    .map(({ name, protocol, port, appProtocol }) => ({
      name: name ?? '',
      protocol: protocol ?? 'TCP',
      ...(port === undefined ? {} : { port }),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function seenFrom(endpoint: DeepReadonly<Endpoint>, perspective: Perspective): Endpoint {
  const { addresses, conditions = {}, hostname, nodeName, zone } = endpoint;
  const { translate, unreachable, keepNodes } = perspective;
  return {
    addresses: addresses.map(translate),
    conditions: unreachable ? { ...conditions, ready: false, serving: false } : { ...conditions },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined || !keepNodes ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
  };
}
