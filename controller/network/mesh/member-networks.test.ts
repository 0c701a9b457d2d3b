import { describe, expect, it } from 'vitest';
import type { ClusterNetworkSpec } from '../../../apis/core/v1beta1/cluster-network.ts';
import type { MeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { defaultMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import { type MeshMember, memberNetworks } from './member-networks.ts';

interface Ranges {
  pods?: string[];
  services?: string[];
  nodes?: string[];
  spec?: ClusterNetworkSpec;
  /** Day of January on which it joined. */
  since?: number;
  unseen?: boolean;
}

function member(name: string, { pods = [], services = [], nodes = [], spec, since = 1, unseen }: Ranges): MeshMember {
  const found = (texts: string[]) =>
    texts.map((cidr) => ({ cidr, source: 'kubeadm-config', confidence: 'inferred' as const }));
  return {
    cluster: {
      metadata: { name, creationTimestamp: `2026-01-0${since}T00:00:00Z` },
      spec: { apiEndpoint: name, secretRef: { name }, ...(spec === undefined ? {} : { network: spec }) },
    },
    network: { podCIDRs: found(pods), serviceCIDRs: found(services), nodeCIDRs: found(nodes) },
    nodes: unseen ? undefined : [{ name: `${name}-1`, addresses: [], podCIDRs: [], ready: true }],
  };
}

function networks(members: MeshMember[], spec: Partial<MeshConfigSpec> = {}, remap = false) {
  const gateways = members.map(({ cluster: { metadata } }) => ({
    cluster: metadata.name ?? '',
    node: `${metadata.name}-1`,
  }));
  return memberNetworks(defaultMeshConfigSpec({ provider: 'static', gateways, ...spec }), members, { remap });
}

const pods = (found: ReturnType<typeof networks>) =>
  Object.fromEntries(found.networks.map(({ cluster, podCIDRs }) => [cluster, podCIDRs]));
const reasons = (found: ReturnType<typeof networks>) =>
  found.problems.map(({ cluster, reason }) => `${cluster}: ${reason}`);

describe('what a mesh is to route for the members', () => {
  it('is the ranges of their pods, and of Services and nodes where the config says so', () => {
    const members = [
      member('earth', { pods: ['10.1.0.0/16', 'fd00:1::/56'], services: ['10.101.0.0/16'], nodes: ['192.168.1.0/24'] }),
      member('vulcan', { pods: ['10.2.0.0/16'], services: ['10.102.0.0/16'], nodes: ['192.168.2.0/24'] }),
    ];
    const found = networks(members);
    expect(found.problems).toEqual([]);
    expect(found.networks[0]).toEqual({
      cluster: 'earth',
      podCIDRs: ['10.1.0.0/16', 'fd00:1::/56'],
      serviceCIDRs: [],
      nodeCIDRs: [],
      outboundCIDRs: [],
      nodes: [{ name: 'earth-1', addresses: [], podCIDRs: [], ready: true }],
      gatewayNodes: ['earth-1'],
      remap: false,
    });
    const all = networks(members, {
      routes: { services: true, nodes: true },
      outbound: [{ name: 'office', cidr: '172.30.0.0/16', cluster: 'vulcan' }],
    });
    expect(all.networks[1]).toMatchObject({
      serviceCIDRs: ['10.102.0.0/16'],
      nodeCIDRs: ['192.168.2.0/24'],
      outboundCIDRs: ['172.30.0.0/16'],
    });
  });

  it('a member that comes later yields to one whose packets it would take, and both are named', () => {
    const found = networks([
      member('vulcan', { pods: ['10.244.0.0/16', 'fd00:2::/56'], since: 2 }),
      member('earth', { pods: ['10.244.0.0/16'], since: 1 }),
    ]);
    expect(pods(found)).toEqual({ earth: ['10.244.0.0/16'], vulcan: ['fd00:2::/56'] });
    expect(found.networks.map(({ leftOut }) => leftOut)).toEqual([undefined, ['10.244.0.0/16']]);
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]).toMatchObject({
      cluster: 'vulcan',
      reason: 'RangesOverlap',
      message: expect.stringMatching(
        /^pod CIDR 10\.244\.0\.0\/16 \(kubeadm-config\) of "vulcan" overlaps pod CIDR 10\.244\.0\.0\/16 \(kubeadm-config\) of "earth": .*plan-cidrs/,
      ),
    });
  });

  it('one that yields keeps out nobody else', () => {
    const found = networks([
      member('earth', { pods: ['10.0.0.0/16'], since: 1 }),
      member('wide', { pods: ['10.0.0.0/8'], since: 2 }),
      member('vulcan', { pods: ['10.9.0.0/16'], since: 3 }),
    ]);
    expect(pods(found)).toEqual({ earth: ['10.0.0.0/16'], wide: [], vulcan: ['10.9.0.0/16'] });
    expect(reasons(found)).toEqual(['wide: RangesOverlap']);
  });

  it('Services with equal ranges are no reason as long as nobody routes them', () => {
    const members = [
      member('earth', { pods: ['10.1.0.0/16'], services: ['10.96.0.0/12'] }),
      member('vulcan', { pods: ['10.2.0.0/16'], services: ['10.96.0.0/12'] }),
    ];
    expect(networks(members).problems).toEqual([]);
    const routed = networks(members, { routes: { services: true } });
    expect(routed.networks.map(({ serviceCIDRs }) => serviceCIDRs)).toEqual([['10.96.0.0/12'], []]);
    expect(reasons(routed)).toEqual(['vulcan: RangesOverlap']);
  });

  it('a member whose nodes lie in pods of another is left out as a whole: routes would cut its nodes off', () => {
    const found = networks([
      member('earth', { pods: ['10.1.0.0/16'], since: 1 }),
      member('vulcan', { pods: ['10.2.0.0/16'], nodes: ['10.1.0.5/32'], since: 2 }),
    ]);
    expect(pods(found)).toEqual({ earth: ['10.1.0.0/16'], vulcan: [] });
    expect(found.networks.map(({ gatewayNodes }) => gatewayNodes)).toEqual([['earth-1'], []]);
    expect(found.problems[0]?.message).toContain('"vulcan" is left out of the mesh as a whole');
  });

  it('nodes that have their addresses in the mesh are no overlap, and are not routed to', () => {
    const members = [member('earth', { pods: ['10.1.0.0/16'], nodes: ['100.64.0.7/32', '192.168.1.1/32'] })];
    const found = networks(members, { routes: { nodes: true }, meshCIDRs: ['100.64.0.0/16'] });
    expect(found.problems).toEqual([]);
    expect(found.networks[0]?.nodeCIDRs).toEqual(['192.168.1.1/32']);
  });

  it('the mesh keeps its addresses, and members theirs from ranges outside', () => {
    const found = networks(
      [member('earth', { pods: ['100.64.0.0/16'] }), member('vulcan', { pods: ['10.2.0.0/16'] })],
      {
        meshCIDRs: ['100.64.0.0/10'],
        outbound: [{ name: 'office', cidr: '10.0.0.0/8', cluster: 'earth' }],
      },
    );
    expect(pods(found)).toEqual({ earth: [], vulcan: ['10.2.0.0/16'] });
    expect(found.networks[0]?.outboundCIDRs).toEqual([]);
    expect(found.problems.map(({ message }) => message.split(' overlaps ')[0])).toEqual([
      'pod CIDR 100.64.0.0/16 (kubeadm-config) of "earth"',
      'pod CIDR 10.0.0.0/8 (outbound "office" of the MeshConfig) of "earth"',
    ]);
  });

  it('is translated where a member asks for it and the provider can, and else left out with the reason', () => {
    const members = [
      member('earth', { pods: ['10.244.0.0/16'], since: 1 }),
      member('vulcan', { pods: ['10.244.0.0/16'], since: 2, spec: { overlapPolicy: 'Remap' } }),
    ];
    const able = networks(members, {}, true);
    expect(able.problems).toEqual([]);
    expect(able.networks.map(({ remap, podCIDRs }) => [remap, podCIDRs])).toEqual([
      [false, ['10.244.0.0/16']],
      [true, ['10.244.0.0/16']],
    ]);
    const unable = networks(members);
    expect(pods(unable)).toEqual({ earth: ['10.244.0.0/16'], vulcan: [] });
    expect(reasons(unable)).toEqual(['vulcan: RemapUnsupported']);
  });

  it('of a member that could not be looked at nothing is changed, and it still keeps what it declared', () => {
    const unknown = member('earth', { since: 1, spec: { podCIDRs: ['10.244.0.0/16'] } });
    const found = networks([
      { ...unknown, network: undefined },
      member('vulcan', { pods: ['10.244.0.0/16'], since: 2 }),
      member('mars', { pods: ['10.3.0.0/16'], unseen: true }),
    ]);
    expect([...found.unsettled].sort()).toEqual(['earth', 'mars']);
    expect(reasons(found).sort()).toEqual(['earth: RangesUnknown', 'mars: MemberUnseen', 'vulcan: RangesOverlap']);
  });

  it('names that nobody knows are told of: members, and nodes', () => {
    const found = networks([member('earth', { pods: ['10.1.0.0/16'] })], {
      gateways: [
        { cluster: 'earth', node: 'earth-9' },
        { cluster: 'pluto', node: 'pluto-1' },
      ],
      inbound: [{ name: 'laptop', cluster: 'pluto' }],
    });
    expect(found.problems).toEqual([
      { cluster: 'pluto', reason: 'MemberMissing', message: expect.stringContaining('spec.gateways, spec.inbound') },
      { cluster: 'earth', reason: 'GatewayNodeMissing', message: expect.stringContaining('has no node "earth-9"') },
    ]);
  });
});
