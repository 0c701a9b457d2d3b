import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import {
  ADOPT_ANNOTATION,
  CREATED_BY_ANNOTATION,
  DEFAULT_KUBEFED_NAMESPACE,
  DELETE_OPTION_ANNOTATION,
  MANAGED_LABEL,
  ORPHAN_ANNOTATION,
  PAUSED_ANNOTATION,
  SYNC_FINALIZER,
} from '../../apis/well-known.ts';
import type { Resource } from '../../controller/kube/resource.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding, type Wish } from './federated.ts';
import { type Federation, startFederation, TEST_GATES } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, federatedKindOf, SERVICES } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;

const deploymentTemplate = (image = 'registry.example/web:1') => ({
  metadata: { labels: { app: 'web' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
  },
});
const serviceTemplate = { spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } };

describe.runIf(inject('kubeconfig') !== '')('propagation to two members', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
  });

  afterAll(() => federation?.close());

  const members = () => [earth, vulcan];

  async function place(target: Resource, wish: Wish, expected: readonly string[] = BOTH) {
    await host.create(federatedKindOf(target), federated(target, { on: expected, ...wish }));
    const ref = { name: wish.name, namespace: wish.namespace ?? '' };
    await untilPropagated(host, target, ref, expected);
    return ref;
  }

  const configMap = (name: string, namespace: string, data: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });

  /** What the controller writes on the three API servers while `act` goes on. */
  async function writesDuring(namespace: string | undefined, act: () => Promise<unknown>): Promise<string[]> {
    const selection = namespace === undefined ? {} : { namespace };
    const planes = NAMES.map((name) => federation.planes[name]);
    const before = await Promise.all(planes.map((plane) => writesOf(plane, selection)));
    await act();
    const after = await Promise.all(planes.map((plane) => writesOf(plane, selection)));
    return NAMES.flatMap((name, index) =>
      (after[index] ?? []).slice(before[index]?.length).map((write) => `${name}: ${write}`),
    );
  }

  describe('costs', () => {
    beforeAll(() => federateNamespace(host, 'costs', BOTH));

    it.each([
      { target: DEPLOYMENTS, template: deploymentTemplate(), change: { spec: { replicas: 2 } } },
      { target: CONFIG_MAPS, template: { data: { a: '1' } }, change: { data: { a: '2' } } },
      {
        target: SERVICES,
        template: serviceTemplate,
        change: { spec: { selector: { app: 'other' } } },
      },
    ])(
      '$target.plural: one in two members takes four writes to create and three to update, KubeFed’s six and four where its versions are kept',
      async ({ target, template, change }) => {
        const plural = target.plural;
        const ref = { name: 'counted', namespace: 'costs' };
        const version = `${target.kind.toLowerCase()}-counted`;
        const kept = (...writes: string[]) => (TEST_GATES.has('PropagatedVersions') ? writes : []);
        const created = await writesDuring('costs', () => place(target, { ...ref, template }));
        expect(created.toSorted()).toEqual([
          `earth: create ${plural} counted`,
          ...kept(`host: create propagatedversions ${version}`),
          `host: update federated${plural} counted`,
          `host: update federated${plural}/status counted`,
          ...kept(`host: update propagatedversions/status ${version}`),
          `vulcan: create ${plural} counted`,
        ]);
        const updated = await writesDuring('costs', async () => {
          await host.patch(federatedKindOf(target), ref, { spec: { template: change } });
          await untilPropagated(host, target, ref, BOTH);
        });
        expect(updated.toSorted()).toEqual([
          `earth: update ${plural} counted`,
          `host: update federated${plural}/status counted`,
          ...kept(`host: update propagatedversions/status ${version}`),
          `vulcan: update ${plural} counted`,
        ]);
      },
    );

    it('a restart with nothing changed writes nothing', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'marker', namespace: 'costs', template: { data: {} } });
      const writes = await writesDuring(undefined, async () => {
        await federation.restart();
        // Whatever the new controller wanted to write of the others it has written before a newer change goes through.
        await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { later: 'yes' } } } });
        await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      });
      expect(writes.filter((write) => !/[ -]marker$/.test(write))).toEqual([]);
      expect(writes).toHaveLength(TEST_GATES.has('PropagatedVersions') ? 4 : 3);
    });
  });

  describe('placement', () => {
    const namespace = 'placement';
    const kind = federatedKindOf(CONFIG_MAPS);
    const label = (name: string, labels: Record<string, string | null>) =>
      host.patch(KUBEFED_CLUSTERS, { name, namespace: DEFAULT_KUBEFED_NAMESPACE }, { metadata: { labels } });

    beforeAll(() => federateNamespace(host, namespace, { clusterSelector: {} }));

    it('follows the names, and an empty list means nowhere', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'named', namespace, template: {} });
      await host.patch(kind, ref, { spec: { placement: { clusters: [{ name: 'vulcan' }] } } });
      await earth.untilGone(CONFIG_MAPS, ref);
      await untilPropagated(host, CONFIG_MAPS, ref, ['vulcan']);
      await host.patch(kind, ref, { spec: { placement: { clusters: [], clusterSelector: {} } } });
      await vulcan.untilGone(CONFIG_MAPS, ref);
      await untilPropagated(host, CONFIG_MAPS, ref, []);
    });

    it('without clusters and selector is nowhere, and with an empty selector everywhere', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'selected', namespace, template: {}, on: {} }, []);
      await host.patch(kind, ref, { spec: { placement: { clusterSelector: {} } } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    });

    it('leaves out names that no cluster bears, and says which', async () => {
      const ref = { name: 'unknown', namespace };
      const object = federated(CONFIG_MAPS, { ...ref, template: {}, on: ['earth', 'romulus'] });
      await host.create(kind, object);
      const { message } = await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
      expect(message).toContain('romulus');
    });

    it('moves objects when the labels of a cluster change', async () => {
      await label('earth', { site: 'premises' });
      await label('vulcan', { site: 'cloud' });
      const on = { clusterSelector: { matchLabels: { site: 'cloud' } } };
      const ref = await place(CONFIG_MAPS, { name: 'labelled', namespace, template: {}, on }, ['vulcan']);
      await label('earth', { site: 'cloud' });
      await label('vulcan', { site: null });
      await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
      await vulcan.untilGone(CONFIG_MAPS, ref);
      expect(await earth.find(CONFIG_MAPS, ref)).toBeDefined();
    });

    it('a selector that is wrong moves nothing and is named', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'wrong', namespace, template: {} });
      const clusterSelector = { matchExpressions: [{ key: 'site', operator: 'In', values: [] }] };
      await host.patch(kind, ref, { spec: { placement: { clusters: null, clusterSelector } } });
      const { message } = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ propagation }) => propagation === 'ComputePlacementFailed',
      );
      expect(message).toContain('clusterSelector');
      for (const member of members()) expect(await member.find(CONFIG_MAPS, ref)).toBeDefined();
    });
  });

  describe('overrides', () => {
    const namespace = 'overrides';
    const kind = federatedKindOf(CONFIG_MAPS);
    beforeAll(() => federateNamespace(host, namespace, BOTH));

    it('add, replace and remove fields in the cluster that they name, and go again', async () => {
      const overrides = [
        {
          clusterName: 'earth',
          clusterOverrides: [
            { op: 'add' as const, path: '/data/added', value: 'yes' },
            { path: '/data/replaced', value: 'earthly' },
            { path: '/data/upserted', value: 'as in KubeFed' },
            { op: 'remove' as const, path: '/data/removed' },
            { op: 'add' as const, path: '/metadata/annotations', value: { 'example.com/where': 'earth' } },
          ],
        },
      ];
      const template = { data: { replaced: 'all', removed: 'no' } };
      const ref = await place(CONFIG_MAPS, { name: 'overridden', namespace, template, overrides });
      expect(await vulcan.get(CONFIG_MAPS, ref)).toMatchObject(template);
      const onEarth = await earth.get(CONFIG_MAPS, ref);
      expect(onEarth.data).toEqual({ added: 'yes', replaced: 'earthly', upserted: 'as in KubeFed' });
      expect(onEarth.metadata.annotations).toMatchObject({ 'example.com/where': 'earth' });

      await host.patch(kind, ref, { spec: { overrides: null } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      const after = await earth.get(CONFIG_MAPS, ref);
      expect(after.data).toEqual(template.data);
      expect(after.metadata.annotations).not.toHaveProperty(['example.com/where']);
    });

    it('that do not apply fail for their cluster alone, and the others go on', async () => {
      const ref = { name: 'bad-override', namespace };
      const overrides = [
        { clusterName: 'earth', clusterOverrides: [{ op: 'remove' as const, path: '/data/missing' }] },
      ];
      await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } }, on: BOTH, overrides }));
      const standing = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters }) => clusters.earth === 'ApplyOverridesFailed' && clusters.vulcan === 'OK',
      );
      expect(standing.propagation).toBe('CheckClusters');
      expect(standing.messages.earth).toContain('remove "/data/missing"');
      expect(await vulcan.find(CONFIG_MAPS, ref)).toBeDefined();
      await host.patch(kind, ref, { spec: { overrides: null } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    });
  });

  describe('drift', () => {
    const namespace = 'drift';
    beforeAll(() => federateNamespace(host, namespace, BOTH));

    it('in the content is undone', async () => {
      const ref = await place(DEPLOYMENTS, { name: 'scaled', namespace, template: deploymentTemplate() });
      await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 7 } });
      await earth.until(DEPLOYMENTS, ref, (object) => replicasOf(object) === 1);
      const map = await place(CONFIG_MAPS, { name: 'edited', namespace, template: { data: { a: '1' } } });
      await vulcan.patch(CONFIG_MAPS, map, { data: { a: '2', b: '3' } });
      await vulcan.until(CONFIG_MAPS, map, ({ data }) => JSON.stringify(data) === '{"a":"1"}');
    });

    it('in labels is undone, and annotations of others stay', async () => {
      const ref = await place(DEPLOYMENTS, { name: 'labelled', namespace, template: deploymentTemplate() });
      await earth.patch(DEPLOYMENTS, ref, {
        metadata: { labels: { app: null, more: 'x' }, annotations: { 'example.com/theirs': 'y' } },
      });
      const repaired = await earth.until(DEPLOYMENTS, ref, ({ metadata }) => metadata.labels?.app === 'web');
      expect(repaired.metadata.labels).toEqual({ app: 'web', [MANAGED_LABEL]: 'true' });
      expect(repaired.metadata.annotations).toMatchObject({ 'example.com/theirs': 'y' });
    });

    it('of the managed label is undone: the object was made here, and nobody said that it is released', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'unlabelled', namespace, template: { data: { a: '1' } } });
      await earth.patch(CONFIG_MAPS, ref, { metadata: { labels: { [MANAGED_LABEL]: null } }, data: { a: '2' } });
      const repaired = await earth.until(
        CONFIG_MAPS,
        ref,
        ({ metadata }) => metadata.labels?.[MANAGED_LABEL] === 'true',
      );
      expect(repaired.data).toEqual({ a: '1' });
    });

    it('of a whole object is undone: it is created again', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'deleted', namespace, template: { data: { a: '1' } } });
      const { uid } = (await vulcan.get(CONFIG_MAPS, ref)).metadata;
      await vulcan.delete(CONFIG_MAPS, ref);
      await vulcan.until(CONFIG_MAPS, ref, ({ metadata }) => metadata.uid !== uid);
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    });

    it('that happened while no controller ran is undone by the next one', async () => {
      const ref = await place(DEPLOYMENTS, { name: 'unseen', namespace, template: deploymentTemplate() });
      const map = await place(CONFIG_MAPS, { name: 'unseen', namespace, template: { data: { a: '1' } } });
      await federation.controller.stop();
      await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 7 } });
      await earth.patch(CONFIG_MAPS, map, { data: { a: '2' } });
      await vulcan.delete(CONFIG_MAPS, map);
      await federation.restart();
      await earth.until(DEPLOYMENTS, ref, (object) => replicasOf(object) === 1);
      await earth.until(CONFIG_MAPS, map, ({ data }) => JSON.stringify(data) === '{"a":"1"}');
      await vulcan.until(CONFIG_MAPS, map, () => true);
    });

    it('that somebody else insists on is named and fought over ever more slowly, until there is peace', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'contested', namespace, template: { data: { a: 'ours' } } });
      const rival = async () => {
        await federation.kubectl(
          'earth',
          ...['-n', namespace, 'patch', 'configmap', ref.name, '--field-manager=rival', '--type=merge'],
          ...['-p', '{"data":{"a":"theirs"}}'],
        );
      };
      const isOurs = async () => (await earth.get<KubeObject & { data: object }>(CONFIG_MAPS, ref)).data;
      const standing = () => untilStanding(host, CONFIG_MAPS, ref, () => true);
      const told = await until(
        'the other writer is named',
        async () => {
          if (JSON.stringify(await isOurs()) === '{"a":"ours"}') await rival();
          return (await standing()).conditions.DriftContested ?? '';
        },
        (condition) => condition.startsWith('True'),
      );
      expect(told).toContain('earth: "rival"');
      await earth.until(CONFIG_MAPS, ref, ({ data }) => JSON.stringify(data) === '{"a":"ours"}');
      await until(
        'peace',
        standing,
        ({ conditions, propagation }) => conditions.DriftContested === undefined && propagation === 'True',
        { withinMs: 120_000 },
      );
    });

    it('by who deletes it again and again is slowed down too, and a new template goes out at once', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'pruned', namespace, template: { data: { a: '1' } } });
      const slowed = await until(
        'the condition',
        async () => {
          if ((await earth.find(CONFIG_MAPS, ref)) !== undefined) await earth.delete(CONFIG_MAPS, ref);
          return untilStanding(host, CONFIG_MAPS, ref, () => true);
        },
        ({ conditions, clusters }) => conditions.DriftContested !== undefined && clusters.earth === 'CreationFailed',
      );
      expect(slowed.clusters.vulcan).toBe('OK');
      expect(await earth.find(CONFIG_MAPS, ref)).toBeUndefined();
      await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
      const { data } = await earth.until(CONFIG_MAPS, ref, () => true);
      expect(data).toEqual({ a: '2' });
    });
  });

  describe("somebody else's objects", () => {
    const namespace = 'theirs';
    const kind = federatedKindOf(CONFIG_MAPS);
    beforeAll(() => federateNamespace(host, namespace, BOTH));

    it('that nobody federates are never touched', async () => {
      const before = await earth.create(CONFIG_MAPS, configMap('bystander', namespace, { a: '1' }));
      await place(CONFIG_MAPS, { name: 'neighbour', namespace, template: { data: { a: '2' } } });
      expect(await earth.get(CONFIG_MAPS, { name: 'bystander', namespace })).toEqual(before);
    });

    it('are adopted when they are equal, keep that they were there before, and stay when the federated one goes', async () => {
      const ref = { name: 'equal', namespace };
      await earth.create(CONFIG_MAPS, configMap(ref.name, namespace, { a: '1' }));
      await place(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } } });
      const { labels, annotations } = (await earth.get(CONFIG_MAPS, ref)).metadata;
      expect(labels).toEqual({ [MANAGED_LABEL]: 'true' });
      expect(annotations ?? {}).not.toHaveProperty([CREATED_BY_ANNOTATION]);
      expect((await vulcan.get(CONFIG_MAPS, ref)).metadata.annotations).toHaveProperty([CREATED_BY_ANNOTATION]);
    });

    it('are left alone when they differ, the fields are named, and an annotation takes them over', async () => {
      const ref = { name: 'different', namespace };
      await earth.create(CONFIG_MAPS, configMap(ref.name, namespace, { a: 'theirs', b: '1' }));
      await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: { a: 'ours' } }, on: BOTH }));
      const { messages } = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters }) => clusters.earth === 'AlreadyExists' && clusters.vulcan === 'OK',
      );
      expect(messages.earth).toContain('/data/a, /data/b');
      expect(messages.earth).toContain(ADOPT_ANNOTATION);
      const untouched = await earth.get(CONFIG_MAPS, ref);
      expect([untouched.data, untouched.metadata.labels]).toEqual([{ a: 'theirs', b: '1' }, undefined]);

      await host.patch(kind, ref, { metadata: { annotations: { [ADOPT_ANNOTATION]: 'true' } } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: 'ours' });
    });

    it.each([
      { mode: 'Disabled', status: 'AlreadyExists', data: { a: 'theirs' } },
      { mode: 'Enabled', status: 'OK', data: { a: 'ours' } },
    ])('are taken over as the KubeFedConfig says: $mode', async ({ mode, status, data }) => {
      const ref = { name: `adopt-${mode.toLowerCase()}`, namespace };
      const setMode = async (adoptResources: string) => {
        const config = { name: KUBEFED_CONFIG_NAME, namespace: DEFAULT_KUBEFED_NAMESPACE };
        await host.patch(KUBEFED_CONFIGS, config, { spec: { syncController: { adoptResources } } });
        await federation.restart();
      };
      await earth.create(CONFIG_MAPS, configMap(ref.name, namespace, { a: 'theirs' }));
      await setMode(mode);
      await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: { a: 'ours' } }, on: BOTH }));
      await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters }) => clusters.earth === status && clusters.vulcan === 'OK',
      );
      expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual(data);
      await setMode('IfNoDiff');
    });

    it('that another control plane manages stay its own, whatever is asked for', async () => {
      const ref = { name: 'foreign', namespace };
      const object = configMap(ref.name, namespace, { a: 'another federation' });
      const marks = { labels: { [MANAGED_LABEL]: 'true' }, annotations: { [CREATED_BY_ANNOTATION]: 'another-uid' } };
      const before = await earth.create(CONFIG_MAPS, { ...object, metadata: { ...object.metadata, ...marks } });
      const annotations = { [ADOPT_ANNOTATION]: 'true' };
      await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: {}, on: BOTH, annotations }));
      const { messages } = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters }) => clusters.earth === 'AlreadyExists' && clusters.vulcan === 'OK',
      );
      expect(messages.earth).toContain('another-uid');
      await host.delete(kind, ref);
      await host.untilGone(kind, ref);
      expect(await earth.get(CONFIG_MAPS, ref)).toEqual(before);
    });

    it('that say hands off are left alone', async () => {
      const ref = { name: 'hands-off', namespace };
      const object = configMap(ref.name, namespace, { a: '1' });
      await earth.create(CONFIG_MAPS, {
        ...object,
        metadata: { ...object.metadata, labels: { [MANAGED_LABEL]: 'false' } },
      });
      const annotations = { [ADOPT_ANNOTATION]: 'true' };
      await host.create(
        kind,
        federated(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } }, on: BOTH, annotations }),
      );
      await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters }) => clusters.earth === 'ManagedLabelFalse' && clusters.vulcan === 'OK',
      );
      expect((await earth.get(CONFIG_MAPS, ref)).metadata.labels).toEqual({ [MANAGED_LABEL]: 'false' });
      await host.delete(kind, ref);
      await host.untilGone(kind, ref);
      expect(await earth.find(CONFIG_MAPS, ref)).toBeDefined();
      expect(await vulcan.find(CONFIG_MAPS, ref)).toBeUndefined();
    });
  });

  describe('deletion', () => {
    const namespace = 'deletion';
    const kind = federatedKindOf(CONFIG_MAPS);
    beforeAll(() => federateNamespace(host, namespace, BOTH));

    it('takes the copies first and the federated object after them', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'plain', namespace, template: {} });
      await host.delete(kind, ref);
      await host.untilGone(kind, ref);
      for (const member of members()) expect(await member.find(CONFIG_MAPS, ref)).toBeUndefined();
    });

    it('waits for finalizers in a member, and says so', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'held', namespace, template: {} });
      await earth.patch(CONFIG_MAPS, ref, { metadata: { finalizers: ['example.com/hold'] } });
      await host.delete(kind, ref);
      await vulcan.untilGone(CONFIG_MAPS, ref);
      await untilStanding(host, CONFIG_MAPS, ref, ({ clusters }) => clusters.earth === 'WaitingForRemoval');
      await earth.patch(CONFIG_MAPS, ref, { metadata: { finalizers: null } });
      await host.untilGone(kind, ref);
      await earth.untilGone(CONFIG_MAPS, ref);
    });

    it('with the orphan annotation leaves the copies, which are then nobody’s', async () => {
      const annotations = { [ORPHAN_ANNOTATION]: 'true' };
      const template = { data: { a: '1' }, metadata: { annotations: { 'example.com/kept': 'yes' } } };
      const ref = await place(CONFIG_MAPS, { name: 'orphaned', namespace, template, annotations });
      await host.delete(kind, ref);
      await host.untilGone(kind, ref);
      for (const member of members()) {
        const { data, metadata } = await member.get(CONFIG_MAPS, ref);
        expect(data).toEqual({ a: '1' });
        expect(metadata.labels).toBeUndefined();
        expect(metadata.annotations).toEqual({ 'example.com/kept': 'yes' });
      }
    });

    it('waits where the delete options cannot be read: they were to say something', async () => {
      const annotations = { [DELETE_OPTION_ANNOTATION]: 'propagationPolicy: Orphan' };
      const ref = await place(CONFIG_MAPS, { name: 'misspelt', namespace, template: {}, annotations });
      await host.delete(kind, ref);
      const { messages } = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters }) => clusters.earth === 'DeletionFailed' && clusters.vulcan === 'DeletionFailed',
      );
      expect(messages.earth).toContain(DELETE_OPTION_ANNOTATION);
      expect(await earth.find(CONFIG_MAPS, ref)).toBeDefined();
      await host.patch(kind, ref, { metadata: { annotations: { [DELETE_OPTION_ANNOTATION]: null } } });
      await host.untilGone(kind, ref);
    });

    it('hands the delete options on: a Deployment deleted with Orphan leaves its ReplicaSet', async () => {
      const annotations = { [DELETE_OPTION_ANNOTATION]: '{"propagationPolicy":"Orphan"}' };
      const ref = await place(DEPLOYMENTS, {
        name: 'optioned',
        namespace,
        template: deploymentTemplate(),
        annotations,
      });
      const replicaSets = { ...DEPLOYMENTS, kind: 'ReplicaSet', plural: 'replicasets' };
      const own = async () =>
        (await earth.list(replicaSets, namespace)).filter(({ metadata }) => metadata.name?.startsWith('optioned-'));
      await until('its ReplicaSet', own, (found) => found.length === 1);
      await host.delete(federatedKindOf(DEPLOYMENTS), ref);
      await host.untilGone(federatedKindOf(DEPLOYMENTS), ref);
      await earth.untilGone(DEPLOYMENTS, ref);
      await until(
        'a ReplicaSet without an owner',
        own,
        ([found]) => found !== undefined && (found.metadata.ownerReferences ?? []).length === 0,
      );
    });

    it('alone is what delete options are for: a copy that a placement leaves out takes its dependents along', async () => {
      const annotations = { [DELETE_OPTION_ANNOTATION]: '{"propagationPolicy":"Orphan"}' };
      const ref = await place(CONFIG_MAPS, { name: 'shrunk', namespace, template: {}, annotations });
      const { uid = '' } = (await earth.get(CONFIG_MAPS, ref)).metadata;
      const dependent = { name: 'dependent', namespace };
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: ref.name, uid }];
      const metadata = { ...dependent, ownerReferences };
      await earth.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
      await host.patch(kind, ref, { spec: { placement: { clusters: [] } } });
      await earth.untilGone(CONFIG_MAPS, ref);
      await earth.untilGone(CONFIG_MAPS, dependent);
    });

    it('that went past the finalizer leaves the copies, which are then nobody’s', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'vanished', namespace, template: { data: { a: '1' } } });
      await federation.controller.stop();
      await host.edit<FederatedObject>(kind, ref, ({ metadata }) => {
        metadata.finalizers = [];
      });
      await host.delete(kind, ref);
      await federation.restart();
      for (const member of members()) {
        const { data, metadata } = await member.until(
          CONFIG_MAPS,
          ref,
          ({ metadata }) => metadata.labels === undefined,
        );
        expect([data, metadata.annotations]).toEqual([{ a: '1' }, undefined]);
      }
    });

    it('leaves a copy whose managed label somebody took off and set to false', async () => {
      const ref = await place(CONFIG_MAPS, { name: 'disowned', namespace, template: {} });
      await federation.controller.stop();
      await earth.patch(CONFIG_MAPS, ref, { metadata: { labels: { [MANAGED_LABEL]: 'false' } } });
      await host.delete(kind, ref);
      await federation.restart();
      await host.untilGone(kind, ref);
      expect(await earth.find(CONFIG_MAPS, ref)).toBeDefined();
      await vulcan.untilGone(CONFIG_MAPS, ref);
    });
  });

  describe('a person looking', () => {
    const namespace = 'looking';
    beforeAll(() => federateNamespace(host, namespace, BOTH));

    const eventsAbout = async (name: string) =>
      (await host.list(EVENTS, namespace))
        .filter(({ involvedObject }) => (involvedObject as { name: string }).name === name)
        .map(({ type, reason, message }) => `${type} ${reason} ${message}`);

    it("finds KubeFed's events on the federated object", async () => {
      const ref = await place(CONFIG_MAPS, { name: 'told', namespace, template: { data: { a: '1' } } });
      await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      await host.delete(federatedKindOf(CONFIG_MAPS), ref);
      await until(
        'the events',
        () => eventsAbout('told'),
        (events) =>
          [
            'Normal CreateInCluster Creating ConfigMap "looking/told" in cluster "earth"',
            'Normal CreateInCluster Creating ConfigMap "looking/told" in cluster "vulcan"',
            'Normal UpdateInCluster Updating ConfigMap "looking/told" in cluster "earth"',
            'Normal DeleteInCluster Deleting ConfigMap "looking/told" in cluster "vulcan"',
          ].every((event) => events.includes(event)),
      );
    });

    it('is warned about finalizers in a template, which are not set', async () => {
      const template = { metadata: { finalizers: ['example.com/mine'] } };
      const ref = await place(CONFIG_MAPS, { name: 'finalized', namespace, template });
      expect((await earth.get(CONFIG_MAPS, ref)).metadata.finalizers).toBeUndefined();
      await until(
        'the warning',
        () => eventsAbout('finalized'),
        (events) => events.some((event) => event.startsWith('Warning FinalizersNotSupported')),
      );
    });

    it('can pause an object, and what is changed meanwhile goes out afterwards', async () => {
      const kind = federatedKindOf(CONFIG_MAPS);
      const ref = await place(CONFIG_MAPS, { name: 'paused', namespace, template: { data: { a: '1' } } });
      await host.patch(kind, ref, { metadata: { annotations: { [PAUSED_ANNOTATION]: 'true' } } });
      await host.patch(kind, ref, { spec: { template: { data: { a: '2' } } } });
      await untilStanding(host, CONFIG_MAPS, ref, ({ propagation }) => propagation === 'Paused');
      expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });
      await host.patch(kind, ref, { metadata: { annotations: { [PAUSED_ANNOTATION]: null } } });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
    });

    it.each([
      { paused: 'a type', resource: FEDERATED_TYPE_CONFIGS, name: 'configmaps', reached: [] },
      { paused: 'a member', resource: KUBEFED_CLUSTERS, name: 'earth', reached: ['vulcan'] },
    ])('can pause $paused', async ({ resource, name, reached }) => {
      const pause = (value: string | null) =>
        host.patch(
          resource,
          { name, namespace: DEFAULT_KUBEFED_NAMESPACE },
          { metadata: { annotations: { [PAUSED_ANNOTATION]: value } } },
        );
      const ref = await place(CONFIG_MAPS, { name: `paused-${name}`, namespace, template: { data: { a: '1' } } });
      await pause('true');
      await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ propagation, clusters }) => propagation === 'Paused' || clusters.earth === 'Paused',
      );
      await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
      await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ propagation, clusters }) => propagation !== 'True' && reached.every((each) => clusters[each] === 'OK'),
      );
      for (const member of members()) {
        expect((await member.get(CONFIG_MAPS, ref)).data).toEqual({ a: reached.includes(member.name) ? '2' : '1' });
      }
      await pause(null);
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
    });
  });

  it("an object with KubeFed v0.10.0's status is taken on as it is: nothing is written in the members", async () => {
    await federateNamespace(host, 'migrated', BOTH);
    const ref = await place(CONFIG_MAPS, { name: 'old', namespace: 'migrated', template: { data: { a: '1' } } });
    const kind = federatedKindOf(CONFIG_MAPS);
    await federation.controller.stop();
    // As KubeFed leaves it: no summary, no versions, no mark of who created the copies.
    await host.edit<FederatedObject>(kind, ref, (object) => {
      object.metadata.finalizers = [SYNC_FINALIZER];
    });
    await host.patch(
      kind,
      ref,
      {
        status: {
          clusterSummary: null,
          propagatedVersion: null,
          observedGeneration: 1,
          conditions: [
            {
              type: 'Propagation',
              status: 'True',
              lastUpdateTime: '2022-01-01T00:00:00Z',
              lastTransitionTime: '2022-01-01T00:00:00Z',
            },
          ],
          clusters: [{ name: 'earth' }, { name: 'vulcan' }],
        },
      },
      'status',
    );
    for (const member of members()) {
      await member.patch(CONFIG_MAPS, ref, { metadata: { annotations: { [CREATED_BY_ANNOTATION]: null } } });
    }
    const versions = async () =>
      Promise.all(members().map(async (member) => (await member.get(CONFIG_MAPS, ref)).metadata.resourceVersion));
    const before = await versions();
    await federation.restart();
    const object = (await host.until(
      kind,
      ref,
      ({ status }) => (status as { clusterSummary?: string }).clusterSummary === '2/2',
    )) as FederatedObject;
    expect(object.status?.conditions?.[0]?.lastTransitionTime).toBe('2022-01-01T00:00:00Z');
    expect(await versions()).toEqual(before);
    await host.patch(kind, ref, { spec: { template: { data: { a: '2' } } } });
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
  });
});

function replicasOf(object: KubeObject): number {
  return (object.spec as { replicas: number }).replicas;
}
