import { afterEach, describe, expect, it } from 'vitest';
import { keyTag } from './names.ts';
import { member, OWNER, reasonsOf, round, stepsOf } from './testing/members.ts';
import { routesAt, Setups } from './testing/set-up.ts';

const signal = new AbortController().signal;
const setups = new Setups(signal);

afterEach(() => setups.close());

const earth = member('earth', '10.1.0.0/16');
const vulcan = member('vulcan', '10.2.0.0/16');

describe('a mesh on an empty server', () => {
  it('is made step by step: network and keys first, ranges when the gateways have joined, and then nothing more', async () => {
    const setup = await setups.empty();
    const { provider, standIn } = setup;
    const first = await round(provider, [earth, vulcan], signal);
    expect(stepsOf(first)).toEqual([
      'create network fed',
      `create enrollment key ${keyTag(OWNER, 'earth')}`,
      `create enrollment key ${keyTag(OWNER, 'vulcan')}`,
    ]);
    expect(reasonsOf(first)).toEqual(['BrokerDisconnected', 'earth GatewayMissing', 'vulcan GatewayMissing']);
    expect(await provider.enrollmentToken('earth', signal)).toBe(standIn.state.stored.keys[0]?.token);

    standIn.join('fed', 'earth-gw');
    standIn.join('fed', 'vulcan-gw');
    const second = await round(provider, [earth, vulcan], signal);
    expect(stepsOf(second)).toEqual(['create egress fedmesh-earth-pod4', 'create egress fedmesh-vulcan-pod4']);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
    expect(standIn.state.stored.egresses.map(({ nat }) => nat)).toEqual([false, false]);

    const observed = await provider.observe([earth, vulcan], signal);
    expect(provider.plan([earth, vulcan], observed).actions).toEqual([]);
    expect(observed.gateways).toMatchObject([
      { cluster: 'earth', node: 'earth-gw', meshAddresses: ['100.64.0.1'], state: 'Ready' },
      { cluster: 'vulcan', node: 'vulcan-gw', meshAddresses: ['100.64.0.2'], state: 'Ready' },
    ]);
    expect(observed.routes).toMatchObject([
      { cluster: 'earth', cidr: '10.1.0.0/16', masqueraded: false },
      { cluster: 'vulcan', cidr: '10.2.0.0/16', masqueraded: false },
    ]);
    expect(standIn.requests.filter(({ path }) => /creategateway|createrelay|createingress/.test(path))).toEqual([]);
  });

  it('shows nothing in its plan or state that lets anybody in', async () => {
    const { provider, standIn } = await setups.running([earth, vulcan]);
    const observed = await provider.observe([earth], signal);
    const shown = JSON.stringify([observed, provider.plan([], observed)]);
    for (const { value, token } of standIn.state.stored.keys) {
      expect(shown).not.toContain(value);
      expect(shown).not.toContain(token);
    }
  });

  it('routes both address families, Services and what lies outside, each range on its own', async () => {
    const { provider, standIn } = await setups.empty({ addressRange6: 'fd64::/64' });
    const wide = member('earth', '10.1.0.0/16', {
      podCIDRs: ['10.1.0.0/16', 'fd00:10:1::/48'],
      serviceCIDRs: ['10.101.0.0/16'],
      nodeCIDRs: ['100.64.0.0/24', '192.168.7.0/24'],
      outboundCIDRs: ['172.20.0.0/24', '10.1.0.0/16'],
    });
    await round(provider, [wide], signal);
    standIn.join('fed', 'earth-gw');
    await round(provider, [wide], signal);
    expect(standIn.state.stored.egresses.map(({ name, range }) => `${name} ${range}`)).toEqual([
      'fedmesh-earth-pod4 10.1.0.0/16',
      'fedmesh-earth-pod6 fd00:10:1::/48',
      'fedmesh-earth-service4 10.101.0.0/16',
      'fedmesh-earth-node4 192.168.7.0/24',
      'fedmesh-earth-outbound4 172.20.0.0/24',
    ]);
    expect((await round(provider, [wide], signal)).actions).toEqual([]);
  });
});

