import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { MESH_FINALIZER, type MeshConfig, type MeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { Clusters } from '../../clusters/clusters.ts';
import { healthy, WireApi } from '../../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../../kube/client.ts';
import { endpointAt } from '../../kube/testing/wire.ts';
import { silentLog } from '../../telemetry/log.ts';
import { FakeClock } from '../../time/testing/fake-clock.ts';
import type { SeenNetwork } from '../network-controller.ts';
import { MeshConfigs } from './mesh-configs.ts';
import { MeshController } from './mesh-controller.ts';
import { FakeMesh } from './testing/fake-mesh.ts';

const NAMESPACE = 'system';
const MEMBERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const CONFIGS = `/apis/fedmesh.io/v1alpha1/namespaces/${NAMESPACE}/meshconfigs`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const DAEMON_SETS = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets`;
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const NETMAKER: MeshConfigSpec = {
  provider: 'netmaker',
  netmaker: { server: 'https://mesh.example.com', tokenSecretRef: { name: 'token' } },
  gateways: [
    { cluster: 'earth', node: 'earth-1' },
    { cluster: 'vulcan', node: 'vulcan-1' },
  ],
};

describe('MeshController', () => {
  const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
  const never = new AbortController().signal;
  const servers: WireApi[] = [];
  const members = new Map<string, WireApi>();
  const seen = new Map<string, SeenNetwork>();
  const events: string[] = [];
  let meshes: Map<string, FakeMesh>;
  let host: WireApi;
  let client: Client;
  let clusters: Clusters;
  let configs: MeshConfigs;
  let mesh: MeshController;

  beforeEach(async () => {
    seen.clear();
    events.splice(0);
    meshes = new Map();
    host = await WireApi.start([MEMBERS, CONFIGS, SECRETS]);
    client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    const health = { periodMs: 86_400_000, timeoutMs: 3_000, failureThreshold: 3, successThreshold: 1 };
    const common = { host: client, clock, random: () => 0.5, log: silentLog };
    clusters = new Clusters({ ...common, namespace: NAMESPACE, health: () => health });
    configs = new MeshConfigs({ ...common, namespace: NAMESPACE });
    mesh = new MeshController({
      ...common,
      clusters,
      configs,
      network: { seen: (name) => seen.get(name), subscribe: () => () => undefined },
      nodeRoutes: { namespace: NAMESPACE, owner: 'us' },
      providerOf: ({ netmaker, provider }) => {
        const place = netmaker?.server ?? provider;
        return meshAt(place);
      },
      events: {
        record: (object, type, reason, message) => events.push(`${object.metadata.name} ${type} ${reason}: ${message}`),
        close: () => Promise.resolve(),
      },
    });
    await clusters.start(never);
    await configs.start();
    await mesh.start(never);
  });

  afterEach(async () => {
    await mesh.close();
    await configs.close();
    await clusters.close();
    await client.close();
    await host.close();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  function meshAt(place: string): FakeMesh {
    const known = meshes.get(place) ?? new FakeMesh();
    meshes.set(place, known);
    return known;
  }
  const theMesh = () => meshAt('https://mesh.example.com');

  async function joins(name: string, podCIDR: string, fields: object = {}): Promise<void> {
    const server = await WireApi.start(['/api/v1/nodes', DAEMON_SETS, CONFIG_MAPS, PODS]);
    servers.push(server);
    members.set(name, server);
    healthy(server, `${name}-uid`);
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    server.put('/api/v1/nodes', { metadata: { name: `${name}-1` }, status: ready });
    const data = { token: Buffer.from('x').toString('base64') };
    host.put(SECRETS, { metadata: { name: `${name}-token`, namespace: NAMESPACE }, data });
    seen.set(name, {
      network: { podCIDRs: [{ cidr: podCIDR, source: 'kubeadm-config', confidence: 'inferred' }] },
      nodes: [{ name: `${name}-1`, addresses: [], podCIDRs: [], ready: true }],
    });
    host.put(MEMBERS, {
      metadata: { name, namespace: NAMESPACE, creationTimestamp: `2026-01-01T00:00:0${servers.length}Z` },
      spec: { apiEndpoint: server.url, secretRef: { name: `${name}-token` } },
      ...fields,
    });
    await until(() => clusters.get(name)?.ready === true);
  }

  function configure(spec: MeshConfigSpec, metadata: object = {}): void {
    const old = host.get(CONFIGS, 'default');
    host.put(CONFIGS, {
      ...old,
      metadata: { ...old?.metadata, name: 'default', namespace: NAMESPACE, ...metadata },
      spec,
    });
  }

  async function until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 200_000; turn += 1) {
      if (holds()) return;
      if (turn % 50 === 49) clock.advance(100);
      await setImmediate();
    }
    throw new Error('it never came to hold');
  }

  /** Lets whatever is due within the time happen, the requests that it makes too. */
  async function passes(ms: number): Promise<void> {
    for (let step = 0; step < 10; step += 1) {
      clock.advance(ms / 10);
      for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    }
  }

  const config = () => host.get(CONFIGS, 'default') as MeshConfig | undefined;
  const said = (type: string) => config()?.status?.conditions?.find((each) => each.type === type);
  const gateway = (name: string) =>
    (host.get(MEMBERS, name) as KubeFedCluster | undefined)?.status?.conditions.find(
      ({ type }) => type === 'GatewayReady',
    );
  const routed = (place = theMesh()) => [...place.routes].sort();

  it('programs a route for every member, and says so on the MeshConfig and on each of them', async () => {
    await joins('earth', '10.1.0.0/16');
    await joins('vulcan', '10.2.0.0/16');
    configure(NETMAKER);
    await until(() => said('Applied')?.status === 'True' && gateway('vulcan')?.status === 'True');

    expect(routed()).toEqual(['earth 10.1.0.0/16', 'vulcan 10.2.0.0/16']);
    expect(config()?.metadata.finalizers).toEqual([MESH_FINALIZER]);
    expect(config()?.status).toMatchObject({
      provider: 'netmaker',
      providerVersion: 'v1',
      programmed: { provider: 'netmaker', netmaker: { server: 'https://mesh.example.com', network: 'fed' } },
      gateways: [{ cluster: 'earth', node: 'earth-1', state: 'Ready' }, { cluster: 'vulcan' }],
      routes: [{ cluster: 'earth', cidr: '10.1.0.0/16' }, { cluster: 'vulcan' }],
      problems: [],
    });
    expect(said('Planned')?.status).toBe('True');
    expect(said('ProviderReachable')).toMatchObject({ status: 'True', message: 'netmaker v1 answers' });
    expect(gateway('earth')).toMatchObject({ reason: 'GatewayReady', message: 'gateway earth-1: is Ready' });
    expect(events).toContain('default Normal MeshRouteCreated: create earth 10.1.0.0/16');
  });

  it('does and writes nothing while nothing changes', async () => {
    await joins('earth', '10.1.0.0/16');
    configure(NETMAKER);
    await until(() => said('Applied')?.status === 'True' && gateway('earth')?.status === 'True');
    await passes(5_000);
    const isWrite = ({ method }: { method: string }) => method !== 'GET';
    const before = { writes: host.requests.filter(isWrite).length, applied: theMesh().applied.length };

    await passes(600_000);

    expect(host.requests.filter(isWrite).length).toBe(before.writes);
    expect(theMesh().applied.length).toBe(before.applied);
  });

  it('mends what somebody else took away, and sees a gateway go down and come back', async () => {
    await joins('earth', '10.1.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True');

    theMesh().routes.clear();
    theMesh().gateways.set('earth/earth-1', 'NotReady');
    await passes(70_000);
    await until(() => gateway('earth')?.status === 'False');
    expect(routed()).toEqual(['earth 10.1.0.0/16']);
    expect(gateway('earth')?.reason).toBe('GatewayDown');
    expect(events.some((event) => event.startsWith('earth Warning GatewayDown'))).toBe(true);

    theMesh().gateways.clear();
    await passes(70_000);
    await until(() => gateway('earth')?.status === 'True');
  });

  it('what fails for one member leaves the others routed, is named, and is tried again', async () => {
    theMesh().faults.set('earth', 'NoEffect');
    await joins('earth', '10.1.0.0/16');
    await joins('vulcan', '10.2.0.0/16');
    configure(NETMAKER);
    await until(() => said('Applied')?.status === 'False');

    expect(routed()).toEqual(['vulcan 10.2.0.0/16']);
    expect(said('Applied')).toMatchObject({
      reason: 'NoEffect',
      message: 'create route earth 10.1.0.0/16: it says NoEffect',
    });

    theMesh().faults.clear();
    await passes(30_000);
    await until(() => said('Applied')?.status === 'True');
    expect(routed()).toHaveLength(2);
    expect(config()?.status?.problems).toEqual([]);
  });

  it('a range that would take the packets of another member is not routed, and both are named', async () => {
    await joins('earth', '10.1.0.0/16');
    await joins('vulcan', '10.1.7.0/24');
    configure(NETMAKER);
    await until(() => said('Planned')?.status === 'False');

    expect(routed()).toEqual(['earth 10.1.0.0/16']);
    expect(config()?.status?.problems?.[0]).toEqual({
      cluster: 'vulcan',
      reason: 'RangesOverlap',
      message: expect.stringMatching(/"vulcan" overlaps .* of "earth"/),
    });
    // Its gateway is in the mesh, and gets the other's route all the same.
    await passes(70_000);
    await until(() => config()?.status?.problems?.length === 2);
    expect(config()?.status?.problems?.[1]).toEqual({
      cluster: 'vulcan',
      reason: 'GatewayMisled',
      message: expect.stringContaining('vulcan-1 of "vulcan" is in the mesh and so gets the route to 10.1.0.0/16'),
    });
  });

  it('a server that does not answer makes nothing wrong but unknown, and is found again', async () => {
    await joins('earth', '10.1.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True');
    theMesh().faults.set('*', 'Unreachable');
    await passes(70_000);
    await until(() => gateway('earth')?.status === 'Unknown');

    expect(said('ProviderReachable')).toMatchObject({ status: 'False', reason: 'Unreachable' });
    expect(said('Applied')?.status).toBe('Unknown');
    expect(config()?.status?.routes).toHaveLength(1);

    theMesh().faults.clear();
    await passes(120_000);
    await until(() => gateway('earth')?.status === 'True');
    expect(said('ProviderReachable')?.status).toBe('True');
  });

  it('says what is wrong with a MeshConfig field by field, and leaves the mesh as it is', async () => {
    await joins('earth', '10.1.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True');
    configure({ ...NETMAKER, meshCIDRs: ['10.9.0.1/16'] });
    await until(() => said('Planned')?.reason === 'InvalidMeshConfig');

    expect(said('Planned')?.message).toMatch(/^spec\.meshCIDRs\[0\]: "10\.9\.0\.1\/16" has bits set/);
    await until(() => gateway('earth')?.reason === 'InvalidMeshConfig');
    expect(routed()).toEqual(['earth 10.1.0.0/16']);
  });

  it('takes away the routes of a member that leaves, and tells whoever waits for it', async () => {
    await joins('earth', '10.1.0.0/16');
    await joins('vulcan', '10.2.0.0/16');
    theMesh().foreign.add('office 172.30.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True' && said('Applied')?.status === 'True');
    expect(mesh.lingering('vulcan')).toMatch(/its routes are still in network "fed" of https:\/\/mesh\.example\.com/);

    const vulcan = host.get(MEMBERS, 'vulcan') as KubeObject;
    const deletionTimestamp = '2026-01-01T01:00:00Z';
    host.put(MEMBERS, { ...vulcan, metadata: { ...vulcan.metadata, deletionTimestamp, finalizers: ['x'] } });
    await until(() => mesh.lingering('vulcan') === undefined);

    expect(routed()).toEqual(['earth 10.1.0.0/16']);
    expect(theMesh().foreign.size).toBe(1);
  });

  it('nothing is taken away for a member that cannot be looked at', async () => {
    await joins('earth', '10.1.0.0/16');
    configure({ ...NETMAKER, gateways: [{ cluster: 'earth', node: 'earth-1' }] });
    await until(() => gateway('earth')?.status === 'True');
    seen.clear();
    await passes(70_000);
    await until(() => said('Planned')?.reason === 'RangesUnknown');

    expect(routed()).toEqual(['earth 10.1.0.0/16']);
  });

  it('withdraws everything of its own when the MeshConfig is deleted, and only then lets it go', async () => {
    await joins('earth', '10.1.0.0/16');
    theMesh().foreign.add('office 172.30.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True');
    theMesh().faults.set('*', 'Unreachable');
    configure(NETMAKER, { deletionTimestamp: '2026-01-01T01:00:00Z' });
    await until(() => said('Applied')?.reason === 'NotWithdrawn');
    expect(said('Applied')?.message).toContain('annotate the MeshConfig with fedmesh.io/force-teardown="true"');
    expect(config()?.metadata.finalizers).toEqual([MESH_FINALIZER]);

    theMesh().faults.clear();
    await passes(60_000);
    await until(() => config()?.metadata.finalizers?.length === 0);
    expect(routed()).toEqual([]);
    expect(theMesh().foreign.size).toBe(1);

    host.remove(CONFIGS, 'default');
    await until(() => gateway('earth') === undefined);
  });

  it('one that may not be held up any more is let go, and an event says what was left', async () => {
    await joins('earth', '10.1.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True');
    theMesh().faults.set('*', 'Unreachable');
    const annotations = { 'fedmesh.io/force-teardown': 'true' };
    configure(NETMAKER, { deletionTimestamp: '2026-01-01T01:00:00Z', annotations });
    await until(() => config()?.metadata.finalizers?.length === 0);

    expect(events.find((event) => event.includes('LeftBehind'))).toContain('was left there: it says Unreachable');
  });

  it('withdraws from the old server before it programs the new one', async () => {
    await joins('earth', '10.1.0.0/16');
    configure(NETMAKER);
    await until(() => gateway('earth')?.status === 'True');
    const server = 'https://other.example.com';
    configure({ ...NETMAKER, netmaker: { server, tokenSecretRef: { name: 'token' } } });
    await until(() => meshAt(server).routes.size === 1);

    expect(routed()).toEqual([]);
    await until(() => config()?.status?.programmed?.netmaker?.server === server);
  });

  describe('with routes for nodes that are no gateway', () => {
    const spec: MeshConfigSpec = { ...NETMAKER, nodeRoutes: { mode: 'DaemonSet' } };
    const daemonSet = (name: string) => members.get(name)?.get(DAEMON_SETS, 'fedmesh-routes');
    const list = (name: string) => {
      const { data } = (members.get(name)?.get(CONFIG_MAPS, 'fedmesh-routes') ?? {}) as {
        data?: { [file: string]: string };
      };
      return data?.['routes.json'];
    };
    const writes = (name: string) => members.get(name)?.requests.filter(({ method }) => method !== 'GET').length;

    async function bothJoin(): Promise<void> {
      await joins('earth', '10.1.0.0/16');
      await joins('vulcan', '10.2.0.0/16');
      for (const [index, name] of ['earth', 'vulcan'].entries()) {
        const nodes = [1, 2, 3].map((number) => ({
          name: `${name}-${number}`,
          addresses: [`192.168.${index + 1}.${number}`],
          podCIDRs: [],
          ready: true,
        }));
        const found = seen.get(name);
        if (found !== undefined) seen.set(name, { ...found, nodes });
        const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
        const addresses = [{ type: 'InternalIP', address: `192.168.${index + 1}.1` }];
        members
          .get(name)
          ?.put('/api/v1/nodes', { metadata: { name: `${name}-1` }, status: { ...ready, addresses } } as KubeObject);
      }
    }

    function isRouted(name: string, node: string): void {
      const status = { conditions: [{ type: 'Ready', status: 'True' }] };
      members
        .get(name)
        ?.put(PODS, { metadata: { name: `on-${node}` }, spec: { nodeName: node }, status } as KubeObject);
    }

    it('puts them into every member, names the nodes that lack them, and then writes nothing more', async () => {
      await bothJoin();
      configure(spec);
      await until(() => said('NodesRouted')?.reason === 'NodesLackRoutes' && daemonSet('vulcan') !== undefined);

      expect(list('earth')).toBe('{"gateways":["earth-1"],"routes":[{"to":"10.2.0.0/16","via":"192.168.1.1"}]}');
      expect(JSON.stringify(daemonSet('earth'))).toContain('"capabilities":{"drop":["ALL"],"add":["NET_ADMIN"]}');
      expect(said('NodesRouted')?.message).toContain(
        '2 nodes of "earth" lack routes to other members: earth-2, earth-3',
      );
      expect(events).toContain(
        'default Normal NodeRoutesCreated: 2 nodes of earth (earth-2, earth-3) send 10.2.0.0/16 by earth-1',
      );
      for (const node of ['earth-2', 'earth-3', 'vulcan-2']) isRouted(node.replace(/-.*/, ''), node);
      await until(() => config()?.status?.nodeRoutes?.[0]?.routed === 2);
      expect(config()?.status?.nodeRoutes).toEqual([
        { cluster: 'earth', nodes: 2, routed: 2 },
        { cluster: 'vulcan', nodes: 2, routed: 1, lacking: ['vulcan-3'] },
      ]);
      isRouted('vulcan', 'vulcan-3');
      await until(() => said('NodesRouted')?.status === 'True');
      expect(said('NodesRouted')?.message).toBe('4 of 4 nodes that are no gateway have their routes');

      const before = [writes('earth'), writes('vulcan'), host.count('PUT', `${CONFIGS}/default/status`)];
      await passes(600_000);
      expect([writes('earth'), writes('vulcan'), host.count('PUT', `${CONFIGS}/default/status`)]).toEqual(before);
    });

    it('puts right what somebody changed, and leaves alone what somebody else made', async () => {
      await bothJoin();
      members.get('vulcan')?.put(DAEMON_SETS, { metadata: { name: 'fedmesh-routes' } });
      configure(spec);
      await until(() => list('earth') !== undefined && said('NodesRouted')?.message.includes('somebody else') === true);
      expect(list('vulcan')).toBeUndefined();
      expect(daemonSet('vulcan')?.metadata.annotations).toBeUndefined();

      members.get('earth')?.remove(CONFIG_MAPS, 'fedmesh-routes');
      await passes(70_000);
      await until(() => list('earth') !== undefined);
    });

    it('takes them away when nobody wants them any more, and with the mesh, before it lets that go', async () => {
      await bothJoin();
      configure(spec);
      await until(() => said('NodesRouted') !== undefined && daemonSet('vulcan') !== undefined);
      configure(NETMAKER);
      await until(() => said('NodesRouted') === undefined && (config()?.status?.nodeRoutes ?? []).length === 0);
      expect([daemonSet('earth'), daemonSet('vulcan'), list('earth')]).toEqual([undefined, undefined, undefined]);

      configure(spec);
      await until(() => daemonSet('earth') !== undefined && daemonSet('vulcan') !== undefined);
      await until(() => said('NodesRouted') !== undefined);
      configure(spec, { deletionTimestamp: '2026-01-01T01:00:00Z' });
      await until(() => config()?.metadata.finalizers?.length === 0);
      expect([daemonSet('earth'), daemonSet('vulcan'), list('vulcan')]).toEqual([undefined, undefined, undefined]);
    });

    it('says which right is missing in a member, and sees to the others', async () => {
      await bothJoin();
      members.get('vulcan')?.answer(`${DAEMON_SETS}/fedmesh-routes`, (_, response) => {
        response.writeHead(403, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 }),
        );
      });
      configure(spec);
      await until(() => list('earth') !== undefined && said('NodesRouted') !== undefined);

      const problems = config()?.status?.problems?.filter(({ cluster }) => cluster === 'vulcan');
      expect(problems).toEqual([
        {
          cluster: 'vulcan',
          reason: 'Forbidden',
          message: expect.stringContaining('`fedctl join vulcan` again grants it'),
        },
      ]);
    });
  });

  it('without a MeshConfig nothing is said of any member', async () => {
    await joins('earth', '10.1.0.0/16', { status: { conditions: [{ type: 'GatewayReady', status: 'True' }] } });
    await until(() => gateway('earth') === undefined);
    expect(meshes.size).toBe(0);
  });
});
