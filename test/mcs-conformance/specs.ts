import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ImportedPort, ServiceImport } from '../../apis/multicluster/service-import.ts';
import type { Service } from '../../controller/services/kinds.ts';
import { hello, NAME, type World } from './world.ts';

export interface Spec {
  readonly level: 'Required' | 'Optional';
  readonly name: string;
  /** Of the first cluster. */
  readonly service: Service;
  run(world: World): Promise<void>;
}

/** Exports are told apart by the second of their creation. */
const LATER_MS = 1_100;
const BOTH = [0, 1] as const;
const TCP = { name: 'tcp', port: 42, protocol: 'TCP' };
const PORTS: readonly ImportedPort[] = [TCP, { name: 'udp', port: 42, protocol: 'UDP' }];

function required(name: string, service: Service, run: Spec['run']): Spec {
  return { level: 'Required', name, service, run };
}

function optional(name: string, run: Spec['run']): Spec {
  return { level: 'Optional', name, service: hello(), run };
}

async function onSecond(world: World, service: Service, labels: object = {}): Promise<void> {
  await delay(LATER_MS);
  await world.deploy(1, service);
  await world.export(1, labels);
}

function has(found: ServiceImport, ports: readonly ImportedPort[]): void {
  const byName = [...found.spec.ports].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  deepEqual(
    byName,
    [...ports].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)),
  );
}

async function comesAndGoes(world: World, type: ServiceImport['spec']['type']): Promise<void> {
  await world.export(0);
  await world.condition(0, 'Valid', 'True');
  for (const cluster of BOTH) await world.imported(cluster, ({ spec }) => equal(spec.type, type));
  await world.unexport(0);
  for (const cluster of BOTH) await world.notImported(cluster);
}

