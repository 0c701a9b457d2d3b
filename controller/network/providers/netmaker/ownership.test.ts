import { afterEach, describe, expect, it } from 'vitest';
import { keyTag, policyName } from './names.ts';
import { member, OWNER, reasonsOf, round, stepsOf } from './testing/members.ts';
import { routesAt, Setups } from './testing/set-up.ts';

const signal = new AbortController().signal;
const setups = new Setups(signal);
afterEach(() => setups.close());

const earth = member('earth', '10.1.0.0/16');
const vulcan = member('vulcan', '10.2.0.0/16');

describe('what somebody else made', () => {
  it('is used where it does what is needed, and never changed or deleted', async () => {
    const { standIn, provider } = await setups.empty();
    standIn.state.createNetwork({ netid: 'fed', addressrange: '100.70.0.0/16' });
    const { node } = standIn.join('fed', 'earth-gw');
    standIn.join('fed', 'vulcan-gw');
    standIn.state.createEgress(
      { name: 'by hand', network: 'fed', range: '10.1.0.0/16', nodes: { [node.id]: 7 }, nat: false },
      'bob',
    );
    const before = structuredClone(standIn.state.stored.egresses[0]);
    await round(provider, [earth, vulcan], signal);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
    const observed = await provider.observe([earth, vulcan], signal);
    expect(provider.plan([earth, vulcan], observed).actions).toEqual([]);
    expect(observed.routes.map(({ cluster, cidr }) => `${cluster} ${cidr}`)).toEqual([
      'earth 10.1.0.0/16',
      'vulcan 10.2.0.0/16',
    ]);
    for (const cluster of ['earth', 'vulcan']) {
      for (const action of provider.release(cluster, observed).actions) await provider.apply(action, signal);
    }
    expect(standIn.state.stored.egresses).toEqual([before]);
    expect(standIn.state.stored.networks).toHaveLength(1);
  });

  it('is told when it hides who asks', async () => {
    const { standIn, provider } = await setups.running([vulcan]);
    const { node } = standIn.join('fed', 'earth-gw');
    standIn.state.createEgress(
      { name: 'by hand', network: 'fed', range: '10.1.0.0/16', nodes: { [node.id]: 7 }, nat: true },
      'bob',
    );
    expect(reasonsOf(await round(provider, [earth, vulcan], signal))).toEqual([
      'BrokerDisconnected',
      'earth EgressMasquerades',
    ]);
  });

  it('counts for nothing while it is switched off or bound to nobody', async () => {
    const { standIn, provider } = await setups.running([vulcan]);
    standIn.join('fed', 'earth-gw');
    standIn.state.createEgress({ name: 'unbound', network: 'fed', range: '10.1.0.0/16' }, 'bob');
    await round(provider, [earth, vulcan], signal);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
    expect(standIn.state.stored.egresses.map(({ name }) => name)).toContain('unbound');
  });

  it('stays when it belongs to another control plane on the same server', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    const other = setups.provider(standIn, 'another-uid');
    const mars = member('mars', '10.3.0.0/16');
    standIn.join('fed', 'mars-gw');
    await round(other, [mars], signal);
    await round(provider, [earth, vulcan], signal);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw', '10.3.0.0/16 mars-gw']);
    const withEarth = await round(other, [mars, member('earth', '10.1.0.0/16', { gatewayNodes: ['mars-gw'] })], signal);
    expect(withEarth.problems.map(({ message }) => message).join()).toMatch(/mars-gw/);
    for (const action of (await round(provider, [], signal)).actions) expect(action.verb).toBe('delete');
    expect(routesAt(standIn)).toEqual(['10.3.0.0/16 mars-gw']);
  });
});

