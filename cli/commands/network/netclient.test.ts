import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { coreCrds } from '../../../apis/crd/all.ts';
import { DEFAULT_KUBEFED_NAMESPACE as NAMESPACE } from '../../../apis/well-known.ts';
import { keyTag } from '../../../controller/network/providers/netmaker/names.ts';
import { NetmakerStandIn } from '../../../controller/network/providers/netmaker/testing/stand-in.ts';
import { Sandbox } from '../../testing/run-fedctl.ts';

describe('a Netmaker mesh that is set up', () => {
  let sandbox: Sandbox<'host'>;
  let netmaker: NetmakerStandIn;

  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    netmaker = await NetmakerStandIn.start();
    const { host } = sandbox.servers;
    for (const crd of coreCrds()) host.put(crd);
    host.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    const data = { token: Buffer.from(`${netmaker.masterKey}\n`).toString('base64') };
    host.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace: NAMESPACE }, data });
    netmaker.state.createNetwork({ netid: 'fed', addressrange: '100.64.0.0/16' });
  });
  afterEach(async () => {
    await sandbox.close();
    await netmaker.close();
  });

  const owner = () => sandbox.servers.host.get('namespaces', NAMESPACE)?.metadata.uid ?? '';
  const configure = (spec: object) =>
    sandbox.servers.host.put({
      apiVersion: 'fedmesh.io/v1alpha1',
      kind: 'MeshConfig',
      metadata: { name: 'default', namespace: NAMESPACE },
      spec,
    });
  const withEarth = (more: object = {}) =>
    configure({
      provider: 'netmaker',
      netmaker: { server: netmaker.url, tokenSecretRef: { name: 'token' } },
      gateways: [{ cluster: 'earth', node: 'earth-1' }],
      ...more,
    });
  const makeKey = () =>
    netmaker.state.createKey({ tags: [keyTag(owner(), 'earth')], networks: ['fed'], unlimited: true, type: 3 });

  it('gives a member what its gateway nodes join with: a Secret and a DaemonSet that kubectl applies', async () => {
    withEarth();
    const key = makeKey();
    const { code, stdout } = await sandbox.fedctl('network netclient earth');
    expect(code).toBe(0);
    const [secret, daemonSet] = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(secret).toMatchObject({ kind: 'Secret', metadata: { name: 'fedmesh-netclient', namespace: NAMESPACE } });
    expect(Buffer.from(secret.data.token, 'base64').toString()).toBe(key.token);
    expect(daemonSet).toMatchObject({ kind: 'DaemonSet', metadata: { namespace: NAMESPACE } });
    expect(daemonSet.spec.template.spec.containers[0].image).toBe('gravitl/netclient:v1.5.1');
    const own = await sandbox.fedctl('network netclient earth --image registry.local/netclient:1 -o json');
    expect(own.stdout).toContain('"image": "registry.local/netclient:1"');
  });

  it('says what is missing: the key, a gateway, the mesh itself', async () => {
    withEarth();
    const noKey = await sandbox.fedctl('network netclient earth');
    expect([noKey.code, noKey.stderr]).toEqual([
      1,
      expect.stringMatching(/no key with which nodes of "earth" can join yet/),
    ]);
    const noGateway = await sandbox.fedctl('network netclient mars');
    expect(noGateway.stderr).toMatch(/no gateway is named for "mars".*--gateway mars=NODE/s);
    configure({ provider: 'static' });
    expect((await sandbox.fedctl('network netclient earth')).stderr).toMatch(/the provider of the mesh is static/);
  });

  it('lets somebody outside in by a WireGuard configuration, through the member that the MeshConfig or the flag names, until it is withdrawn', async () => {
    withEarth({ inbound: [{ name: 'laptop', cluster: 'earth' }] });
    netmaker.join('fed', 'earth-1');
    const first = await sandbox.fedctl('network client laptop');
    expect([first.code, first.stdout.split('\n')[0]]).toEqual([0, '[Interface]']);
    expect((await sandbox.fedctl('network client laptop --through earth')).stdout).toBe(first.stdout);
    const other = await sandbox.fedctl('network client phone');
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/--through names it/)]);
    expect((await sandbox.fedctl('network client laptop --withdraw')).code).toBe(0);
    expect(netmaker.state.stored.clients).toEqual([]);
  });

  it('passes on what the server says, without the token', async () => {
    withEarth({ inbound: [{ name: 'laptop', cluster: 'earth' }] });
    netmaker.arm('error', /nodes/);
    const { code, stderr } = await sandbox.fedctl('network client laptop');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/answered 500: database is locked/)]);
    expect(stderr).not.toContain(netmaker.masterKey);
  });
});
