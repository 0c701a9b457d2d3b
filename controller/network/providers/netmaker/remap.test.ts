import { afterEach, describe, expect, it } from 'vitest';
import { translate } from '../translate.ts';
import { member, reasonsOf, round } from './testing/members.ts';
import { routesAt, Setups } from './testing/set-up.ts';

const signal = new AbortController().signal;
const setups = new Setups(signal);
afterEach(() => setups.close());

const earth = member('earth', '10.1.0.0/16');
const twin = member('vulcan', '10.1.0.0/16', { remap: true });

describe('a member whose range another has', () => {
  it("is reached under a virtual range of the same size, where the server can; the network's windows of /24 are widened first", async () => {
    const { standIn, provider } = await setups.running([earth], { pro: true });
    expect(standIn.state.network('fed')).toMatchObject({
      virtual_nat_pool_ipv4: '198.18.0.0/22',
      virtual_nat_site_prefixlen_ipv4: 24,
    });
    standIn.join('fed', 'vulcan-gw');
    const plan = await round(provider, [earth, twin], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected']);
    expect(plan.actions.map(({ summary }) => summary)).toContain(
      'take virtual ranges from 198.18.0.0/15 in windows of up to /16 (now: 198.18.0.0/22 in windows of /24)',
    );
    const observed = await provider.observe([earth, twin], signal);
    expect(provider.plan([earth, twin], observed).actions).toEqual([]);
    const route = observed.routes.find(({ cluster }) => cluster === 'vulcan');
    expect(route).toMatchObject({
      cidr: '10.1.0.0/16',
      virtualCIDR: expect.stringMatching(/^198\.1[89]\.0\.0\/16$/),
      masqueraded: true,
    });
    expect(translate('10.1.0.0/16', route?.virtualCIDR ?? '', '10.1.7.9')).toMatch(/^198\.1[89]\.7\.9$/);
  });

  it('is not routed at all by the community edition, which would turn it into the plain range without a word', async () => {
    const { standIn, provider } = await setups.running([earth]);
    standIn.join('fed', 'vulcan-gw');
    const plan = await round(provider, [earth, twin], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'vulcan RemapUnsupported']);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw']);
  });

  it('is not left with the plain range by a server that promises virtual ones and gives none', async () => {
    const { standIn, provider } = await setups.running([earth]);
    standIn.join('fed', 'vulcan-gw');
    const observed = await provider.observe([earth, twin], signal);
    const features = { ...observed.features, pro: true, virtualRanges: true };
    const network = {
      netid: 'fed',
      addressrange: '100.64.0.0/16',
      virtual_nat_pool_ipv4: '198.18.0.0/15',
      virtual_nat_site_prefixlen_ipv4: 16,
    };
    const plan = provider.plan([earth, twin], { ...observed, features, network });
    const step = plan.actions.find(({ resource }) => resource === 'egress');
    if (step === undefined) throw new Error('a step was expected');
    await expect(provider.apply(step, signal)).rejects.toThrow(
      /its mode is direct_nat instead of virtual_nat.*Netmaker Pro/,
    );
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw']);
  });

  it('keeps its virtual range through a change of gateways, and gets a plain route when it is no longer remapped', async () => {
    const { standIn, provider } = await setups.running([earth, twin], { pro: true });
    const virtual = () =>
      standIn.state.stored.egresses.map(({ virtual_range }) => virtual_range).filter((range) => range !== '');
    const before = virtual();
    expect(before).toHaveLength(1);
    for (const node of standIn.state.stored.nodes.slice(1)) node.status = 'offline';
    standIn.join('fed', 'vulcan-gw');
    await round(provider, [earth, twin], signal);
    expect(virtual()).toEqual(before);
    await round(provider, [earth, member('vulcan', '10.2.0.0/16')], signal);
    expect(virtual()).toEqual([]);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
  });

  it('has its window made anew when it got one that is too small', async () => {
    const { standIn, provider } = await setups.running([earth, twin], { pro: true });
    const egress = standIn.state.stored.egresses.find(({ mode }) => mode === 'virtual_nat');
    Object.assign(egress ?? {}, { virtual_range: '198.18.3.0/24' });
    await round(provider, [earth, twin], signal);
    expect(standIn.state.stored.egresses.find(({ mode }) => mode === 'virtual_nat')?.virtual_range).toMatch(/\/16$/);
    expect((await round(provider, [earth, twin], signal)).actions).toEqual([]);
  });

  it("waits when the pool is somebody else's as well, or too small for all", async () => {
    const { standIn, provider } = await setups.running([earth], { pro: true });
    const other = standIn.join('fed', 'office');
    standIn.join('fed', 'vulcan-gw');
    const foreign = {
      name: 'office',
      network: 'fed',
      range: '10.9.9.0/24',
      nodes: { [other.node.id]: 1 },
      nat: true,
      mode: 'virtual_nat',
    };
    const { id } = standIn.state.createEgress(foreign, 'bob');
    const plan = await round(provider, [earth, twin], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'vulcan VirtualPoolTooSmall']);
    expect(plan.problems.at(-1)?.message).toMatch(/"office", which Fedmesh did not make, uses it/);
    expect(plan.actions.map(({ resource }) => resource)).toEqual(['enrollment key']);
    standIn.state.deleteEgress(id);
    const many = ['mars', 'venus', 'kronos'].map((name) => member(name, '10.1.0.0/16', { remap: true }));
    expect(reasonsOf(provider.plan([earth, ...many], await provider.observe(many, signal)))).toContain(
      'mars VirtualPoolTooSmall',
    );
  });

  it('is told that IPv6 cannot be remapped, while its IPv4 is', async () => {
    const dual = member('vulcan', '10.1.0.0/16', { remap: true, podCIDRs: ['10.1.0.0/16', 'fd00:1::/64'] });
    const { standIn, provider } = await setups.running([earth, dual], { pro: true, addressRange6: 'fd64::/64' });
    const plan = await round(provider, [earth, dual], signal);
    expect(reasonsOf(plan)).toEqual(['BrokerDisconnected', 'vulcan RemapUnsupported']);
    expect(standIn.state.stored.egresses).toHaveLength(2);
  });

  it('never gets a virtual range that overlaps another, although Netmaker compares them as text', async () => {
    const small = member('vulcan', '10.1.4.0/24', { remap: true });
    const wide = member('mars', '10.1.0.0/16', { remap: true });
    for (let run = 0; run < 4; run++) {
      const { standIn, provider } = await setups
        .running([earth, wide, small], { pro: true })
        .catch(() => ({ standIn: undefined, provider: undefined }));
      if (standIn === undefined || provider === undefined) continue;
      const [a = '', b = ''] = standIn.state.stored.egresses
        .map(({ virtual_range }) => virtual_range)
        .filter((range) => range !== '');
      expect(translate(a, a, b.split('/')[0] ?? '')).toBeUndefined();
      expect(
        (await provider.observe([earth], signal)).routes.filter(({ virtualCIDR }) => virtualCIDR !== undefined),
      ).toHaveLength(2);
    }
  });
});
