import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../apis/apiextensions/v1.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { allCrds } from '../../../apis/crd/all.ts';
import { MESH_CONFIGS, type MeshConfig, type MeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import {
  REACHABILITY_MATRICES,
  type ReachabilityMatrix,
  VERIFY_ANNOTATION,
} from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { type ApiServer, startApiServer } from '../../../cli/sandbox/apiserver/api-server.ts';
import type { AuditEvent } from '../../../cli/sandbox/apiserver/audit.ts';
import { PodNetwork, type PodPlace, SEEN_AS_HEADER } from '../../../cli/sandbox/probes/pod-network.ts';
import { Clusters } from '../../clusters/clusters.ts';
import { healthy, refuse, WireApi } from '../../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../../kube/client.ts';
import { NAMESPACES, SECRETS } from '../../kube/core-kinds.ts';
import { bearerToken } from '../../kube/credentials.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { Resource } from '../../kube/resource.ts';
import { answerJson, endpointAt } from '../../kube/testing/wire.ts';
import { silentLog } from '../../telemetry/log.ts';
import { FakeClock } from '../../time/testing/fake-clock.ts';
import { MeshConfigs } from '../mesh/mesh-configs.ts';
import { type Ask, askOverHttp } from '../probe/ask.ts';
import { type ProbeDirectory, parseDirectory } from '../probe/directory.ts';
import { ProbeServer } from '../probe/probe-server.ts';
import { Prober } from '../probe/prober.ts';
import { ReachabilityController } from './reachability-controller.ts';
import { PROBE_NAME, PROBE_NAMESPACE, PROBE_PORT, PROBE_SERVICE_PORT, WORKLOAD_RESOURCES } from './workload.ts';

const NAMESPACE = 'system';
const PODS = `/api/v1/namespaces/${PROBE_NAMESPACE}/pods`;
const never = new AbortController().signal;
const signal = never;

describe('ReachabilityController', () => {
  const closers: (() => Promise<unknown>)[] = [];
  const events: string[] = [];
  const audit: AuditEvent[] = [];
  const members = new Map<string, WireApi>();
  const probers = new Map<string, Prober>();
  const seen: string[] = [];
  /** By the port of loopback that they would listen on. */
  const inProcess = new Map<number, Ask>();
  let rounds = 0;
  let clock: FakeClock;
  let network: PodNetwork;
  let server: ApiServer;
  let host: Client;
  let clusters: Clusters;
  let reachability: ReachabilityController;

  beforeEach(async () => {
    clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    network = new PodNetwork(clock, (question) => (inProcess.get(question.port) ?? askOverHttp)(question));
    for (const list of [events, audit, seen]) list.splice(0);
    rounds = 0;
    server = await startApiServer({ name: 'host', onAudit: (event) => audit.push(event) });
    const credentials = bearerToken(server.adminToken);
    host = createClient(endpointAt(server.url, { cluster: 'host', tls: { ca: server.caPem }, credentials }));
    for (const crd of allCrds()) await host.create(CUSTOM_RESOURCE_DEFINITIONS, crd, { signal });
    await host.create(NAMESPACES, { metadata: { name: NAMESPACE } }, { signal });
    const health = { periodMs: 86_400_000, timeoutMs: 3_000, failureThreshold: 3, successThreshold: 1 };
    const common = { host, clock, random: () => 0.5, log: silentLog, namespace: NAMESPACE };
    clusters = new Clusters({ ...common, health: () => health });
    const configs = new MeshConfigs(common);
    reachability = new ReachabilityController({
      ...common,
      clusters,
      configs,
      observer: {
        round: () => {
          rounds += 1;
        },
        member: (cluster, condition, status) => seen.push(`${cluster} ${condition} ${status}`),
        gone: () => undefined,
      },
      events: {
        record: (object, type, reason) => events.push(`${object.metadata.name} ${type} ${reason}`),
        close: () => Promise.resolve(),
      },
    });
    closers.push(() => server.close());
    closers.push(() => host.close());
    closers.push(() => clusters.close());
    closers.push(() => configs.close());
    closers.push(() => reachability.close());
    await clusters.start(never);
    await configs.start();
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    members.clear();
    probers.clear();
    inProcess.clear();
  });

  /** A member whose Pods' addresses begin so; one probe on each of these nodes. */
  async function joins(name: string, prefix: string, nodes = ['gw']): Promise<WireApi> {
    const api = await WireApi.start([PODS]);
    closers.push(() => api.close());
    members.set(name, api);
    healthy(api, `${name}-uid`);
    const service = `${prefix}.255.80`;
    api.answer(`/api/v1/namespaces/${PROBE_NAMESPACE}/services/${PROBE_NAME}`, (_, response) =>
      answerJson(response, 200, {
        metadata: { name: PROBE_NAME },
        spec: { clusterIP: service, clusterIPs: [service] },
      }),
    );
    for (const [index, node] of nodes.entries())
      await runs(name, api, `${name}-${node}`, `${prefix}.${index}.10`, service);
    const secret = { metadata: { name: `${name}-token`, namespace: NAMESPACE }, data: { token: 'eA==' } };
    await host.create(SECRETS, secret as KubeObject, { signal });
    const spec = { apiEndpoint: api.url, secretRef: { name: `${name}-token` } };
    await host.create<KubeFedCluster>(
      KUBEFED_CLUSTERS,
      { ...kindOf(KUBEFED_CLUSTERS), metadata: { name, namespace: NAMESPACE }, spec },
      { signal },
    );
    await until(() => clusters.get(name)?.ready === true);
    return api;
  }

  /** What kubelet, the probe's image and the member's API server would do. */
  async function runs(cluster: string, api: WireApi, node: string, address: string, service: string): Promise<void> {
    const pod = `fedmesh-probe-${node}`;
    const place: PodPlace = { cluster, node, address, port: PROBE_PORT };
    const identity = { cluster, node, nonce: `uid-of-${pod}` };
    const ask = network.askFrom(place);
    const prober = new Prober({ identity, ask, clock, random: () => 0.5, timeoutMs: 10_000, concurrency: 32 });
    probers.set(pod, prober);
    const peerOf = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) => String(headers[SEEN_AS_HEADER]);
    const probe = new ProbeServer({ identity, prober, peerOf });
    const port = await probe.listen(0, '127.0.0.1');
    closers.push(() => prober.close());
    closers.push(() => probe.close());
    network.place(place, 'pod', port);
    network.place({ ...place, address: service, port: PROBE_SERVICE_PORT }, 'service', port);
    api.put(PODS, {
      metadata: { name: pod },
      spec: { nodeName: node },
      status: { podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status: 'True' }] },
    } as KubeObject);
    api.answer(`${PODS}/${pod}:${PROBE_PORT}/proxy/results`, async (request, response) => {
      const { search } = new URL(request.url ?? '', api.url);
      const answer = await fetch(`http://127.0.0.1:${port}/results${search}`);
      answerJson(response, answer.status, await answer.json());
    });
  }

  const probing = (spec: Partial<MeshConfigSpec> = {}) =>
    host.create<MeshConfig>(
      MESH_CONFIGS,
      {
        ...kindOf(MESH_CONFIGS),
        metadata: { name: 'default', namespace: NAMESPACE },
        spec: { provider: 'none', ...spec },
      },
      { signal },
    );

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await setImmediate();
  }

  /** Lets the controller do one round, and its probes hear of whom there is to be asked. */
  async function round(): Promise<void> {
    const before = rounds;
    clock.advance(31_000);
    await until(() => rounds > before);
    await hear();
  }

  /** The first round waits for what it has to know. */
  async function firstRound(): Promise<void> {
    const isUnderWay = () =>
      [...members.values()].some(({ requests }) => requests.some(({ path }) => path.includes(PODS)));
    await until(async () => {
      for (let turn = 0; turn < 50; turn += 1) await setImmediate();
      if (!isUnderWay()) clock.advance(1_000);
      return isUnderWay();
    });
    await until(() => rounds > 0);
    await hear();
  }

  async function hear(): Promise<void> {
    const directory = await targets();
    if (directory !== undefined) for (const prober of probers.values()) prober.use(directory);
  }

  async function targets(): Promise<ProbeDirectory | undefined> {
    const resource = WORKLOAD_RESOURCES.find(({ resource: { kind } }) => kind === 'FederatedConfigMap')?.resource;
    if (resource === undefined) return undefined;
    const ref = { name: PROBE_NAME, namespace: PROBE_NAMESPACE };
    const { spec } = await host.get<KubeObject & { spec?: { template?: { data?: Record<string, string> } } }>(
      resource,
      ref,
      { signal },
    );
    const directory = parseDirectory(spec?.template?.data?.['targets.json'] ?? '');
    return typeof directory === 'string' ? undefined : directory;
  }

  const matrixOf = () =>
    host.get<ReachabilityMatrix>(REACHABILITY_MATRICES, { name: 'default', namespace: NAMESPACE }, { signal });
  const conditionOf = async (name: string, type: string) => {
    const { status } = await host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { name, namespace: NAMESPACE }, { signal });
    return status?.conditions.find((condition) => condition.type === type);
  };
  const writes = () =>
    audit.filter(({ verb, objectRef: about }) => verb === 'patch' && about?.resource === 'reachabilitymatrices').length;

  async function green(services = false): Promise<void> {
    await probing(services ? { routes: { services: true } } : {});
    await reachability.start(never);
    await firstRound();
    await round();
  }

  it('finds that all is well, says so on each member, and writes nothing more while nothing changes', async () => {
    await joins('earth', '10.1');
    await joins('vulcan', '10.2');
    await green(true);

    expect((await matrixOf()).status).toMatchObject({
      summary: { pairs: 2, reachable: 2, unreachable: 0, unknown: 0 },
      problems: [],
      pairs: [
        { from: 'earth', to: 'vulcan', class: 'Reachable', pods: 'Reachable', services: 'Reachable' },
        { from: 'vulcan' },
      ],
    });
    expect(await conditionOf('earth', 'PodsReachable')).toMatchObject({ status: 'True', reason: 'Reachable' });
    expect(await conditionOf('vulcan', 'ServicesReachable')).toMatchObject({ status: 'True' });
    expect(reachability.podsReach('earth', 'vulcan')).toBe('True');
    const before = writes();
    await round();
    expect(writes()).toBe(before);
  });

  it('sees a fault in the next round, and its end in the one after, with one event each', async () => {
    await joins('earth', '10.1');
    await joins('vulcan', '10.2');
    await green();
    events.splice(0);
    const before = writes();
    const mend = network.add({ from: 'earth', to: 'vulcan', effect: 'no-route' });
    const mendBack = network.add({ from: 'vulcan', to: 'earth', effect: 'no-route' });
    await round();

    expect((await matrixOf()).status?.pairs[0]).toMatchObject({ from: 'earth', class: 'NoRoute', pods: 'Unreachable' });
    expect(await conditionOf('earth', 'PodsReachable')).toMatchObject({ status: 'False', reason: 'NoRoute' });
    expect(reachability.podsReach('earth', 'vulcan')).toBe('False');
    expect(writes()).toBe(before + 1);

    mend();
    mendBack();
    await round();
    expect(await conditionOf('earth', 'PodsReachable')).toMatchObject({ status: 'True' });
    expect(events).toEqual([
      'earth Warning PodsUnreachable',
      'vulcan Warning PodsUnreachable',
      'earth Normal PodsReachable',
      'vulcan Normal PodsReachable',
    ]);
  });

  it('does not blame the others for one that nobody reaches', async () => {
    await joins('earth', '10.1');
    await joins('mars', '10.2');
    await joins('vulcan', '10.3');
    await green();
    network.add({ to: 'mars', effect: 'no-route' });
    network.add({ from: 'mars', effect: 'no-route' });
    await round();

    expect(await conditionOf('mars', 'PodsReachable')).toMatchObject({ status: 'False' });
    const earth = await conditionOf('earth', 'PodsReachable');
    expect(earth).toMatchObject({ status: 'True', message: expect.stringContaining('nobody reaches mars') });
  });

  it('says Unknown, not False, once nothing fresh is known', async () => {
    await joins('earth', '10.1');
    const vulcan = await joins('vulcan', '10.2');
    await green();
    for (const pod of ['fedmesh-probe-vulcan-gw']) {
      vulcan.answer(`${PODS}/${pod}:${PROBE_PORT}/proxy/results`, (_, response) => refuse(response, 403, 'Forbidden'));
      members
        .get('earth')
        ?.answer(`${PODS}/fedmesh-probe-earth-gw:${PROBE_PORT}/proxy/results`, (_, response) =>
          refuse(response, 403, 'Forbidden'),
        );
    }
    for (let turn = 0; turn < 5; turn += 1) await round();

    expect(await conditionOf('vulcan', 'PodsReachable')).toMatchObject({
      status: 'Unknown',
      reason: 'Forbidden',
      message: expect.stringContaining('`fedctl join vulcan` again grants it'),
    });
    expect((await matrixOf()).status?.summary).toEqual({ pairs: 2, reachable: 0, unreachable: 0, unknown: 2 });
  });

  it('asks everything anew for whoever wants it, once the probes know of each other', async () => {
    await joins('earth', '10.1');
    await joins('vulcan', '10.2');
    await green();
    const body = {
      metadata: { annotations: { [VERIFY_ANNOTATION]: JSON.stringify({ id: 'mine', allNodes: false }) } },
    };
    await host.patch(
      REACHABILITY_MATRICES,
      { name: 'default', namespace: NAMESPACE },
      { type: 'merge', body },
      { signal },
    );

    await until(async () => (await matrixOf()).status?.answered === 'mine');
    expect((await matrixOf()).metadata.annotations?.[VERIFY_ANNOTATION]).toContain('mine');
  });

  it('goes on as usual while somebody waits for a probe that does not come', async () => {
    await joins('earth', '10.1');
    await joins('vulcan', '10.2');
    await joins('mars', '10.3', []);
    await green();
    const body = {
      metadata: { annotations: { [VERIFY_ANNOTATION]: JSON.stringify({ id: 'mine', allNodes: false }) } },
    };
    const ref = { name: 'default', namespace: NAMESPACE };
    await host.patch(REACHABILITY_MATRICES, ref, { type: 'merge', body }, { signal });
    network.add({ to: 'vulcan', effect: 'no-route' });
    network.add({ from: 'vulcan', effect: 'no-route' });
    await round();
    await round();

    expect(await conditionOf('vulcan', 'PodsReachable')).toMatchObject({ status: 'False' });
  });

  it('takes everything away when probing is switched off', async () => {
    await joins('earth', '10.1');
    await joins('vulcan', '10.2');
    await green();
    await host.patch(
      MESH_CONFIGS,
      { name: 'default', namespace: NAMESPACE },
      { type: 'merge', body: { spec: { probe: { enabled: false } } } },
      { signal },
    );
    const gone = async () => {
      clock.advance(1_000);
      for (const { resource, name } of WORKLOAD_RESOURCES) {
        const found = await host
          .get(resource, { name, namespace: PROBE_NAMESPACE }, { signal })
          .catch((error) => error);
        if (!isNotFound(found)) return false;
      }
      return (
        (await matrixOf().catch((error) => error)) instanceof Error &&
        (await conditionOf('earth', 'PodsReachable')) === undefined
      );
    };
    await until(gone);
    expect(await conditionOf('vulcan', 'ServicesReachable')).toBeUndefined();
  });

  it('asks and writes nothing where there is no MeshConfig', async () => {
    const earth = await joins('earth', '10.1');
    await reachability.start(never);
    for (let turn = 0; turn < 3; turn += 1) {
      clock.advance(60_000);
      for (let step = 0; step < 100; step += 1) await setImmediate();
    }
    expect(earth.requests.filter(({ path }) => path.includes(PROBE_NAMESPACE))).toEqual([]);
    const about = audit.filter(
      ({ objectRef }) => objectRef?.namespace === PROBE_NAMESPACE || objectRef?.name === PROBE_NAMESPACE,
    );
    expect(about.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`)).toEqual(['get namespaces']);
  });

  it('computes the matrix of 50 members: three requests a member and round, and one write when something changed', async () => {
    for (let number = 1; number <= 50; number += 1) {
      const name = `m${String(number).padStart(2, '0')}`;
      await joins(name, `10.${number}`);
      // 4,900 connections in one process say nothing about the matrix.
      const { port } = network.inside(name)(`10.${number}.0.10`, PROBE_PORT);
      const identity = { cluster: name, node: `${name}-gw`, nonce: `uid-of-fedmesh-probe-${name}-gw` };
      inProcess.set(port, async ({ headers }) => ({
        ms: 1,
        answer: { ...identity, peer: headers?.[SEEN_AS_HEADER] ?? '' },
      }));
    }
    await green();
    const requests = () => [...members.values()].flatMap((api) => api.requests).length;
    const [before, written, began] = [requests(), writes(), performance.now()];
    network.add({ from: 'm07', to: 'm31', effect: 'no-route' });
    network.add({ from: 'm31', to: 'm07', effect: 'no-route' });
    await round();
    const took = Math.round(performance.now() - began);
    const { status } = await matrixOf();

    expect(status?.summary).toEqual({ pairs: 2450, reachable: 2448, unreachable: 2, unknown: 0 });
    expect(status?.pairs.slice(0, 2).map((pair) => [pair.from, pair.to, pair.class])).toEqual([
      ['m07', 'm31', 'NoRoute'],
      ['m31', 'm07', 'NoRoute'],
    ]);
    expect(requests() - before).toBe(150);
    expect(writes() - written).toBe(1);
    console.info(`50 members: 2450 pairs in ${took} ms, 150 requests, ${JSON.stringify(status).length} characters`);
  }, 60_000);
});

function kindOf({ group, version, kind }: Resource) {
  return { apiVersion: `${group}/${version}`, kind };
}
