import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlaps, parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { AdvertisedRoute, GatewayInfo, MemberNetwork } from '../providers/provider.ts';
import { describeMemberRoutes, planNodeRoutes } from './plan.ts';
import { formatRouteList, parseRouteList } from './route-list.ts';

function member(cluster: string, number: number, fields: Partial<MemberNetwork> = {}): MemberNetwork {
  const node = (index: number, ready = true) => ({
    name: `${cluster}-${index}`,
    addresses: [`192.168.${number}.${index}`, `fd00:192:168:${number}::${index}`],
    ...{ podCIDRs: [], ready },
  });
  return {
    ...{ cluster, serviceCIDRs: [], nodeCIDRs: [], outboundCIDRs: [], remap: false },
    podCIDRs: [`10.${number}.0.0/16`, `fd00:10:${number}::/48`],
    nodes: [node(1), node(2), node(3)],
    gatewayNodes: [`${cluster}-1`],
    ...fields,
  };
}

const route = (cluster: string, cidr: string, virtualCIDR?: string): AdvertisedRoute => ({
  ...{ cluster, cidr, gateways: [], masqueraded: false },
  ...(virtualCIDR === undefined ? {} : { virtualCIDR }),
});
const gateway = (cluster: string, node: string, state: GatewayInfo['state']): GatewayInfo => ({
  ...{ cluster, id: node, node, meshAddresses: [], state, message: '' },
});
const EARTH = member('earth', 1);
const VULCAN = member('vulcan', 2);
const ROUTES = [
  ...['10.1.0.0/16', 'fd00:10:1::/48'].map((cidr) => route('earth', cidr)),
  ...['10.2.0.0/16', 'fd00:10:2::/48'].map((cidr) => route('vulcan', cidr)),
];

describe('the routes of nodes that are no gateway', () => {
  it('lead to all that the mesh brings to others, by the node address of the gateway, in both families', () => {
    const { members, problems } = planNodeRoutes([EARTH, VULCAN], { gateways: [], routes: ROUTES });

    expect(problems).toEqual([]);
    expect(members[0]).toEqual({
      cluster: 'earth',
      gateway: 'earth-1',
      nodes: ['earth-2', 'earth-3'],
      list: {
        gateways: ['earth-1'],
        routes: [
          { to: '10.2.0.0/16', via: '192.168.1.1' },
          { to: 'fd00:10:2::/48', via: 'fd00:192:168:1::1' },
        ],
      },
    });
    expect(members.map(describeMemberRoutes)[1]).toBe(
      '2 nodes of vulcan (vulcan-2, vulcan-3) send 10.1.0.0/16, fd00:10:1::/48 by vulcan-1',
    );
  });

  it('follow the gateway that is up, and lead to a virtual range where that is how others are reached', () => {
    const earth = member('earth', 1, { gatewayNodes: ['earth-1', 'earth-2'], podCIDRs: ['10.1.0.0/16'] });
    const gateways = [gateway('earth', 'earth-1', 'NotReady'), gateway('earth', 'earth-2', 'Ready')];
    const { members } = planNodeRoutes([earth, VULCAN], {
      gateways,
      routes: [route('vulcan', '10.1.0.0/16', '198.18.0.0/16'), ...ROUTES.slice(3)],
    });

    expect(members[0]?.list).toEqual({
      gateways: ['earth-1', 'earth-2'],
      routes: [{ to: '198.18.0.0/16', via: '192.168.1.2' }],
    });
    expect(members[0]?.nodes).toEqual(['earth-3']);
  });

  it('never lead to addresses of the member itself: one that was left out keeps its own pods', () => {
    const late = member('mars', 3, { podCIDRs: ['10.3.0.0/16'], leftOut: ['10.1.7.0/24'] });
    const { members, problems } = planNodeRoutes([EARTH, late], { gateways: [], routes: ROUTES });

    expect(members.find(({ cluster }) => cluster === 'mars')?.list.routes).toEqual([
      { to: '10.2.0.0/16', via: '192.168.3.1' },
    ]);
    expect(problems).toEqual([
      { cluster: 'mars', reason: 'NodeRouteOverlaps', message: expect.stringContaining('no route to 10.1.0.0/16') },
    ]);
  });

  it('say what is missing of a gateway, and are none where every node is one, or none is named', () => {
    const [first, ...others] = EARTH.nodes;
    const single = { name: 'earth-1', ...first, podCIDRs: [], ready: true, addresses: ['192.168.1.1'] };
    const lame = member('earth', 1, { nodes: [single, ...others] });
    const state = { gateways: [], routes: ROUTES };

    expect(planNodeRoutes([lame], state)).toMatchObject({
      members: [{ list: { routes: [{ to: '10.2.0.0/16' }] } }],
      problems: [{ reason: 'GatewayAddressMissing', message: expect.stringContaining('no IPv6 address') }],
    });
    expect(planNodeRoutes([member('earth', 1, { nodes: [single] })], state).members).toEqual([]);
    expect(planNodeRoutes([member('earth', 1, { gatewayNodes: [] })], state).members).toEqual([]);
  });

  it('are always a list that the nodes take, whatever ranges there are, and none of it is the member’s own', () => {
    const range = fc
      .record({ a: fc.integer({ min: 0, max: 7 }), b: fc.integer({ min: 0, max: 3 }), six: fc.boolean() })
      .map(({ a, b, six }) => (six ? `fd00:${a}::/32` : b === 0 ? `10.${a}.0.0/16` : `10.${a}.${b}.0/24`));
    const some = fc.array(range, { maxLength: 4 });
    fc.assert(
      fc.property(some, some, some, (podCIDRs, leftOut, others) => {
        const earth = member('earth', 200, { podCIDRs, leftOut });
        const routes = others.map((cidr) => route('vulcan', cidr));
        const { members } = planNodeRoutes([earth], { gateways: [], routes });
        const own = [...podCIDRs, ...leftOut].map(parseIpRange);
        for (const { list } of members) {
          expect(parseRouteList(formatRouteList(list))).toMatchObject({ gateways: ['earth-1'] });
          for (const { to } of list.routes) {
            const target = parseIpRange(to);
            const meets = own.some(
              (each) => typeof each !== 'string' && typeof target !== 'string' && overlaps(each, target),
            );
            expect(meets).toBe(false);
          }
        }
      }),
    );
  });
});
