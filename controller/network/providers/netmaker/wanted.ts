import { contains, type IpRange, overlaps, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { MemberNetwork, MeshProblem } from '../provider.ts';
import type { Network } from './api.ts';
import type { ServerFeatures } from './server-features.ts';

export type WantedUse = 'pods' | 'services' | 'nodes' | 'outbound';

/** A range that is to be routed to a member. */
export interface WantedRange {
  readonly cluster: string;
  readonly range: IpRange;
  readonly use: WantedUse;
  /** It is to be reached under another one of the same size. */
  readonly virtual: boolean;
}

export interface Wanted {
  readonly ranges: readonly WantedRange[];
  /** `keyOf` those that have a problem: what there is for them is left as it is. */
  readonly held: ReadonlySet<string>;
  /** Members whose ranges are not known: all that there is for them is left as it is. */
  readonly unknown: ReadonlySet<string>;
  readonly problems: readonly MeshProblem[];
}

export function keyOf(cluster: string, range: string): string {
  return `${cluster} ${range}`;
}

/** What each member needs routed, and why some of it cannot be. */
export function wantedRanges(members: readonly MemberNetwork[], network: Network, features: ServerFeatures): Wanted {
  const mesh = [network.addressrange, network.addressrange6].flatMap((text) => {
    const range = parseIpRange(text ?? '');
    return typeof range === 'string' ? [] : [range];
  });
  const ranges: WantedRange[] = [];
  const held = new Set<string>();
  const unknown = new Set<string>();
  const problems: MeshProblem[] = [];
  for (const member of members) {
    const { cluster } = member;
    if (member.podCIDRs.length === 0 && (member.leftOut ?? []).length === 0) {
      unknown.add(cluster);
      const message =
        'its pod ranges are not known: declare them in spec.network.podCIDRs of the KubeFedCluster. Until then what is routed for it stays as it is';
      problems.push({ cluster, reason: 'RangesUnknown', message });
    }
    const seen = new Set<string>();
    for (const { text, use } of rangesOf(member)) {
      const range = parseIpRange(text);
      if (typeof range === 'string') {
        held.add(keyOf(cluster, text));
        problems.push({ cluster, reason: 'InvalidRange', message: `${JSON.stringify(text)} (${use}) ${range}` });
        continue;
      }
      if (seen.has(range.text)) continue;
      seen.add(range.text);
      // Nodes may have their addresses in the mesh: they are reached there without being routed.
      if (use === 'nodes' && mesh.some((each) => contains(each, range))) continue;
      const virtual = member.remap && use !== 'outbound';
      const problem = problemOf(range, use, virtual, mesh, features);
      if (problem === undefined) {
        ranges.push({ cluster, range, use, virtual });
      } else {
        held.add(keyOf(cluster, range.text));
        problems.push({ cluster, ...problem });
      }
    }
  }
  return { ranges, held, unknown, problems };
}

function rangesOf(member: MemberNetwork): { readonly text: string; readonly use: WantedUse }[] {
  const of = (use: WantedUse, texts: readonly string[]) => texts.map((text) => ({ text, use }));
  return [
    ...of('pods', member.podCIDRs),
    ...of('services', member.serviceCIDRs),
    ...of('nodes', member.nodeCIDRs),
    ...of('outbound', member.outboundCIDRs),
  ];
}

function problemOf(
  range: IpRange,
  use: WantedUse,
  virtual: boolean,
  mesh: readonly IpRange[],
  features: ServerFeatures,
): { readonly reason: string; readonly message: string } | undefined {
  const inMesh = mesh.find((each) => overlaps(each, range));
  if (inMesh !== undefined && !virtual) {
    const message = `${range.text} (${use}) overlaps the mesh's own addresses ${inMesh.text}. Make a Netmaker network with other addresses (spec.netmaker.addressRange) and name it in spec.netmaker.network`;
    return { reason: 'RangeInMesh', message };
  }
  if (mesh.length > 0 && !mesh.some(({ family }) => family === range.family)) {
    const message = `${range.text} (${use}) is IPv${range.family}, and the Netmaker network has no IPv${range.family} addresses. Give it some (spec.netmaker.addressRange6 when it is made, or in Netmaker), or declare ranges of the other family only. The other family is routed`;
    return { reason: 'AddressFamilyMissing', message };
  }
  if (!virtual) return undefined;
  if (!features.virtualRanges) {
    const message = `${range.text} (${use}) is to be reached under another range, and this Netmaker server (${features.version}, ${features.pro ? 'Pro' : 'community edition'}) has no virtual NAT: that needs Pro from v1.5 on with the feature switched on. Without it, re-create the cluster with a range of its own`;
    return { reason: 'RemapUnsupported', message };
  }
  if (range.family === 6) {
    return {
      reason: 'RemapUnsupported',
      message: `${range.text} (${use}) is IPv6, and Netmaker's virtual NAT is for IPv4 only`,
    };
  }
  return undefined;
}
