import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { settingsOf } from '../../apis/core/v1beta1/settings.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ReplicaSchedulingPreferenceSpec } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { FederatedObjectSpec } from '../../apis/types/v1beta1/federated-object.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { Accessor } from '../clusters/accessor.ts';
import { refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { fixedSettings } from '../settings/settings-source.ts';
import type { ClusterEvent } from '../sync/environment.ts';
import { FederatedNamespaces } from '../sync/federated-namespaces.ts';
import { silentLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import { SchedulingController } from './scheduling-controller.ts';

const SETTINGS = settingsOf({ metadata: { name: 'kubefed' }, spec: { scope: 'Cluster' } });
const PREFERENCES = '/apis/scheduling.kubefed.io/v1alpha1/replicaschedulingpreferences';
const FEDERATED = '/apis/types.kubefed.io/v1beta1/federateddeployments';
const WEB = '/apis/types.kubefed.io/v1beta1/namespaces/shop/federateddeployments/web';
const DEPLOYMENTS = '/apis/apps/v1/deployments';
const CLUSTERS = '/apis/core.kubefed.io/v1beta1/namespaces/system/kubefedclusters';
const PODS = '/api/v1/namespaces/shop/pods';

const NAMESPACE_KIND: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
const DEPLOYMENT_KIND: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

let host: WireApi;
let client: Client;
let members: Map<string, { api: WireApi; accessor: Accessor }>;
let configs: Store<FederatedTypeConfig>;
let objects: Store<KubeFedCluster>;
let events: { reason: string; message: string }[];
let tell: (event: ClusterEvent) => void;
let closers: (() => Promise<unknown>)[];

beforeEach(async () => {
  host = await WireApi.start([PREFERENCES, FEDERATED]);
  client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
  host.answer(WEB, (request, response) => {
    const stored = host.get(FEDERATED, 'web');
    const { metadata, spec } = lastPatch();
    if (request.method !== 'PATCH' || stored === undefined) refuse(response, 404, 'NotFound');
    else if (metadata.resourceVersion !== stored.metadata.resourceVersion) refuse(response, 409, 'Conflict');
    else answerJson(response, 200, host.put(FEDERATED, merged(stored, spec)));
  });
  members = new Map();
  closers = [() => client.close(), () => host.close()];
  for (const name of ['earth', 'vulcan']) {
    const api = await WireApi.start([DEPLOYMENTS]);
    const accessor = new Accessor({ name, lane: {}, clock: systemClock, random: () => 0, log: silentLog });
    await accessor.connect(endpointAt(api.url, { cluster: name }));
    accessor.answered(`${name}-uid`);
    accessor.setReady(true, '');
    members.set(name, { api, accessor });
    closers.push(
      () => accessor.close(),
      () => api.close(),
    );
  }
  objects = new Store<KubeFedCluster>();
  objects.replace([...members.keys()].map((name) => joined(name)));
  configs = new Store<FederatedTypeConfig>();
  configs.replace([typeConfigFor(NAMESPACE_KIND), typeConfigFor(DEPLOYMENT_KIND)]);
  events = [];
});

afterEach(async () => {
  for (const close of closers) await close();
});

function joined(name: string, spec = {}, annotations = {}, status?: KubeFedCluster['status']): KubeFedCluster {
  return {
    apiVersion: apiVersionOf(KUBEFED_CLUSTERS),
    kind: KUBEFED_CLUSTERS.kind,
    metadata: { name, namespace: 'system', annotations },
    spec: { apiEndpoint: '', secretRef: { name }, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

/** What `fedctl cordon` and `fedctl drain` do. */
function cordon(name: string, annotations = {}): void {
  const statusPath = `${CLUSTERS}/${name}/status`;
  host.answer(statusPath, (_, response) => {
    const { status } = JSON.parse(host.requests.at(-1)?.body ?? '') as KubeFedCluster;
    const stored = joined(name, { unschedulable: true }, annotations, status);
    objects.upsert(stored);
    answerJson(response, 200, stored);
  });
  objects.upsert(joined(name, { unschedulable: true }, annotations));
  tell({ type: 'changed', cluster: name });
}

interface SpecPatch extends KubeObject {
  spec: FederatedObjectSpec;
}

function lastPatch(): SpecPatch {
  return JSON.parse(host.requests.at(-1)?.body || '{"metadata":{},"spec":{}}') as SpecPatch;
}

/** A merge patch, as deep as one of a plan goes. */
function merged(stored: KubeObject, patch: FederatedObjectSpec): KubeObject {
  const before = stored.spec as FederatedObjectSpec;
  return { ...stored, spec: { ...before, ...patch, placement: { ...before.placement, ...patch.placement } } };
}

const spec = () => host.get(FEDERATED, 'web')?.spec as FederatedObjectSpec | undefined;

async function start(): Promise<SchedulingController> {
  const namespaces = new FederatedNamespaces();
  namespaces.store.replace([]);
  const scheduling = new SchedulingController({
    host: client,
    clusters: {
      get: (name) => members.get(name)?.accessor,
      list: () => [...members.values()].map(({ accessor }) => accessor),
      objects,
      subscribe(listener) {
        tell = listener;
        return () => undefined;
      },
    },
    namespaces,
    configs,
    settings: fixedSettings({ ...SETTINGS, replicaScheduling: { evictionDelayMs: 0, returnDelayMs: 0 } }),
    events: {
      record: (about, _, reason, message, __, run) => {
        events.push({ reason, message });
        // What is told of a preference leads to the log of the run that told it.
        if (about.kind === 'ReplicaSchedulingPreference') expect(run).toMatch(/^[0-9a-f-]{36}$/);
      },
      close: () => Promise.resolve(),
    },
    clock: systemClock,
    log: silentLog,
  });
  await scheduling.start();
  closers.unshift(() => scheduling.close());
  return scheduling;
}

/** Resolves when the condition holds; fails by the test's own time limit. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (holds() ? resolve() : void setImmediate(look));
    look();
  });
}

const member = (name: string): WireApi => members.get(name)?.api ?? expect.unreachable(name);

function prefer(spec: Partial<ReplicaSchedulingPreferenceSpec>): void {
  host.put(PREFERENCES, {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { targetKind: 'FederatedDeployment', totalReplicas: 4, ...spec },
  });
}

function federate(spec: FederatedObjectSpec = {}): void {
  host.put(FEDERATED, { metadata: { name: 'web', namespace: 'shop' }, spec: { template: { spec: {} }, ...spec } });
}

function run(name: string, replicas: number, readyReplicas: number): void {
  member(name).put(DEPLOYMENTS, {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } } },
    status: { readyReplicas },
  });
}

/** `earth 2, vulcan 2`: what the federated object says. */
function plan(): string {
  const told = (spec()?.overrides ?? []).map(({ clusterName, clusterOverrides = [] }) => [
    clusterName,
    clusterOverrides.find(({ path }) => path === '/spec/replicas')?.value,
  ]);
  const counts = Object.fromEntries(told) as Record<string, number>;
  return (spec()?.placement?.clusters ?? []).map(({ name }) => `${name} ${counts[name]}`).join(', ');
}

const writes = () => host.count('PATCH', WEB);
const refused = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

describe('a plan', () => {
  it('is one write on the version it was made for, and none when it is there already', async () => {
    federate({ placement: { clusterSelector: {} } });
    prefer({});
    await start();
    await until(() => plan() === 'earth 2, vulcan 2');
    const body = JSON.parse(host.requests.find(({ method }) => method === 'PATCH')?.body ?? '') as KubeObject;
    expect(body).toEqual({ metadata: { resourceVersion: expect.any(String) }, spec: expect.anything() });
    expect(spec()?.placement?.clusterSelector).toEqual({});
    // A change that says nothing new.
    prefer({ rebalance: false });
    run('earth', 2, 2);
    prefer({ totalReplicas: 6 });
    await until(() => plan() === 'earth 3, vulcan 3');
    expect(writes()).toBe(2);
  });

  it('is made anew when somebody else has changed the object meanwhile', async () => {
    federate();
    let interfered = false;
    host.answer(WEB, (_, response) => {
      const stored = host.get(FEDERATED, 'web') ?? expect.unreachable();
      const patch = lastPatch();
      if (!interfered) {
        interfered = true;
        host.put(FEDERATED, merged(stored, { retainReplicas: false }));
        refuse(response, 409, 'Conflict');
        return;
      }
      expect(patch.metadata.resourceVersion).toBe(stored.metadata.resourceVersion);
      answerJson(response, 200, host.put(FEDERATED, merged(stored, patch.spec)));
    });
    prefer({});
    await start();
    await until(() => plan() === 'earth 2, vulcan 2');
  });

  it('follows a storm of wishes with a write per second, and ends with the last of them', async () => {
    federate();
    await start();
    for (let total = 1; total <= 60; total += 1) {
      prefer({ totalReplicas: total });
      await new Promise((resolve) => void setImmediate(resolve));
    }
    await until(() => plan() === 'earth 30, vulcan 30');
    expect(writes()).toBeLessThanOrEqual(3);
  });

  it('takes replicas away from a member that has no room, by its Pods, and leaves them where they went', async () => {
    federate();
    prefer({});
    run('earth', 2, 2);
    run('vulcan', 2, 0);
    const pending = { metadata: { name: 'web-1' }, status: { phase: 'Pending', conditions: [refused] } };
    member('vulcan').answer(PODS, (_, response) =>
      answerJson(response, 200, { metadata: {}, items: [pending, pending] }),
    );
    await start();
    await until(() => plan() === 'earth 4, vulcan 0');
    const [asked] = member('vulcan').requests.filter(({ path }) => path.startsWith(PODS));
    expect(new URL(asked?.path ?? '', host.url).searchParams.get('labelSelector')).toBe('app=web');
    run('vulcan', 0, 0);
    run('earth', 4, 2);
    member('earth').answer(PODS, (_, response) => answerJson(response, 200, { metadata: {}, items: [] }));
    prefer({ totalReplicas: 5 });
    // Nothing in vulcan says any more that it is full, and what moved does not run yet.
    await until(() => plan() === 'earth 5, vulcan 0');
  });

  it('is made without knowing the room where Pods may not be listed, and somebody is told', async () => {
    federate();
    prefer({});
    run('vulcan', 2, 1);
    member('vulcan').answer(PODS, (_, response) => refuse(response, 403, 'Forbidden'));
    await start();
    await until(() => plan() === 'earth 2, vulcan 2' && events.some(({ reason }) => reason === 'PodsForbidden'));
    expect(events.find(({ reason }) => reason === 'PodsForbidden')?.message).toMatch(
      /list pods in vulcan.*fedctl enable deployments\.apps/,
    );
  });

  it('does not count what a member runs as gone because the controller has just started', async () => {
    federate({
      placement: { clusters: [{ name: 'earth' }, { name: 'vulcan' }] },
      overrides: [
        { clusterName: 'earth', clusterOverrides: [{ path: '/spec/replicas', value: 1 }] },
        { clusterName: 'vulcan', clusterOverrides: [{ path: '/spec/replicas', value: 3 }] },
      ],
    });
    prefer({});
    run('earth', 1, 1);
    run('vulcan', 3, 3);
    const vulcan = members.get('vulcan')?.accessor ?? expect.unreachable();
    await vulcan.disconnect('connecting');
    await start();
    await until(() => host.requests.some(({ path }) => path.startsWith(`${FEDERATED}?`) && path.includes('watch=')));
    await vulcan.connect(endpointAt(member('vulcan').url, { cluster: 'vulcan' }));
    vulcan.answered('vulcan-uid');
    vulcan.setReady(true, '');
    tell({ type: 'ready', cluster: 'vulcan' });
    prefer({ totalReplicas: 5 });
    await until(() => writes() > 0);
    expect(plan()).toBe('earth 2, vulcan 3');
  });

  it('leaves a member that is gone, and one that is alone gets all', async () => {
    federate();
    prefer({});
    await start();
    await until(() => plan() === 'earth 2, vulcan 2');
    members.get('vulcan')?.accessor.setReady(false, 'it hangs');
    tell({ type: 'notReady', cluster: 'vulcan' });
    await until(() => plan() === 'earth 4');
    members.get('earth')?.accessor.setReady(false, 'it hangs too');
    tell({ type: 'notReady', cluster: 'earth' });
    prefer({ totalReplicas: 9 });
    members.get('earth')?.accessor.setReady(true, '');
    tell({ type: 'ready', cluster: 'earth' });
    await until(() => plan() === 'earth 9');
  });

  it('is not made for what is paused, deleted or cannot be planned', async () => {
    const wish = { targetKind: 'FederatedDeployment', totalReplicas: 4 };
    const paused = { annotations: { 'fedmesh.io/paused': 'true' } };
    federate();
    host.put(PREFERENCES, { metadata: { name: 'web', namespace: 'shop', ...paused }, spec: wish });
    await start();
    host.put(PREFERENCES, {
      metadata: { name: 'web', namespace: 'shop', deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] },
      spec: wish,
    });
    prefer({ totalReplicas: -4 });
    await until(() => events.some(({ reason }) => reason === 'InvalidPreference'));
    prefer({ targetKind: 'FederatedReplicaSet' });
    await until(() => events.some(({ reason }) => reason === 'TargetKindNotEnabled'));
    expect(writes()).toBe(0);
  });
});

describe('a cordoned member', () => {
  it('keeps what it has, gets no more, and gets nothing new', async () => {
    federate();
    prefer({});
    await start();
    await until(() => plan() === 'earth 2, vulcan 2');
    run('earth', 2, 2);
    run('vulcan', 2, 2);
    cordon('vulcan');
    await until(() => events.some(({ reason }) => reason === 'Cordoned'));
    prefer({ totalReplicas: 9 });
    await until(() => plan() === 'earth 7, vulcan 2');
    host.remove(PREFERENCES, 'web');
    host.remove(FEDERATED, 'web');
    member('vulcan').remove(DEPLOYMENTS, 'web');
    federate();
    prefer({});
    await until(() => plan() === 'earth 4');
  });

  it('keeps what it has of an object that is scheduled for the first time', async () => {
    run('earth', 3, 3);
    run('vulcan', 3, 3);
    federate({ placement: { clusterSelector: {} } });
    await start();
    cordon('vulcan');
    prefer({ totalReplicas: 10 });
    await until(() => plan() === 'earth 7, vulcan 3');
  });

  it('is drained no faster than its replicas are ready elsewhere, and its condition says how far that is', async () => {
    const running = { metadata: { name: 'web-1' }, status: { phase: 'Running', conditions: [{ type: 'Ready' }] } };
    member('earth').answer(PODS, (_, response) => answerJson(response, 200, { metadata: {}, items: [running] }));
    federate();
    prefer({});
    await start();
    await until(() => plan() === 'earth 2, vulcan 2');
    run('earth', 2, 2);
    run('vulcan', 2, 2);
    cordon('vulcan', { 'fedmesh.io/drain': 'true' });
    const drained = () => objects.get('system/vulcan')?.status?.conditions.find(({ type }) => type === 'Drained');
    await until(() => plan() === 'earth 4, vulcan 2');
    await until(() => drained()?.message === 'scheduled replicas here: 2, of shop/web 2');
    run('earth', 4, 3);
    await until(() => plan() === 'earth 4, vulcan 1');
    run('earth', 4, 4);
    await until(() => plan() === 'earth 4, vulcan 0');
    run('vulcan', 0, 0);
    await until(() => drained()?.status === 'True');
    await until(() => events.some(({ reason }) => reason === 'Drained'));
    expect(events.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['Cordoned', 'Draining']));
  });

  it('says of what has no place elsewhere that it stays', async () => {
    federate();
    prefer({ clusters: { '*': { weight: 1, maxReplicas: 3 } } });
    await start();
    await until(() => plan() === 'earth 2, vulcan 2');
    run('earth', 2, 2);
    run('vulcan', 2, 2);
    cordon('vulcan', { 'fedmesh.io/drain': 'true' });
    await until(() => plan() === 'earth 3, vulcan 2');
    run('earth', 3, 3);
    await until(() => plan() === 'earth 3, vulcan 1');
    run('vulcan', 1, 1);
    const drained = () => objects.get('system/vulcan')?.status?.conditions.find(({ type }) => type === 'Drained');
    await until(() => drained()?.message?.startsWith('scheduled replicas here: 1') === true);
    expect(drained()).toMatchObject({
      status: 'False',
      reason: 'Blocked',
      message: 'scheduled replicas here: 1, of shop/web 1 (1 without a place elsewhere)',
    });
  });
});

it('members are watched only while a preference asks for it', async () => {
  federate();
  await start();
  await until(() => host.requests.some(({ path }) => path.startsWith(`${PREFERENCES}?`) && path.includes('watch=')));
  expect(member('earth').requests).toEqual([]);
  prefer({});
  await until(() => plan() !== '' && member('earth').count('GET', DEPLOYMENTS) === 2);
  const [list] = member('earth').requests;
  expect(new URL(list?.path ?? '', host.url).searchParams.get('labelSelector')).toBe('kubefed.io/managed=true');
  host.remove(PREFERENCES, 'web');
  configs.replace([]);
  expect(plan()).toBe('earth 2, vulcan 2');
});
