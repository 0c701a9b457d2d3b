import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import {
  REPLICA_SCHEDULING_PREFERENCES,
  type ReplicaSchedulingPreferenceSpec,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { BESIDE_CONTROLLER_MANAGER, startWorkloads, type Workloads } from '../../cli/sandbox/workloads/workloads.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES } from './kinds.ts';

/** earth is the host, and a member like the others. */
const NAMES = ['earth', 'romulus', 'vulcan'] as const;
type Name = (typeof NAMES)[number];
type Counts = Partial<Record<Name, number>>;

const NAMESPACE = 'shop';
const EVERYWHERE: Placement = { clusterSelector: {} };
const WITHIN = { withinMs: 120_000, everyMs: 50 };
/**
 * Replicas leave a member that is away after seconds, although whatever else depends on it waits for an hour. One that is slow is
 * not away.
 */
const CONFIG = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: { name: kubefed, namespace: ${DEFAULT_KUBEFED_NAMESPACE} }
spec:
  scope: Cluster
  controllerDuration: { availableDelay: 1h, unavailableDelay: 1h }
  clusterHealthCheck: { period: 1s, failureThreshold: 2, successThreshold: 1, timeout: 10s }
  replicaScheduling: { evictionDelay: 3s, returnDelay: 2s }
`;

describe.runIf(inject('kubeconfig') !== '')('a member that is cordoned', () => {
  let scratch: string;
  let federation: Federation<Name>;
  let clusters: Record<Name, Cluster>;
  let host: Cluster;
  let vulcan: Cluster;
  const stopping = new AbortController();
  const nodes: Workloads[] = [];

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-cordon-'));
    await writeFile(join(scratch, 'config.yaml'), CONFIG);
    federation = await startFederation({
      names: NAMES,
      members: NAMES,
      controllerArgs: [`--kubefed-config=${join(scratch, 'config.yaml')}`],
    });
    const { clients } = federation;
    clusters = {
      earth: new Cluster(clients.earth),
      romulus: new Cluster(clients.romulus),
      vulcan: new Cluster(clients.vulcan),
    };
    ({ earth: host, vulcan } = clusters);
    for (const [index, name] of NAMES.entries()) {
      const podCidr = `10.${220 + index}.0.0/16`;
      const components = BESIDE_CONTROLLER_MANAGER;
      nodes.push(await startWorkloads({ client: clients[name], podCidr, components, signal: stopping.signal }));
    }
    await federateNamespace(host, NAMESPACE, EVERYWHERE);
  });

  afterAll(async () => {
    stopping.abort();
    for (const each of nodes) await each.close();
    await federation?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const at = (name: string, namespace = NAMESPACE) => ({ name, namespace });

  async function configMap(name: string, on: Placement | readonly string[], namespace = NAMESPACE): Promise<void> {
    const wish = { ...at(name, namespace), template: { data: { says: 'first' } }, on };
    await host.create(federatedKindOf(CONFIG_MAPS), federated(CONFIG_MAPS, wish));
  }

  const say = (name: string, says: string) =>
    host.patch(federatedKindOf(CONFIG_MAPS), at(name), { spec: { template: { data: { says } } } });

  const says = (word: string) => (object: KubeObject) => (object.data as { says?: string }).says === word;

  async function fedctl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await federation.fedctl(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  async function deployment(name: string, spec: object = {}): Promise<void> {
    const labels = { app: name };
    const containers = [{ name: 'web', image: 'web' }];
    const template = {
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } }, ...spec },
    };
    await host.create(federatedKindOf(DEPLOYMENTS), federated(DEPLOYMENTS, { ...at(name), template, on: EVERYWHERE }));
  }

  async function share(name: string, preference: Omit<ReplicaSchedulingPreferenceSpec, 'targetKind'>): Promise<void> {
    await deployment(name);
    await host.create(REPLICA_SCHEDULING_PREFERENCES, {
      apiVersion: 'scheduling.kubefed.io/v1alpha1',
      kind: 'ReplicaSchedulingPreference',
      metadata: at(name),
      spec: { targetKind: 'FederatedDeployment', ...preference },
    });
  }

  const prefer = (name: string, spec: Partial<ReplicaSchedulingPreferenceSpec>) =>
    host.patch(REPLICA_SCHEDULING_PREFERENCES, at(name), { spec });

  /** What the federated object says: where, and how many. */
  async function planOf(name: string): Promise<Counts> {
    const { spec } = await host.get<FederatedObject>(federatedKindOf(DEPLOYMENTS), at(name));
    const counts = (spec.placement?.clusters ?? []).map(({ name: cluster }) => {
      const entry = spec.overrides?.find(({ clusterName }) => clusterName === cluster);
      return [cluster, entry?.clusterOverrides?.find(({ path }) => path === '/spec/replicas')?.value];
    });
    return Object.fromEntries(counts) as Counts;
  }

  async function readyIn(name: Name, workload: string): Promise<number> {
    const found = await clusters[name].find(DEPLOYMENTS, at(workload));
    return (found?.status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
  }

  /** Waits until it is planned so, and runs so. */
  async function untilRuns(name: string, plan: Counts): Promise<void> {
    const look = async () => JSON.stringify(await planOf(name), [...NAMES]);
    const expected = JSON.stringify(plan, [...NAMES]);
    await until(`the plan of ${name}: ${expected}`, look, (seen) => seen === expected, WITHIN);
    for (const [cluster, count] of Object.entries(plan) as [Name, number][]) {
      await until(
        `${name} in ${cluster}`,
        () => readyIn(cluster, name),
        (seen) => seen === count,
        WITHIN,
      );
    }
  }

  const member = (name: Name) =>
    host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { name, namespace: DEFAULT_KUBEFED_NAMESPACE });

  const untilCondition = (name: Name, type: string, status: string | undefined) =>
    until(
      `${type} of ${name}: ${status}`,
      async () => (await member(name)).status?.conditions.find((each) => each.type === type),
      (condition) => condition?.status === status,
      WITHIN,
    );

  it('says so to whoever asks, and cordoning it twice is no error', async () => {
    await configMap('before', EVERYWHERE);
    await untilPropagated(host, CONFIG_MAPS, at('before'), NAMES);
    expect(await fedctl('cordon', 'vulcan', '--dry-run')).toBe(
      'kubefedcluster.core.kubefed.io/vulcan cordoned (dry run)\n',
    );
    expect((await member('vulcan')).spec.unschedulable).toBeUndefined();
    expect(await fedctl('cordon', 'vulcan')).toBe('kubefedcluster.core.kubefed.io/vulcan cordoned\n');
    expect(await fedctl('cordon', 'vulcan')).toBe('kubefedcluster.core.kubefed.io/vulcan already cordoned\n');
    expect(await fedctl('status')).toMatch(/^vulcan +True \(cordoned\)/m);
    await untilCondition('vulcan', 'Cordoned', 'True');
    const table = await federation.kubectl('earth', 'get', 'kfc', '-n', DEFAULT_KUBEFED_NAMESPACE);
    expect(table).toMatch(/UNSCHEDULABLE/);
    expect(table).toMatch(/^vulcan .* true *$/m);
    const unknown = await federation.fedctl('cordon', 'vulcan', 'pluto');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no member is called "pluto"') });
  });

  it('gets nothing new by selectors, not even the namespace, and whatever names it', async () => {
    await configMap('after', EVERYWHERE);
    const { conditions } = await untilPropagated(host, CONFIG_MAPS, at('after'), ['earth', 'romulus']);
    expect(conditions.Cordoned).toBe(
      'True selected but cordoned, so not placed there: vulcan; "fedctl uncordon" ends that',
    );
    await configMap('named', ['vulcan']);
    await untilPropagated(host, CONFIG_MAPS, at('named'), ['vulcan']);
    await federateNamespace(host, 'late', EVERYWHERE);
    await configMap('inside', EVERYWHERE, 'late');
    await untilPropagated(host, CONFIG_MAPS, at('inside', 'late'), ['earth', 'romulus']);
    expect(await vulcan.find(NAMESPACES, { name: 'late' })).toBeUndefined();
    expect(await vulcan.find(CONFIG_MAPS, at('after'))).toBeUndefined();
  });

  it('keeps what is there up to date and in its place, also by a controller that has just started', async () => {
    await say('before', 'second');
    await vulcan.until(CONFIG_MAPS, at('before'), says('second'));
    await untilPropagated(host, CONFIG_MAPS, at('before'), NAMES);
    const { resourceVersion, uid } = (await vulcan.get(CONFIG_MAPS, at('before'))).metadata;
    const seen = (await host.get(federatedKindOf(CONFIG_MAPS), at('before'))).metadata.resourceVersion;
    await federation.restart();
    await configMap('sign-of-life', EVERYWHERE);
    await untilPropagated(host, CONFIG_MAPS, at('sign-of-life'), ['earth', 'romulus']);
    expect((await vulcan.get(CONFIG_MAPS, at('before'))).metadata).toMatchObject({ resourceVersion, uid });
    // Not a single write on the host either: nobody thought for a moment that it was elsewhere.
    expect((await host.get(federatedKindOf(CONFIG_MAPS), at('before'))).metadata.resourceVersion).toBe(seen);
    expect(await vulcan.find(CONFIG_MAPS, at('after'))).toBeUndefined();
    await vulcan.delete(CONFIG_MAPS, at('before'));
    await vulcan.until(CONFIG_MAPS, at('before'), ({ metadata }) => metadata.uid !== uid);
  });

  it('that is away keeps it as well, and what is new does not wait for it', async () => {
    await federation.planes.vulcan.kill();
    await untilCondition('vulcan', 'Ready', 'False');
    await say('before', 'third');
    await untilStanding(host, CONFIG_MAPS, at('before'), (each) => each.clusters.vulcan === 'ClusterNotReady');
    await configMap('meanwhile', EVERYWHERE);
    await untilPropagated(host, CONFIG_MAPS, at('meanwhile'), ['earth', 'romulus']);
    await federation.restart();
    await federation.planes.vulcan.start();
    await vulcan.until(CONFIG_MAPS, at('before'), says('third'), WITHIN);
    await untilPropagated(host, CONFIG_MAPS, at('before'), NAMES);
    expect(await vulcan.find(CONFIG_MAPS, at('meanwhile'))).toBeUndefined();
  });

  it('gets all that it was spared when the cordon is taken off', async () => {
    expect(await fedctl('uncordon', 'vulcan', 'earth')).toBe(
      'kubefedcluster.core.kubefed.io/vulcan uncordoned\nkubefedcluster.core.kubefed.io/earth already uncordoned\n',
    );
    for (const name of ['after', 'meanwhile']) await untilPropagated(host, CONFIG_MAPS, at(name), NAMES);
    const { conditions } = await untilPropagated(host, CONFIG_MAPS, at('inside', 'late'), NAMES);
    expect(conditions.Cordoned).toBeUndefined();
    await untilCondition('vulcan', 'Cordoned', undefined);
  });

  it('keeps the replicas that it has and gets no more', async () => {
    // A member that was away counts again only after a moment: shared out before that, they would stay where they are.
    await share('web', { totalReplicas: 6, rebalance: true });
    await untilRuns('web', { earth: 2, romulus: 2, vulcan: 2 });
    await prefer('web', { rebalance: false });
    await fedctl('cordon', 'vulcan');
    await prefer('web', { totalReplicas: 8 });
    await untilRuns('web', { earth: 3, romulus: 3, vulcan: 2 });
    await share('late', { totalReplicas: 4 });
    await untilRuns('late', { earth: 2, romulus: 2 });
    await fedctl('uncordon', 'vulcan');
    await prefer('web', { totalReplicas: 6, rebalance: true });
    await untilRuns('web', { earth: 2, romulus: 2, vulcan: 2 });
  });

  it('is drained only when somebody has agreed to what stays there', async () => {
    await deployment('alone', { replicas: 1 });
    await untilPropagated(host, DEPLOYMENTS, at('alone'), NAMES);
    const { code, stderr } = await federation.fedctl('drain', 'vulcan');
    expect(code).toBe(4);
    expect(stderr).toContain('warning: Deployment shop/alone stays in vulcan: its placement selects the cluster');
    expect((await member('vulcan')).spec.unschedulable).toBeUndefined();
    await host.delete(federatedKindOf(DEPLOYMENTS), at('alone'));
    await host.untilGone(federatedKindOf(DEPLOYMENTS), at('alone'));
  });

  it('is drained without fewer running at any time, and stays empty until the cordon is taken off', async () => {
    let fewest = Number.POSITIVE_INFINITY;
    let draining = true;
    const elsewhere = async () => [await readyIn('earth', 'web'), await readyIn('romulus', 'web')];
    const watching = (async () => {
      while (draining) {
        const before = await elsewhere();
        const here = await readyIn('vulcan', 'web');
        // Counts of three clusters make a sum only where they were true at one time.
        if (String(await elsewhere()) !== String(before)) continue;
        fewest = Math.min(
          fewest,
          before.reduce((sum, count) => sum + count, here),
        );
      }
    })();
    const plan = await fedctl('drain', 'vulcan', '--dry-run');
    expect(plan).toMatch(/^Deployment shop\/web: 2 replicas → (earth 1, romulus 1|earth 2|romulus 2)$/m);
    const stdout = await fedctl('drain', 'vulcan', '--timeout', '240').finally(() => {
      draining = false;
    });
    await watching;
    expect(stdout).toContain('kubefedcluster.core.kubefed.io/vulcan cordoned\n');
    expect(stdout).toMatch(/\nkubefedcluster\.core\.kubefed\.io\/vulcan drained\n$/);
    expect(fewest).toBeGreaterThanOrEqual(6);
    await untilRuns('web', { earth: 3, romulus: 3, vulcan: 0 });
    const again = await federation.fedctl('drain', 'vulcan', '-o', 'json');
    expect(JSON.parse(again.stdout)).toMatchObject({ name: 'vulcan', drained: true, moves: [], stays: [] });
    await prefer('web', { totalReplicas: 8 });
    await untilRuns('web', { earth: 4, romulus: 4, vulcan: 0 });
    expect((await untilCondition('vulcan', 'Drained', 'True'))?.message).toBe('no scheduled replica is here');
    await fedctl('uncordon', 'vulcan');
    await untilCondition('vulcan', 'Drained', undefined);
    await prefer('web', { totalReplicas: 6 });
    await untilRuns('web', { earth: 2, romulus: 2, vulcan: 2 });
  });

  it('keeps what has no place elsewhere, says so, and goes on where it was when there is room', async () => {
    await prefer('web', { clusters: { '*': { weight: 1, maxReplicas: 2 } } });
    // Three seconds are enough for a controller that has nothing else to do; what it says later the next run tells.
    const first = await until(
      'the controller to say what stays',
      () => federation.fedctl('drain', 'vulcan', '--timeout', '3'),
      ({ stderr }) => stderr.includes('scheduled replicas here: 2'),
    );
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(/^Deployment shop\/web: 2 replicas → nowhere; 2 stay: /m);
    expect(first.stdout).toMatch(/^controller: scheduled replicas here: /m);
    expect(first.stderr).toMatch(
      /not drained yet: scheduled replicas here: 2, of shop\/web 2 \(2 without a place elsewhere\)/,
    );
    await untilRuns('web', { earth: 2, romulus: 2, vulcan: 2 });
    await federation.restart();
    await prefer('web', { clusters: { '*': { weight: 1, maxReplicas: 3 } } });
    const second = await federation.fedctl('drain', 'vulcan', '-o', 'json', '--timeout', '240');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ drained: true });
    await untilRuns('web', { earth: 3, romulus: 3, vulcan: 0 });
    await fedctl('uncordon', 'vulcan');
    await untilRuns('web', { earth: 2, romulus: 2, vulcan: 2 });
  });

  it('or just away loses its replicas after the time that is set for that, and gets them back when it has stayed', async () => {
    await federation.planes.romulus.kill();
    await untilCondition('romulus', 'Ready', 'False');
    await untilRuns('web', { earth: 3, vulcan: 3 });
    await federation.planes.romulus.start();
    await untilRuns('web', { earth: 2, romulus: 2, vulcan: 2 });
  });

  it("is none where the host's definitions are KubeFed's own: fedctl notices, and says what makes it one", async () => {
    await host.edit<CustomResourceDefinition>(
      CUSTOM_RESOURCE_DEFINITIONS,
      { name: 'kubefedclusters.core.kubefed.io' },
      ({ spec }) => {
        const properties = spec.versions[0]?.schema?.openAPIV3Schema?.properties?.spec?.properties;
        if (properties !== undefined) delete properties.unschedulable;
      },
    );
    // The server takes a moment to serve by the new definition.
    const { stderr } = await until(
      'a cordon that the host drops',
      () => federation.fedctl('cordon', 'romulus'),
      ({ code }) => code === 1,
    );
    expect(stderr).toMatch(/drops spec\.unschedulable[\s\S]*hint: `fedctl init` widens it/);
    expect((await federation.fedctl('init')).code).toBe(0);
    await until(
      'a cordon that the host keeps',
      () => federation.fedctl('cordon', 'romulus'),
      ({ code }) => code === 0,
    );
    // A real API server goes on for a second with the watches that it began by the old definition, which drop the field: what the
    // controller missed so it sees with the next change, and the next probe that is written down is one within a minute.
    await untilCondition('romulus', 'Cordoned', 'True');
  });
});
