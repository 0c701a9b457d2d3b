import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clusters } from '../clusters/clusters.ts';
import { healthy, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { type EndpointSlice, SERVICES_ANNOTATION } from './kinds.ts';
import { ServicesController } from './services-controller.ts';

const NAMESPACE = 'system';
const EXPORTS = '/apis/multicluster.x-k8s.io/v1beta1/serviceexports';
const IMPORTS = '/apis/multicluster.x-k8s.io/v1beta1/serviceimports';
const NAMESPACES = '/api/v1/namespaces';
const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const CREATED = '2026-01-01T00:00:00Z';

describe('ServicesController', () => {
  const never = new AbortController().signal;
  const servers = new Map<string, WireApi>();
  let clock: FakeClock;
  let host: WireApi;
  let client: Client;
  let clusters: Clusters;
  let services: ServicesController;
  let unreachable: string | undefined;
  let networkChanged: () => void;

  beforeEach(async () => {
    clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    unreachable = undefined;
    host = await WireApi.start(['/apis/core.kubefed.io/v1beta1/kubefedclusters', '/api/v1/secrets', EXPORTS]);
    client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    await begin();
  });

  async function begin(): Promise<void> {
    const health = { periodMs: 86_400_000, timeoutMs: 3_000, failureThreshold: 3, successThreshold: 1 };
    const common = { host: client, clock, random: () => 0.5, log: silentLog };
    clusters = new Clusters({ ...common, namespace: NAMESPACE, health: () => health });
    services = new ServicesController({
      ...common,
      clusters,
      controlPlane: { uid: 'me', hostClusterUid: 'host-uid' },
      translate: (_from, _to, ip) => ip,
      reachability: (_from, to) => (to === unreachable ? 'False' : 'Unknown'),
      onNetworkChange: (listener) => {
        networkChanged = listener;
        return () => undefined;
      },
    });
    await clusters.start(never);
    await services.start();
  }

  async function end(): Promise<void> {
    await services.close();
    await clusters.close();
  }

  afterEach(async () => {
    await end();
    await client.close();
    await host.close();
    for (const server of servers.values()) await server.close();
    servers.clear();
  });

  async function joins(name: string, annotations: Record<string, string> = { [SERVICES_ANNOTATION]: 'enabled' }) {
    const server = await WireApi.start([EXPORTS, IMPORTS, NAMESPACES, SERVICES, SLICES]);
    servers.set(name, server);
    healthy(server, `${name}-uid`);
    server.put(NAMESPACES, { metadata: { name: 'shop' } });
    host.put('/api/v1/secrets', {
      metadata: { name: `${name}-token`, namespace: NAMESPACE },
      data: { token: Buffer.from('x').toString('base64') },
    });
    host.put('/apis/core.kubefed.io/v1beta1/kubefedclusters', {
      metadata: { name, namespace: NAMESPACE, annotations },
      spec: { apiEndpoint: server.url, secretRef: { name: `${name}-token` } },
    });
    await until(() => clusters.get(name)?.ready === true);
    return server;
  }

  function exportsWeb(server: WireApi, endpoints = 1): void {
    server.put(SERVICES, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.96.0.5',
        ipFamilies: ['IPv4'],
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      },
    });
    has(server, endpoints);
    server.put(EXPORTS, { metadata: { name: 'web', namespace: 'shop', creationTimestamp: CREATED, generation: 1 } });
  }

  function has(server: WireApi, endpoints: number): void {
    server.put(SLICES, {
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: Array.from({ length: endpoints }, (_, number) => ({
        addresses: [`10.1.0.${number + 1}`],
        conditions: { ready: true },
      })),
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
      for (let turn = 0; turn < 60; turn += 1) await setImmediate();
    }
  }

  /** `POST services`, in order. */
  const writes = (server: WireApi) =>
    server.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path.replace(/^.*\/namespaces\/shop\//, '').replace(/\?.*$/, '')}`);
  const slice = (server: WireApi, name: RegExp) => {
    const path = server.requests
      .map((each) => each.body)
      .findLast((body) => name.test(body) && body.includes('addressType'));
    return path === undefined ? undefined : (JSON.parse(path) as EndpointSlice);
  };

  /** Passes once `server` has been written to so often. */
  async function written(server: WireApi, count: number): Promise<void> {
    for (let round = 0; round < 200 && writes(server).length < count; round += 1) await passes(100);
    expect(writes(server).length).toBeGreaterThanOrEqual(count);
  }

  it('brings an exported Service to every member that takes part with four writes, and then writes nothing more', async () => {
    const [earth, vulcan] = [await joins('earth'), await joins('vulcan')];
    const other = await joins('mars', {});
    exportsWeb(earth);
    await written(vulcan, 4);
    await written(earth, 5);
    await passes(60_000);

    const imported = ['POST services', 'POST serviceimports', 'POST endpointslices', 'PUT serviceimports/web/status'];
    expect(writes(vulcan)).toEqual(imported);
    expect(writes(earth)).toEqual(['PUT serviceexports/web/status', ...imported]);
    expect(other.requests.filter(({ path }) => /multicluster|discovery/.test(path))).toEqual([]);
    expect(slice(vulcan, /earth/)?.metadata).toMatchObject({
      labels: {
        'kubernetes.io/service-name': 'mcs-web',
        'multicluster.kubernetes.io/service-name': 'web',
        'multicluster.kubernetes.io/source-cluster': 'earth',
      },
    });
  });

  it('writes a rollout of fifty Pods within ten seconds in six writes a member', async () => {
    const [earth, vulcan] = [await joins('earth'), await joins('vulcan')];
    exportsWeb(earth);
    await written(vulcan, 4);
    await passes(10_000);
    const before = writes(vulcan).length;

    for (let pods = 2; pods <= 51; pods += 1) {
      has(earth, pods);
      await passes(200);
    }
    await passes(10_000);

    expect(writes(vulcan).slice(before)).toEqual(
      Array.from({ length: 6 }, () => expect.stringMatching(/^PUT endpointslices\/mcs-web-earth-/)),
    );
    expect(slice(vulcan, /mcs-web-earth/)?.endpoints).toHaveLength(51);
  });

  it('has no endpoint ready in a cluster that cannot be reached, with one write, until it can be again', async () => {
    const [earth, vulcan] = [await joins('earth'), await joins('vulcan')];
    exportsWeb(earth, 3);
    await written(vulcan, 4);
    await passes(5_000);
    const before = writes(vulcan).length;

    unreachable = 'earth';
    networkChanged();
    await passes(1_000);
    expect(slice(vulcan, /mcs-web-earth/)?.endpoints?.map(({ conditions }) => conditions?.ready)).toEqual([
      false,
      false,
      false,
    ]);

    unreachable = undefined;
    networkChanged();
    await passes(1_000);
    expect(slice(vulcan, /mcs-web-earth/)?.endpoints?.map(({ conditions }) => conditions?.ready)).toEqual([
      true,
      true,
      true,
    ]);
    expect(writes(vulcan)).toHaveLength(before + 2);
    expect(slice(earth, /mcs-web-earth/)?.endpoints?.map(({ conditions }) => conditions?.ready)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('takes nothing away because the exporting member is away when the controller starts', async () => {
    const [earth, vulcan] = [await joins('earth'), await joins('vulcan')];
    exportsWeb(earth);
    await written(vulcan, 4);
    await end();
    await earth.close();
    const before = writes(vulcan).length;

    await begin();
    await until(() => clusters.get('vulcan')?.ready === true);
    await passes(30_000);

    expect(writes(vulcan).slice(before)).toEqual([]);
  });

  it('takes all of it away with the export, the ServiceImport last', async () => {
    const [earth, vulcan] = [await joins('earth'), await joins('vulcan')];
    exportsWeb(earth);
    await written(vulcan, 4);
    await written(earth, 5);
    await passes(5_000);

    earth.remove(EXPORTS, 'web');
    await written(vulcan, 7);
    await passes(5_000);

    expect(writes(vulcan).slice(4)).toEqual([
      expect.stringMatching(/^DELETE endpointslices\/mcs-web-earth-/),
      'DELETE services/mcs-web',
      'DELETE serviceimports/web',
    ]);
    expect([earth.get(SLICES, 'web-1'), earth.get(SERVICES, 'web')]).not.toContain(undefined);
  });

  it('has the local Service answered by other clusters while it has no endpoint of its own, where the export asks for it', async () => {
    const [earth, vulcan] = [await joins('earth'), await joins('vulcan')];
    exportsWeb(earth, 2);
    exportsWeb(vulcan, 1);
    vulcan.put(EXPORTS, {
      metadata: {
        name: 'web',
        namespace: 'shop',
        creationTimestamp: CREATED,
        annotations: { 'services.fedmesh.io/local-service': 'PreferLocal' },
      },
    });
    const attached = () => slice(vulcan, /"name":"web-earth-/)?.endpoints?.map(({ conditions }) => conditions?.ready);
    for (let round = 0; round < 100 && attached() === undefined; round += 1) await passes(100);
    expect(attached()).toEqual([false, false]);
    expect(slice(earth, /"name":"web-vulcan-/)).toBeUndefined();

    has(vulcan, 0);
    await passes(5_000);
    expect(attached()).toEqual([true, true]);

    vulcan.put(EXPORTS, { metadata: { name: 'web', namespace: 'shop', creationTimestamp: CREATED } });
    await passes(5_000);
    expect(writes(vulcan).at(-1)).toMatch(/^DELETE endpointslices\/web-earth-/);
  });
});
