import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LabelSelector } from '../../apis/meta/v1.ts';
import {
  REPLICA_SCHEDULING_PREFERENCES,
  type ReplicaSchedulingPreferenceSpec,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { ClusterOverrides, FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { BESIDE_CONTROLLER_MANAGER, startWorkloads, type Workloads } from '../../cli/sandbox/workloads/workloads.ts';
import { planReplicas, replicasOf } from '../../controller/scheduling/planner.ts';
import { systemClock } from '../../controller/time/clock.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { DEPLOYMENTS, EVENTS, federatedKindOf, REPLICA_SETS } from './kinds.ts';

/** earth is the host, and a member like the others. */
const NAMES = ['earth', 'romulus', 'vulcan'] as const;
type Name = (typeof NAMES)[number];
type Counts = Partial<Record<Name, number>>;

const NAMESPACE = 'shop';
const SAMPLE = 'scheduling-sample';
const WITHIN = { withinMs: 120_000, everyMs: 100 };
/** A member that is away is out after some seconds instead of minutes; one that is slow is not away. */
const CONFIG = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: { name: kubefed, namespace: ${DEFAULT_KUBEFED_NAMESPACE} }
spec:
  scope: Cluster
  controllerDuration: { availableDelay: 2s, unavailableDelay: 3s }
  clusterHealthCheck: { period: 1s, failureThreshold: 2, successThreshold: 1, timeout: 10s }
`;
/** Pods that bear it find no node in vulcan; and have not for longer than a scheduler takes. */
const TOO_BIG: LabelSelector = { matchLabels: { size: 'big' } };
const LATE_CLOCK = { ...systemClock, now: () => systemClock.now() - 120_000 };

describe.runIf(inject('kubeconfig') !== '')('replicas that a preference shares out', () => {
  let scratch: string;
  let federation: Federation<Name>;
  let clusters: Record<Name, Cluster>;
  let host: Cluster;
  const stopping = new AbortController();
  const nodes: Workloads[] = [];

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-scheduling-'));
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
    host = clusters.earth;
    for (const [index, name] of NAMES.entries()) {
      nodes.push(
        await startWorkloads({
          client: clients[name],
          podCidr: `10.${210 + index}.0.0/16`,
          components: BESIDE_CONTROLLER_MANAGER,
          ...(name === 'vulcan' ? { unschedulable: TOO_BIG, clock: LATE_CLOCK } : {}),
          signal: stopping.signal,
        }),
      );
    }
    await federateNamespace(host, NAMESPACE, { clusterSelector: {} });
  });

  afterAll(async () => {
    stopping.abort();
    for (const each of nodes) await each.close();
    await federation?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  async function create(
    name: string,
    preference: Omit<ReplicaSchedulingPreferenceSpec, 'targetKind'>,
    more: { labels?: Record<string, string>; on?: Placement; overrides?: ClusterOverrides[] } = {},
    target = DEPLOYMENTS,
  ): Promise<void> {
    const labels = { app: name, ...more.labels };
    const containers = [{ name: 'web', image: 'web' }];
    const template = {
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    };
    const { on, overrides } = more;
    await host.create(
      federatedKindOf(target),
      federated(target, {
        name,
        namespace: NAMESPACE,
        template,
        ...(on === undefined ? {} : { on }),
        ...(overrides === undefined ? {} : { overrides }),
      }),
    );
    await host.create(REPLICA_SCHEDULING_PREFERENCES, {
      apiVersion: 'scheduling.kubefed.io/v1alpha1',
      kind: 'ReplicaSchedulingPreference',
      metadata: { name, namespace: NAMESPACE },
      spec: { targetKind: federatedKindOf(target).kind, ...preference },
    });
  }

  const read = (name: string, namespace = NAMESPACE, target = DEPLOYMENTS) =>
    host.get<FederatedObject>(federatedKindOf(target), { name, namespace });

  /** What the federated object says: where, and how many. */
  async function planOf(name: string, namespace = NAMESPACE, target = DEPLOYMENTS): Promise<Counts> {
    const { spec } = await read(name, namespace, target);
    const counts = (spec.placement?.clusters ?? []).map(({ name: cluster }) => {
      const entry = spec.overrides?.find(({ clusterName }) => clusterName === cluster);
      return [cluster, entry?.clusterOverrides?.find(({ path }) => path === '/spec/replicas')?.value];
    });
    return Object.fromEntries(counts) as Counts;
  }

  async function untilPlan(name: string, plan: Counts, namespace = NAMESPACE, target = DEPLOYMENTS): Promise<void> {
    const expected = JSON.stringify(plan, [...NAMES]);
    const look = async () => JSON.stringify(await planOf(name, namespace, target), [...NAMES]);
    await until(`the plan of ${name}: ${expected}`, look, (seen) => seen === expected, WITHIN);
  }

  /** Waits until each member runs so many. */
  async function untilReady(name: string, ready: Counts, namespace = NAMESPACE, target = DEPLOYMENTS): Promise<void> {
    for (const [cluster, count] of Object.entries(ready) as [Name, number][]) {
      await clusters[cluster].until(
        target,
        { name, namespace },
        ({ spec, status }) =>
          (spec as { replicas?: number }).replicas === count &&
          ((status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0) === count,
        WITHIN,
      );
    }
  }

  async function untilEvent(name: string, reason: string, says: RegExp): Promise<void> {
    const look = async () =>
      (await host.list(EVENTS, NAMESPACE))
        .filter((event) => (event.involvedObject as { name?: string }).name === name && event.reason === reason)
        .map(({ message }) => String(message));
    await until(
      `an event ${reason} about ${name}`,
      look,
      (messages) => messages.some((each) => says.test(each)),
      WITHIN,
    );
  }

  it('run as the sample says: within the bounds, the rest by weight', async () => {
    await federation.kubectl('earth', 'apply', '-f', 'samples/scheduling');
    await untilPlan('web', { earth: 2, romulus: 5, vulcan: 5 }, SAMPLE);
    await untilReady('web', { earth: 2, romulus: 5, vulcan: 5 }, SAMPLE);
  });

  it('follow when the number or the weights change, while what is not about them stays', async () => {
    const image = { path: '/spec/template/spec/containers/0/image', value: 'web:2' };
    const overrides = [{ clusterName: 'vulcan', clusterOverrides: [image] }];
    await create('sized', { totalReplicas: 6, rebalance: true }, { on: { clusterSelector: {} }, overrides });
    await untilPlan('sized', { earth: 2, romulus: 2, vulcan: 2 });
    await untilReady('sized', { earth: 2, romulus: 2, vulcan: 2 });
    await host.patch(
      REPLICA_SCHEDULING_PREFERENCES,
      { name: 'sized', namespace: NAMESPACE },
      {
        spec: { totalReplicas: 8, clusters: { earth: { weight: 3 }, vulcan: { weight: 1 } } },
      },
    );
    await untilPlan('sized', { earth: 6, romulus: 0, vulcan: 2 });
    await untilReady('sized', { earth: 6, romulus: 0, vulcan: 2 });
    const { spec } = await read('sized');
    expect(spec.placement?.clusterSelector).toEqual({});
    expect(spec.overrides?.find(({ clusterName }) => clusterName === 'vulcan')?.clusterOverrides).toEqual([
      image,
      { path: '/spec/replicas', value: 2 },
    ]);
    await untilEvent('sized', 'ReplicasScheduled', /^earth 6, romulus 0, vulcan 2$/);
  });

  it('are those of a ReplicaSet as well', async () => {
    await create('set', { totalReplicas: 3 }, {}, REPLICA_SETS);
    await untilPlan('set', { earth: 1, romulus: 1, vulcan: 1 }, NAMESPACE, REPLICA_SETS);
    await untilReady('set', { earth: 1, romulus: 1, vulcan: 1 }, NAMESPACE, REPLICA_SETS);
  });

  it('stay within the clusters of the selector where that is asked for', async () => {
    const clusterSelector = { matchExpressions: [{ key: 'tier', operator: 'Exists' as const }] };
    await federation.kubectl(
      'earth',
      'label',
      'kubefedcluster',
      'romulus',
      '-n',
      DEFAULT_KUBEFED_NAMESPACE,
      'tier=gold',
    );
    await create('gold', { totalReplicas: 4, intersectWithClusterSelector: true }, { on: { clusterSelector } });
    await untilPlan('gold', { romulus: 4 });
  });

  it('move elsewhere when a member has no room for them, and stay there', async () => {
    await create('big', { totalReplicas: 6 }, { labels: { size: 'big' } });
    await untilPlan('big', { earth: 3, romulus: 3, vulcan: 0 });
    await untilReady('big', { earth: 3, romulus: 3, vulcan: 0 });
    // What moved is not tried in vulcan again, although nothing there says any more that it is full.
    await host.patch(
      REPLICA_SCHEDULING_PREFERENCES,
      { name: 'big', namespace: NAMESPACE },
      {
        metadata: { labels: { looked: 'again' } },
      },
    );
    await untilReady('big', { earth: 3, romulus: 3, vulcan: 0 });
    await untilPlan('big', { earth: 3, romulus: 3, vulcan: 0 });
  });

  it('stay wanted where there is no room, beside those that run elsewhere, when rebalancing is on', async () => {
    await create('bigger', { totalReplicas: 6, rebalance: true }, { labels: { size: 'big' } });
    await untilPlan('bigger', { earth: 3, romulus: 3, vulcan: 2 });
    await untilReady('bigger', { earth: 3, romulus: 3 });
  });

  it('are said to have no place when there is none', async () => {
    await create('narrow', { totalReplicas: 9, clusters: { '*': { weight: 1, maxReplicas: 2 } } });
    await untilPlan('narrow', { earth: 2, romulus: 2, vulcan: 2 });
    await untilEvent('narrow', 'ReplicasUnplaced', /^3 of 9 replicas have no place/);
  });

  it('that cannot be planned are left as they are, and somebody is told', async () => {
    await create('broken', { totalReplicas: -1 });
    await untilEvent('broken', 'InvalidPreference', /totalReplicas/);
    expect((await read('broken')).spec.placement).toBeUndefined();
  });

  it('go elsewhere when a member stays away, and come back with it', async () => {
    await federation.planes.romulus.kill();
    const plan = planReplicas({
      preferences: { '*': { weight: 1 } },
      totalReplicas: 3,
      rebalance: false,
      clusters: ['earth', 'vulcan'],
      current: new Map(),
      capacity: new Map(),
      key: `${NAMESPACE}/set`,
    });
    await untilPlan('set', Object.fromEntries(replicasOf(plan)), NAMESPACE, REPLICA_SETS);
    await untilPlan('sized', { earth: 6, vulcan: 2 });
    await federation.planes.romulus.start();
    await untilPlan('sized', { earth: 6, romulus: 0, vulcan: 2 });
  });

  it('stay as they were last planned when the preference is deleted', async () => {
    const before = await planOf('sized');
    await host.delete(REPLICA_SCHEDULING_PREFERENCES, { name: 'sized', namespace: NAMESPACE });
    await host.untilGone(REPLICA_SCHEDULING_PREFERENCES, { name: 'sized', namespace: NAMESPACE });
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ path: '/spec/replicas', value: 1 }] }];
    await host.patch(federatedKindOf(DEPLOYMENTS), { name: 'sized', namespace: NAMESPACE }, { spec: { overrides } });
    // A plan is written within a second; this one is a person's now.
    await untilReady('sized', { earth: 1 });
    expect(Object.keys(await planOf('sized'))).toEqual(Object.keys(before));
    expect((await planOf('sized')).earth).toBe(1);
  });
});
