import { type FieldError, fault, invalid, oneOf } from '../../field-error.ts';
import { type IpRange, overlaps, parseIpRange } from '../../meta/ip-range.ts';
import type { DeepReadonly } from '../../meta/v1.ts';

/**
 * What happens when the ranges of a member overlap with those of another one. Missing: Deny where a mesh provider routes, Warn where none does.
 * - `Deny`: it may not join, and one that is there already gets no routes.
 * - `Warn`: it is told, and nothing else.
 * - `Remap`: its pods get other addresses on their way to other members.
 */
export type OverlapPolicy = 'Deny' | 'Warn' | 'Remap';

export const OVERLAP_POLICIES: readonly OverlapPolicy[] = ['Deny', 'Warn', 'Remap'];

/** Fedmesh's addition to KubeFedCluster: the address ranges of a member, as a person declares them. What is declared is not looked for. */
export interface ClusterNetworkSpec {
  /** Ranges in CIDR notation, of either address family. */
  podCIDRs?: string[];
  serviceCIDRs?: string[];
  /** The networks in which the nodes have their addresses. */
  nodeCIDRs?: string[];
  overlapPolicy?: OverlapPolicy;
}

/** How sure a range is: a person said so; what hands the addresses out says so; or it follows from what is there. */
export type RangeConfidence = 'declared' | 'authoritative' | 'inferred';

export interface DiscoveredRange {
  /** In canonical form. */
  cidr: string;
  /** Where it was read: `spec.network`, `ServiceCIDR`, `kubeadm-config`. */
  source: string;
  confidence: RangeConfidence;
}

/** What was found of a member's ranges. Written by the controller. */
export interface ClusterNetworkStatus {
  podCIDRs?: DiscoveredRange[];
  serviceCIDRs?: DiscoveredRange[];
  nodeCIDRs?: DiscoveredRange[];
}

export const DECLARED_RANGES = ['podCIDRs', 'serviceCIDRs', 'nodeCIDRs'] as const;

export function validateClusterNetwork(network: DeepReadonly<ClusterNetworkSpec> | undefined): FieldError[] {
  if (network === undefined) return [];
  return [
    ...DECLARED_RANGES.flatMap((field) => validateRanges(`spec.network.${field}`, network[field] ?? [])),
    ...(network.overlapPolicy === undefined
      ? []
      : oneOf('spec.network.overlapPolicy', network.overlapPolicy, OVERLAP_POLICIES)),
    ...validateApart(network),
  ];
}

function validateRanges(path: string, texts: readonly string[]): FieldError[] {
  return texts.flatMap((text, index) => {
    const range = parseIpRange(text);
    return fault(`${path}[${index}]`, text, typeof range === 'string' ? range : undefined);
  });
}

/** Pods and Services of one cluster share no address: kube-proxy would take the pod's packets for the Service. */
function validateApart(network: DeepReadonly<ClusterNetworkSpec>): FieldError[] {
  const pods = parsed(network.podCIDRs);
  return parsed(network.serviceCIDRs).flatMap((service) => {
    const shared = pods.find((pod) => overlaps(pod, service));
    const why = `shares addresses with ${shared?.text} of spec.network.podCIDRs`;
    return shared === undefined ? [] : [invalid('spec.network.serviceCIDRs', service.text, why)];
  });
}

function parsed(texts: readonly string[] | undefined): IpRange[] {
  return (texts ?? []).map(parseIpRange).filter((range) => typeof range !== 'string');
}
