import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { MANAGED_LABEL, SYNC_FINALIZER } from '../../apis/well-known.ts';
import { Accessor } from '../../controller/clusters/accessor.ts';
import { createClient } from '../../controller/kube/client.ts';
import { Store } from '../../controller/kube/store.ts';
import type { TransportRequest } from '../../controller/kube/transport.ts';
import type { SyncEnvironment } from '../../controller/sync/environment.ts';
import { FederatedDefinition } from '../../controller/sync/federated-definition.ts';
import { FederatedNamespaces } from '../../controller/sync/federated-namespaces.ts';
import { Ledger } from '../../controller/sync/ledger.ts';
import type { FederatedType } from '../../controller/sync/member-object.ts';
import { MemberView } from '../../controller/sync/member-view.ts';
import { PropagatedVersions } from '../../controller/sync/propagated-versions.ts';
import { Reconciler } from '../../controller/sync/reconcile.ts';
import { Rendering } from '../../controller/sync/rendering.ts';
import { VersionObjects } from '../../controller/sync/version-objects.ts';
import { silentLog } from '../../controller/telemetry/log.ts';
import { FakeClock } from '../../controller/time/testing/fake-clock.ts';

const TYPE: FederatedType = {
  name: 'widgets.example.com',
  federated: {
    group: 'types.kubefed.io',
    version: 'v1beta1',
    kind: 'FederatedWidget',
    plural: 'federatedwidgets',
    namespaced: false,
  },
  target: { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: false },
  isNamespace: false,
  keeps: 'metadata and status',
  collectsStatus: true,
  paused: false,
  applies: false,
};

/** The copy in earth as desired, with this status; `undefined`: it has none. */
function copy(version: number, progress: number | undefined): KubeObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: {
      name: 'web',
      uid: 'w1',
      generation: 1,
      resourceVersion: `${version}`,
      labels: { [MANAGED_LABEL]: 'true' },
      annotations: { 'fedmesh.io/created-by': 'cp' },
    },
    ...(progress === undefined ? {} : { status: { progress } }),
  };
}

interface Write {
  readonly at: number;
  readonly object: FederatedObject;
}