describe('a member that leaves', () => {
  it('takes its own along: egresses, key, and the hosts that joined with it; nothing of the others', async () => {
    const { standIn, provider } = await setups.running([vulcan]);
    await round(provider, [earth, vulcan], signal);
    standIn.join('fed', `${keyTag(OWNER, 'earth')}-earth-gw`);
    standIn.join('fed', 'a-laptop');
    await round(provider, [earth, vulcan], signal);
    expect(routesAt(standIn)).toHaveLength(2);
    const plan = provider.release('earth', await provider.observe([earth, vulcan], signal));
    expect(stepsOf(plan)).toEqual([
      'delete egress fedmesh-earth-pod4',
      `delete enrollment key ${keyTag(OWNER, 'earth')}`,
      `delete host ${keyTag(OWNER, 'earth')}-earth-gw`,
    ]);
    for (const action of [...plan.actions, ...plan.actions]) await provider.apply(action, signal);
    expect(routesAt(standIn)).toEqual(['10.2.0.0/16 vulcan-gw']);
    expect(standIn.state.stored.keys.map(({ tags }) => tags)).toEqual([[keyTag(OWNER, 'vulcan')]]);
    expect(standIn.state.stored.hosts.map(({ name }) => name)).toEqual(['vulcan-gw', 'a-laptop']);
    expect((await round(provider, [vulcan], signal)).actions).toEqual([]);
  });

  it('is cleaned up after even when its name did not fit, and when it never got a gateway', async () => {
    const name = 'a-cluster-with-a-name-that-is-longer-than-any-tag.example.com';
    const long = member(name, '10.5.0.0/16');
    const { standIn, provider } = await setups.running([vulcan]);
    await round(provider, [vulcan, long], signal);
    expect(keyTag(OWNER, name).length).toBeLessThanOrEqual(32);
    expect(standIn.state.stored.keys).toHaveLength(2);
    for (const action of provider.release(name, await provider.observe([], signal)).actions)
      await provider.apply(action, signal);
    expect(standIn.state.stored.keys).toHaveLength(1);
    await round(provider, [earth, vulcan], signal);
    expect(stepsOf(await round(provider, [vulcan], signal))).toEqual([
      `delete enrollment key ${keyTag(OWNER, 'earth')}`,
    ]);
  });

  it('with all others leaves nothing but the network; an empty server gets none', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    await round(provider, [], signal);
    expect(standIn.state.stored).toMatchObject({ egresses: [], keys: [], networks: [{ netid: 'fed' }] });
    standIn.state.deleteNetwork('fed');
    expect((await round(provider, [], signal)).actions).toEqual([]);
  });

  it('is not meant by one whose ranges, or whose gateway, cannot be seen for now', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    const blind = member('earth', '10.1.0.0/16', { podCIDRs: [] });
    expect(reasonsOf(await round(provider, [blind, vulcan], signal))).toEqual([
      'BrokerDisconnected',
      'earth RangesUnknown',
    ]);
    const nodes = standIn.state.stored.nodes.splice(0);
    expect((await round(provider, [earth, vulcan], signal)).actions).toEqual([]);
    standIn.state.stored.nodes.push(...nodes);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
  });

  it('is not meant by ranges that were left out because others have them: those go, the member stays', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    await round(provider, [member('earth', '', { podCIDRs: [], leftOut: ['10.1.0.0/16'] }), vulcan], signal);
    expect(routesAt(standIn)).toEqual(['10.2.0.0/16 vulcan-gw']);
  });
});

