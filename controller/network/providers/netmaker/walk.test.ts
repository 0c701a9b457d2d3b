import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/kube/eventually.ts';
import type { MemberNetwork } from '../provider.ts';
import { NetmakerClient } from './client.ts';
import { hostName } from './names.ts';
import { NetmakerProvider } from './provider.ts';
import { member, reasonsOf, round, stepsOf } from './testing/members.ts';
import { registerHost } from './testing/netclient.ts';
import { NetmakerStandIn } from './testing/stand-in.ts';

/** A Netmaker server of one's own, v0.99 or later: `NETMAKER_SERVER=http://127.0.0.1:8081 NETMAKER_TOKEN=… npx vitest run --project unit walk.test.ts`. */
const { NETMAKER_SERVER: realServer, NETMAKER_TOKEN: realToken } = process.env;
const isReal = realServer !== undefined && realToken !== undefined;

const signal = AbortSignal.timeout(120_000);

interface Place {
  readonly server: string;
  readonly token: string;
  readonly close: () => Promise<void>;
}

async function standIn(): Promise<Place> {
  const server = await NetmakerStandIn.start();
  return { server: server.url, token: server.masterKey, close: () => server.close() };
}

/** From an empty network to an empty one, by nothing but what the API offers. */
async function walk({ server, token }: Place): Promise<void> {
  const run = randomBytes(4).toString('hex');
  const owner = `walk-${run}`;
  const network = `fedmesh-${run}`;
  const octet = randomBytes(1)[0] ?? 0;
  const access = { server, token: async () => token };
  const provider = new NetmakerProvider({
    ...access,
    owner,
    network,
    addressRange: `100.${64 + (octet % 64)}.${octet}.0/24`,
  });
  const client = new NetmakerClient(access);
  const earth = member('earth', '10.1.0.0/16');
  const vulcan = member('vulcan', '10.2.0.0/16', { outboundCIDRs: ['172.20.0.0/24'] });
  const both = [earth, vulcan];
  const rest = async (members: readonly MemberNetwork[]) =>
    provider.plan(members, await provider.observe(members, signal)).actions;

  async function join(cluster: string): Promise<void> {
    const key = await provider.enrollmentToken(cluster, signal);
    await registerHost(server, key ?? '', hostName(owner, cluster, `${cluster}-gw`), signal);
  }
  const gateways = async () => (await provider.observe(both, signal)).gateways;

  try {
    const { version } = await provider.capabilities(signal);
    expect(version).toMatch(/^v?\d/);
    expect(stepsOf(await round(provider, both, signal))).toHaveLength(3);
    await join('earth');
    await join('vulcan');
    await eventually('both gateways have joined', gateways, (found) => found.length === 2, { withinMs: 20_000 });

    expect(stepsOf(await round(provider, both, signal))).toEqual([
      'create egress fedmesh-earth-pod4',
      'create egress fedmesh-vulcan-pod4',
      'create egress fedmesh-vulcan-outbound4',
    ]);
    expect(await rest(both)).toEqual([]);
    const { routes } = await provider.observe(both, signal);
    expect(routes.map(({ cluster, cidr, masqueraded }) => `${cluster} ${cidr} ${masqueraded}`).sort()).toEqual([
      'earth 10.1.0.0/16 false',
      'vulcan 10.2.0.0/16 false',
      'vulcan 172.20.0.0/24 false',
    ]);

    const hidden = [earth, { ...vulcan, relayedBy: 'earth' }];
    await round(provider, hidden, signal);
    expect(await rest(hidden)).toEqual([]);
    await round(provider, both, signal);
    expect(await rest(both)).toEqual([]);

    const overlapping = [earth, vulcan, member('mars', '10.1.128.0/17')];
    expect(reasonsOf(provider.plan(overlapping, await provider.observe(overlapping, signal)))).toContain(
      'mars RangeOverlap',
    );

    const configuration = await provider.inboundConfiguration(earth, `walk-${run}`, signal);
    expect(configuration).toMatch(/^\[Interface\][\s\S]*\[Peer\]/);
    await provider.withdrawInbound(`walk-${run}`, signal);

    for (const { cluster } of both) {
      for (const action of provider.release(cluster, await provider.observe([], signal)).actions)
        await provider.apply(action, signal);
    }
    expect(await rest([])).toEqual([]);
    expect(await client.egresses(network, signal)).toEqual([]);
    const joined = both.map(({ cluster }) => hostName(owner, cluster, `${cluster}-gw`));
    expect((await client.hosts(signal)).filter(({ name }) => joined.includes(name))).toEqual([]);
  } finally {
    await round(provider, [], signal).catch((error: unknown) => console.warn('left behind on the server:', error));
    await deleteNetwork(server, token, network);
    await provider.close();
    await client.close();
  }
}

/** The provider never does it: others may be in a network. */
async function deleteNetwork(server: string, token: string, network: string): Promise<void> {
  await fetch(`${server}/api/networks/${network}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
}

describe('a mesh from its first key to its last', () => {
  it('on the stand-in', async () => {
    const place = await standIn();
    try {
      await walk(place);
    } finally {
      await place.close();
    }
  });

  it.skipIf(!isReal)(
    isReal
      ? `on the server at ${realServer}`
      : 'on a real server (skipped: NETMAKER_SERVER and NETMAKER_TOKEN name none)',
    { timeout: 120_000 },
    () => walk({ server: realServer ?? '', token: realToken ?? '', close: () => Promise.resolve() }),
  );
});
