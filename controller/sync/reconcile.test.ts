import { expect, it } from 'vitest';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { SYNC_FINALIZER } from '../../apis/well-known.ts';
import { Accessor } from '../clusters/accessor.ts';
import { createClient } from '../kube/client.ts';
import { Store } from '../kube/store.ts';
import type { TransportRequest } from '../kube/transport.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import type { SyncEnvironment } from './environment.ts';
import { FederatedDefinition } from './federated-definition.ts';
import { FederatedNamespaces } from './federated-namespaces.ts';
import { type Failure, Ledger } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import { MemberView } from './member-view.ts';
import { PropagatedVersions } from './propagated-versions.ts';
import { Reconciler } from './reconcile.ts';
import { Rendering } from './rendering.ts';
import { StatusWriter } from './status-writer.ts';
import type { Subject } from './subject.ts';
import { VersionObjects } from './version-objects.ts';

const KEY = 'web';
const type: FederatedType = {
  name: 'clusterroles.rbac.authorization.k8s.io',
  federated: {
    group: 'types.kubefed.io',
    version: 'v1beta1',
    kind: 'FederatedClusterRole',
    plural: 'federatedclusterroles',
    namespaced: false,
  },
  target: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'ClusterRole',
    plural: 'clusterroles',
    namespaced: false,
  },
  isNamespace: false,
  keeps: 'everything',
  collectsStatus: false,
  paused: false,
  applies: false,
};

function federated(clusters: readonly string[]): FederatedObject {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedClusterRole',
    metadata: { name: KEY, uid: 'f1', generation: 1, resourceVersion: '1', finalizers: [SYNC_FINALIZER] },
    spec: { template: { rules: [] }, placement: { clusters: clusters.map((name) => ({ name })) } },
  };
}

function failure(over: Partial<Failure>): Failure {
  return {
    status: 'CreationTimedOut',
    message: 'no answer',
    attempts: 1,
    retryAt: 250,
    notBefore: 250,
    attemptToken: '1|false|||',
    ...over,
  };
}

/** One member, earth, which is not ready; the host takes every status. */
function setUp(clusters: readonly string[], options: { status?: number; finalizers?: string[] } = {}) {
  const told: string[] = [];
  const stored: FederatedObject[] = [];
  const clock = new FakeClock();
  const accessor = new Accessor({ name: 'earth', lane: {}, clock, random: () => 0, log: silentLog });
  accessor.setReady(false, 'it does not answer');
  const joined = { metadata: { name: 'earth' } } as KubeFedCluster;
  const host = createClient({ cluster: 'host', transport: echo(stored, options.status) }, { clock });
  const environment: SyncEnvironment = {
    host,
    controlPlane: { uid: 'cp', hostClusterUid: 'h', namespace: 'kube-federation-system' },
    clusters: {
      get: () => accessor,
      list: () => [accessor],
      objects: { values: () => [joined], waitForSync: () => Promise.resolve() },
      subscribe: () => () => undefined,
    },
    namespaces: new FederatedNamespaces(),
    versions: new PropagatedVersions({ host, kept: false, clock, log: silentLog }),
    settings: () => ({
      propagates: true,
      adoptResources: 'IfNoDiff',
      concurrency: 1,
      statusConcurrency: 4,
      collectRawStatus: false,
    }),
    events: {
      record: (_, type, reason, message, source) => void told.push(`${type} ${reason}: ${message} (${source})`),
      close: () => Promise.resolve(),
    },
    clock,
    log: silentLog,
  };
  const view = new MemberView({ type, environment, rendering: new Rendering(type) });
  view.add(accessor, accessor.watch(type.target));
  const store = new Store<FederatedObject>({ clock });
  const object = federated(clusters);
  store.upsert({ ...object, metadata: { ...object.metadata, finalizers: options.finalizers ?? [SYNC_FINALIZER] } });
  const ledger = new Ledger();
  const submitted: string[] = [];
  const reconciler = new Reconciler({
    type,
    environment,
    federated: store,
    ledger,
    definition: new FederatedDefinition(environment.host, type.federated),
    view,
    versions: new VersionObjects({ type, environment, federated: store, view }),
    submit: (_, cluster, operation) => submitted.push(`${operation} in ${cluster}`),
    releaseStrays: () => undefined,
    warningsOf: () => [],
  });
  const earth = () => {
    const { clusters: records } = ledger.of(KEY, 'f1');
    const record = records.get('earth') ?? {};
    records.set('earth', record);
    return record;
  };
  const { signal } = new AbortController();
  const statuses = new StatusWriter({ type, environment, federated: store, ledger, view });
  return {
    clock,
    earth,
    reconcile: () => reconciler.reconcile(KEY, signal),
    store,
    stored,
    subject: () => reconciler.subject(KEY, store.get(KEY) ?? object),
    submitted,
    told,
    writeStatus: (subject: Subject) => statuses.write(subject, [{ cluster: 'earth', status: '' }], signal),
  };
}

/** A host that stores whatever is put. */
function echo(stored: FederatedObject[], status = 200) {
  return {
    request: async ({ body = '{}' }: TransportRequest) => {
      stored.push(JSON.parse(body.toString()));
      return { status, headers: {}, body: Buffer.from(body) };
    },
    stream: () => Promise.reject(new Error('nothing is watched here')),
    close: () => Promise.resolve(),
  };
}

it('a write that failed waits for a member that is away, instead of asking again and again', async () => {
  const { clock, earth, reconcile, submitted } = setUp(['earth']);
  earth().failure = failure({});
  clock.advance(1_000);
  expect(await reconcile()).toEqual({});
  expect(submitted).toEqual([]);
});

it('what failed in a cluster is forgotten when the object is no longer wanted there', async () => {
  const { clock, earth, reconcile } = setUp([]);
  earth().failure = failure({ status: 'AlreadyExists' });
  clock.advance(1_000);
  expect(await reconcile()).toEqual({});
  expect(earth().failure).toBeUndefined();
});

it('a status never says of a new spec what was done for the one before', async () => {
  const { store, stored, subject, writeStatus } = setUp(['earth']);
  const before = subject();
  const changed = { ...federated(['earth']), spec: { template: { rules: [{}] } } };
  store.upsert({ ...changed, metadata: { ...changed.metadata, generation: 2, resourceVersion: '2' } });
  expect(await writeStatus(before)).toBe(0);
  expect(stored).toEqual([]);
  expect(await writeStatus(subject())).toBeUndefined();
  expect(stored).toMatchObject([{ status: { observedGeneration: 2, clusters: [{ name: 'earth' }] } }]);
});

it("a member that is away is told of in an event with KubeFed's words", async () => {
  const { reconcile, told } = setUp(['earth']);
  await reconcile();
  expect(told).toEqual([
    'Warning ClusterNotReady: Cluster not ready: earth: it does not answer (federatedclusterrole-controller)',
  ]);
});

it('a finalizer that the host refuses is told of in an event', async () => {
  const { reconcile, told } = setUp(['earth'], { status: 403, finalizers: [] });
  await expect(reconcile()).rejects.toThrow();
  expect(told).toEqual([expect.stringMatching(/^Warning EnsureFinalizerError: Failed to ensure finalizer: .+ \(fed/)]);
});
