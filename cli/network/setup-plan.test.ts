import { describe, expect, it } from 'vitest';
import type { MeshLook } from '../../controller/network/mesh/look.ts';
import type { MemberNetwork } from '../../controller/network/providers/provider.ts';
import { nodesBesideGateways, renderPlan } from './setup-plan.ts';

function member(cluster: string, nodes: readonly string[], gatewayNodes: readonly string[]): MemberNetwork {
  return {
    ...{ cluster, podCIDRs: [], serviceCIDRs: [], nodeCIDRs: [], outboundCIDRs: [], remap: false, gatewayNodes },
    nodes: nodes.map((name) => ({ name, addresses: [], podCIDRs: [], ready: true })),
  };
}

function lookAt(networks: readonly MemberNetwork[]): MeshLook {
  return {
    capabilities: { managesRoutes: true, remap: false, gatewayHighAvailability: false, linkHealth: false },
    members: { networks, problems: [], unsettled: new Set() },
    state: { gateways: [], routes: [], links: [] },
    plan: { actions: [], problems: [] },
  };
}

describe('the plan of a mesh', () => {
  const earth = member('earth', ['earth-1', 'earth-2', 'earth-3', 'earth-4', 'earth-5'], ['earth-1']);
  const vulcan = member('vulcan', ['vulcan-1', 'vulcan-2'], ['vulcan-2']);

  it('names the nodes that still need routes, and what makes them', () => {
    const text = renderPlan(lookAt([earth, vulcan]));
    expect(text).toContain('  earth: earth-2, earth-3, earth-4 and 1 more\n  vulcan: vulcan-1\n');
    expect(text).toContain('`fedctl generate ansible --members');
  });

  it('says nothing of nodes where each is a gateway, no gateway is named yet, or there is nobody to reach', () => {
    const small = member('mars', ['mars-1'], ['mars-1']);
    expect(nodesBesideGateways([small, member('venus', ['venus-1'], [])])).toEqual({});
    expect(nodesBesideGateways([earth])).toEqual({});
    expect(renderPlan(lookAt([small]))).toBe('Nothing is to be done: the routes are as they should be.\n');
  });
});
