import type { ClusterNetworkStatus, DiscoveredRange } from '../../../apis/core/v1beta1/cluster-network.ts';
import { parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Claim, RangeUse } from './claim.ts';

/** What a cluster claims for itself by the ranges that were found. */
export function claimsOf(cluster: string, network: DeepReadonly<ClusterNetworkStatus>): Claim[] {
  return [
    ...claimsFor(cluster, 'pod', network.podCIDRs),
    ...claimsFor(cluster, 'service', network.serviceCIDRs),
    ...claimsFor(cluster, 'node', network.nodeCIDRs),
  ];
}

function claimsFor(cluster: string, use: RangeUse, ranges: DeepReadonly<DiscoveredRange[]> = []): Claim[] {
  return ranges.flatMap(({ cidr, source }) => {
    const range = parseIpRange(cidr);
    return typeof range === 'string' ? [] : [{ cluster, use, range, source }];
  });
}
