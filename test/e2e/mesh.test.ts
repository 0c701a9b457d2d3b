import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { MESH_CONFIGS, type MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { CONFIG_MAPS, DAEMON_SETS } from '../../controller/kube/core-kinds.ts';
import { optional } from '../../controller/kube/optional.ts';
import { NetmakerStandIn } from '../../controller/network/providers/netmaker/testing/stand-in.ts';
import { eventually } from '../kube/eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const NODE_ROUTES = { name: 'fedmesh-routes', namespace: DEFAULT_KUBEFED_NAMESPACE };
const signal = AbortSignal.timeout(1_800_000);
const WITHIN = { withinMs: 120_000 };

describe.runIf(inject('kubeconfig') !== '')('a Netmaker mesh between members', () => {
  let federation: Federation<'host' | 'earth' | 'vulcan'>;
  let netmaker: NetmakerStandIn;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fedmesh-mesh-'));
    [federation, netmaker] = await Promise.all([
      startFederation({ names: ['host', 'earth', 'vulcan'] }),
      NetmakerStandIn.start(),
    ]);
    await writeFile(join(directory, 'token'), netmaker.masterKey);
    await addNode('earth', '192.168.1.10', '10.1.0.0/24');
    await addNode('vulcan', '192.168.2.10', '10.2.0.0/24');
    await addNode('earth', '192.168.1.11', '10.1.1.0/24', 2);
    await addNode('vulcan', '192.168.2.11', '10.2.1.0/24', 2);
    await federation.restart();
    for (const name of ['earth', 'vulcan']) {
      await eventually(
        `the ranges of ${name} are known`,
        async () => (await member(name)).status?.network?.podCIDRs?.length ?? 0,
        (count) => count === 2,
        WITHIN,
      );
    }
  });
  afterAll(async () => {
    await federation?.close();
    await netmaker?.close();
    await rm(directory, { recursive: true });
  });

  async function addNode(cluster: 'earth' | 'vulcan', address: string, podCIDR: string, number = 1): Promise<void> {
    const name = `${cluster}-${number}`;
    const spec = { podCIDR, podCIDRs: [podCIDR] };
    await federation.apply(cluster, JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec }));
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = JSON.stringify({ status: { addresses: [{ type: 'InternalIP', address }], conditions } });
    await federation.kubectl(cluster, 'patch', 'node', name, '--subresource=status', '--type=merge', '-p', status);
  }

  const member = (name: string) =>
    federation.clients.host.get<KubeFedCluster>(
      KUBEFED_CLUSTERS,
      { name, namespace: DEFAULT_KUBEFED_NAMESPACE },
      { signal },
    );
  const config = () =>
    federation.clients.host.get<MeshConfig>(
      MESH_CONFIGS,
      { name: 'default', namespace: DEFAULT_KUBEFED_NAMESPACE },
      { signal },
    );
  const told = (name: string, status: string) =>
    eventually(
      `GatewayReady of ${name} is ${status}`,
      async () => (await member(name)).status?.conditions.find(({ type }) => type === 'GatewayReady')?.status,
      (seen) => seen === status,
      WITHIN,
    );
  const routed = () =>
    netmaker.state.stored.egresses
      .filter(({ status, nodes }) => status && Object.keys(nodes).length > 0)
      .map(({ range }) => range)
      .sort();
  /** What of it is in the members. */
  async function nodeRoutes(): Promise<string[]> {
    const names = ['earth', 'vulcan'] as const;
    const found = await Promise.all(
      names.flatMap((name) =>
        [DAEMON_SETS, CONFIG_MAPS].map(async (resource) => {
          const object = await optional(federation.clients[name].get<KubeObject>(resource, NODE_ROUTES, { signal }));
          return object === undefined ? [] : [`${name} ${resource.plural}`];
        }),
      ),
    );
    return found.flat();
  }
  const setup = (...more: string[]) =>
    federation.fedctl('network', 'setup', '--provider', 'netmaker', '--yes', ...more);

  it('is set up with one command: routes follow as soon as the gateways have joined, and members say that theirs is ready', async () => {
    const first = await setup(
      ...['--server', netmaker.url, '--token-file', join(directory, 'token')],
      ...['--gateway', 'earth=earth-1,vulcan=vulcan-1'],
    );
    expect(first.code, first.stderr).toBe(0);
    await told('earth', 'False');
    expect((await config()).metadata.finalizers).toEqual(['fedmesh.io/mesh']);

    for (const node of ['earth-1', 'vulcan-1']) netmaker.join('fed', node);
    const second = await setup('--outbound', 'office=172.30.0.0/16@earth');
    expect(second.code, second.stderr).toBe(0);

    expect(routed()).toEqual(['10.1.0.0/24', '10.1.1.0/24', '10.2.0.0/24', '10.2.1.0/24', '172.30.0.0/16']);
    await told('earth', 'True');
    await told('vulcan', 'True');
    expect((await config()).status).toMatchObject({
      provider: 'netmaker',
      programmed: { netmaker: { server: netmaker.url } },
      routes: expect.arrayContaining([expect.objectContaining({ cluster: 'vulcan', cidr: '10.2.0.0/24' })]),
    });
  });

  it('gives nodes that are no gateway their routes when it is told to, after a look at the plan', async () => {
    const plan = await setup('--node-routes', 'daemonset', '--dry-run');
    expect(plan.stdout).toContain(
      '  + daemonset fedmesh-routes: one node of earth (earth-2) send 10.2.0.0/24, 10.2.1.0/24 by earth-1\n',
    );
    const { code, stderr } = await setup('--node-routes', 'daemonset');
    expect(code, stderr).toBe(0);

    await eventually('earth-2 and vulcan-2 get routes', nodeRoutes, ({ length }) => length === 4, WITHIN);
    const { data } = await federation.clients.earth.get<KubeObject & { data?: Record<string, string> }>(
      CONFIG_MAPS,
      NODE_ROUTES,
      { signal },
    );
    expect(JSON.parse(data?.['routes.json'] ?? '')).toEqual({
      gateways: ['earth-1'],
      routes: [
        { to: '10.2.0.0/24', via: '192.168.1.10' },
        { to: '10.2.1.0/24', via: '192.168.1.10' },
      ],
    });
    // No kubelet runs here, so that the Pods never come.
    await eventually(
      'the nodes that lack them are named',
      async () => (await config()).status?.conditions?.find(({ type }) => type === 'NodesRouted')?.message ?? '',
      (message) => message.includes('a node of "earth" lack') && message.includes('vulcan-2'),
      WITHIN,
    );
  });

  it('withdraws the routes of a member that leaves before its unjoin is done, and nothing else', async () => {
    const authorization = `Bearer ${netmaker.masterKey}`;
    const [node] = netmaker.state.stored.nodes;
    const foreign = { name: 'home', network: 'fed', range: '192.168.77.0/24', nodes: { [node?.id ?? '']: 256 } };
    const body = JSON.stringify({ ...foreign, description: '', tags: {}, nat: true, mode: 'direct_nat', status: true });
    await fetch(`${netmaker.url}/api/v1/egress`, { method: 'POST', headers: { authorization }, body });

    const left = await federation.fedctl('unjoin', 'vulcan', '--yes', '-o', 'json');

    expect(left.code, left.stderr).toBe(0);
    expect(JSON.parse(left.stdout)).toMatchObject({ status: { leftBehind: [] } });
    expect(routed()).toEqual(['10.1.0.0/24', '10.1.1.0/24', '172.30.0.0/16', '192.168.77.0/24']);
    await told('earth', 'True');
    expect(JSON.parse(left.stdout)).toMatchObject({
      status: { removed: expect.arrayContaining([expect.objectContaining({ name: 'fedmesh-routes' })]) },
    });
    expect((await nodeRoutes()).filter((text) => text.startsWith('vulcan'))).toEqual([]);
  });

  it('is taken down with one command: what is others’ stays', async () => {
    const { code, stderr } = await federation.fedctl('network', 'teardown', '--yes');

    expect(code, stderr).toBe(0);
    expect(routed()).toEqual(['192.168.77.0/24']);
    await expect(config()).rejects.toMatchObject({ code: 404 });
    expect(await nodeRoutes()).toEqual([]);
    await eventually(
      'earth says nothing of a gateway any more',
      async () => (await member('earth')).status?.conditions.some(({ type }) => type === 'GatewayReady'),
      (seen) => seen === false,
      WITHIN,
    );
  });
});
