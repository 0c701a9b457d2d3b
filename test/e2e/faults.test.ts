import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { DEFAULT_KUBEFED_NAMESPACE, SYNC_FINALIZER } from '../../apis/well-known.ts';
import { Cluster, until } from './cluster.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { federated, federateNamespace, type Standing, standingOf, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, federatedKindOf, SECRETS } from './kinds.ts';

/** The host is a member too: three in all. */
const NAMES = ['host', 'earth', 'vulcan'] as const;
type Name = (typeof NAMES)[number];
const FEDERATED_CONFIG_MAPS = federatedKindOf(CONFIG_MAPS);
const PARALLEL = 16;
/** A list of hundreds of objects is work for those who are to be watched at theirs. */
const MANY = { withinMs: 120_000, everyMs: 250 };
/** A member that is away is known to be so after three seconds instead of thirty; who follows a killed controller waits six. */
const CONFIG = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: { name: kubefed, namespace: ${DEFAULT_KUBEFED_NAMESPACE} }
spec:
  scope: Cluster
  clusterHealthCheck: { period: 1s, failureThreshold: 3, successThreshold: 1, timeout: 1s }
  leaderElect: { leaseDuration: 6s, renewDeadline: 4s, retryPeriod: 1s }
`;

describe.runIf(inject('kubeconfig') !== '')('when something breaks', () => {
  let scratch: string;
  let federation: Federation<Name>;
  let clusters: Record<Name, Cluster>;
  let host: Cluster;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-faults-'));
    await writeFile(join(scratch, 'config.yaml'), CONFIG);
    federation = await startFederation({
      names: NAMES,
      members: NAMES,
      planes: { controllers: 'minimal' },
      controllerArgs: [`--kubefed-config=${join(scratch, 'config.yaml')}`],
    });
    const { clients } = federation;
    clusters = {
      host: new Cluster(clients.host),
      earth: new Cluster(clients.earth),
      vulcan: new Cluster(clients.vulcan),
    };
    host = clusters.host;
  });

  afterAll(async () => {
    await federation?.close();
    await rm(scratch, { recursive: true });
  });

  const nameOf = (index: number) => `object-${String(index).padStart(3, '0')}`;
  const names = (count: number) => Array.from({ length: count }, (_, index) => nameOf(index));

  async function inParallel(items: readonly string[], act: (item: string) => Promise<unknown>): Promise<void> {
    const queue = [...items];
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
      }),
    );
  }

  const create = (namespace: string, name: string) =>
    host.create(
      FEDERATED_CONFIG_MAPS,
      federated(CONFIG_MAPS, { name, namespace, template: { data: { of: name } }, on: { clusterSelector: {} } }),
    );

  const createMany = (namespace: string, count: number) => inParallel(names(count), (name) => create(namespace, name));

  /** Names of the copies of this namespace in one member. */
  const copiesIn = async (name: Name, namespace: string) =>
    (await clusters[name].list(CONFIG_MAPS, namespace))
      .map(({ metadata }) => metadata.name ?? '')
      .filter((copy) => copy.startsWith('object-'));

  async function untilAllIn(members: readonly Name[], namespace: string, count: number): Promise<void> {
    for (const member of members) {
      const copies = await until(
        `${count} copies in ${member}`,
        () => copiesIn(member, namespace),
        (found) => found.length === count,
        MANY,
      );
      expect(copies.sort()).toEqual(names(count));
    }
  }

  async function standings(namespace: string): Promise<Standing[]> {
    const objects = await host.list(FEDERATED_CONFIG_MAPS, namespace);
    return objects.map((object) => standingOf(object as Parameters<typeof standingOf>[0]));
  }

  async function untilAllPropagated(namespace: string, count: number): Promise<void> {
    await until(
      `${count} objects propagated`,
      async () => (await standings(namespace)).filter(({ propagation, current }) => current && propagation === 'True'),
      (well) => well.length === count,
      MANY,
    );
  }

  const member = (name: Name) => ({ name, namespace: DEFAULT_KUBEFED_NAMESPACE });

  const untilReady = (name: Name, ready: 'True' | 'False') =>
    host.until(KUBEFED_CLUSTERS, member(name), (object) => {
      const { status } = object as KubeFedCluster;
      return status?.conditions?.find(({ type }) => type === 'Ready')?.status === ready;
    });

  it('a member that hangs holds up nobody: a hundred objects reach the others while it does', async () => {
    const namespace = 'hanging';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    federation.planes.vulcan.hang();
    try {
      await createMany(namespace, 100);
      await untilAllIn(['host', 'earth'], namespace, 100);
      await until(
        'a status for each without it',
        () => standings(namespace),
        (all) =>
          all.length === 100 &&
          all.every(
            ({ clusters }) =>
              clusters.host === 'OK' &&
              clusters.earth === 'OK' &&
              ['CreationTimedOut', 'ClusterNotReady'].includes(clusters.vulcan ?? ''),
          ),
        MANY,
      );
      await untilReady('vulcan', 'False');
      const [waiting] = await until(
        'those that wait in no lane to say why',
        async () => (await standings(namespace)).filter(({ clusters }) => clusters.vulcan === 'ClusterNotReady'),
        (found) => found.length > 0,
        MANY,
      );
      expect(waiting?.messages.vulcan).toMatch(/no (answer|connection) within/);
      expect(federation.planes.vulcan.state).toBe('hanging');
    } finally {
      federation.planes.vulcan.resume();
    }
    await untilAllIn(['vulcan'], namespace, 100);
    await untilAllPropagated(namespace, 100);
  });

  it('a deletion waits for a member that hangs only where that member holds a copy', async () => {
    const namespace = 'blocked';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    const everywhere = { name: nameOf(0), namespace };
    const elsewhere = { name: nameOf(1), namespace };
    await create(namespace, everywhere.name);
    await host.create(
      FEDERATED_CONFIG_MAPS,
      federated(CONFIG_MAPS, { ...elsewhere, template: {}, on: ['host', 'earth'] }),
    );
    await untilAllPropagated(namespace, 2);
    federation.planes.vulcan.hang();
    try {
      await untilReady('vulcan', 'False');
      await host.delete(FEDERATED_CONFIG_MAPS, everywhere);
      await host.delete(FEDERATED_CONFIG_MAPS, elsewhere);
      await host.untilGone(FEDERATED_CONFIG_MAPS, elsewhere);
      await clusters.earth.untilGone(CONFIG_MAPS, everywhere);
      const { clusters: shown } = await untilStanding(
        host,
        CONFIG_MAPS,
        everywhere,
        // The copy in earth is gone before the status says so.
        ({ clusters }) => clusters.vulcan === 'ClusterNotReady' && Object.keys(clusters).length === 1,
      );
      expect(shown).toEqual({ vulcan: 'ClusterNotReady' });
    } finally {
      federation.planes.vulcan.resume();
    }
    await host.untilGone(FEDERATED_CONFIG_MAPS, everywhere);
    expect(await clusters.vulcan.find(CONFIG_MAPS, everywhere)).toBeUndefined();
  });

  it('a member whose answers stop in the middle holds up nobody, and what it did all the same is found', async () => {
    const namespace = 'cut';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    const direct = (await host.get<KubeFedCluster>(KUBEFED_CLUSTERS, member('vulcan'))).spec;
    const proxy = await CuttingProxy.start(federation.planes.vulcan);
    try {
      await host.patch(KUBEFED_CLUSTERS, member('vulcan'), { spec: proxy.endpoint });
      await create(namespace, nameOf(0));
      await untilAllPropagated(namespace, 1);
      proxy.stall();
      await inParallel(names(100).slice(1), (name) => create(namespace, name));
      await untilAllIn(['host', 'earth'], namespace, 100);
      await until(
        'a status for each without it',
        () => standings(namespace),
        // The first one, which is there, joins them once the probes have failed too.
        (all) => all.filter(({ clusters }) => clusters.earth === 'OK' && clusters.vulcan !== 'OK').length >= 99,
        MANY,
      );
      proxy.heal();
      await untilAllPropagated(namespace, 100);
      await untilAllIn(['vulcan'], namespace, 100);
      const { apiEndpoint, caBundle = null } = direct;
      await host.patch(KUBEFED_CLUSTERS, member('vulcan'), { spec: { apiEndpoint, caBundle } });
      await host.patch(
        FEDERATED_CONFIG_MAPS,
        { name: nameOf(0), namespace },
        { spec: { template: { data: { of: 'the direct way' } } } },
      );
      await clusters.vulcan.until(
        CONFIG_MAPS,
        { name: nameOf(0), namespace },
        ({ data }) => (data as { of: string }).of === 'the direct way',
      );
    } finally {
      await proxy.close();
    }
  });

  it('a member whose API server dies gets what it missed when it is back', async () => {
    const namespace = 'dying';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    await createMany(namespace, 20);
    await untilAllPropagated(namespace, 20);
    await federation.planes.earth.kill();
    await host.delete(FEDERATED_CONFIG_MAPS, { name: nameOf(19), namespace });
    await inParallel(names(19), (name) =>
      host.patch(FEDERATED_CONFIG_MAPS, { name, namespace }, { spec: { template: { data: { more: 'yes' } } } }),
    );
    await until(
      'the others updated',
      () => standings(namespace),
      (all) =>
        all.filter(({ clusters, current }) => current && clusters.vulcan === 'OK' && clusters.earth !== 'OK').length ===
        19,
    );
    await federation.planes.earth.start();
    await untilAllPropagated(namespace, 19);
    await untilAllIn(['earth'], namespace, 19);
    for (const { data } of (await clusters.earth.list(CONFIG_MAPS, namespace)).filter(({ metadata }) =>
      metadata.name?.startsWith('object-'),
    )) {
      expect(data).toMatchObject({ more: 'yes' });
    }
    expect(await host.find(FEDERATED_CONFIG_MAPS, { name: nameOf(19), namespace })).toBeUndefined();
  });

  it('a token that a member refuses is told, and the next one in the Secret is taken at once', async () => {
    const namespace = 'refused';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    const { spec } = await host.get<KubeFedCluster>(KUBEFED_CLUSTERS, member('vulcan'));
    const secret = { name: spec.secretRef.name, namespace: DEFAULT_KUBEFED_NAMESPACE };
    const { data } = await host.get(SECRETS, secret);
    await host.patch(SECRETS, secret, { data: { token: Buffer.from('not a token').toString('base64') } });
    await untilReady('vulcan', 'False');
    await createMany(namespace, 5);
    await untilAllIn(['host', 'earth'], namespace, 5);
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      { name: nameOf(0), namespace },
      ({ clusters, messages }) =>
        clusters.earth === 'OK' &&
        clusters.vulcan === 'ClusterNotReady' &&
        /401|Unauthorized/.test(messages.vulcan ?? ''),
    );
    expect(messages.vulcan).toMatch(/401|Unauthorized/);
    await host.patch(SECRETS, secret, { data });
    await untilAllPropagated(namespace, 5);
    await untilAllIn(['vulcan'], namespace, 5);
  });

  it("the host's API server may go away in the middle of it, and come back", async () => {
    const namespace = 'headless';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    await createMany(namespace, 100);
    await federation.planes.host.kill();
    await federation.planes.host.start();
    await untilAllPropagated(namespace, 100);
    await untilAllIn(NAMES, namespace, 100);
  });

  it('the controller may be killed in the middle of five hundred objects: the next one finishes, and nothing is left', async () => {
    const namespace = 'killed';
    const two: readonly Name[] = ['earth', 'vulcan'];
    await federateNamespace(host, namespace, two);
    const creating = createMany(namespace, 500);
    await until(
      'a part of them in earth',
      async () => (await copiesIn('earth', namespace)).length,
      (count) => count >= 50,
    );
    await federation.controller.stop('SIGKILL');
    await creating;
    expect((await copiesIn('earth', namespace)).length).toBeLessThan(500);
    await federation.restart();
    await untilAllPropagated(namespace, 500);
    await untilAllIn(two, namespace, 500);
    for (const { metadata } of await host.list(FEDERATED_CONFIG_MAPS, namespace)) {
      expect(metadata.finalizers).toEqual([SYNC_FINALIZER]);
    }

    // And the same on the way out.
    const deleting = inParallel(names(500), (name) => host.delete(FEDERATED_CONFIG_MAPS, { name, namespace }));
    await until(
      'a part of them gone from earth',
      async () => (await copiesIn('earth', namespace)).length,
      (count) => count <= 450,
    );
    await federation.controller.stop('SIGKILL');
    await deleting;
    await federation.restart();
    await until(
      'all gone from the host',
      async () => (await host.list(FEDERATED_CONFIG_MAPS, namespace)).length,
      (count) => count === 0,
      MANY,
    );
    await untilAllIn(two, namespace, 0);
  });

  it('the controller stops when it is told to, in the middle of its work and with a member hanging', async () => {
    const namespace = 'stopped';
    await federateNamespace(host, namespace, { clusterSelector: {} });
    federation.planes.vulcan.hang();
    await createMany(namespace, 100);
    await until(
      'a part of them in earth',
      async () => (await copiesIn('earth', namespace)).length,
      (count) => count > 0,
    );
    expect(await federation.controller.stop()).toEqual({ code: 0, signal: null });
    federation.planes.vulcan.resume();
    await federation.restart();
    await untilAllPropagated(namespace, 100);
    await untilAllIn(NAMES, namespace, 100);
  });
});
