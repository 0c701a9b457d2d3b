import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { Accessor } from '../clusters/accessor.ts';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { createClient } from '../kube/client.ts';
import { apiVersionOf, type Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { type ChangeTracer, changeTracer } from '../telemetry/change-trace.ts';
import { silentLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import type { ClusterEvent } from './environment.ts';
import { FederatedNamespaces } from './federated-namespaces.ts';
import type { FederatedType } from './member-object.ts';
import { PropagatedVersions } from './propagated-versions.ts';
import { TypeSync } from './type-sync.ts';

const FEDERATED: Resource = {
  group: 'types.kubefed.io',
  version: 'v1beta1',
  kind: 'FederatedWidget',
  plural: 'federatedwidgets',
  namespaced: false,
};
const WIDGETS: Resource = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: false };
const ON_HOST = '/apis/types.kubefed.io/v1beta1/federatedwidgets';
const IN_MEMBER = '/apis/example.com/v1/widgets';
const STATUSES = '/apis/example.com/v1/federatedwidgetstatuses';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let host: WireApi;
let earth: WireApi;
let accessor: Accessor;
let tell: (event: ClusterEvent) => void;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  host = await WireApi.start([ON_HOST, DEFINITIONS, STATUSES]);
  earth = await WireApi.start([IN_MEMBER]);
  accessor = new Accessor({ name: 'earth', lane: {}, clock: systemClock, random: () => 0, log: silentLog });
  await accessor.connect(endpointAt(earth.url, { cluster: 'earth' }));
  accessor.answered('earth-uid');
  closers.push(
    () => accessor.close(),
    () => host.close(),
    () => earth.close(),
  );
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function startSync(over: Partial<FederatedType> = {}, spec = {}, tracer?: ChangeTracer): void {
  const client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
  const objects = new Store<KubeFedCluster>();
  objects.replace([
    { apiVersion: apiVersionOf(KUBEFED_CLUSTERS), metadata: { name: 'earth' }, spec } as KubeFedCluster,
  ]);
  const namespaces = new FederatedNamespaces();
  namespaces.store.replace([]);
  const type: FederatedType = {
    name: 'widgets.example.com',
    federated: FEDERATED,
    target: WIDGETS,
    isNamespace: false,
    keeps: over.keeps ?? 'metadata',
    collectsStatus: over.collectsStatus ?? false,
    ...(over.statusObjects === undefined ? {} : { statusObjects: over.statusObjects }),
    paused: false,
    applies: over.applies ?? false,
  };
  const sync = new TypeSync(type, {
    host: client,
    controlPlane: { uid: 'c0ffee', hostClusterUid: 'host-uid', namespace: 'system' },
    clusters: {
      get: () => accessor,
      list: () => [accessor],
      objects,
      subscribe(listener) {
        tell = listener;
        return () => undefined;
      },
    },
    namespaces,
    versions: new PropagatedVersions({ host: client, kept: false, clock: systemClock, log: silentLog }),
    settings: () => ({
      propagates: true,
      adoptResources: 'IfNoDiff',
      concurrency: 4,
      statusConcurrency: 4,
      collectRawStatus: false,
    }),
    events: { record: () => undefined, close: () => Promise.resolve() },
    clock: systemClock,
    log: silentLog,
    ...(tracer === undefined ? {} : { tracer }),
  });
  sync.start();
  closers.unshift(
    () => sync.close(),
    () => client.close(),
  );
}

/** Resolves when the condition holds; fails by the test's own time limit. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (holds() ? resolve() : void setImmediate(look));
    look();
  });
}

function federatedWidget(): FederatedObject {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedWidget',
    metadata: { name: 'web', uid: 'f1', generation: 1, finalizers: ['kubefed.io/sync-controller'] },
    spec: { template: { metadata: { labels: { tier: 'front' } } }, placement: { clusters: [{ name: 'earth' }] } },
  };
}

function widget(annotations: Record<string, string>): KubeObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'web', generation: 1, labels: { 'kubefed.io/managed': 'true' }, annotations },
  };
}

const statusOf = (name: string) => (host.get(ON_HOST, name) as FederatedObject | undefined)?.status;
const wordOf = (name: string) => statusOf(name)?.clusters?.find((entry) => entry.name === 'earth')?.status;

it('does not write without end where a member undoes each write before it is stored', async () => {
  accessor.setReady(true, '');
  const stored = earth.put(IN_MEMBER, widget({}));
  earth.answer(`${IN_MEMBER}/web`, (_, response) => answerJson(response, 200, stored));
  host.put(ON_HOST, federatedWidget());
  startSync();
  await until(() => statusOf('web')?.conditions?.some(({ type }) => type === 'DriftContested') === true);
  expect(earth.count('PUT', `${IN_MEMBER}/web`)).toBe(7);
});

it('leaves alone what another control plane made under the same name, and says whose it is', async () => {
  accessor.setReady(true, '');
  const theirs = earth.put(IN_MEMBER, widget({ 'fedmesh.io/created-by': 'other' }));
  earth.answer(IN_MEMBER, (request, response) => {
    if (request.method === 'POST') answerJson(response, 409, { kind: 'Status', code: 409, reason: 'AlreadyExists' });
    else if (request.url?.includes('watch=true') === true) response.writeHead(200).flushHeaders();
    else answerJson(response, 200, { kind: 'List', metadata: { resourceVersion: '1' }, items: [theirs] });
  });
  host.put(ON_HOST, federatedWidget());
  startSync();
  await until(() => wordOf('web') === 'AlreadyExists');
  host.put(ON_HOST, { ...federatedWidget(), status: statusOf('web'), spec: { placement: { clusters: [] } } });
  await until(() => statusOf('web')?.clusters === undefined);
  expect(['PUT', 'PATCH', 'DELETE'].map((method) => earth.count(method, `${IN_MEMBER}/web`))).toEqual([0, 0, 0]);
});

/** A copy in earth, and its federated object being deleted. */
function deleting(): void {
  accessor.setReady(true, '');
  earth.put(IN_MEMBER, widget({ 'fedmesh.io/created-by': 'c0ffee' }));
  const { metadata, ...rest } = federatedWidget();
  host.put(ON_HOST, { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  startSync();
}

const definition = (metadata: KubeObject['metadata'] = {}) =>
  host.put(DEFINITIONS, { metadata: { name: 'federatedwidgets.types.kubefed.io', ...metadata } });

it('deletes the copies of a federated object that somebody deletes', async () => {
  definition();
  deleting();
  await until(() => earth.count('DELETE', `${IN_MEMBER}/web`) > 0);
  expect(host.count('GET', `${DEFINITIONS}/federatedwidgets.types.kubefed.io`)).toBe(1);
});

it('takes no copy along when a federated kind is deleted with all its objects', async () => {
  definition({ deletionTimestamp: '2026-01-01T00:00:00Z' });
  deleting();
  await until(() => (host.get(ON_HOST, 'web')?.metadata.finalizers ?? []).length === 0);
  expect(earth.count('PATCH', `${IN_MEMBER}/web`)).toBe(1);
  expect(earth.count('DELETE', `${IN_MEMBER}/web`)).toBe(0);
});

it('releases what is no longer federated in a member that was away, once it is back', async () => {
  accessor.setReady(false, 'it was away');
  earth.put(IN_MEMBER, widget({ 'fedmesh.io/created-by': 'c0ffee' }));
  host.put(ON_HOST, { ...federatedWidget(), metadata: { ...federatedWidget().metadata, name: 'other' } });
  startSync();
  // Its objects are known, since they were listed and are watched.
  await until(() => earth.count('GET', IN_MEMBER) === 2);
  await until(() => wordOf('other') === 'ClusterNotReady');
  accessor.setReady(true, '');
  tell({ type: 'ready', cluster: 'earth' });
  await until(() => earth.count('PATCH', `${IN_MEMBER}/web`) > 0);
});

it('shows the status of the copies where it is collected, and follows it without another write in the member', async () => {
  accessor.setReady(true, '');
  earth.put(IN_MEMBER, { ...widget({ 'fedmesh.io/created-by': 'c0ffee' }), spec: { size: 3 } });
  host.put(ON_HOST, federatedWidget());
  startSync({ keeps: 'metadata and status', collectsStatus: true });
  const propagation = () => statusOf('web')?.conditions?.find(({ type }) => type === 'Propagation');
  await until(() => propagation()?.reason === 'CheckClusters');
  expect(propagation()?.message).toBe('earth: it has no status there yet');
  const writes = earth.requests.filter(({ method }) => method !== 'GET').length;
  const copy = earth.get(IN_MEMBER, 'web') ?? widget({});
  earth.put(IN_MEMBER, { ...copy, status: { ready: 1 } });
  await until(() => propagation()?.status === 'True');
  expect(statusOf('web')?.clusters).toEqual([{ name: 'earth', remoteStatus: { ready: 1 } }]);
  earth.put(IN_MEMBER, { ...copy, status: { ready: 2 } });
  earth.put(IN_MEMBER, { ...copy, status: { ready: 3 } });
  await until(() => JSON.stringify(statusOf('web')?.clusters?.[0]?.remoteStatus) === '{"ready":3}');
  expect(earth.requests.filter(({ method }) => method !== 'GET')).toHaveLength(writes);
});

it("keeps an object with the copies' status beside the federated one, which owns it, where KubeFed does so", async () => {
  accessor.setReady(true, '');
  earth.put(IN_MEMBER, { ...widget({ 'fedmesh.io/created-by': 'c0ffee' }), status: { ready: 1 } });
  host.put(ON_HOST, federatedWidget());
  const statusObjects = { ...WIDGETS, kind: 'FederatedWidgetStatus', plural: 'federatedwidgetstatuses' };
  startSync({ keeps: 'metadata and status', statusObjects });
  const shown = () => JSON.stringify(host.get(STATUSES, 'web')?.clusterStatus);
  await until(() => shown() === '[{"clusterName":"earth","status":{"ready":1}}]');
  const { apiVersion, kind, metadata } = federatedWidget();
  expect(host.get(STATUSES, 'web')?.metadata.ownerReferences).toEqual([
    { apiVersion, kind, name: metadata.name, uid: metadata.uid },
  ]);
  await until(() => earth.get(IN_MEMBER, 'web')?.metadata.labels?.tier === 'front' && wordOf('web') === undefined);
  earth.put(IN_MEMBER, { ...(earth.get(IN_MEMBER, 'web') ?? widget({})), status: { ready: 2 } });
  await until(() => shown() === '[{"clusterName":"earth","status":{"ready":2}}]');
  expect(host.count('POST', STATUSES)).toBe(1);
});

describe('a cordoned member', () => {
  const everywhere = { template: {}, placement: { clusterSelector: {} } };
  const cordoned = { unschedulable: true };
  const condition = (type: string) => statusOf('web')?.conditions?.find((each) => each.type === type)?.status;

  it('keeps and updates what a controller that has just started finds there, with no record of it', async () => {
    accessor.setReady(true, '');
    earth.put(IN_MEMBER, widget({ 'fedmesh.io/created-by': 'c0ffee' }));
    host.put(ON_HOST, {
      ...federatedWidget(),
      spec: { ...federatedWidget().spec, placement: { clusterSelector: {} } },
    });
    startSync({}, cordoned);
    await until(() => earth.get(IN_MEMBER, 'web')?.metadata.labels?.tier === 'front');
    await until(() => condition('Propagation') === 'True');
    // Not for a moment was it said to be left out.
    expect(host.requests.some(({ body }) => body.includes('"Cordoned"'))).toBe(false);
    expect(statusOf('web')?.clusters).toEqual([{ name: 'earth' }]);
  });

  it('gets nothing that selects it, and the status says so', async () => {
    accessor.setReady(true, '');
    host.put(ON_HOST, { ...federatedWidget(), spec: everywhere });
    startSync({}, cordoned);
    await until(() => condition('Cordoned') === 'True');
    expect(condition('Propagation')).toBe('True');
    expect(statusOf('web')?.clusters).toBeUndefined();
    expect(earth.count('POST', IN_MEMBER)).toBe(0);
  });

  it('gets what names it', async () => {
    accessor.setReady(true, '');
    host.put(ON_HOST, federatedWidget());
    startSync({}, cordoned);
    await until(() => earth.count('POST', IN_MEMBER) === 1);
  });

  it('that is away keeps what is recorded there, and is not waited for by what is new', async () => {
    accessor.setReady(false, 'it is away');
    const { metadata } = federatedWidget();
    const status = { clusters: [{ name: 'earth' }] };
    host.put(ON_HOST, {
      ...federatedWidget(),
      metadata: { ...metadata, name: 'old', uid: 'f2' },
      spec: everywhere,
      status,
    });
    host.put(ON_HOST, { ...federatedWidget(), spec: everywhere });
    startSync({}, cordoned);
    await until(() => condition('Cordoned') === 'True');
    expect(condition('Propagation')).toBe('True');
    await until(() => statusOf('old')?.clusters?.[0]?.status === 'ClusterNotReady');
  });
});

it('can be traced from the change to the status that tells of it, and so can a repair', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const roots = () => exporter.getFinishedSpans().filter(({ parentSpanContext }) => parentSpanContext === undefined);
  const stepsOf = (index: number) => {
    const id = roots()[index]?.spanContext().traceId;
    return exporter
      .getFinishedSpans()
      .filter((span) => span.parentSpanContext !== undefined && span.spanContext().traceId === id)
      .map(({ name, attributes }) => [name, attributes['k8s.cluster.name'], attributes['fedmesh.operation']]);
  };
  accessor.setReady(true, '');
  host.put(ON_HOST, federatedWidget());
  startSync({}, {}, changeTracer(provider.getTracer('test')));
  await until(() => roots().length > 0);
  expect(roots()[0]).toMatchObject({
    name: 'propagate FederatedWidget',
    attributes: { 'fedmesh.cause': 'change', 'fedmesh.type': 'widgets.example.com', 'k8s.object.name': 'web' },
  });
  expect(stepsOf(0)).toEqual([
    ['reconcile', undefined, undefined],
    ['write', 'earth', 'create'],
    ['write status', undefined, undefined],
    ['reconcile', undefined, undefined],
  ]);
  const copy = earth.get(IN_MEMBER, 'web') as KubeObject;
  const { generation = 0, labels, ...metadata } = copy.metadata;
  earth.put(IN_MEMBER, {
    ...copy,
    metadata: { ...metadata, generation: generation + 1, labels: { ...labels, theirs: '' } },
  });
  await until(() => roots().length > 1);
  expect(roots()[1]?.attributes['fedmesh.cause']).toBe('repair');
  expect(stepsOf(1)).toContainEqual(['write', 'earth', 'update']);
});