/** What the specs of the Multi-Cluster Services API's conformance suite ask that can be answered without Pods that run. */
export const SPECS: readonly Spec[] = [
  required(
    'a ClusterIP Service becomes a ServiceImport of type ClusterSetIP in each cluster, until it is unexported',
    hello(),
    (world) => comesAndGoes(world, 'ClusterSetIP'),
  ),
  required('its session affinity is that of the exported Service', hello(), async (world) => {
    await world.export(0);
    await world.imported(0, ({ spec }) =>
      deepEqual([spec.sessionAffinity, spec.sessionAffinityConfig], ['ClientIP', { clientIP: { timeoutSeconds: 10 } }]),
    );
  }),
  required('so is its internal traffic policy', hello({ internalTrafficPolicy: 'Cluster' }), async (world) => {
    await world.export(0);
    await world.imported(0, ({ spec }) => equal(spec.internalTrafficPolicy, 'Cluster'));
  }),
  required('so is its traffic distribution', hello({ trafficDistribution: 'PreferClose' }), async (world) => {
    await world.export(0);
    await world.imported(0, ({ spec }) => equal(spec.trafficDistribution, 'PreferClose'));
  }),
  required('it has an IP of each of its families', hello(), async (world) => {
    await world.export(0);
    await world.imported(0, ({ spec }) => {
      deepEqual(
        spec.ips?.map((ip) => `IPv${isIP(ip)}`),
        spec.ipFamilies,
      );
      ok((spec.ips?.length ?? 0) > 0);
    });
  }),
  required('it has the ports of the exported Service', hello(), async (world) => {
    await world.export(0);
    await world.imported(0, (found) => has(found, PORTS));
  }),
  required('it has the ports of all exported Services', hello(), async (world) => {
    await world.export(0);
    const stcp = { name: 'stcp', port: 142, protocol: 'SCTP' };
    await onSecond(world, hello({ ports: [TCP, stcp] }));
    await world.imported(0, (found) => has(found, [...PORTS, stcp]));
  }),
  required(
    'ports that contradict each other are resolved, and a conflict is reported on each ServiceExport',
    hello(),
    async (world) => {
      await world.export(0);
      await onSecond(world, hello({ ports: [{ name: 'tcp', port: 43, protocol: 'TCP' }] }));
      for (const cluster of BOTH) await world.condition(cluster, 'Conflict', 'True');
      await world.imported(0, (found) => has(found, PORTS));
    },
  ),
  required('it is there as long as one cluster exports the Service', hello(), async (world) => {
    await world.export(0);
    await world.imported(0);
    await world.deploy(1, hello());
    await world.export(1);
    await world.steadily(0, (found) => notEqual(found, undefined));
    await world.unexport(0);
    await world.steadily(0, (found) => notEqual(found, undefined));
    await world.unexport(1);
    await world.notImported(0);
  }),
  required(
    'a headless Service becomes a ServiceImport of type Headless in each cluster, until it is unexported',
    hello({ clusterIP: 'None' }),
    (world) => comesAndGoes(world, 'Headless'),
  ),
  required('a Headless one has no IP', hello({ clusterIP: 'None' }), async (world) => {
    await world.export(0);
    await world.imported(0);
    await world.steadily(0, (found) => deepEqual(found?.spec.ips ?? [], []));
  }),
  required(
    'an ExternalName Service is no valid export and is not imported',
    hello({ type: 'ExternalName', externalName: 'example.com' }),
    async (world) => {
      await world.export(0);
      await world.condition(0, 'Valid', 'False');
      await world.steadily(0, (found) => equal(found, undefined));
    },
  ),
  required(
    'of Services of which one is headless the older counts, and a conflict is reported on each ServiceExport',
    hello(),
    async (world) => {
      await world.export(0);
      await onSecond(world, hello({ clusterIP: 'None' }));
      for (const cluster of BOTH) await world.condition(cluster, 'Conflict', 'True');
      for (const cluster of BOTH) await world.imported(cluster, ({ spec }) => equal(spec.type, 'ClusterSetIP'));
    },
  ),
  required(
    'a Service that is not exported is not imported (in the suite: cannot be reached)',
    hello(),
    async (world) => {
      for (const cluster of BOTH) await world.steadily(cluster, (found) => equal(found, undefined));
    },
  ),
  optional('only labels and annotations that the ServiceExport names are on the ServiceImport', async (world) => {
    await world.export(0, {
      exportedLabels: { 'dummy-label': 'true' },
      exportedAnnotations: { 'dummy-annotation': 'true' },
    });
    await world.imported(0, ({ metadata: { labels, annotations } }) => {
      deepEqual([labels?.['dummy-label'], annotations?.['dummy-annotation']], ['true', 'true']);
      deepEqual([labels?.['dummy-svc'], annotations?.['dummy-svc']], [undefined, undefined]);
    });
  }),
  optional(
    'of labels and annotations that differ the older count, and a conflict is reported on each ServiceExport',
    async (world) => {
      await world.export(0, { exportedLabels: { 'dummy-label': 'true' } });
      await onSecond(world, hello(), { exportedLabels: { 'dummy-label2': 'true' } });
      for (const cluster of BOTH) await world.condition(cluster, 'Conflict', 'True');
      await world.imported(0, ({ metadata: { labels } }) =>
        deepEqual([labels?.['dummy-label'], labels?.['dummy-label2']], ['true', undefined]),
      );
    },
  ),
  optional(
    'each cluster has EndpointSlices with the labels of the API, until the Service is unexported',
    async (world) => {
      await world.export(0);
      for (const cluster of BOTH) {
        await world.slices(cluster, (found) => {
          const [first] = found;
          equal(first?.metadata.labels?.['multicluster.kubernetes.io/service-name'], NAME);
          ok(first?.metadata.labels?.['multicluster.kubernetes.io/source-cluster']);
          notEqual(
            first?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
            'endpointslice-controller.k8s.io',
          );
          equal(first?.endpoints?.length, 1);
        });
      }
      await world.unexport(0);
      for (const cluster of BOTH) await world.slices(cluster, (found) => deepEqual(found, []));
    },
  ),
];
