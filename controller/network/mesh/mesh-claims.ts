import type { MeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Claim, RangeUse, RoutedUses } from '../overlap/claim.ts';

/** What a mesh says to ranges: those that it has for itself, and which uses it brings to other members. */
export interface MeshRanges {
  readonly claims: readonly Claim[];
  readonly routed: RoutedUses;
}

/** Where no mesh is configured. */
export const NO_MESH: MeshRanges = { claims: [], routed: { services: false, nodes: false } };

export function meshRangesOf(spec: DeepReadonly<MeshConfigSpec> | undefined): MeshRanges {
  if (spec === undefined) return NO_MESH;
  return {
    claims: [...ownClaims(spec), ...outboundClaims(spec)],
    routed: { services: spec.routes?.services === true, nodes: spec.routes?.nodes === true },
  };
}

/** Addresses of the gateways among themselves. */
export function ownClaims({ provider, meshCIDRs = [], netmaker }: DeepReadonly<MeshConfigSpec>): Claim[] {
  const ranges = provider === 'netmaker' ? [netmaker?.addressRange, netmaker?.addressRange6] : [];
  const own = [
    ...meshCIDRs.flatMap((text) => claim(provider, 'mesh', text, 'spec.meshCIDRs of the MeshConfig')),
    ...ranges.flatMap((text) => claim(provider, 'mesh', text ?? '', 'spec.netmaker of the MeshConfig')),
  ];
  // Whoever writes the same range in both places means one.
  return own.filter(({ range }, index) => own.findIndex((other) => other.range.text === range.text) === index);
}

/** To others a range outside is what pods are: something behind the member's gateway. */
export function outboundClaims({ outbound = [] }: DeepReadonly<MeshConfigSpec>): Claim[] {
  return outbound.flatMap(({ name, cidr, cluster }) => claim(cluster, 'pod', cidr, outboundSource(name)));
}

export function outboundSource(name: string): string {
  return `outbound "${name}" of the MeshConfig`;
}

function claim(cluster: string, use: RangeUse, text: string, source: string): Claim[] {
  const range = parseIpRange(text);
  return typeof range === 'string' ? [] : [{ cluster, use, range, source }];
}
