import { afterEach, describe, expect, it } from 'vitest';
import { isOwnClient } from './names.ts';
import { member, OWNER, round } from './testing/members.ts';
import { Setups } from './testing/set-up.ts';

const signal = new AbortController().signal;
const setups = new Setups(signal);
afterEach(() => setups.close());

const earth = member('earth', '10.1.0.0/16');
const vulcan = member('vulcan', '10.2.0.0/16');

describe('the way in for somebody outside', () => {
  it("is one WireGuard configuration through the member's gateway, the same each time, with what the mesh routes", async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    const first = await provider.inboundConfiguration(earth, 'laptop', signal);
    expect(first).toMatch(/^\[Interface\]\nAddress = 100\.64\.255\.254\/32\nPrivateKey = /);
    expect(first).toContain('AllowedIPs = 100.64.0.0/16,10.1.0.0/16,10.2.0.0/16');
    expect(await provider.inboundConfiguration(earth, 'laptop', signal)).toBe(first);
    expect(standIn.state.stored.clients).toMatchObject([{ ingressgatewayid: standIn.state.stored.nodes[0]?.id }]);
    expect((await round(provider, [earth, vulcan], signal)).actions).toEqual([]);
  });

  it('is one for each name, however long: Netmaker takes 15 letters, and those of others are told from ours', async () => {
    const { standIn, provider } = await setups.running([earth]);
    for (const name of ['the-laptop-of-alice', 'the-laptop-of-bob'])
      await provider.inboundConfiguration(earth, name, signal);
    const ids = standIn.state.stored.clients.map(({ clientid }) => clientid);
    expect(new Set(ids).size).toBe(2);
    expect(ids.filter((id) => id.length > 15 || !isOwnClient(OWNER, id))).toEqual([]);
    expect(isOwnClient('another-uid', ids[0] ?? '')).toBe(false);
  });

  it("ends when it is withdrawn, and others' stay", async () => {
    const { standIn, provider } = await setups.running([earth]);
    await provider.inboundConfiguration(earth, 'laptop', signal);
    standIn.state.createClient(standIn.state.stored.nodes[0]?.id ?? '', 'laptop', 'bob');
    await provider.withdrawInbound('laptop', signal);
    await provider.withdrawInbound('laptop', signal);
    expect(standIn.state.stored.clients.map(({ clientid }) => clientid)).toEqual(['laptop']);
  });

  it('ends with the member whose gateway it goes through', async () => {
    const { standIn, provider } = await setups.running([earth, vulcan]);
    await provider.inboundConfiguration(earth, 'laptop', signal);
    await provider.inboundConfiguration(vulcan, 'phone', signal);
    standIn.state.createClient(standIn.state.stored.nodes[0]?.id ?? '', 'bobs', 'bob');
    await round(provider, [vulcan], signal);
    expect(standIn.state.stored.clients.map(({ clientid }) => clientid.replace(/fm...-/, ''))).toEqual([
      'phone',
      'bobs',
    ]);
    expect((await round(provider, [vulcan], signal)).actions).toEqual([]);
  });

  it('is made anew when its gateway has gone', async () => {
    const { standIn, provider } = await setups.running([earth]);
    const first = await provider.inboundConfiguration(earth, 'laptop', signal);
    standIn.state.deleteNode(standIn.state.stored.nodes[0]?.id ?? '');
    await expect(provider.inboundConfiguration(earth, 'laptop', signal)).rejects.toThrow(
      /"earth" has no gateway.*Apply the netclient manifest/,
    );
    standIn.join('fed', 'earth-gw');
    expect(await provider.inboundConfiguration(earth, 'laptop', signal)).not.toBe(first);
    expect(standIn.state.stored.clients).toHaveLength(1);
  });

  it('says what is wrong with a name, or with a server that does not do it', async () => {
    const { standIn, provider } = await setups.running([earth]);
    await expect(provider.inboundConfiguration(earth, 'my laptop!', signal)).rejects.toThrow(/such as "laptop"/);
    standIn.arm('ineffective', /extclients/, { method: 'POST' });
    await expect(provider.inboundConfiguration(earth, 'laptop', signal)).rejects.toMatchObject({
      code: 'NoEffect',
      cluster: 'earth',
    });
    standIn.arm('html', /\/file$/);
    await expect(provider.inboundConfiguration(earth, 'laptop', signal)).rejects.toMatchObject({
      code: 'UnexpectedAnswer',
    });
    standIn.arm('ineffective', /extclients/, { method: 'DELETE' });
    await expect(provider.withdrawInbound('laptop', signal)).rejects.toMatchObject({ code: 'NoEffect' });
  });
});