/** One federated object with a copy in earth, the pipeline of its type, and a host that takes every status. */
function world() {
  const clock = new FakeClock();
  const writes: Write[] = [];
  let version = 1;
  const transport = {
    request: async ({ body = '{}' }: TransportRequest) => {
      const object = JSON.parse(String(body)) as FederatedObject;
      writes.push({ at: clock.monotonic(), object });
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${++version}` } };
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(stored)) };
    },
    stream: () => Promise.reject(new Error('nothing is watched here')),
    close: () => Promise.resolve(),
  };
  const accessor = new Accessor({ name: 'earth', lane: {}, clock, random: () => 0, log: silentLog });
  accessor.setReady(true, '');
  const host = createClient({ cluster: 'host', transport }, { clock });
  const environment: SyncEnvironment = {
    host,
    controlPlane: { uid: 'cp', hostClusterUid: 'h', namespace: 'kube-federation-system' },
    clusters: {
      get: () => accessor,
      list: () => [accessor],
      objects: {
        values: () => [{ metadata: { name: 'earth' } } as KubeFedCluster],
        waitForSync: () => Promise.resolve(),
      },
      subscribe: () => () => undefined,
    },
    namespaces: new FederatedNamespaces(),
    versions: new PropagatedVersions({ host, kept: false, clock, log: silentLog }),
    settings: () => ({
      propagates: true,
      adoptResources: 'IfNoDiff',
      concurrency: 1,
      statusConcurrency: 4,
      collectRawStatus: true,
    }),
    events: { record: () => undefined, close: () => Promise.resolve() },
    clock,
    log: silentLog,
  };
  const rendering = new Rendering(TYPE);
  const view = new MemberView({ type: TYPE, environment, rendering });
  const watch = accessor.watch(TYPE.target);
  watch.store.replace([]);
  view.add(accessor, watch);
  const federated = new Store<FederatedObject>({ clock });
  federated.upsert({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedWidget',
    metadata: { name: 'web', uid: 'f1', generation: 1, resourceVersion: '1', finalizers: [SYNC_FINALIZER] },
    spec: { template: {}, placement: { clusters: [{ name: 'earth' }] } },
  });
  const ledger = new Ledger();
  const reconciler = new Reconciler({
    type: TYPE,
    environment,
    federated,
    ledger,
    definition: new FederatedDefinition(environment.host, TYPE.federated),
    view,
    versions: new VersionObjects({ type: TYPE, environment, federated, view }),
    submit: () => {
      throw new Error('the copy is as desired: nothing is to be written in earth');
    },
    releaseStrays: () => undefined,
    warningsOf: () => [],
  });
  const { templateVersion, overridesVersion } = reconciler.subject(
    'web',
    federated.values()[Symbol.iterator]().next().value,
  ).hashes;
  ledger.of('web', 'f1').clusters.set('earth', { written: { templateVersion, overridesVersion, version: 'gen:1' } });
  return {
    clock,
    writes,
    store: watch.store,
    reconcile: () => reconciler.reconcile('web', new AbortController().signal),
  };
}

/** Lets time pass as the work queue does: whatever falls due on the way is reconciled at its time. */
async function pass(of: ReturnType<typeof world>, ms: number, due: number | undefined): Promise<number | undefined> {
  const end = of.clock.monotonic() + ms;
  let next = due;
  while (next !== undefined && next <= end) {
    of.clock.advance(next - of.clock.monotonic());
    next = dueAt(of, await of.reconcile());
  }
  of.clock.advance(end - of.clock.monotonic());
  return next;
}

function dueAt({ clock }: ReturnType<typeof world>, { requeueAfterMs }: { requeueAfterMs?: number }) {
  return requeueAfterMs === undefined ? undefined : clock.monotonic() + requeueAfterMs;
}

const step = fc.record({ afterMs: fc.nat({ max: 1_500 }), progress: fc.nat({ max: 5 }) });
const propagationOf = ({ object }: Write) => object.status?.conditions?.[0]?.status;
const shownBy = (write: Write | undefined) => write?.object.status?.clusters?.[0]?.remoteStatus;

test('however often a status changes, the host is written to once a second, and the last state is written within that', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const of = world();
      let due: number | undefined;
      for (const [index, { afterMs, progress }] of steps.entries()) {
        due = await pass(of, afterMs, due);
        of.store.upsert(copy(index + 1, progress));
        due = dueAt(of, await of.reconcile()) ?? due;
      }
      const changedAt = of.clock.monotonic();
      await pass(of, 10_000, due);
      const { writes } = of;
      const gaps = writes.slice(1).map(({ at }, index) => at - (writes[index]?.at ?? 0));
      expect(gaps.filter((gap) => gap < 1_000)).toEqual([]);
      expect(shownBy(writes.at(-1))).toEqual({ progress: steps.at(-1)?.progress });
      expect((writes.at(-1)?.at ?? 0) - changedAt).toBeLessThanOrEqual(1_000);
    }),
    { numRuns: 200 },
  );
});

test('neither the first status nor a change of Propagation waits', async () => {
  const maybe = fc.record({
    afterMs: fc.nat({ max: 400 }),
    progress: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(maybe, { minLength: 1, maxLength: 30 }), async (steps) => {
      const of = world();
      let due: number | undefined;
      let propagation: string | undefined;
      for (const [index, { afterMs, progress }] of steps.entries()) {
        due = await pass(of, afterMs, due);
        of.store.upsert(copy(index + 1, progress));
        due = dueAt(of, await of.reconcile()) ?? due;
        const expected = progress === undefined ? 'False' : 'True';
        const last = of.writes.at(-1);
        if (expected !== propagation) expect(last?.at).toBe(of.clock.monotonic());
        expect(last === undefined ? undefined : propagationOf(last)).toBe(expected);
        propagation = expected;
      }
    }),
    { numRuns: 200 },
  );
});