describe('what a server accepts and should not', () => {
  it('two members with overlapping ranges: the one that is there stays, the newcomer is refused, the rest goes on', async () => {
    const setup = await setups.running([earth, vulcan]);
    const mars = member('mars', '10.1.128.0/17');
    const venus = member('venus', '10.9.0.0/16');
    setup.standIn.join('fed', 'mars-gw');
    setup.standIn.join('fed', 'venus-gw');
    const plan = await round(setup.provider, [earth, vulcan, mars, venus], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'earth RangeOverlap', 'mars RangeOverlap']);
    expect(plan.problems.at(-1)?.message).toMatch(/10\.1\.128\.0\/17 overlaps 10\.1\.0\.0\/16 of "earth".*plan-cidrs/);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw', '10.9.0.0/16 venus-gw']);
  });

  it('a range that somebody else routes elsewhere: it is not taken, and the message names who has it', async () => {
    const setup = await setups.running([earth]);
    const other = setup.standIn.join('fed', 'office');
    setup.standIn.state.createEgress(
      { name: 'office', network: 'fed', range: '10.2.0.0/15', nodes: { [other.node.id]: 1 } },
      'bob',
    );
    setup.standIn.join('fed', 'vulcan-gw');
    const plan = await round(setup.provider, [earth, vulcan], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'vulcan RangeTaken']);
    expect(plan.problems.at(-1)?.message).toMatch(/"office".*which Fedmesh did not make/);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/15 office']);
  });

  it('host bits, IPv4 in other clothes and families that the network has not: said per range, the others are routed', async () => {
    const odd = member('earth', '10.1.0.0/16', {
      podCIDRs: ['10.1.0.0/16', '10.3.0.7/16', '::ffff:10.4.0.0/112', 'fd00:1::/64', 'x'],
    });
    const setup = await setups.running([odd]);
    const plan = await round(setup.provider, [odd], signal);
    expect(reasonsOf(plan)).toEqual([
      'BrokerDisconnected',
      'earth InvalidRange',
      'earth InvalidRange',
      'earth AddressFamilyMissing',
      'earth InvalidRange',
    ]);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-gw']);
    expect(plan.actions).toEqual([]);
  });

  it('a network in the middle of the ranges of members: it is not made', async () => {
    const { provider, standIn } = await setups.empty();
    const plan = await round(provider, [member('earth', '100.64.0.0/12')], signal);
    expect(plan.actions).toEqual([]);
    expect(reasonsOf(plan)).toContain('earth RangeInMesh');
    expect(standIn.state.stored.networks).toEqual([]);
  });
});

