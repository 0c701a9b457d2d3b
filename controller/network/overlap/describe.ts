import type { Claim, RangeUse } from './claim.ts';
import type { Overlap } from './overlaps.ts';

const NAMES: Readonly<Record<RangeUse, string>> = {
  pod: 'pod CIDR',
  service: 'service CIDR',
  node: 'node address',
  mesh: 'the range of the mesh',
};

/** `pod CIDR 10.244.0.0/16 (kubeadm-config) of "vulcan" overlaps pod CIDR 10.244.0.0/16 (kubeadm-config) of "earth"`. */
export function describeOverlap({ claims: [a, b] }: Overlap): string {
  return `${nameOf(a)} overlaps ${nameOf(b)}`;
}

/** Why, for the reader who wonders whether it matters. */
export function describeHarm({ claims: [a, b], harm }: Overlap): string {
  const uses = new Set([a.use, b.use]);
  if (harm === 'conflict') return 'packets for the one are delivered to the other, or to neither';
  return uses.has('service')
    ? 'harmless as long as Service ranges are not routed between clusters'
    : 'harmless as long as networks of nodes are not routed between clusters';
}

function nameOf({ cluster, use, range, source }: Claim): string {
  const single = range.first === range.last;
  const text = single ? range.text.replace(/\/\d+$/, '') : range.text;
  const name = use === 'node' && !single ? 'node network' : NAMES[use];
  return `${name} ${text} (${source}) of "${cluster}"`;
}
