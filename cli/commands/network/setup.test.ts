import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coreCrds } from '../../../apis/crd/all.ts';
import type { MeshConfig } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { DEFAULT_KUBEFED_NAMESPACE as NAMESPACE } from '../../../apis/well-known.ts';
import { keyTag } from '../../../controller/network/providers/netmaker/names.ts';
import { NetmakerStandIn } from '../../../controller/network/providers/netmaker/testing/stand-in.ts';
import { Sandbox } from '../../testing/run-fedctl.ts';

describe('fedctl network setup', () => {
  let sandbox: Sandbox<'host' | 'earth' | 'vulcan'>;
  let netmaker: NetmakerStandIn;

  beforeEach(async () => {
    sandbox = await Sandbox.start('host', 'earth', 'vulcan');
    netmaker = await NetmakerStandIn.start();
    const { host, earth, vulcan } = sandbox.servers;
    for (const crd of coreCrds()) host.put(crd);
    host.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    for (const [name, server, cidr] of [
      ['earth', earth, '10.1.0.0/16'],
      ['vulcan', vulcan, '10.2.0.0/16'],
    ] as const) {
      host.put({
        apiVersion: 'core.kubefed.io/v1beta1',
        kind: 'KubeFedCluster',
        metadata: { name, namespace: NAMESPACE },
        spec: { apiEndpoint: `https://${name}`, secretRef: { name } },
        status: { conditions: [], network: { podCIDRs: [{ cidr, source: 'kubeadm-config', confidence: 'inferred' }] } },
      });
      server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: `${name}-1` } });
      server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    }
  });
  afterEach(async () => {
    await sandbox.close();
    await netmaker.close();
  });

  const config = () =>
    sandbox.servers.host.get('meshconfigs.fedmesh.io', 'default', NAMESPACE) as MeshConfig | undefined;
  const secret = () => sandbox.servers.host.get('secrets', 'fedmesh-netmaker-token', NAMESPACE);
  const owner = () => sandbox.servers.host.get('namespaces', NAMESPACE)?.metadata.uid ?? '';
  const setup = (more = '', options: Parameters<typeof sandbox.fedctl>[1] = {}) =>
    sandbox.fedctl(
      `network setup --provider netmaker --server ${netmaker.url} --token-file token --gateway earth=earth-1,vulcan=vulcan-1 ${more}`,
      { stdin: `${netmaker.masterKey}\n`, ...options },
    );
  const writes = () => sandbox.servers.host.requests.filter((request) => !request.startsWith('GET'));

  it('shows the plan, asks, and after a yes stores the token, writes the MeshConfig and makes what can be made', async () => {
    const { code, stdout, stderr } = await setup('', { terminal: true, answer: true });

    expect([code, stderr.match(/error.*/)?.[0]]).toEqual([0, undefined]);
    expect(stdout).toContain('3 steps:\n  + network fed: make the network fed with the addresses 100.64.0.0/16\n');
    expect(stdout).toContain(`secret/fedmesh-netmaker-token in ${NAMESPACE} created`);
    expect(stdout).toContain(`meshconfig.fedmesh.io/default in ${NAMESPACE} created`);
    expect(sandbox.questions).toEqual(['Go ahead?']);
    expect(secret()?.data).toEqual({ token: Buffer.from(netmaker.masterKey).toString('base64') });
    expect(config()?.spec).toEqual({
      provider: 'netmaker',
      netmaker: {
        server: expect.stringContaining('http://127.0.0.1'),
        tokenSecretRef: { name: 'fedmesh-netmaker-token', key: 'token' },
      },
      gateways: [
        { cluster: 'earth', node: 'earth-1' },
        { cluster: 'vulcan', node: 'vulcan-1' },
      ],
    });
    expect(config()?.metadata.finalizers).toEqual(['fedmesh.io/mesh']);
    expect(netmaker.state.stored.keys.map(({ tags }) => tags[0])).toEqual([
      keyTag(owner(), 'earth'),
      keyTag(owner(), 'vulcan'),
    ]);
    expect(stdout + stderr).not.toContain(netmaker.masterKey);
    expect(stdout).toContain('netclient on earth-1 of earth: created');
    const daemonSet = sandbox.servers.vulcan.get('daemonsets.apps', 'fedmesh-netclient', NAMESPACE);
    expect(JSON.stringify(daemonSet?.spec)).toContain('"values":["vulcan-1"]');
    const token = sandbox.servers.earth.get('secrets', 'fedmesh-netclient', NAMESPACE)?.data as { token: string };
    const { token: key = '' } =
      netmaker.state.stored.keys.find(({ tags }) => tags[0] === keyTag(owner(), 'earth')) ?? {};
    expect(Buffer.from(token.token, 'base64').toString()).toBe(key);
    expect(stdout + stderr).not.toContain(key);
  });

  it('prints for kubectl what makes the gateways of a member join, and the configuration of a client outside', async () => {
    await setup('--inbound laptop@earth --yes');
    const { code, stdout } = await sandbox.fedctl('network netclient earth');
    expect([code, stdout.match(/^kind: .*/gm)]).toEqual([0, ['kind: Secret', 'kind: DaemonSet']]);
    netmaker.join('fed', 'earth-1');
    const client = await sandbox.fedctl('network client laptop');
    expect(client.stdout).toContain('[Interface]');
    expect(client.code).toBe(0);
    const unknown = await sandbox.fedctl('network client phone');
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('through which member does "phone" get in?'),
    ]);
  });

  it('a member that leaves while no controller runs takes its routes along; or it is told what is left, and what takes it away', async () => {
    for (const server of [sandbox.servers.host, sandbox.servers.earth, sandbox.servers.vulcan])
      server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
    await setup('--yes');
    netmaker.join('fed', 'earth-1');
    netmaker.join('fed', 'vulcan-1');
    await setup('--yes');
    const ranges = () => netmaker.state.stored.egresses.map(({ range }) => range).sort();
    expect(ranges()).toEqual(['10.1.0.0/16', '10.2.0.0/16']);

    const left = await sandbox.fedctl('unjoin vulcan --yes');
    expect([left.code, left.stderr.match(/error.*/)?.[0]]).toEqual([0, undefined]);
    expect(ranges()).toEqual(['10.1.0.0/16']);

    sandbox.servers.host.put({ ...secret(), data: { token: Buffer.from('wrong').toString('base64') } } as KubeObject);
    const other = await sandbox.fedctl('unjoin earth --yes');
    expect(other.stdout + other.stderr).toContain('its routes are still in network "fed" of');
    expect(other.stdout + other.stderr).toContain('`fedctl network teardown`');
  });

  it('run again, once the gateways are in the mesh, makes the routes; and then changes nothing, without being told all of it', async () => {
    await setup('--yes');
    netmaker.join('fed', 'earth-1');
    netmaker.join('fed', 'vulcan-1');
    const second = await setup('--yes -o json');
    expect(JSON.parse(second.stdout)).toMatchObject({
      applied: true,
      outcome: 'unchanged',
      plan: [{ verb: 'create', resource: 'egress', cluster: 'earth' }, { cluster: 'vulcan' }],
    });
    expect(netmaker.state.stored.egresses.map(({ range }) => range).sort()).toEqual(['10.1.0.0/16', '10.2.0.0/16']);

    const before = {
      host: writes().length,
      netmaker: netmaker.requests.filter(({ method }) => method !== 'GET').length,
    };
    const third = await sandbox.fedctl('network setup --provider netmaker');
    expect(third.stdout).toContain('Nothing is to be done: the routes are as they should be.');
    expect(third.code).toBe(0);
    expect(writes().length).toBe(before.host);
    expect(netmaker.requests.filter(({ method }) => method !== 'GET').length).toBe(before.netmaker);
  });

  it('--dry-run shows the plan and changes nothing anywhere', async () => {
    const { code, stdout } = await setup('--dry-run');

    expect(stdout).toContain('+ enrollment key');
    expect(code).toBe(0);
    expect(writes()).toEqual([]);
    expect(netmaker.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('changes nothing after a no, nor when nobody can be asked', async () => {
    const no = await setup('', { terminal: true, answer: false });
    expect([no.code, no.stderr]).toEqual([4, expect.stringContaining('nothing was changed')]);
    const nobody = await setup();
    expect([nobody.code, nobody.stderr]).toEqual([4, expect.stringContaining('--yes goes ahead')]);
    expect(config()).toBeUndefined();
    expect(secret()).toBeUndefined();
  });

  it('a token that is not accepted is told before anything is written, and does not stand in what is printed', async () => {
    const { code, stderr } = await setup('--yes', { stdin: 'wrong-token' });

    expect(stderr).toMatch(/error: .*token/i);
    expect(stderr).not.toContain('wrong-token');
    expect(code).toBe(1);
    expect(writes()).toEqual([]);
  });

  it('a server that does not answer is told with its own exit code', async () => {
    const gone = netmaker.url;
    await netmaker.close();
    const { code, stderr } = await sandbox.fedctl(
      `network setup --provider netmaker --server ${gone} --token-file token --yes`,
      { stdin: 'x' },
    );
    expect(stderr).toMatch(/^error: /m);
    expect(code).toBe(5);
  });

  it.each([
    ['--server mesh --token-file t', '--server: is no URL such as'],
    ['--token-file t', '--server: is required'],
    ['--server https://mesh', '--token-file is missing'],
    ['--server https://mesh --token-file t --gateway earth', '"earth" must have one "="'],
    [
      '--server https://mesh --token-file t --gateway mars=m-1',
      'there is no member "mars"\nhint: members are: earth, vulcan',
    ],
    [
      '--server https://mesh --token-file t --gateway earth=earth-9',
      '"earth" has no node "earth-9"\nhint: its nodes are: earth-1',
    ],
    ['--server https://mesh --token-file t --relay earth=vulcan', '--relay earth: it has no gateway'],
    ['--server https://mesh --token-file t --address-range 10.0.0.1/8', '--address-range: "10.0.0.1/8" has bits set'],
    ['--server https://mesh --token-file t --outbound office=10.0.0.0/8', 'NAME=RANGE@MEMBER'],
    ['--server https://mesh --token-file t --route all', 'Known are pods, services, nodes'],
    [
      '--server https://mesh --token-file t --cluster-contexts earth=mars',
      'there is no such context in the kubeconfig',
    ],
  ])('what is wrong is said by the name of the flag: %s', async (line, message) => {
    const { code, stderr } = await sandbox.fedctl(`network setup --provider netmaker ${line} --yes`, {
      stdin: 'token',
    });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(writes()).toEqual([]);
  });

  it('what is Netmaker’s alone is refused for other providers', async () => {
    const { code, stderr } = await sandbox.fedctl('network setup --provider static --server https://mesh');
    expect(stderr).toContain('--server is for --provider netmaker, not static');
    expect(code).toBe(2);
  });

  it('with static routes says what people have to route, and by which gateway', async () => {
    const { code, stdout } = await sandbox.fedctl('network setup --provider static --gateway earth=earth-1 --yes');

    expect(stdout).toContain('  10.1.0.0/16 to earth by earth-1\n  10.2.0.0/16 to vulcan\n');
    expect(config()?.spec).toEqual({ provider: 'static', gateways: [{ cluster: 'earth', node: 'earth-1' }] });
    expect(code).toBe(0);
  });

  it('keeps what stands there and was not said, and replaces the gateways of the members that were named', async () => {
    await sandbox.fedctl(
      'network setup --provider static --gateway earth=earth-1 --outbound office=172.30.0.0/16@earth --yes',
    );
    await sandbox.fedctl('network setup --provider static --gateway vulcan=vulcan-1 --route pods,services --yes');

    expect(config()?.spec).toEqual({
      provider: 'static',
      gateways: [
        { cluster: 'earth', node: 'earth-1' },
        { cluster: 'vulcan', node: 'vulcan-1' },
      ],
      outbound: [{ name: 'office', cidr: '172.30.0.0/16', cluster: 'earth' }],
      routes: { services: true, nodes: false },
    });
  });

  describe('and teardown', () => {
    it('withdraws what was made, leaves what others made, and takes MeshConfig and token away', async () => {
      await setup('--yes');
      netmaker.join('fed', 'earth-1');
      netmaker.join('fed', 'vulcan-1');
      await setup('--yes');
      expect(netmaker.state.stored.egresses).toHaveLength(2);

      const { code, stdout } = await sandbox.fedctl('network teardown --yes');

      expect(stdout).toMatch(/^the mesh of provider netmaker: all that was made in network "fed" of http.* goes$/m);
      expect(stdout).toContain(`meshconfig.fedmesh.io/default in ${NAMESPACE} deleted`);
      expect(code).toBe(0);
      expect(netmaker.state.stored.egresses).toEqual([]);
      expect(netmaker.state.stored.keys).toEqual([]);
      expect([config(), secret()]).toEqual([undefined, undefined]);
      expect(stdout).toContain('netclient removed from earth');
      expect(sandbox.servers.earth.get('daemonsets.apps', 'fedmesh-netclient', NAMESPACE)).toBeUndefined();
      expect((await sandbox.fedctl('network teardown --yes')).stdout).toContain('there is no MeshConfig');
    });

    it('changes nothing while the server does not answer, unless somebody says that it does not matter', async () => {
      await setup('--yes');
      await netmaker.close();

      const held = await sandbox.fedctl('network teardown --yes');
      expect(held.stderr).toContain('could not be withdrawn');
      expect(held.stderr).toContain('--force leaves it there');
      expect(held.code).toBe(1);
      expect(config()).toBeDefined();

      const forced = await sandbox.fedctl('network teardown --yes --force');
      expect(forced.stderr).toContain('is left there');
      expect(forced.code).toBe(0);
      expect(config()).toBeUndefined();
    });

    it('uninstall refuses to leave routes of a mesh behind', async () => {
      await setup('--yes');
      const { code, stderr } = await sandbox.fedctl('uninstall --yes');
      expect(stderr).toContain('a mesh is set up, and routes of it would stay behind\nhint: `fedctl network teardown`');
      expect(code).toBe(4);
    });
  });
});
