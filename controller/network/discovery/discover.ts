import type {
  ClusterNetworkSpec,
  ClusterNetworkStatus,
  DiscoveredRange,
} from '../../../apis/core/v1beta1/cluster-network.ts';
import { byAddress, contains, type IpFamily, type IpRange, parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { NetworkFacts } from './facts.ts';
import { NODE_SOURCES } from './node-sources.ts';
import { POD_SOURCES } from './pod-sources.ts';
import { strangers } from './sample-check.ts';
import { SERVICE_SOURCES } from './service-sources.ts';
import type { Source } from './source.ts';

/** Something about a cluster's ranges that a person has to know. */
export interface NetworkFault {
  readonly code: 'InvalidRange' | 'PodRangeUnknown' | 'ServiceRangeUnknown' | 'CIDRMismatch';
  readonly message: string;
}

export interface Discovered {
  readonly network: ClusterNetworkStatus;
  readonly faults: readonly NetworkFault[];
}

const FAMILIES: readonly IpFamily[] = [4, 6];

/**
 * A cluster's ranges: for each use and each address family those that were declared, else those of the first source that knows any.
 * A source that names what is no range is told of and passed over.
 */
export function discover(facts: NetworkFacts, declared: DeepReadonly<ClusterNetworkSpec> = {}): Discovered {
  const pods = find(facts, declared.podCIDRs, POD_SOURCES);
  const services = find(facts, declared.serviceCIDRs, SERVICE_SOURCES);
  const nodes = find(facts, declared.nodeCIDRs, NODE_SOURCES);
  const invalid = [...pods.invalid, ...services.invalid, ...nodes.invalid];
  return {
    network: { podCIDRs: pods.ranges, serviceCIDRs: services.ranges, nodeCIDRs: nodes.ranges },
    faults: [
      ...invalid.map((message) => ({ code: 'InvalidRange', message }) as const),
      ...(pods.ranges.length > 0 ? [] : [POD_RANGE_UNKNOWN]),
      ...(services.ranges.length > 0 ? [] : [SERVICE_RANGE_UNKNOWN]),
      ...strangers(facts, pods.ranges, services.ranges).map((message) => ({ code: 'CIDRMismatch', message }) as const),
    ],
  };
}

const POD_RANGE_UNKNOWN: NetworkFault = {
  code: 'PodRangeUnknown',
  message:
    'nothing in the cluster tells the range of its pods (where pods get addresses of the network around them, nothing can): declare it in spec.network.podCIDRs',
};

const SERVICE_RANGE_UNKNOWN: NetworkFault = {
  code: 'ServiceRangeUnknown',
  message: 'nothing in the cluster tells the range of its Services: declare it in spec.network.serviceCIDRs',
};

interface Found {
  readonly ranges: DiscoveredRange[];
  readonly invalid: string[];
}

function find(facts: NetworkFacts, declared: readonly string[] | undefined, sources: readonly Source[]): Found {
  const person: Source = { name: 'spec.network', confidence: 'declared', read: () => declared ?? [] };
  const open = new Set(FAMILIES);
  const ranges: DiscoveredRange[] = [];
  const invalid: string[] = [];
  for (const source of [person, ...sources]) {
    if (open.size === 0) break;
    const { valid, faults } = parsed(source, facts);
    invalid.push(...faults);
    for (const family of open) {
      const own = widest(valid.filter((range) => range.family === family));
      if (own.length === 0) continue;
      open.delete(family);
      ranges.push(...own.map(({ text }) => ({ cidr: text, source: source.name, confidence: source.confidence })));
    }
  }
  return { ranges, invalid };
}

function parsed(source: Source, facts: NetworkFacts): { valid: IpRange[]; faults: string[] } {
  const valid: IpRange[] = [];
  const faults: string[] = [];
  for (const text of source.read(facts)) {
    const range = parseIpRange(text);
    if (typeof range === 'string') faults.push(`${source.name}: ${JSON.stringify(text)} ${range}`);
    else valid.push(range);
  }
  return { valid, faults };
}

/** In the order of their addresses, without those that lie within another one. */
function widest(ranges: readonly IpRange[]): IpRange[] {
  const kept: IpRange[] = [];
  for (const range of ranges.toSorted(byAddress)) {
    const last = kept.at(-1);
    if (last === undefined || !contains(last, range)) kept.push(range);
  }
  return kept;
}
