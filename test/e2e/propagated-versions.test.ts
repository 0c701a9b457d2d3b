import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  CLUSTER_PROPAGATED_VERSIONS,
  PROPAGATED_VERSIONS,
  type PropagatedVersion,
  type PropagatedVersionStatus,
} from '../../apis/core/v1alpha1/propagated-version.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { FederatedObject, FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import {
  CREATED_BY_ANNOTATION,
  DEFAULT_KUBEFED_NAMESPACE,
  MIGRATED_FROM_ANNOTATION,
  SYNC_FINALIZER,
} from '../../apis/well-known.ts';
import { apiVersionOf, type Resource } from '../../controller/kube/resource.ts';
import { overridesVersion, templateVersion } from '../../controller/sync/versions/versions.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated } from './federated.ts';
import { type Federation, startFederation, TEST_GATES } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES, PRIORITY_CLASSES } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const NAMESPACE = 'versioned';
const CONFIG = { name: KUBEFED_CONFIG_NAME, namespace: DEFAULT_KUBEFED_NAMESPACE };
/** KubeFed's hashes of `{"data":{"foo":"bar"}}` and of no overrides. */
const OF_FOO_BAR = '4682012eb72f035cfe2b227efe7ca8c8';
const OF_NO_OVERRIDES = '2979b7538b527abe06492021841caf47';

type Ref = { name: string; namespace?: string };

const DEPLOYMENT: FederatedTemplate = {
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
  },
};

