import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLUSTER_PROPAGATED_VERSIONS, type PropagatedVersion } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import type { Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import type { ObjectRecord } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import { PropagatedVersions } from './propagated-versions.ts';
import { subjectOf } from './subject.ts';
import { VersionObjects } from './version-objects.ts';
import { overridesVersion, templateVersion } from './versions/versions.ts';

const VERSIONS = '/apis/core.kubefed.io/v1alpha1/clusterpropagatedversions';
const NAME = 'clusterrole-viewer';
const federatedKind: Resource = {
  group: 'types.kubefed.io',
  version: 'v1beta1',
  kind: 'FederatedClusterRole',
  plural: 'federatedclusterroles',
  namespaced: false,
};
const TYPE: FederatedType = {
  name: 'clusterroles.rbac.authorization.k8s.io',
  federated: federatedKind,
  target: { ...federatedKind, group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', plural: 'clusterroles' },
  isNamespace: false,
  keeps: 'everything',
  collectsStatus: false,
  paused: false,
  applies: false,
};
const OBJECT: FederatedObject = {
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: 'FederatedClusterRole',
  metadata: { name: 'viewer', uid: 'f1', generation: 1, resourceVersion: '1' },
  spec: { template: { rules: [] }, placement: { clusters: [{ name: 'earth' }, { name: 'vulcan' }] } },
};
const HASHES = { templateVersion: templateVersion(OBJECT), overridesVersion: overridesVersion(OBJECT) };
const OWNER = { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedClusterRole', name: 'viewer', uid: 'f1' };
const SHOWN = [
  { cluster: 'vulcan', status: '' },
  { cluster: 'earth', status: '' },
] as const;

let host: WireApi;
let client: Client;
let stopping: AbortController;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  host = await WireApi.start([VERSIONS]);
  client = createClient(endpointAt(host.url, { cluster: 'host' }));
  stopping = new AbortController();
  closers.push(
    async () => stopping.abort(),
    () => client.close(),
    () => host.close(),
  );
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function recordOf(earth: string, vulcan: string) {
  const clusterVersions = [
    { clusterName: 'earth', version: earth },
    { clusterName: 'vulcan', version: vulcan },
  ];
  return { ...HASHES, clusterVersions };
}

const versionOf = (over: Partial<PropagatedVersion> = {}): PropagatedVersion => ({
  apiVersion: 'core.kubefed.io/v1alpha1',
  kind: 'ClusterPropagatedVersion',
  metadata: { name: NAME, ownerReferences: [OWNER] },
  ...over,
});

/** The versions of one type over a host, and copies in two members whose versions the test sets. */
async function setUp({ kept = true, object = OBJECT } = {}) {
  const clock = new FakeClock();
  const copies: Record<string, number> = { earth: 1, vulcan: 1 };
  const federated = new Store<FederatedObject>({ clock });
  federated.replace([object]);
  const shared = new PropagatedVersions({ host: client, kept, clock, log: silentLog });
  closers.unshift(() => shared.close());
  const versions = new VersionObjects({
    type: TYPE,
    environment: { host: client, versions: shared, clock, log: silentLog },
    federated,
    view: { observed: (_, cluster) => ({ metadata: { generation: copies[cluster] ?? 0 } }) },
  });
  const changed: string[] = [];
  versions.subscribe((key) => changed.push(key), stopping.signal);
  await versions.load(stopping.signal);
  changed.splice(0);
  const memory: ObjectRecord = { uid: 'f1', clusters: new Map() };
  const write = (shown: Parameters<VersionObjects['write']>[1] = SHOWN) => {
    const subject = subjectOf({
      key: 'viewer',
      type: TYPE,
      federated: object,
      record: memory,
      propagatedVersion: versions.recordOf('viewer', object),
      federatedNamespaces: [],
      clusters: [{ name: 'earth' }, { name: 'vulcan' }],
      isIn: () => true,
      kubefedNamespace: 'kube-federation-system',
    });
    return versions.write(subject, shown, memory, stopping.signal);
  };
  return { clock, copies, federated, versions, shared, changed, memory, write };
}

/** Resolves when the condition holds; fails by the test's own time limit. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (holds() ? resolve() : void setImmediate(look));
    look();
  });
}

const stored = () => host.get(VERSIONS, NAME) as PropagatedVersion | undefined;
const writes = () =>
  host.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path.split('?')[0]}`);

describe('where they are kept', () => {
  it('an object gets one, as KubeFed makes it: with two writes, and another for each change', async () => {
    const { copies, write, clock } = await setUp();
    expect(await write()).toEqual({ kept: true });
    expect(stored()?.metadata.ownerReferences).toEqual([OWNER]);
    expect(stored()?.status).toEqual(recordOf('gen:1', 'gen:1'));
    expect(await write()).toEqual({ kept: true });
    expect(writes()).toEqual([`POST ${VERSIONS}`, `PUT ${VERSIONS}/${NAME}/status`]);
    copies.earth = 2;
    clock.advance(1_000);
    await write();
    expect(stored()?.status).toEqual(recordOf('gen:2', 'gen:1'));
    expect(writes()).toHaveLength(3);
  });

  it('a copy that others keep changing gives one write a second, and the last version is recorded', async () => {
    const { copies, write, clock } = await setUp();
    await write();
    copies.earth = 2;
    expect(await write()).toEqual({ kept: true, dueIn: 1_000 });
    copies.earth = 3;
    clock.advance(1_000);
    expect(await write()).toEqual({ kept: true });
    expect(stored()?.status).toEqual(recordOf('gen:3', 'gen:1'));
    expect(writes()).toHaveLength(3);
  });

  it('a cluster that is gone from the placement or cannot be told about needs no second', async () => {
    const { write, copies } = await setUp();
    await write(SHOWN.slice(0, 1));
    expect(stored()?.status?.clusterVersions).toEqual([{ clusterName: 'vulcan', version: 'gen:1' }]);
    copies.vulcan = 5;
    await write([SHOWN[1], { cluster: 'vulcan', status: 'ClusterNotReady' }]);
    expect(stored()?.status).toEqual(recordOf('gen:1', 'gen:1'));
  });

  it('what was written past the cache is read again', async () => {
    const { write, copies, clock } = await setUp();
    await write();
    copies.vulcan = 2;
    clock.advance(1_000);
    let first = true;
    host.answer(`${VERSIONS}/${NAME}/status`, (_, response) => {
      if (first) refuse(response, 409, 'Conflict');
      first = false;
      host.answer(`${VERSIONS}/${NAME}/status`, async (request, late) => {
        expect(request.method).toBe('PUT');
        late.end(JSON.stringify(host.put(VERSIONS, versionOf({ status: recordOf('gen:1', 'gen:2') }))));
      });
    });
    expect(await write()).toEqual({ kept: true });
    expect(stored()?.status).toEqual(recordOf('gen:1', 'gen:2'));
  });

  it('one that a person deletes or edits is put right at once', async () => {
    const { write, changed, shared } = await setUp();
    const held = () => shared.store(CLUSTER_PROPAGATED_VERSIONS).get(NAME);
    await write();
    host.remove(VERSIONS, NAME);
    await until(() => held() === undefined);
    expect(changed.splice(0)).toContain('viewer');
    await write();
    expect(stored()?.status).toEqual(recordOf('gen:1', 'gen:1'));
    host.put(VERSIONS, { ...versionOf(), metadata: { name: NAME, uid: 'edited' }, status: { templateVersion: 7 } });
    await until(() => held()?.metadata.uid === 'edited');
    expect(changed).toContain('viewer');
    await write();
    expect(stored()?.metadata.ownerReferences).toEqual([OWNER]);
    expect(stored()?.status).toEqual(recordOf('gen:1', 'gen:1'));
  });

  it('one of an object that bore the name before says nothing, and becomes this one’s', async () => {
    const predecessor = { name: NAME, labels: { their: 'label' }, ownerReferences: [{ ...OWNER, uid: 'f0' }] };
    host.put(VERSIONS, versionOf({ metadata: predecessor, status: recordOf('gen:9', 'gen:9') }));
    const { versions, write } = await setUp();
    expect(versions.recordOf('viewer', OBJECT)).toBeUndefined();
    await write();
    expect(stored()?.metadata).toMatchObject({ labels: { their: 'label' }, ownerReferences: [OWNER] });
    expect(stored()?.status).toEqual(recordOf('gen:1', 'gen:1'));
  });

  it('one of another type whose kind is called the same stays as it is', async () => {
    const theirs = [{ ...OWNER, apiVersion: 'other.io/v1', uid: 'x' }];
    const before = host.put(VERSIONS, versionOf({ metadata: { name: NAME, ownerReferences: theirs } }));
    const { write } = await setUp();
    expect(await write()).toEqual({ kept: false });
    expect(stored()).toEqual(before);
  });

  it('a host that refuses hinders nothing, and is asked again after a minute', async () => {
    host.answer(VERSIONS, (request, response) => {
      if (request.method === 'POST') refuse(response, 403, 'Forbidden');
      else if (request.url?.includes('watch=true') === true) response.writeHead(200).flushHeaders();
      else response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1' }, items: [] }));
    });
    const { write, clock } = await setUp();
    expect(await write()).toEqual({ kept: false, dueIn: 60_000 });
    clock.advance(20_000);
    expect(await write()).toEqual({ kept: false, dueIn: 40_000 });
    clock.advance(40_000);
    await write();
    expect(writes()).toHaveLength(2);
  });

  it('a host without the kind is not asked to take one', async () => {
    host.answer(VERSIONS, (_, response) => refuse(response, 404, 'NotFound'));
    const { write } = await setUp();
    expect(await write()).toEqual({ kept: false });
    expect(writes()).toEqual([]);
  });
});

describe('where they are not kept', () => {
  it('those of KubeFed are read once, and forgotten when the status has taken them over', async () => {
    host.put(VERSIONS, versionOf({ status: recordOf('gen:4', 'gen:5') }));
    const { versions, shared, federated, write } = await setUp({ kept: false });
    expect(versions.recordOf('viewer', OBJECT)).toEqual(recordOf('gen:4', 'gen:5'));
    await Promise.all([shared.read(CLUSTER_PROPAGATED_VERSIONS), shared.read(CLUSTER_PROPAGATED_VERSIONS)]);
    expect(host.count('GET', VERSIONS)).toBe(2);
    versions.settled('viewer');
    expect(versions.recordOf('viewer', OBJECT)).toBeDefined();
    const metadata = { ...OBJECT.metadata, resourceVersion: '2' };
    federated.upsert({ ...OBJECT, metadata, status: { propagatedVersion: recordOf('gen:4', 'gen:5') } });
    versions.settled('viewer');
    expect(versions.recordOf('viewer', OBJECT)).toBeUndefined();
    expect(await write()).toEqual({ kept: false });
    expect(writes()).toEqual([]);
    expect(host.requests.some(({ path }) => path.includes('watch='))).toBe(false);
  });

  it('what they know better than the status goes into it', async () => {
    host.put(VERSIONS, versionOf({ status: recordOf('gen:4', 'gen:5') }));
    const object = { ...OBJECT, status: { propagatedVersion: recordOf('gen:1', 'gen:5') } };
    const { copies, write, memory } = await setUp({ kept: false, object });
    copies.earth = 4;
    copies.vulcan = 5;
    await write();
    expect([...memory.clusters]).toMatchObject([['earth', { written: { ...HASHES, version: 'gen:4' } }]]);
  });

  it.each<[string, FederatedObject['metadata'] | undefined, object]>([
    ['an object that is no more', { ...OBJECT.metadata, uid: 'f2' }, recordOf('gen:1', 'gen:1')],
    ['an object of another name', { ...OBJECT.metadata, name: 'other' }, recordOf('gen:1', 'gen:1')],
    ['another shape', undefined, { templateVersion: 1 }],
  ])('one of %s is none', async (_, metadata, status) => {
    host.put(VERSIONS, { ...versionOf(), status });
    const object = { ...OBJECT, metadata: metadata ?? OBJECT.metadata };
    const { versions } = await setUp({ kept: false, object });
    expect(versions.recordOf(object.metadata.name ?? '', object)).toBeUndefined();
  });

  it('none is held that the status repeats', async () => {
    const record = recordOf('gen:1', 'gen:1');
    host.put(VERSIONS, versionOf({ status: record }));
    const object = { ...OBJECT, status: { propagatedVersion: record } };
    const { versions } = await setUp({ kept: false, object });
    expect(versions.recordOf('viewer', object)).toBeUndefined();
  });

  it.each([403, 404, 405])('a host that answers %i stops nothing', async (code) => {
    host.answer(VERSIONS, (_, response) => refuse(response, code, 'No'));
    const { versions } = await setUp({ kept: false });
    expect(versions.recordOf('viewer', OBJECT)).toBeUndefined();
    expect(host.count('GET', VERSIONS)).toBe(1);
  });
});
