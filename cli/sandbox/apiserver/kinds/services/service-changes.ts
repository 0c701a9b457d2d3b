import type { V1Service } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import type { WriteContext } from '../../resources/resource-definition.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import type { Typed } from '../built-in-kind.ts';
import { alignClusterIps, allocateClusterIp, type Spec, type StoredSpec, settleIpFamilies } from './cluster-ips.ts';
import { allocateNodePorts, needsHealthCheck, needsNodePort } from './node-ports.ts';
import { isExternallyAccessible } from './service-defaults.ts';

type Service = Typed<V1Service>;

/** Gives a new Service its addresses and ports. @throws {StatusError} */
export function prepareNewService({ metadata, spec }: Service, context: WriteContext): void {
  if (spec === undefined) return;
  allocate(spec, undefined, metadata.name ?? '', context);
}

/** Keeps what was allocated where the client left it out, allocates what is new, drops what the new type has not. @throws {StatusError} */
export function prepareChangedService(service: Service, stored: DeepReadonly<Service>, context: WriteContext): void {
  const { metadata, spec } = service;
  if (spec === undefined || stored.spec === undefined) return;
  keepAllocated(spec, stored.spec);
  allocate(spec, stored.spec, metadata.name ?? '', context);
  dropWhatTypeHasNot(spec, stored.spec);
  if (spec.type !== 'LoadBalancer' && stored.spec.type === 'LoadBalancer') service.status = { loadBalancer: {} };
}

function allocate(spec: Spec, stored: StoredSpec | undefined, name: string, context: WriteContext): void {
  alignClusterIps(spec, stored);
  settleIpFamilies(spec, stored, name);
  allocateClusterIp(spec, stored, name, context);
  allocateNodePorts(spec, stored, name, context);
}

/** `patchAllocatedValues`: a client that does not know what was allocated does not mean to give it back. */
function keepAllocated(spec: Spec, stored: StoredSpec): void {
  if (stored.type !== 'ExternalName' && spec.type !== 'ExternalName') {
    if (!spec.clusterIP && stored.clusterIP) spec.clusterIP = stored.clusterIP;
    if (!spec.clusterIPs?.length && stored.clusterIPs) spec.clusterIPs = [...stored.clusterIPs];
  }
  if (needsNodePort(stored) && needsNodePort(spec)) {
    const still = nodePortsOf(spec);
    const byName = new Map((stored.ports ?? []).map(({ name, nodePort }) => [name ?? '', nodePort ?? 0]));
    for (const port of spec.ports ?? []) {
      const before = byName.get(port.name ?? '') ?? 0;
      const isUsed = still.has(before) && nodePortsOf(stored).has(before);
      if (!port.nodePort && before !== 0 && !isUsed) port.nodePort = before;
    }
  }
  if (needsHealthCheck(stored) && needsHealthCheck(spec) && stored.healthCheckNodePort) {
    spec.healthCheckNodePort ||= stored.healthCheckNodePort;
  }
}

/** What the old type had, the new one has not and the client did not touch: it goes without a word. */
function dropWhatTypeHasNot(spec: Spec, stored: StoredSpec): void {
  const same = (field: keyof Spec): boolean => semanticallyEqual(spec[field], stored[field]);
  if (stored.type !== 'ExternalName' && spec.type === 'ExternalName') {
    if (same('clusterIP') && same('clusterIPs')) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (same('ipFamilies')) delete spec.ipFamilies;
    if (same('ipFamilyPolicy')) delete spec.ipFamilyPolicy;
    // Kubernetes keeps it, and hides it from whoever reads.
    delete spec.internalTrafficPolicy;
  }
  if (needsNodePort(stored) && !needsNodePort(spec)) {
    const before = nodePortsOf(stored);
    if ([...nodePortsOf(spec)].every((port) => before.has(port))) {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  }
  if (needsHealthCheck(stored) && !needsHealthCheck(spec) && same('healthCheckNodePort')) {
    delete spec.healthCheckNodePort;
  }
  if (stored.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (same('allocateLoadBalancerNodePorts')) delete spec.allocateLoadBalancerNodePorts;
    if (same('loadBalancerClass')) delete spec.loadBalancerClass;
  }
  const wasReachable = isExternallyAccessible(stored as Spec);
  if (wasReachable && !isExternallyAccessible(spec) && same('externalTrafficPolicy')) delete spec.externalTrafficPolicy;
}

function nodePortsOf({ ports }: StoredSpec): Set<number> {
  return new Set((ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
}
