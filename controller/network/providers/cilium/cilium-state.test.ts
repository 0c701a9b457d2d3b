import { describe, expect, it } from 'vitest';
import type { MemberNetwork } from '../provider.ts';
import { type CiliumFacts, ciliumState } from './cilium-state.ts';

const member = (cluster: string, ...podCIDRs: string[]): MemberNetwork => ({
  ...{ cluster, podCIDRs, serviceCIDRs: [], nodeCIDRs: [], outboundCIDRs: [], nodes: [], gatewayNodes: [] },
  remap: false,
});
const facts = (cluster: string, id: string, ready: number | undefined = 1): CiliumFacts => ({
  cluster,
  config: { metadata: { name: 'cilium-config' }, data: { 'cluster-name': cluster, 'cluster-id': id } },
  apiServer: { metadata: {}, status: { replicas: 2, readyReplicas: ready } },
  nodes: [{ metadata: { name: 'n' }, spec: { ipam: { podCIDRs: ['10.9.0.0/24'] } } }],
});

describe('what Cilium shows of its ClusterMesh', () => {
  it('becomes the state of its servers and the ranges of the members', () => {
    const state = ciliumState(
      [member('earth', '10.1.0.0/16'), member('vulcan')],
      [facts('earth', '1'), facts('vulcan', '2', 0)],
    );
    expect(state.problems).toEqual([]);
    expect(state.gateways.map(({ cluster, state: seen }) => [cluster, seen])).toEqual([
      ['earth', 'Ready'],
      ['vulcan', 'NotReady'],
    ]);
    expect(state.gateways[0]?.message).toContain('1 of 2 replicas are ready; whether agents are connected');
    expect(state.routes.map(({ cluster, cidr }) => `${cluster} ${cidr}`)).toEqual([
      'earth 10.1.0.0/16',
      'vulcan 10.9.0.0/24',
    ]);
  });

  it('says where it is not enabled', () => {
    const state = ciliumState([], [{ ...facts('earth', '1'), apiServer: undefined }]);
    expect([state.gateways, state.routes]).toEqual([[], []]);
    expect(state.problems).toMatchObject([
      { reason: 'GatewayMissing', message: expect.stringContaining('clustermesh enable') },
    ]);
  });

  it('finds clusters that Cilium would take for one, and those without a number', () => {
    const state = ciliumState([], [facts('earth', '7'), facts('vulcan', '7'), facts('mars', '0')]);
    expect(state.problems.map(({ cluster, reason }) => `${cluster} ${reason}`)).toEqual([
      'earth ClusterIDCollision',
      'vulcan ClusterIDCollision',
      'mars ClusterIDMissing',
    ]);
  });
});
