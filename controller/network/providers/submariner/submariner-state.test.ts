import { describe, expect, it } from 'vitest';
import type { MemberNetwork } from '../provider.ts';
import type { SubmarinerFacts, SubmarinerGateway } from './submariner-objects.ts';
import { submarinerState } from './submariner-state.ts';

const member = (cluster: string, ...podCIDRs: string[]): MemberNetwork => ({
  ...{ cluster, podCIDRs, serviceCIDRs: [], nodeCIDRs: [], outboundCIDRs: [], nodes: [], gatewayNodes: [] },
  remap: false,
});

interface Shown {
  subnets?: string[];
  global?: string[];
  /** Ids of clusters, with the states of the connections to them. */
  connections?: Record<string, string>;
  knows?: string[];
  gateways?: SubmarinerGateway[];
}

/** As Submariner writes it: its own name of a cluster is not the member's. */
function facts(cluster: string, { subnets = [], global, connections = {}, knows, gateways }: Shown): SubmarinerFacts {
  const id = `${cluster}-id`;
  const active: SubmarinerGateway = {
    metadata: { name: `${cluster}-1` },
    status: {
      haStatus: 'active',
      localEndpoint: { cluster_id: id, hostname: `${cluster}-1`, subnets, healthCheckIP: '10.0.0.1' },
      connections: Object.entries(connections).map(([other, status]) => ({
        status,
        statusMessage: status === 'error' ? 'timed out' : '',
        endpoint: { cluster_id: other },
        latencyRTT: { average: '1.5ms' },
      })),
    },
  };
  return {
    cluster,
    clusters: [
      { metadata: { name: id }, spec: { cluster_id: id, ...(global === undefined ? {} : { global_cidr: global }) } },
    ],
    endpoints: [id, ...(knows ?? Object.keys(connections))].map((each) => ({
      metadata: { name: each },
      spec: { cluster_id: each },
    })),
    gateways: gateways ?? [active],
  };
}

const MEMBERS = [member('earth', '10.1.0.0/16'), member('vulcan', '10.2.0.0/16')];

describe('what Submariner shows', () => {
  it('becomes gateways, routes and links under the names of the members', () => {
    const state = submarinerState(MEMBERS, [
      facts('earth', { subnets: ['10.1.0.0/16', '10.101.0.0/16'], connections: { 'vulcan-id': 'connected' } }),
      facts('vulcan', { subnets: ['10.2.0.0/16'], connections: { 'earth-id': 'error' } }),
    ]);
    expect(state.problems).toEqual([]);
    expect(state.gateways[0]).toEqual({
      ...{ cluster: 'earth', id: 'earth-1', node: 'earth-1', meshAddresses: ['10.0.0.1'], state: 'Ready' },
      message: 'active, connected to 1 of 1 clusters',
    });
    expect(state.gateways[1]).toMatchObject({ state: 'NotReady', message: 'active, connected to 0 of 1 clusters' });
    expect(state.routes.map(({ cluster, cidr, gateways }) => [cluster, cidr, gateways])).toEqual([
      ['earth', '10.1.0.0/16', ['earth-1']],
      ['earth', '10.101.0.0/16', ['earth-1']],
      ['vulcan', '10.2.0.0/16', ['vulcan-1']],
    ]);
    expect(state.links).toEqual([
      { from: 'earth', to: 'vulcan', state: 'Connected', latencyMs: 1.5 },
      { from: 'vulcan', to: 'earth', state: 'Error', latencyMs: 1.5, message: 'timed out' },
    ]);
  });

  it('with Globalnet only its addresses are routed, and who reaches them is told: none of a pod can be translated', () => {
    const state = submarinerState(MEMBERS, [facts('earth', { subnets: ['242.0.0.0/16'], global: ['242.0.0.0/16'] })]);
    expect(state.routes).toEqual([
      {
        ...{ cluster: 'earth', cidr: '242.0.0.0/16', gateways: ['earth-1'] },
        masqueraded: true,
      },
    ]);
    expect(state.problems).toEqual([
      { cluster: 'earth', reason: 'GlobalnetAddresses', message: expect.stringContaining('`subctl export service`') },
    ]);
  });

  it('a range of which Submariner knows a part only is told, as on one node of k3s', () => {
    const state = submarinerState(MEMBERS, [facts('earth', { subnets: ['10.1.0.0/24'] })]);
    expect(state.problems).toMatchObject([
      { cluster: 'earth', reason: 'RangeNotRouted', message: expect.stringContaining('--clustercidr 10.1.0.0/16') },
    ]);
  });

  it('an endpoint that was left out with only a line in a log is told on the side that lacks it', () => {
    const state = submarinerState(MEMBERS, [
      facts('earth', { subnets: ['10.1.0.0/16'], knows: [] }),
      facts('vulcan', { subnets: ['10.2.0.0/16'], knows: ['earth-id'] }),
    ]);
    expect(state.problems).toMatchObject([
      {
        cluster: 'earth',
        reason: 'EndpointMissing',
        message: expect.stringContaining('endpoint of "vulcan" (vulcan-id)'),
      },
    ]);
  });

  it('a passive gateway is not known to work, and none at all is told with the way to one', () => {
    const passive: SubmarinerGateway = { metadata: { name: 'earth-2' }, status: { haStatus: 'passive' } };
    const state = submarinerState(MEMBERS, [
      facts('earth', { gateways: [passive] }),
      facts('vulcan', { gateways: [] }),
    ]);
    expect(state.gateways.map(({ node, state: seen }) => [node, seen])).toEqual([['earth-2', 'Unknown']]);
    expect(state.problems).toMatchObject([{ cluster: 'vulcan', reason: 'GatewayMissing' }]);
  });
});
