import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { SERVICE_EXPORTS, type ServiceExport } from '../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS, type ServiceImport } from '../../apis/multicluster/service-import.ts';
import { SERVICES } from '../../controller/kube/core-kinds.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import type { Resource } from '../../controller/kube/resource.ts';
import { ENDPOINT_SLICES, type EndpointSlice, OWNER_LABEL, type Service } from '../../controller/services/kinds.ts';
import { eventually } from '../kube/eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { succeed } from './processes.ts';

const signal = AbortSignal.timeout(1_800_000);
const namespace = 'shop';
const becomes = <T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean) =>
  eventually(what, look, holds, { withinMs: 120_000 });
type Name = 'host' | 'earth' | 'vulcan';

describe.runIf(inject('kubeconfig') !== '')('Services across clusters', () => {
  let federation: Federation<Name>;

  beforeAll(async () => {
    federation = await startFederation({ names: ['host', 'earth', 'vulcan'] });
    await succeed(federation.fedctl('services', 'enable'));
    for (const cluster of ['earth', 'vulcan'] as const) {
      await federation.kubectl(cluster, 'create', 'namespace', namespace);
    }
  });
  afterAll(() => federation?.close());

  const service = (ports: object[], spec: object = {}) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { ports, ...spec },
    });
  const http = { name: 'http', port: 80, protocol: 'TCP' };
  const slice = (addresses: string[]) =>
    JSON.stringify({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-by-hand', namespace, labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: addresses.map((address) => ({
        addresses: [address],
        conditions: { ready: true },
        nodeName: 'node-1',
        targetRef: { kind: 'Pod', name: `web-${address}` },
      })),
    });

  async function get<T extends KubeObject>(cluster: Name, kind: Resource, name: string): Promise<T | undefined> {
    try {
      return await federation.clients[cluster].get<T>(kind, { namespace, name }, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  const imported = (cluster: Name) => get<ServiceImport>(cluster, SERVICE_IMPORTS, 'web');
  const ours = async (cluster: Name, kind: Resource) =>
    (await federation.clients[cluster].listAll(kind, { labelSelector: OWNER_LABEL, signal })).items;
  const condition = async (cluster: Name, type: string) =>
    (await get<ServiceExport>(cluster, SERVICE_EXPORTS, 'web'))?.status?.conditions?.find((each) => each.type === type);
  const seen = async (cluster: Name, from: string) => {
    const slices = (await ours(cluster, ENDPOINT_SLICES)) as EndpointSlice[];
    return slices
      .filter(({ metadata }) => metadata.labels?.['multicluster.kubernetes.io/source-cluster'] === from)
      .flatMap(({ endpoints }) => endpoints ?? []);
  };

  it('one that a cluster exports can be used in every cluster that has the namespace, under a name that DNS can make', async () => {
    await federation.apply('earth', service([http], { sessionAffinity: 'ClientIP' }));
    await federation.apply('earth', slice(['10.1.0.1']));
    await succeed(federation.fedctl('export', 'service', 'web', '-n', namespace, '--cluster', 'earth'));

    const found = await becomes(
      'vulcan has imported it',
      () => imported('vulcan'),
      (each) => each?.status?.conditions?.[0]?.status === 'True',
    );
    expect(found).toMatchObject({
      metadata: { annotations: { 'multicluster.kubernetes.io/derived-service': 'mcs-web' } },
      spec: { type: 'ClusterSetIP', ports: [http], sessionAffinity: 'ClientIP', ipFamilies: ['IPv4'] },
      status: { clusters: [{ cluster: 'earth' }], endpointSliceObjects: 'Present' },
    });
    const derived = await get<Service>('vulcan', SERVICES, 'mcs-web');
    expect(found?.spec.ips).toEqual(derived?.spec?.clusterIPs);
    expect(derived?.spec?.selector).toBeUndefined();
    const [endpoint] = await becomes(
      'vulcan has its endpoints',
      () => seen('vulcan', 'earth'),
      (endpoints) => endpoints.length > 0,
    );
    expect(endpoint).toEqual({ addresses: ['10.1.0.1'], conditions: { ready: true } });
    const ready = await becomes(
      'earth is told',
      () => condition('earth', 'Ready'),
      (each) => each?.status === 'True',
    );
    expect(ready).toMatchObject({ status: 'True', reason: 'Exported' });
    await becomes(
      'earth has it too',
      () => imported('earth'),
      (each) => each?.spec.ips?.length === 1,
    );
  });

  it('several clusters that export it bring their ports and endpoints together, and both are told where they disagree', async () => {
    await federation.apply(
      'vulcan',
      service([
        { ...http, port: 81 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ]),
    );
    await federation.apply('vulcan', slice(['10.2.0.1']));
    // By a person's YAML, in the older version.
    await federation.apply(
      'vulcan',
      JSON.stringify({
        apiVersion: 'multicluster.x-k8s.io/v1alpha1',
        kind: 'ServiceExport',
        metadata: { name: 'web', namespace },
      }),
    );

    const merged = await becomes(
      'earth has the ports of both',
      () => imported('earth'),
      (each) => each?.spec.ports.length === 2,
    );
    expect(merged?.spec.ports).toEqual([http, { name: 'dns', port: 53, protocol: 'UDP' }]);
    for (const cluster of ['earth', 'vulcan'] as const) {
      const conflict = await becomes(
        `${cluster} is told`,
        () => condition(cluster, 'Conflict'),
        (each) => each?.status === 'True',
      );
      expect(conflict).toMatchObject({
        reason: 'PortConflict,SessionAffinityConflict,SessionAffinityConfigConflict',
        message: expect.stringContaining('port http 81/TCP of cluster "vulcan" contradicts http 80/TCP of "earth"'),
      });
    }
    for (const [into, from, address] of [
      ['earth', 'vulcan', '10.2.0.1'],
      ['vulcan', 'earth', '10.1.0.1'],
      ['earth', 'earth', '10.1.0.1'],
    ] as const) {
      await becomes(
        `${into} sees the endpoints of ${from}`,
        () => seen(into, from),
        (endpoints) => endpoints[0]?.addresses[0] === address,
      );
    }
    const stdout = await succeed(federation.fedctl('services', 'status', '-o', 'json'));
    expect(JSON.parse(stdout).services).toMatchObject([
      { namespace, name: 'web', sources: ['earth', 'vulcan'], exportedFrom: ['earth', 'vulcan'] },
    ]);
  });

  it("endpoints follow, and a Service of the derived name that is somebody else's is left alone and told of", async () => {
    await federation.apply('earth', slice(['10.1.0.1', '10.1.0.2']));
    await becomes(
      'vulcan sees both',
      () => seen('vulcan', 'earth'),
      (endpoints) => endpoints.length === 2,
    );

    await federation.kubectl('vulcan', 'create', 'service', 'clusterip', 'mcs-db', '--tcp=5432', '-n', namespace);
    await federation.kubectl('earth', 'create', 'service', 'clusterip', 'db', '--tcp=5432', '-n', namespace);
    await succeed(federation.fedctl('export', 'service', 'db', '-n', namespace));
    const refused = await becomes(
      'vulcan says why not',
      () => get<ServiceImport>('vulcan', SERVICE_IMPORTS, 'db'),
      (each) => each?.status?.conditions?.[0]?.reason === 'ServiceNameTaken',
    );
    expect(refused?.spec.ips).toBeUndefined();
    expect((await get<Service>('vulcan', SERVICES, 'mcs-db'))?.metadata.labels).not.toHaveProperty(OWNER_LABEL);
    await succeed(federation.fedctl('unexport', 'service', 'db', '-n', namespace));
    await becomes(
      'it is gone',
      () => get('vulcan', SERVICE_IMPORTS, 'db'),
      (each) => each === undefined,
    );
  });

  it('an export on the host speaks for every member; with the last export everything goes that came by it', async () => {
    await federation.kubectl('host', 'apply', '-f', 'samples/services');
    const sample = { namespace: 'services-sample', name: 'hello' };
    const vulcan = federation.clients.vulcan;
    const exporters = async () => {
      const found = await vulcan.get<ServiceImport>(SERVICE_IMPORTS, sample, { signal }).catch(() => undefined);
      return found?.status?.clusters?.map(({ cluster }) => cluster).join();
    };
    await becomes('both export it', exporters, (clusters) => clusters === 'earth,vulcan');
    const own = () => federation.clients.host.get<ServiceExport>(SERVICE_EXPORTS, sample, { signal });
    await becomes('the host says so', own, ({ status }) => status?.conditions?.length === 3);

    await federation.kubectl('host', 'delete', 'serviceexport', 'hello', '-n', 'services-sample');
    await succeed(federation.fedctl('unexport', 'service', 'web', '-n', namespace));
    for (const cluster of ['earth', 'vulcan'] as const) {
      for (const kind of [SERVICE_IMPORTS, SERVICES, ENDPOINT_SLICES]) {
        await becomes(
          `${cluster} has no ${kind.plural} of ours`,
          () => ours(cluster, kind),
          (left) => left.length === 0,
        );
      }
      expect(await get(cluster, SERVICES, 'web')).toBeDefined();
    }
  });

  it('a member that leaves is left without any of it, and the others without its endpoints', async () => {
    await succeed(federation.fedctl('export', 'service', 'web', '-n', namespace));
    await becomes(
      'earth sees vulcan',
      () => seen('earth', 'vulcan'),
      (endpoints) => endpoints.length === 1,
    );
    await succeed(federation.fedctl('unjoin', 'vulcan', '--yes'));

    await becomes(
      'earth does not',
      () => seen('earth', 'vulcan'),
      (endpoints) => endpoints.length === 0,
    );
    const left = await becomes(
      'earth alone exports it',
      () => imported('earth'),
      (each) => each?.status?.clusters?.length === 1,
    );
    expect(left?.status?.clusters).toEqual([{ cluster: 'earth' }]);
    const names = await federation.kubectl(
      'vulcan',
      'get',
      'crds,clusterroles,services,endpointslices',
      '-A',
      '-o',
      'name',
    );
    expect(names.split('\n').filter((name) => /multicluster|fedmesh|mcs-web|kubefed/.test(name))).toEqual([]);
  });

  it('where Services are no longer to be carried nothing of it is left, on the host neither', async () => {
    const { code, stdout } = await federation.fedctl('services', 'disable', '--all');

    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^earth: \d+ objects? removed\nhost: \d+ objects? removed\n$/),
    ]);
    for (const cluster of ['host', 'earth'] as const) {
      const gone = async () => federation.kubectl(cluster, 'get', 'crds,services,endpointslices', '-A', '-o', 'name');
      await becomes(`${cluster} has none`, gone, (left) => !/multicluster|mcs-web/.test(left));
    }
    expect(await federation.kubectl('earth', 'get', 'clusterroles', '-o', 'name')).not.toContain('fedmesh-services');
    expect(await get('earth', SERVICES, 'web')).toBeDefined();
  });
});