describe.runIf(inject('kubeconfig') !== '')('PropagatedVersions', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    await federation.fedctl('enable', 'priorityclasses.scheduling.k8s.io');
    await federateNamespace(host, NAMESPACE, BOTH);
  });

  afterAll(() => federation?.close());

  const members = () => [earth, vulcan];
  const here = (name: string): Ref => ({ name, namespace: NAMESPACE });

  async function place(target: Resource, ref: Ref, template: FederatedTemplate): Promise<Ref> {
    await host.create(federatedKindOf(target), federated(target, { ...ref, template, on: BOTH }));
    await untilPropagated(host, target, ref, BOTH);
    return ref;
  }

  const placeMap = (name: string) => place(CONFIG_MAPS, here(name), { data: { foo: 'bar' } });

  /** The federated namespace lives in the namespace that it is about. */
  const kindOfVersion = (target: Resource) =>
    federatedKindOf(target).namespaced ? PROPAGATED_VERSIONS : CLUSTER_PROPAGATED_VERSIONS;
  const refOfVersion = (target: Resource, { name, namespace }: Ref): Ref => ({
    name: `${target.kind.toLowerCase()}-${name}`,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const find = (target: Resource, ref: Ref) =>
    host.find<PropagatedVersion>(kindOfVersion(target), refOfVersion(target, ref));

  /** What is to be recorded of the copies as they are now. */
  async function rightRecord(target: Resource, ref: Ref): Promise<PropagatedVersionStatus> {
    const object = await host.get<FederatedObject>(federatedKindOf(target), ref);
    const copies = await Promise.all(
      members().map(async (member) => {
        const copy = target === NAMESPACES ? { name: ref.namespace ?? '' } : ref;
        const { generation, resourceVersion } = (await member.get(target, copy)).metadata;
        return { clusterName: member.name, version: generation ? `gen:${generation}` : `rv:${resourceVersion}` };
      }),
    );
    return {
      templateVersion: templateVersion(object),
      overridesVersion: overridesVersion(object),
      clusterVersions: copies,
    };
  }

  const untilRight = (target: Resource, ref: Ref) =>
    until(
      `the record of ${ref.name}`,
      async () => [(await find(target, ref))?.status, await rightRecord(target, ref)],
      ([recorded, right]) => isDeepStrictEqual(recorded, right),
    );

  /** The object on the host as KubeFed leaves it, with this record of what it wrote. */
  async function asKubeFedLeft(target: Resource, ref: Ref, record: PropagatedVersionStatus): Promise<void> {
    const kind = federatedKindOf(target);
    const object = await host.edit<FederatedObject>(kind, ref, ({ metadata }) => {
      metadata.finalizers = [SYNC_FINALIZER];
    });
    const since = '2022-01-01T00:00:00Z';
    const status = {
      clusterSummary: null,
      propagatedVersion: null,
      conditions: [{ type: 'Propagation', status: 'True', lastUpdateTime: since, lastTransitionTime: since }],
      clusters: BOTH.map((name) => ({ name })),
    };
    await host.patch(kind, ref, { status }, 'status');
    const version = kindOfVersion(target);
    const at = refOfVersion(target, ref);
    const { apiVersion = '', kind: kindName = '', metadata } = object;
    const owner = { apiVersion, kind: kindName, name: metadata.name ?? '', uid: metadata.uid ?? '' };
    if ((await find(target, ref)) === undefined) {
      const identity = { apiVersion: apiVersionOf(version), kind: version.kind };
      await host.create(version, { ...identity, metadata: { ...at, ownerReferences: [owner] } });
    }
    await host.patch(version, at, { status: record }, 'status');
  }

  /** The copies as KubeFed leaves them; before their versions are recorded. */
  async function withoutMarks(target: Resource, ref: Ref): Promise<void> {
    const copy = target === NAMESPACES ? { name: ref.namespace ?? '' } : ref;
    const metadata = { annotations: { [CREATED_BY_ANNOTATION]: null } };
    for (const member of members()) await member.patch(target, copy, { metadata });
  }

  /** What the controller asks the API servers to write while `act` goes on; `stored`: dry runs aside. */
  async function writesDuring(act: () => Promise<unknown>, stored = false): Promise<string[]> {
    const planes = NAMES.map((name) => federation.planes[name]);
    const before = await Promise.all(planes.map((plane) => writesOf(plane, { stored })));
    await act();
    const after = await Promise.all(planes.map((plane) => writesOf(plane, { stored })));
    return NAMES.flatMap((name, index) =>
      (after[index] ?? []).slice(before[index]?.length).map((write) => `${name}: ${write}`),
    );
  }

  const untilTakenOver = (target: Resource, ref: Ref) =>
    host.until(
      federatedKindOf(target),
      ref,
      ({ status }) => (status as { clusterSummary?: string } | undefined)?.clusterSummary === '2/2',
    );

  const migrate = (value: string | null) =>
    host.patch(KUBEFED_CONFIGS, CONFIG, { metadata: { annotations: { [MIGRATED_FROM_ANNOTATION]: value } } });

  it('that KubeFed left are believed: taking over writes nothing in the members, and the status repeats them', async () => {
    const things: [Resource, Ref][] = [
      [NAMESPACES, here(NAMESPACE)],
      [CONFIG_MAPS, await placeMap('map')],
      [DEPLOYMENTS, await place(DEPLOYMENTS, here('web'), DEPLOYMENT)],
      [PRIORITY_CLASSES, await place(PRIORITY_CLASSES, { name: 'urgent' }, { value: 1000 })],
    ];
    await federation.controller.stop();
    const records = [];
    for (const [target, ref] of things) {
      await withoutMarks(target, ref);
      const record = await rightRecord(target, ref);
      await asKubeFedLeft(target, ref, record);
      records.push({ record, version: (await find(target, ref))?.metadata.resourceVersion });
    }
    expect(records[1]?.record).toMatchObject({ templateVersion: OF_FOO_BAR, overridesVersion: OF_NO_OVERRIDES });
    const writes = await writesDuring(async () => {
      await federation.restart();
      for (const [target, ref] of things) await untilTakenOver(target, ref);
    });
    expect(writes.filter((write) => !write.startsWith('host: update federated'))).toEqual([]);
    expect(writes).toHaveLength(things.length);
    for (const [index, [target, ref]] of things.entries()) {
      const { record, version } = records[index] ?? {};
      const { status } = await host.get<FederatedObject>(federatedKindOf(target), ref);
      expect(status?.propagatedVersion).toEqual(record);
      expect((await find(target, ref))?.metadata.resourceVersion).toBe(version);
    }
  });

  it('that are stale cost a comparison, and only what differs is written', async () => {
    const refs = await Promise.all(['hash', 'version', 'gone', 'content'].map((name) => placeMap(`stale-${name}`)));
    const [hash, version, gone, content] = refs as [Ref, Ref, Ref, Ref];
    await federation.controller.stop();
    for (const ref of refs) await withoutMarks(CONFIG_MAPS, ref);
    await earth.patch(CONFIG_MAPS, content, { data: { foo: 'drifted' } });
    const right = await Promise.all(refs.map((ref) => rightRecord(CONFIG_MAPS, ref)));
    const ancient = { clusterVersions: BOTH.map((clusterName) => ({ clusterName, version: 'rv:1' })) };
    const hashes = { templateVersion: OF_FOO_BAR, overridesVersion: OF_NO_OVERRIDES };
    await asKubeFedLeft(CONFIG_MAPS, hash, { ...hashes, ...right[0], templateVersion: 'another' });
    await asKubeFedLeft(CONFIG_MAPS, version, { ...hashes, ...ancient });
    await asKubeFedLeft(CONFIG_MAPS, gone, hashes);
    await asKubeFedLeft(CONFIG_MAPS, content, { ...hashes, ...ancient });
    const writes = await writesDuring(async () => {
      await federation.restart();
      for (const ref of refs) await untilTakenOver(CONFIG_MAPS, ref);
    }, true);
    expect(writes.filter((write) => !write.startsWith('host: '))).toEqual(['earth: update configmaps stale-content']);
  });

  it('are kept current while a migration may still be undone, from the moment on that it begins', async () => {
    await migrate('{}');
    for (const name of ['map', 'stale-hash', 'stale-version', 'stale-gone', 'stale-content']) {
      await untilRight(CONFIG_MAPS, here(name));
    }
    const ref = here('map');
    await untilRight(DEPLOYMENTS, here('web'));
    await untilRight(PRIORITY_CLASSES, { name: 'urgent' });
    const object = await host.get<FederatedObject>(federatedKindOf(CONFIG_MAPS), ref);
    expect((await find(CONFIG_MAPS, ref))?.metadata.ownerReferences).toEqual([
      { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedConfigMap', name: 'map', uid: object.metadata.uid },
    ]);
    const changed = await writesDuring(async () => {
      await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { foo: 'other' } } } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    });
    // Others may just be told that a member answers again: whoever begins a migration has everything made anew.
    expect(changed.filter((write) => write.endsWith('map')).toSorted()).toEqual([
      'earth: update configmaps map',
      'host: update federatedconfigmaps/status map',
      'host: update propagatedversions/status configmap-map',
      'vulcan: update configmaps map',
    ]);
    await untilRight(CONFIG_MAPS, ref);
  });

  it('follow a repair with one write on the host, as in KubeFed', async () => {
    const ref = here('web');
    const repaired = await writesDuring(async () => {
      await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 7 } });
      await earth.until(DEPLOYMENTS, ref, ({ spec }) => (spec as { replicas: number }).replicas === 1);
      await untilRight(DEPLOYMENTS, ref);
      // The member's own controller writes the status of what changed, and the repair may have to be repeated.
    }, true);
    expect(repaired).toEqual([
      'host: update propagatedversions/status deployment-web',
      'earth: update deployments web',
    ]);
    const restarted = await writesDuring(async () => {
      await federation.restart();
      await placeMap('after-restart');
    });
    expect(restarted.filter((write) => !write.endsWith('after-restart'))).toEqual([]);
    expect(restarted).toHaveLength(6);
  });

  it('that a person deletes or edits come back', async () => {
    const ref = here('map');
    const at = refOfVersion(CONFIG_MAPS, ref);
    const { metadata } = await host.get(PROPAGATED_VERSIONS, at);
    await host.delete(PROPAGATED_VERSIONS, at);
    await host.until(PROPAGATED_VERSIONS, at, (object) => object.metadata.uid !== metadata.uid);
    await untilRight(CONFIG_MAPS, ref);
    const nonsense = { templateVersion: 'x', overridesVersion: 'y', clusterVersions: null };
    await host.patch(PROPAGATED_VERSIONS, at, { status: nonsense }, 'status');
    await untilRight(CONFIG_MAPS, ref);
    await host.patch(PROPAGATED_VERSIONS, at, { metadata: { ownerReferences: null } });
    await host.until(PROPAGATED_VERSIONS, at, (object) => object.metadata.ownerReferences?.[0]?.name === 'map');
  });

  it('go with their object, and one of the same name gets its own', async () => {
    const ref = await placeMap('reborn');
    await untilRight(CONFIG_MAPS, ref);
    const kind = federatedKindOf(CONFIG_MAPS);
    await host.delete(kind, ref);
    await host.untilGone(kind, ref);
    await placeMap('reborn');
    const { metadata } = await host.get(kind, ref);
    await host.until(
      PROPAGATED_VERSIONS,
      refOfVersion(CONFIG_MAPS, ref),
      (object) => object.metadata.ownerReferences?.[0]?.uid === metadata.uid,
    );
    await untilRight(CONFIG_MAPS, ref);
    await host.delete(kind, ref);
    await host.untilGone(PROPAGATED_VERSIONS, refOfVersion(CONFIG_MAPS, ref));
  });

  it('speak no more of a member that left', async () => {
    const ref = here('stale-gone');
    expect(await federation.fedctl('unjoin', 'vulcan')).toMatchObject({ code: 0 });
    const { status } = (await host.until(
      PROPAGATED_VERSIONS,
      refOfVersion(CONFIG_MAPS, ref),
      (object) => (object as PropagatedVersion).status?.clusterVersions?.length === 1,
    )) as PropagatedVersion;
    expect(status?.clusterVersions?.[0]?.clusterName).toBe('earth');
  });

  it.skipIf(TEST_GATES.has('PropagatedVersions'))(
    'rest when the migration is finalised, and what only they knew goes into the status',
    async () => {
      const ref = here('stale-hash');
      const kept = await find(CONFIG_MAPS, ref);
      const finalised = await writesDuring(async () => {
        await migrate(null);
        await until(
          'the new settings',
          () => federation.controller.log.some((line) => line.includes('set → not set')),
          (told) => told,
        );
        const { generation } = (await earth.get(DEPLOYMENTS, here('web'))).metadata;
        await host.until(federatedKindOf(DEPLOYMENTS), here('web'), (object) => {
          const { clusterVersions } = (object as FederatedObject).status?.propagatedVersion ?? {};
          return clusterVersions?.[0]?.version === `gen:${generation}`;
        });
      });
      expect(finalised).toEqual(['host: update federateddeployments/status web']);
      const changed = await writesDuring(async () => {
        await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { foo: 'last' } } } });
        await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
        await federation.restart();
        await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { foo: 'at last' } } } });
        await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
      });
      const twice = ['host: update federatedconfigmaps/status stale-hash', 'earth: update configmaps stale-hash'];
      expect(changed.toSorted()).toEqual([...twice, ...twice].toSorted());
      expect(await find(CONFIG_MAPS, ref)).toEqual(kept);
    },
  );

  it('that the host does not serve stop nothing', async () => {
    await migrate('{}');
    for (const name of ['propagatedversions', 'clusterpropagatedversions']) {
      await federation.kubectl('host', 'delete', 'crd', `${name}.core.kubefed.io`);
    }
    await federation.restart();
    const ref = here('bare');
    await host.create(
      federatedKindOf(CONFIG_MAPS),
      federated(CONFIG_MAPS, { ...ref, template: { data: { foo: 'bar' } }, on: ['earth'] }),
    );
    await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
    const { status } = await host.get<FederatedObject>(federatedKindOf(CONFIG_MAPS), ref);
    expect(status?.propagatedVersion?.templateVersion).toBe(OF_FOO_BAR);
    await federation.fedctl('init');
    await host.until(PROPAGATED_VERSIONS, refOfVersion(CONFIG_MAPS, ref), (object) => object.status !== undefined);
  });
});