describe('what bears our mark', () => {
  it('is repaired when somebody switched it off, unbound it or gave it NAT; its name is theirs to choose', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    const [egress] = standIn.state.stored.egresses;
    const wanted = structuredClone(egress);
    Object.assign(egress ?? {}, { status: false, nodes: {}, nat: true, mode: '', name: 'pods in the earth' });
    const plan = await round(provider, [earth, vulcan], signal);
    expect(plan.actions).toMatchObject([
      { verb: 'update', resource: 'egress', name: 'pods in the earth', cluster: 'earth' },
    ]);
    expect(standIn.state.stored.egresses[0]).toMatchObject({
      ...wanted,
      name: 'pods in the earth',
      updated_at: expect.any(String),
    });
  });

  it('is kept once when a lost answer had it made twice, and the copy goes', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    const [egress] = standIn.state.stored.egresses;
    standIn.state.stored.egresses.push({ ...structuredClone(egress ?? vulcanless), id: 'copy' });
    expect(stepsOf(await round(provider, [earth, vulcan], signal))).toEqual(['delete egress fedmesh-earth-pod4']);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
  });

  it('goes when the member no longer has the range', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    const moved = member('earth', '10.4.0.0/16');
    expect(stepsOf(await round(provider, [moved, vulcan], signal))).toEqual([
      'delete egress fedmesh-earth-pod4',
      'create egress fedmesh-earth-pod4',
    ]);
    expect(routesAt(standIn)).toEqual(['10.2.0.0/16 vulcan-gw', '10.4.0.0/16 earth-gw']);
  });

  it('is left alone by a deletion once somebody has taken the mark off', async () => {
    const { standIn, provider } = await setups.running([earth]);
    const plan = provider.plan([], await provider.observe([], signal));
    const [egress] = standIn.state.stored.egresses;
    Object.assign(egress ?? {}, { description: 'mine now' });
    for (const action of plan.actions) await provider.apply(action, signal);
    expect(standIn.state.stored.egresses).toHaveLength(1);
  });
});

describe("where the network's default policy is off", () => {
  const defaultOff = (standIn: { state: { stored: { policies: { id: string; enabled: boolean }[] } } }) => {
    for (const policy of standIn.state.stored.policies) if (policy.id === 'fed.all-nodes') policy.enabled = false;
  };
  const own = (name: string) => ({ name });

  it("each member's ranges are let through by a policy, which follows them and goes when it is not needed", async () => {
    const { standIn, provider } = await setups.running([earth]);
    defaultOff(standIn);
    standIn.join('fed', 'vulcan-gw');
    await round(provider, [earth, vulcan], signal);
    const policies = () => standIn.state.stored.policies.filter((policy) => !policy.default);
    expect(policies()).toMatchObject([own(policyName(OWNER, 'earth')), own(policyName(OWNER, 'vulcan'))]);
    expect(policies().map(({ dst_type }) => dst_type)).toEqual(
      standIn.state.stored.egresses.map(({ id }) => [{ id: 'egress-id', value: id }]),
    );
    expect((await round(provider, [earth, vulcan], signal)).actions).toEqual([]);

    const wider = member('earth', '10.1.0.0/16', { podCIDRs: ['10.1.0.0/16', '10.11.0.0/16'] });
    await round(provider, [wider, vulcan], signal);
    expect(policies()[0]?.dst_type).toHaveLength(2);
    expect((await round(provider, [wider, vulcan], signal)).actions).toEqual([]);

    await round(provider, [vulcan], signal);
    expect(policies()).toMatchObject([own(policyName(OWNER, 'vulcan'))]);
    for (const policy of standIn.state.stored.policies) policy.enabled = true;
    expect(stepsOf(await round(provider, [vulcan], signal))).toEqual([`delete policy ${policyName(OWNER, 'vulcan')}`]);
  });

  it('no policy is made when another one lets everything through', async () => {
    const { standIn, provider } = await setups.running([earth]);
    defaultOff(standIn);
    const all = [{ id: 'tag', value: '*' }];
    standIn.state.createPolicy(
      { network_id: 'fed', name: 'all', policy_type: 'device-policy', src_type: all, dst_type: all, enabled: true },
      'bob',
    );
    expect((await round(provider, [earth], signal)).actions).toEqual([]);
  });
});

const vulcanless = {
  id: '',
  name: '',
  network: '',
  description: '',
  nodes: {},
  range: '',
  nat: false,
  mode: '',
  virtual_range: '',
  status: true,
};
