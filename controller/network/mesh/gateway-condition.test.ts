import { describe, expect, it } from 'vitest';
import type { GatewayInfo } from '../providers/provider.ts';
import { type GatewayView, gatewayCondition } from './gateway-condition.ts';

const MEMBER = { cluster: 'earth', gatewayNodes: ['earth-1', 'earth-2'] };
const gateway = (node: string, state: GatewayInfo['state'], cluster = 'earth'): GatewayInfo => ({
  ...{ cluster, id: `id-of-${node}`, node, meshAddresses: [], state },
  message: `last seen ${state}`,
});
const view = (rest: Partial<GatewayView>): GatewayView => ({
  ...{ provider: 'netmaker', member: MEMBER, gateways: [], problems: [], ...rest },
});

describe('the condition GatewayReady', () => {
  it.each<[string, Partial<GatewayView>, string, string, RegExp]>([
    ['without a provider', { provider: 'none' }, 'Unknown', 'NoProvider', /fedctl network setup/],
    [
      'with one of two gateways up',
      { gateways: [gateway('earth-1', 'NotReady'), gateway('earth-2', 'Ready')] },
      'True',
      'GatewayReady',
      /^gateway earth-2: last seen Ready; gateway earth-1: last seen NotReady$/,
    ],
    [
      'with all gateways down, and the way out beside it',
      {
        gateways: [gateway('earth-1', 'NotReady')],
        problems: [{ cluster: 'earth', reason: 'GatewayDown', message: 'start netclient on it' }],
      },
      'False',
      'GatewayDown',
      /^gateway earth-1: last seen NotReady; start netclient on it$/,
    ],
    ['when nothing is known', { gateways: [gateway('earth-1', 'Unknown')] }, 'Unknown', 'GatewayUnknown', /earth-1/],
    [
      'with gateways of others only',
      { gateways: [gateway('vulcan-1', 'Ready', 'vulcan')] },
      'False',
      'GatewayMissing',
      /^none of earth-1, earth-2 is in the mesh yet$/,
    ],
    [
      'when no node is named',
      { member: { cluster: 'earth', gatewayNodes: [] } },
      'False',
      'GatewayMissing',
      /--gateway earth=NODE/,
    ],
    [
      'when the plan says why there is none',
      { problems: [{ cluster: 'earth', reason: 'GatewayMissing', message: 'no host is called earth-1' }] },
      'False',
      'GatewayMissing',
      /^no host is called earth-1$/,
    ],
    [
      'with static routes and no gateway',
      { provider: 'static', member: { cluster: 'earth', gatewayNodes: [] } },
      'Unknown',
      'NoGateway',
      /share a network/,
    ],
    [
      'when two members would leave by one machine',
      {
        gateways: [gateway('earth-1', 'Ready')],
        problems: [{ cluster: 'earth', reason: 'GatewayShared', message: 'also of vulcan' }],
      },
      'False',
      'GatewayShared',
      /^also of vulcan$/,
    ],
  ])('%s', (_, rest, status, reason, message) => {
    const condition = gatewayCondition(view(rest));
    expect([condition.status, condition.reason]).toEqual([status, reason]);
    expect(condition.message).toMatch(message);
  });
});
