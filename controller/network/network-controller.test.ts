import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { Clusters } from '../clusters/clusters.ts';
import { healthy, refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { NetworkController } from './network-controller.ts';

const NAMESPACE = 'system';
const MEMBERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const NODES = '/api/v1/nodes';
const KUBEADM = '/api/v1/namespaces/kube-system/configmaps/kubeadm-config';

describe('NetworkController', () => {
  const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
  const never = new AbortController().signal;
  const servers = new Map<string, WireApi>();
  let host: WireApi;
  let client: Client;
  let clusters: Clusters;
  let network: NetworkController;

  beforeEach(async () => {
    host = await WireApi.start([MEMBERS, SECRETS]);
    client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    const health = { periodMs: 86_400_000, timeoutMs: 3_000, failureThreshold: 3, successThreshold: 1 };
    const common = { host: client, clock, random: () => 0.5, log: silentLog };
    clusters = new Clusters({ ...common, namespace: NAMESPACE, health: () => health });
    network = new NetworkController({ ...common, clusters });
    await clusters.start(never);
  });

  afterEach(async () => {
    await network.close();
    await clusters.close();
    await client.close();
    await host.close();
    for (const server of servers.values()) await server.close();
    servers.clear();
  });

  /** A member as kubeadm makes it. */
  async function joins(name: string, podSubnet: string, spec: object = {}): Promise<WireApi> {
    const server = await WireApi.start([NODES]);
    servers.set(name, server);
    healthy(server, `${name}-uid`);
    kubeadm(server, podSubnet);
    addNode(server, `${name}-1`, servers.size);
    host.put(SECRETS, {
      metadata: { name: `${name}-token`, namespace: NAMESPACE },
      data: { token: Buffer.from('x').toString('base64') },
    });
    host.put(MEMBERS, {
      metadata: { name, namespace: NAMESPACE },
      spec: { apiEndpoint: server.url, secretRef: { name: `${name}-token` }, ...spec },
    });
    await until(() => clusters.get(name)?.ready === true);
    return server;
  }

  function kubeadm(server: WireApi, podSubnet: string): void {
    server.answer(KUBEADM, (_, response) =>
      answerJson(response, 200, {
        kind: 'ConfigMap',
        metadata: { name: 'kubeadm-config' },
        data: { ClusterConfiguration: `networking:\n  podSubnet: ${podSubnet}\n  serviceSubnet: 10.96.0.0/12\n` },
      }),
    );
  }

  function addNode(server: WireApi, name: string, number: number): void {
    server.put(NODES, {
      metadata: { name },
      spec: { podCIDRs: [`10.244.${number}.0/24`] },
      status: { addresses: [{ type: 'InternalIP', address: `192.168.1.${number}` }] },
    });
  }

  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (holds() ? resolve() : void setImmediate().then(look));
      look();
    });
  }

  /** Lets whatever is due within the time happen, the requests that it makes too. */
  async function passes(ms: number): Promise<void> {
    for (let step = 0; step < 10; step += 1) {
      clock.advance(ms / 10);
      for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    }
  }

  const statusOf = (name: string) => (host.get(MEMBERS, name) as KubeFedCluster | undefined)?.status;
  const condition = (name: string, type: string) => statusOf(name)?.conditions.find((each) => each.type === type);
  const writes = () => host.requests.filter(({ method }) => method === 'PATCH').length;
  const looks = (name: string) => servers.get(name)?.count('GET', KUBEADM);

  /** Passes once both conditions stand there. */
  async function settled(...names: string[]): Promise<void> {
    await until(() => names.every((name) => condition(name, 'NetworkDiscovered') !== undefined));
    await passes(2_000);
  }

  it('writes down the ranges of a member, with where they were read', async () => {
    await joins('earth', '10.244.0.0/16');
    await network.start(never);
    await settled('earth');

    expect(statusOf('earth')?.network).toEqual({
      podCIDRs: [{ cidr: '10.244.0.0/16', source: 'kubeadm-config', confidence: 'inferred' }],
      serviceCIDRs: [{ cidr: '10.96.0.0/12', source: 'kubeadm-config', confidence: 'inferred' }],
      nodeCIDRs: [{ cidr: '192.168.1.1/32', source: 'addresses of the nodes', confidence: 'authoritative' }],
    });
    expect(condition('earth', 'NetworkDiscovered')).toMatchObject({ status: 'True', reason: 'RangesFound' });
    expect(condition('earth', 'NetworkOverlap')).toMatchObject({ status: 'False', reason: 'NoOverlap' });
    expect(condition('earth', 'Ready')?.status).toBe('True');
    // Whole objects are asked for by the hundred, once each: of a thousand members they are most of what a start reads.
    const sampled = servers
      .get('earth')
      ?.requests.flatMap(({ path }) => path.match(/^\/api\/v1\/(pods|services)\?.*/)?.[0] ?? []);
    expect(sampled?.sort()).toEqual(['/api/v1/pods?limit=100', '/api/v1/services?limit=100']);
  });

  it('tells both members of an overlap, and both when it is gone', async () => {
    const earth = await joins('earth', '10.244.0.0/16');
    await joins('vulcan', '10.244.0.0/16');
    await network.start(never);
    await settled('earth', 'vulcan');
    await until(() => condition('vulcan', 'NetworkOverlap')?.status === 'True');

    expect(condition('earth', 'NetworkOverlap')).toMatchObject({
      status: 'True',
      reason: 'RangesOverlap',
      message: expect.stringContaining('pod CIDR 10.244.0.0/16 (kubeadm-config) of "vulcan"'),
    });

    kubeadm(earth, '10.1.0.0/16');
    addNode(earth, 'earth-2', 7);
    await passes(70_000);
    await until(() => condition('vulcan', 'NetworkOverlap')?.status === 'False');
    expect(condition('earth', 'NetworkOverlap')?.status).toBe('False');
  });

  it('costs two small requests a minute and no write while nothing changes, and reads all again when a node comes', async () => {
    const earth = await joins('earth', '10.244.0.0/16');
    await network.start(never);
    await settled('earth');
    const before = { looks: looks('earth'), writes: writes(), requests: earth.requests.length };

    await passes(600_000);

    expect(looks('earth')).toBe(before.looks);
    expect(writes()).toBe(before.writes);
    expect(earth.requests.length - before.requests).toBeGreaterThanOrEqual(2 * 9);
    expect(earth.requests.length - before.requests).toBeLessThanOrEqual(2 * 11);

    addNode(earth, 'earth-2', 9);
    await passes(70_000);
    await until(() => statusOf('earth')?.network?.nodeCIDRs?.length === 2);
  });

  it('asks a member nothing when another one joins, though it may have to say something else of it', async () => {
    const earth = await joins('earth', '10.244.0.0/16');
    await network.start(never);
    await settled('earth');
    const before = earth.requests.length;

    await joins('vulcan', '10.244.0.0/16');
    await settled('vulcan');
    await until(() => condition('earth', 'NetworkOverlap')?.status === 'True');

    expect(earth.requests.length).toBe(before);
  });

  it('believes what a person declares, from the moment that they do', async () => {
    await joins('earth', '10.244.0.0/16');
    await network.start(never);
    await settled('earth');

    const earth = host.get(MEMBERS, 'earth') as KubeFedCluster;
    host.put(MEMBERS, { ...earth, spec: { ...earth.spec, network: { podCIDRs: ['10.7.0.0/16'] } } });

    await until(() => statusOf('earth')?.network?.podCIDRs?.[0]?.cidr === '10.7.0.0/16');
    expect(statusOf('earth')?.network?.podCIDRs?.[0]?.source).toBe('spec.network');
  });

  it('says what is wrong with a declaration, and goes by what it finds', async () => {
    await joins('earth', '10.244.0.0/16', { network: { podCIDRs: ['10.7.1.0/16'] } });
    await network.start(never);
    await settled('earth');

    expect(condition('earth', 'NetworkDiscovered')).toMatchObject({
      status: 'False',
      reason: 'InvalidRange',
      message: 'spec.network: "10.7.1.0/16" has bits set behind its prefix: the range is 10.7.0.0/16',
    });
    expect(statusOf('earth')?.network?.podCIDRs?.[0]?.cidr).toBe('10.244.0.0/16');
  });

  it('says which right it lacks and how to grant it', async () => {
    const earth = await joins('earth', '10.244.0.0/16');
    for (const path of [KUBEADM, NODES]) earth.answer(path, (_, response) => refuse(response, 403, 'Forbidden'));
    await network.start(never);
    await settled('earth');

    expect(condition('earth', 'NetworkDiscovered')).toMatchObject({
      status: 'False',
      reason: 'Forbidden',
      message: expect.stringMatching(/get configmaps, list nodes: `fedctl join earth` again grants it/),
    });
  });

  it('keeps counting with the ranges of a member that is away, and forgets those of one that has left', async () => {
    await joins('earth', '10.244.0.0/16');
    await joins('vulcan', '10.244.0.0/16');
    await network.start(never);
    await settled('earth', 'vulcan');
    await until(() => condition('earth', 'NetworkOverlap')?.status === 'True');

    servers.get('vulcan')?.answer('/healthz', (_, response) => void response.writeHead(500).end('no'));
    clusters.kick('vulcan');
    await passes(120_000);
    expect(condition('earth', 'NetworkOverlap')?.status).toBe('True');

    host.remove(MEMBERS, 'vulcan');
    await passes(10_000);
    await until(() => condition('earth', 'NetworkOverlap')?.status === 'False');
  });

  it('writes once, and not over and over, where the CRD does not know the field', async () => {
    await joins('earth', '10.244.0.0/16');
    host.answer(`${MEMBERS}/earth/status`, (_, response) => {
      const { status } = JSON.parse(host.requests.at(-1)?.body ?? '') as {
        status: { network?: unknown; conditions: unknown[] };
      };
      const { network: unknown, ...kept } = status;
      answerJson(response, 200, host.put(MEMBERS, { ...(host.get(MEMBERS, 'earth') as KubeFedCluster), status: kept }));
    });
    await network.start(never);
    await settled('earth');
    const before = writes();

    await passes(600_000);

    expect(writes()).toBe(before);
    expect(condition('earth', 'NetworkDiscovered')?.status).toBe('True');
  });
});
