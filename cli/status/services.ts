import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ServiceReport } from './model.ts';

export interface Service extends KubeObject {
  spec?: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    externalIPs?: string[];
    externalName?: string;
    ports?: { name?: string; port: number; nodePort?: number; protocol?: string }[];
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface Node extends KubeObject {
  status?: {
    addresses?: { type: string; address: string }[];
    conditions?: { type: string; status: string }[];
  };
}

/** Where and on which ports a cluster serves a Service. `nodes` are those of the cluster, as far as they may be seen. */
export function serviceReport(service: Service, cluster: string, nodes: readonly Node[]): ServiceReport {
  const { spec = {}, metadata } = service;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    cluster,
    type: spec.type ?? 'ClusterIP',
    clusterIPs: spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]),
    addresses: addressesOf(service, nodes),
    ports: (spec.ports ?? []).map(({ name, port, nodePort, protocol = 'TCP' }) => ({
      ...(name === undefined ? {} : { name }),
      port,
      ...(nodePort === undefined ? {} : { nodePort }),
      protocol,
    })),
  };
}

function addressesOf({ spec = {}, status }: Service, nodes: readonly Node[]): string[] {
  if (spec.externalName !== undefined) return [spec.externalName];
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  const given = [...ingress, ...(spec.externalIPs ?? [])];
  if (given.length > 0 || spec.type === 'ClusterIP' || spec.type === undefined) return given;
  return nodes.filter(isReady).flatMap((node) => nodeAddress(node) ?? []);
}

/** The address that clients outside see, else the one in the cluster's own network. */
function nodeAddress(node: Node): string | undefined {
  const find = (type: string) => node.status?.addresses?.find((address) => address.type === type)?.address;
  return find('ExternalIP') ?? find('InternalIP');
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status === 'True';
}
