import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { writesOf } from './audit-log.ts';
import { Cluster } from './cluster.ts';
import { federated, federateNamespace, standingOf, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const MEMBERS = ['earth', 'vulcan'] as const;
const FEDERATED_DEPLOYMENTS = federatedKindOf(DEPLOYMENTS);
const NAMESPACE = 'collected';
const CONFIG = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: { name: kubefed, namespace: ${DEFAULT_KUBEFED_NAMESPACE} }
spec:
  scope: Cluster
  featureGates:
    - { name: RawResourceStatusCollection, configuration: Enabled }
`;
const TEMPLATE = {
  metadata: { labels: { app: 'web' } },
  spec: {
    replicas: 60,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
  },
};

describe.runIf(inject('kubeconfig') !== '')('the status of copies, with RawResourceStatusCollection', () => {
  let scratch: string;
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-remote-status-'));
    await writeFile(join(scratch, 'config.yaml'), CONFIG);
    federation = await startFederation({
      names: NAMES,
      // Nobody but the test writes a status.
      planes: { controllers: 'minimal', auditLog: true },
      controllerArgs: [`--kubefed-config=${join(scratch, 'config.yaml')}`],
    });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    await collect('deployments.apps', 'Enabled');
    await federateNamespace(host, NAMESPACE, MEMBERS);
  });

  afterAll(async () => {
    await federation?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const collect = (name: string, statusCollection: 'Enabled' | 'Disabled') =>
    host.patch(FEDERATED_TYPE_CONFIGS, { name, namespace: DEFAULT_KUBEFED_NAMESPACE }, { spec: { statusCollection } });

  async function deploy(name: string) {
    const ref = { name, namespace: NAMESPACE };
    await host.create(FEDERATED_DEPLOYMENTS, federated(DEPLOYMENTS, { ...ref, template: TEMPLATE, on: MEMBERS }));
    await untilPropagated(host, DEPLOYMENTS, ref, MEMBERS);
    return ref;
  }

  type Ref = Awaited<ReturnType<typeof deploy>>;

  const report = (member: Cluster, ref: Ref, status: object) =>
    member.patch(DEPLOYMENTS, ref, { status: { replicas: 60, observedGeneration: 1, ...status } }, 'status');

  /** By cluster, as the host's object shows it. */
  const remoteStatuses = ({ status }: Partial<FederatedObject>) =>
    Object.fromEntries((status?.clusters ?? []).map(({ name, remoteStatus }) => [name, remoteStatus]));

  const untilShown = (ref: Ref, shown: Record<string, unknown>) =>
    host.until(FEDERATED_DEPLOYMENTS, ref, (object) => {
      const statuses = remoteStatuses(object as FederatedObject);
      return Object.entries(shown).every(
        ([cluster, ready]) => (statuses[cluster] as { readyReplicas?: number } | undefined)?.readyReplicas === ready,
      );
    }) as Promise<FederatedObject>;

  const statusWrites = async ({ name }: Ref) =>
    (await writesOf(federation.planes.host, { namespace: NAMESPACE })).filter(
      (write) => write === `update federateddeployments/status ${name}`,
    ).length;

  it('stands in status.clusters as each member has it', async () => {
    const ref = await deploy('web');
    const { status: before } = await host.get<FederatedObject>(FEDERATED_DEPLOYMENTS, ref);
    await report(earth, ref, { readyReplicas: 12, availableReplicas: 12 });
    await report(vulcan, ref, { readyReplicas: 34 });
    const { status } = await untilShown(ref, { earth: 12, vulcan: 34 });
    expect(remoteStatuses({ ...(status === undefined ? {} : { status }) })).toEqual({
      earth: (await earth.get(DEPLOYMENTS, ref)).status,
      vulcan: (await vulcan.get(DEPLOYMENTS, ref)).status,
    });
    expect(status?.clusterSummary).toBe('2/2');
    expect(status?.conditions?.[0]?.lastTransitionTime).toBe(before?.conditions?.[0]?.lastTransitionTime);
    expect((await federation.fedctl('status')).stdout).toContain('web');
  });

  it('costs the host one write per second at most, however fast it changes in the members', async () => {
    const ref = await deploy('storm');
    const before = await statusWrites(ref);
    const started = Date.now();
    for (let ready = 1; ready <= 50; ready++)
      await report(ready % 2 === 0 ? earth : vulcan, ref, { readyReplicas: ready });
    await untilShown(ref, { earth: 50, vulcan: 49 });
    const seconds = (Date.now() - started) / 1000;
    const writes = (await statusWrites(ref)) - before;
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThanOrEqual(seconds + 2);
  });

  it('is still right, and repairs still work, where only metadata and status of the copies are kept', async () => {
    const ref = await deploy('drifting');
    await report(earth, ref, { readyReplicas: 7 });
    await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 3 } });
    const isRepaired = ({ spec }: KubeObject) => (spec as { replicas: number }).replicas === 60;
    await earth.until(DEPLOYMENTS, ref, isRepaired);
    await untilShown(ref, { earth: 7 });
    const spec = { retainReplicas: true };
    await host.patch(FEDERATED_DEPLOYMENTS, ref, { spec });
    await untilPropagated(host, DEPLOYMENTS, ref, MEMBERS);
    await vulcan.patch(DEPLOYMENTS, ref, { spec: { replicas: 5 } });
    await host.patch(FEDERATED_DEPLOYMENTS, ref, { spec: { template: { metadata: { labels: { more: 'x' } } } } });
    const labelled = await vulcan.until(DEPLOYMENTS, ref, ({ metadata }) => metadata.labels?.more === 'x');
    expect((labelled.spec as { replicas: number }).replicas).toBe(5);
  });

  it('is left out, and that is said, where the object would be larger than etcd stores', async () => {
    const ref = await deploy('huge');
    const talkative = (bytes: number) => ({
      readyReplicas: 1,
      conditions: [{ type: 'Progressing', status: 'True', reason: 'Verbose', message: 'x'.repeat(bytes) }],
    });
    await report(earth, ref, talkative(900_000));
    await untilShown(ref, { earth: 1 });
    await report(vulcan, ref, talkative(800_000));
    const object = await untilShown(ref, { earth: undefined, vulcan: 1 });
    const standing = standingOf(object);
    expect(standing.messages.earth).toMatch(/^remoteStatus is left out: it takes 90\d kB/);
    expect(standing).toMatchObject({ propagation: 'True', clusters: { earth: 'OK', vulcan: 'OK' } });
    await report(earth, ref, { conditions: null, readyReplicas: 2 });
    await untilShown(ref, { earth: 2, vulcan: 1 });
  });

  it('is awaited of kinds that never have one, as in KubeFed, and the condition says so', async () => {
    await collect('configmaps', 'Enabled');
    const ref = { name: 'settings', namespace: NAMESPACE };
    await host.create(federatedKindOf(CONFIG_MAPS), federated(CONFIG_MAPS, { ...ref, template: {}, on: MEMBERS }));
    const { message, clusters } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ propagation, message }) => propagation === 'CheckClusters' && message.includes('and 1 more'),
    );
    expect(message).toBe('earth: it has no status there yet (and 1 more)');
    expect(clusters).toEqual({ earth: 'OK', vulcan: 'OK' });
  });

  it('goes when it is collected no longer', async () => {
    const ref = await deploy('last');
    await report(earth, ref, { readyReplicas: 3 });
    await untilShown(ref, { earth: 3 });
    await collect('deployments.apps', 'Disabled');
    const { status } = (await host.until(
      FEDERATED_DEPLOYMENTS,
      ref,
      (object) => remoteStatuses(object as FederatedObject).earth === undefined,
    )) as FederatedObject;
    expect(status?.clusters).toEqual([{ name: 'earth' }, { name: 'vulcan' }]);
  });
});
