import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overlaps, parseIpRange } from '../../apis/meta/ip-range.ts';
import { readMark } from '../../controller/network/providers/netmaker/names.ts';
import { NetmakerProvider } from '../../controller/network/providers/netmaker/provider.ts';
import { routedRange } from '../../controller/network/providers/netmaker/state.ts';
import { member, OWNER, round } from '../../controller/network/providers/netmaker/testing/members.ts';
import type { StoredEgress } from '../../controller/network/providers/netmaker/testing/objects.ts';
import { NetmakerStandIn } from '../../controller/network/providers/netmaker/testing/stand-in.ts';
import type { MemberNetwork } from '../../controller/network/providers/provider.ts';

const signal = new AbortController().signal;

const CLUSTERS = ['earth', 'vulcan', 'mars', 'venus'];
/** Few, so that they meet; one is in the mesh, one is none. */
const RANGES = [
  '10.1.0.0/16',
  '10.1.0.0/16',
  '10.1.4.0/24',
  '10.2.0.0/16',
  '10.3.0.0/16',
  '10.4.0.0/15',
  'fd00:1::/64',
  '100.64.3.0/24',
  'x',
];
const range = fc.constantFrom(...RANGES);

const wish = fc.record({
  podCIDRs: fc.array(range, { maxLength: 2 }),
  serviceCIDRs: fc.array(range, { maxLength: 1 }),
  outboundCIDRs: fc.array(range, { maxLength: 1 }),
  leftOut: fc.array(range, { maxLength: 1 }),
  gateways: fc.subarray(['gw', 'gw-2', 'shared']),
  relayedBy: fc.option(fc.constantFrom(...CLUSTERS), { freq: 4, nil: undefined }),
  remap: fc.boolean(),
});

/** What happens on the server between two looks. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('join' as const), cluster: fc.nat(3), host: fc.constantFrom('gw', 'gw-2', 'shared') }),
  fc.record({ what: fc.constant('foreign' as const), range, at: fc.nat(9), nat: fc.boolean() }),
  fc.record({
    what: fc.constantFrom(
      'offline',
      'disconnect',
      'leave',
      'disable',
      'unbind',
      'copy',
      'masquerade',
      'delete',
      'rename',
    ),
    at: fc.nat(9),
  }),
  fc.record({ what: fc.constant('policies' as const), enabled: fc.boolean() }),
);

const step = fc.record({
  members: fc.dictionary(fc.constantFrom(...CLUSTERS), wish),
  happenings: fc.array(happening, { maxLength: 4 }),
});

function membersOf(wishes: Record<string, typeof wish extends fc.Arbitrary<infer T> ? T : never>): MemberNetwork[] {
  return Object.entries(wishes).map(([cluster, { gateways, relayedBy, ...more }]) =>
    member(cluster, '', {
      ...more,
      gatewayNodes: gateways.map((name) => (name === 'shared' ? name : `${cluster}-${name}`)),
      ...(relayedBy === undefined ? {} : { relayedBy }),
    }),
  );
}

function happen(standIn: NetmakerStandIn, news: typeof happening extends fc.Arbitrary<infer T> ? T : never): void {
  const { stored } = standIn.state;
  if (!stored.networks.some(({ netid }) => netid === 'fed')) return;
  if (news.what === 'join') {
    standIn.join('fed', news.host === 'shared' ? news.host : `${CLUSTERS[news.cluster]}-${news.host}`);
  } else if (news.what === 'foreign') {
    const node = stored.nodes[news.at % Math.max(1, stored.nodes.length)];
    const nodes = node === undefined ? {} : { [node.id]: 1 };
    if (news.range !== 'x')
      standIn.state.createEgress(
        { name: 'foreign', network: 'fed', range: news.range, nodes, nat: news.nat, mode: 'direct_nat' },
        'bob',
      );
  } else if (news.what === 'policies') {
    for (const policy of stored.policies) if (policy.default) policy.enabled = news.enabled;
  } else {
    const node = stored.nodes[news.at % Math.max(1, stored.nodes.length)];
    const egress = stored.egresses.filter(({ description }) => readMark(OWNER, description) !== undefined)[news.at];
    if (news.what === 'offline' && node !== undefined) node.status = 'offline';
    if (news.what === 'disconnect' && node !== undefined) node.connected = false;
    if (news.what === 'leave' && node !== undefined) standIn.state.deleteNode(node.id);
    if (egress === undefined) return;
    if (news.what === 'disable') egress.status = false;
    if (news.what === 'unbind') egress.nodes = {};
    if (news.what === 'masquerade') egress.nat = !egress.nat;
    if (news.what === 'rename') egress.name = 'renamed';
    if (news.what === 'delete') standIn.state.deleteEgress(egress.id);
    if (news.what === 'copy')
      stored.egresses.push({ ...structuredClone(egress), id: `copy-${stored.egresses.length}` });
  }
}

const isOurs = ({ description }: StoredEgress) => readMark(OWNER, description) !== undefined;
const foreignOf = (standIn: NetmakerStandIn) =>
  structuredClone(standIn.state.stored.egresses.filter((egress) => !isOurs(egress)));

/** Two members' packets that would go to one of them, by what we made. */
function collisions({ state }: NetmakerStandIn): string[] {
  const active = state.stored.egresses.filter(
    (egress) => isOurs(egress) && egress.status && Object.keys(egress.nodes).length > 0,
  );
  return active.flatMap((one, index) =>
    active.slice(index + 1).flatMap((other) => {
      const [a, b] = [parseIpRange(routedRange(one)), parseIpRange(routedRange(other))];
      const sameMember = readMark(OWNER, one.description)?.cluster === readMark(OWNER, other.description)?.cluster;
      return !sameMember && typeof a !== 'string' && typeof b !== 'string' && overlaps(a, b)
        ? [`${a.text} ${b.text}`]
        : [];
    }),
  );
}

it.each([false, true])(
  "whatever happened (pro: %s), one round brings the server to rest, touches nobody else's, and sends no packets astray",
  async (pro) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const standIn = await NetmakerStandIn.start({ pro });
        const provider = new NetmakerProvider({
          server: standIn.url,
          network: 'fed',
          owner: OWNER,
          token: async () => standIn.masterKey,
        });
        try {
          for (const { members: wishes, happenings } of steps) {
            const members = membersOf(wishes);
            for (const news of happenings) happen(standIn, news);
            const foreign = foreignOf(standIn);
            const before = collisions(standIn);
            await round(provider, members, signal);
            const again = provider.plan(members, await provider.observe(members, signal));
            expect(again.actions.map(({ verb, name, summary }) => `${verb} ${name}: ${summary}`)).toEqual([]);
            expect(foreignOf(standIn)).toEqual(foreign);
            expect(collisions(standIn).filter((each) => !before.includes(each))).toEqual([]);
          }
          await round(provider, [], signal);
          expect(standIn.state.stored.egresses.filter(isOurs)).toEqual([]);
          expect(standIn.state.stored.keys).toEqual([]);
          expect(standIn.state.stored.policies.filter((policy) => !policy.default)).toEqual([]);
        } finally {
          await provider.close();
          await standIn.close();
        }
      }),
      { numRuns: 30 },
    );
  },
);