describe('gateways', () => {
  it('one that was replaced gets the ranges of the old one, whole: nodes and status are never left out', async () => {
    const setup = await setups.running([earth, vulcan]);
    const { standIn, provider } = setup;
    const [old] = standIn.state.stored.nodes;
    if (old !== undefined) old.status = 'offline';
    standIn.join('fed', 'earth-gw');
    const plan = await round(provider, [earth, vulcan], signal);
    expect(stepsOf(plan)).toEqual(['update egress fedmesh-earth-pod4']);
    const body: unknown = JSON.parse(standIn.requests.find(({ method }) => method === 'PUT')?.body ?? '{}');
    expect(body).toMatchObject({ status: true, nat: false, mode: 'direct_nat', range: '10.1.0.0/16', network: 'fed' });
    expect(standIn.state.stored.egresses[0]).toMatchObject({
      status: true,
      nodes: { [standIn.state.stored.nodes[2]?.id ?? '']: 256 },
    });
    expect((await round(provider, [earth, vulcan], signal)).actions).toEqual([]);
  });

  it('one that is down is told, and the next by preference takes over; the community edition takes one at a time', async () => {
    const two = member('earth', '10.1.0.0/16', { gatewayNodes: ['earth-gw', 'earth-2'] });
    const setup = await setups.running([two, vulcan]);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
    for (const node of setup.standIn.state.stored.nodes.slice(0, 1)) node.status = 'offline';
    await round(setup.provider, [two, vulcan], signal);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-2', '10.2.0.0/16 vulcan-gw']);
    for (const node of setup.standIn.state.stored.nodes) node.status = 'offline';
    const plan = await round(setup.provider, [two, vulcan], signal);
    expect(plan.actions).toEqual([]);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'earth GatewayNotReady', 'vulcan GatewayNotReady']);
  });

  it('all of a member route its ranges where the server can do that', async () => {
    const two = member('earth', '10.1.0.0/16', { gatewayNodes: ['earth-gw', 'earth-2'] });
    const setup = await setups.running([two, vulcan], { pro: true });
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 earth-gw+earth-2', '10.2.0.0/16 vulcan-gw']);
    const observed = await setup.provider.observe([two, vulcan], signal);
    expect(setup.provider.plan([two, vulcan], observed).actions).toEqual([]);
    expect(observed.links).toContainEqual({ from: 'earth', to: 'vulcan', state: 'Connected', latencyMs: 12 });
  });

  it("one host for two members is nobody's gateway, until one has the better claim", async () => {
    const nodes = [{ name: 'node-1', addresses: ['10.90.0.1'], podCIDRs: [], ready: true }];
    const one = member('earth', '10.1.0.0/16', { gatewayNodes: ['node-1'], nodes });
    const two = member('vulcan', '10.2.0.0/16', { gatewayNodes: ['node-1'] });
    const setup = await setups.empty();
    await round(setup.provider, [one, two], signal);
    const { node } = setup.standIn.join('fed', 'node-1');
    const plan = await round(setup.provider, [one, two], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'earth GatewayShared', 'vulcan GatewayShared']);
    expect(routesAt(setup.standIn)).toEqual([]);
    const host = setup.standIn.state.stored.hosts.find(({ id }) => id === node.hostid);
    Object.assign(host ?? {}, { interfaces: [{ name: 'eth0', addressString: '10.90.0.1/24' }] });
    expect(reasonsOf(await round(setup.provider, [one, two], signal))).toEqual([
      'BrokerDisconnected',
      'vulcan GatewayShared',
    ]);
    expect(routesAt(setup.standIn)).toEqual(['10.1.0.0/16 node-1']);
  });

  it('equal node names in two members do not matter where netclient runs by the manifest', async () => {
    const one = member('earth', '10.1.0.0/16', { gatewayNodes: ['node-1'] });
    const two = member('vulcan', '10.2.0.0/16', { gatewayNodes: ['node-1'] });
    const setup = await setups.empty();
    await round(setup.provider, [one, two], signal);
    for (const { cluster } of [one, two]) setup.standIn.join('fed', `${keyTag(OWNER, cluster)}-node-1`);
    await round(setup.provider, [one, two], signal);
    expect(routesAt(setup.standIn)).toEqual([
      `10.1.0.0/16 ${keyTag(OWNER, 'earth')}-node-1`,
      `10.2.0.0/16 ${keyTag(OWNER, 'vulcan')}-node-1`,
    ]);
  });

  it('one behind NAT is reached through the relay that the member names, and no longer when it names none', async () => {
    const hidden = { ...vulcan, relayedBy: 'earth' };
    const setup = await setups.running([earth, hidden]);
    const [relay, relayed] = setup.standIn.state.stored.nodes;
    expect(relay?.is_gw).toBe(true);
    expect(relayed?.relayedby).toBe(relay?.id);
    expect((await round(setup.provider, [earth, hidden], signal)).actions).toEqual([]);
    await round(setup.provider, [earth, vulcan], signal);
    expect(setup.standIn.state.stored.nodes[1]?.relayedby).toBe('');
    expect((await round(setup.provider, [earth, vulcan], signal)).actions).toEqual([]);
  });

  it('a relay that a person chose is left to them', async () => {
    const setup = await setups.running([earth, vulcan]);
    const [one, two] = setup.standIn.state.stored.nodes.map(({ id }) => id);
    setup.standIn.state.createGateway('fed', one ?? '');
    setup.standIn.state.assignGateway('fed', two ?? '', one ?? '');
    expect((await round(setup.provider, [earth, vulcan], signal)).actions).toEqual([]);
    const mars = member('mars', '10.3.0.0/16');
    setup.standIn.join('fed', 'mars-gw');
    const hidden = { ...vulcan, relayedBy: 'mars' };
    await round(setup.provider, [earth, mars], signal).catch(() => undefined);
    expect(reasonsOf(await round(setup.provider, [earth, hidden, mars], signal))).toContain('vulcan RelayTaken');
    expect(setup.standIn.state.stored.nodes[1]?.relayedby).toBe(one);
  });

  it('a relay that does not exist, is the member itself or is relayed is told', async () => {
    const setup = await setups.running([earth, vulcan]);
    const asked = (relayedBy: string) => reasonsOf(setup.provider.plan([earth, { ...vulcan, relayedBy }], observed));
    const observed = await setup.provider.observe([earth, vulcan], signal);
    expect(asked('mars')).toContain('vulcan RelayMissing');
    expect(asked('vulcan')).toContain('vulcan RelayMissing');
  });
});
