import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL, ORPHAN_ANNOTATION } from '../../apis/well-known.ts';
import { Cluster } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, federatedKindOf, NAMESPACES } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const FEDERATED_NAMESPACES = federatedKindOf(NAMESPACES);
const FEDERATED_CONFIG_MAPS = federatedKindOf(CONFIG_MAPS);

describe.runIf(inject('kubeconfig') !== '')('namespaces of a federation', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
  });

  afterAll(() => federation?.close());

  const inNamespace = (namespace: string) => ({ name: 'settings', namespace });
  const itself = (namespace: string, name = namespace) => ({ name, namespace });

  /** A namespace with one federated ConfigMap in it, propagated to the given clusters. */
  async function furnish(
    namespace: string,
    on: readonly string[] = BOTH,
  ): Promise<{ name: string; namespace: string }> {
    const ref = inNamespace(namespace);
    await federateNamespace(host, namespace, on);
    await host.create(
      FEDERATED_CONFIG_MAPS,
      federated(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } }, on: BOTH }),
    );
    await untilPropagated(host, CONFIG_MAPS, ref, on);
    return ref;
  }

  const place = (namespace: string, placement: Placement) =>
    host.patch(FEDERATED_NAMESPACES, itself(namespace), { spec: { placement } });

  const plain = (namespace: string, labels?: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, ...(labels === undefined ? {} : { labels }) },
  });

  const configMap = (namespace: string, name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { theirs: 'yes' },
  });

  describe('that are taken out of a placement', () => {
    // Looked at again at the end of the file: how long something foreign keeps its namespace is counted in half minutes.
    it('stay where something of others is in them, and the status names it', async () => {
      const ref = await furnish('inhabited');
      await vulcan.create(CONFIG_MAPS, configMap('inhabited', 'squatter'));
      await place('inhabited', { clusters: [{ name: 'earth' }] });
      const { messages } = await untilStanding(
        host,
        NAMESPACES,
        itself('inhabited'),
        ({ clusters, messages }) =>
          clusters.vulcan === 'WaitingForRemoval' && messages.vulcan?.includes('squatter') === true,
      );
      expect(messages.vulcan).toContain('configmaps "squatter"');
      await vulcan.untilGone(CONFIG_MAPS, ref);
    });

    it('go where Fedmesh made them and nothing else is in them', async () => {
      await furnish('ours');
      await place('ours', { clusters: [{ name: 'earth' }] });
      await vulcan.untilGone(NAMESPACES, { name: 'ours' });
      await untilPropagated(host, NAMESPACES, itself('ours'), ['earth']);
      expect(await earth.find(CONFIG_MAPS, inNamespace('ours'))).toBeDefined();
    });

    it('are given back where they were before: labels, contents and all', async () => {
      const labels = { team: 'green' };
      await vulcan.create(NAMESPACES, plain('theirs', labels));
      await vulcan.create(CONFIG_MAPS, configMap('theirs', 'resident'));
      const ref = await furnish('theirs');
      expect((await vulcan.get(NAMESPACES, { name: 'theirs' })).metadata.labels).toMatchObject({
        ...labels,
        [MANAGED_LABEL]: 'true',
      });
      await place('theirs', { clusters: [{ name: 'earth' }] });
      const released = await vulcan.until(
        NAMESPACES,
        { name: 'theirs' },
        ({ metadata }) => metadata.labels?.[MANAGED_LABEL] === undefined,
      );
      expect(released.metadata.labels).toEqual({ ...labels, 'kubernetes.io/metadata.name': 'theirs' });
      await vulcan.untilGone(CONFIG_MAPS, ref);
      expect(await vulcan.find(CONFIG_MAPS, { name: 'resident', namespace: 'theirs' })).toBeDefined();
    });
  });

  describe('and what says where they go', () => {
    it('one object in a namespace, of any name; the one that bears its name counts alone', async () => {
      await federateNamespace(host, 'named', ['earth'], 'any-name');
      await earth.until(NAMESPACES, { name: 'named' }, () => true);
      await host.create(FEDERATED_NAMESPACES, federated(NAMESPACES, { ...itself('named'), on: ['vulcan'] }));
      await vulcan.until(NAMESPACES, { name: 'named' }, () => true);
      await earth.untilGone(NAMESPACES, { name: 'named' });
      const { message } = await untilStanding(
        host,
        NAMESPACES,
        itself('named', 'any-name'),
        ({ propagation }) => propagation === 'Superseded',
      );
      expect(message).toContain('"named"');
    });

    it('two that disagree freeze it: nothing goes, nothing comes, and both are named until one gives way', async () => {
      const namespace = 'disputed';
      await federateNamespace(host, namespace, BOTH, 'one');
      const ref = inNamespace(namespace);
      const template = { data: { a: '1' } };
      await host.create(FEDERATED_CONFIG_MAPS, federated(CONFIG_MAPS, { ...ref, template, on: BOTH }));
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);

      await host.create(FEDERATED_NAMESPACES, federated(NAMESPACES, { ...itself(namespace, 'two'), on: ['earth'] }));
      for (const name of ['one', 'two']) {
        const { message } = await untilStanding(
          host,
          NAMESPACES,
          itself(namespace, name),
          ({ propagation }) => propagation === 'NamespacePlacementConflict',
        );
        expect(message).toContain('"one" and "two"');
      }
      await host.patch(FEDERATED_CONFIG_MAPS, ref, { spec: { template: { data: { a: '2' } } } });
      await untilStanding(host, CONFIG_MAPS, ref, ({ propagation }) => propagation === 'NamespacePlacementConflict');
      expect((await vulcan.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });

      await host.delete(FEDERATED_NAMESPACES, itself(namespace, 'one'));
      await vulcan.untilGone(NAMESPACES, { name: namespace });
      await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
      expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
    });

    it('gives each cluster’s namespace the labels of the template, and what an override adds', async () => {
      await federateNamespace(host, 'labelled', BOTH);
      const overrides = [
        { clusterName: 'vulcan', clusterOverrides: [{ op: 'add', path: '/metadata/labels/site', value: 'cloud' }] },
      ];
      const template = { metadata: { labels: { team: 'blue' } } };
      await host.patch(FEDERATED_NAMESPACES, itself('labelled'), { spec: { template, overrides } });
      await untilPropagated(host, NAMESPACES, itself('labelled'), BOTH);
      const labels = async (member: Cluster) => (await member.get(NAMESPACES, { name: 'labelled' })).metadata.labels;
      expect(await labels(earth)).toMatchObject({ team: 'blue' });
      expect(await labels(vulcan)).toMatchObject({ team: 'blue', site: 'cloud' });
    });

    it('follows it to where it goes next, contents and all', async () => {
      const ref = await furnish('growing', ['earth']);
      expect(await vulcan.find(NAMESPACES, { name: 'growing' })).toBeUndefined();
      await place('growing', { clusterSelector: {}, clusters: [{ name: 'earth' }, { name: 'vulcan' }] });
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      expect(await vulcan.find(CONFIG_MAPS, ref)).toBeDefined();
    });
  });

  describe('that are federated no more', () => {
    it('keep their copies, which nobody updates until they are federated again', async () => {
      const ref = await furnish('orphaned');
      await host.patch(FEDERATED_NAMESPACES, itself('orphaned'), {
        metadata: { annotations: { [ORPHAN_ANNOTATION]: 'true' } },
      });
      await host.delete(FEDERATED_NAMESPACES, itself('orphaned'));
      await host.untilGone(FEDERATED_NAMESPACES, itself('orphaned'));
      await host.patch(FEDERATED_CONFIG_MAPS, ref, { spec: { template: { data: { a: '2' } } } });
      const standing = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ propagation }) => propagation === 'NamespaceNotFederated',
      );
      expect(standing.message).toContain('fedctl federate namespace orphaned');
      for (const member of [earth, vulcan]) {
        expect((await member.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });
        expect((await member.get(NAMESPACES, { name: 'orphaned' })).metadata.labels).not.toHaveProperty([
          MANAGED_LABEL,
        ]);
      }
      await host.create(FEDERATED_NAMESPACES, federated(NAMESPACES, { ...itself('orphaned'), on: BOTH }));
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      expect((await vulcan.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
    });

    it('keep their copies too when their FederatedNamespace vanished behind the controller’s back', async () => {
      const ref = await furnish('vanished');
      await federation.controller.stop();
      await host.edit<FederatedObject>(FEDERATED_NAMESPACES, itself('vanished'), ({ metadata }) => {
        metadata.finalizers = [];
      });
      await host.delete(FEDERATED_NAMESPACES, itself('vanished'));
      await federation.restart();
      await untilStanding(host, CONFIG_MAPS, ref, ({ propagation }) => propagation === 'NamespaceNotFederated');
      for (const member of [earth, vulcan]) {
        const { metadata } = await member.until(
          NAMESPACES,
          { name: 'vanished' },
          ({ metadata }) => metadata.labels?.[MANAGED_LABEL] === undefined,
        );
        expect(metadata.deletionTimestamp).toBeUndefined();
        expect(await member.find(CONFIG_MAPS, ref)).toBeDefined();
      }
      // The copies are still the federated object's: they go with it.
      await host.delete(FEDERATED_CONFIG_MAPS, ref);
      await host.untilGone(FEDERATED_CONFIG_MAPS, ref);
      for (const member of [earth, vulcan]) expect(await member.find(CONFIG_MAPS, ref)).toBeUndefined();
    });
  });

  describe('that are deleted', () => {
    it('as federated ones take along what Fedmesh made, and what is left of it on the host says so', async () => {
      const ref = await furnish('unfederated');
      await host.delete(FEDERATED_NAMESPACES, itself('unfederated'));
      await host.untilGone(FEDERATED_NAMESPACES, itself('unfederated'));
      for (const member of [earth, vulcan]) await member.untilGone(NAMESPACES, { name: 'unfederated' });
      await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ propagation, clusters }) => propagation === 'NamespaceNotFederated' && Object.keys(clusters).length === 0,
      );
    });

    it('on the host take everything along, in every member', async () => {
      await furnish('doomed');
      await host.delete(NAMESPACES, { name: 'doomed' });
      await host.untilGone(NAMESPACES, { name: 'doomed' });
      for (const member of [earth, vulcan]) await member.untilGone(NAMESPACES, { name: 'doomed' });
    });

    it('in a member come back with what belongs in them, however long they take to go', async () => {
      const ref = await furnish('resilient');
      const hold = {
        ...configMap('resilient', 'hold'),
        metadata: { name: 'hold', namespace: 'resilient', finalizers: ['example.com/hold'] },
      };
      await vulcan.create(CONFIG_MAPS, hold);
      const { uid } = (await vulcan.get(NAMESPACES, { name: 'resilient' })).metadata;
      await vulcan.delete(NAMESPACES, { name: 'resilient' });
      await untilStanding(
        host,
        NAMESPACES,
        itself('resilient'),
        ({ clusters }) => clusters.vulcan === 'WaitingForRemoval',
      );
      const { messages } = await untilStanding(
        host,
        CONFIG_MAPS,
        ref,
        ({ clusters, messages }) => clusters.vulcan !== 'OK' && /terminated/.test(messages.vulcan ?? ''),
      );
      expect(messages.vulcan).not.toMatch(/fedctl enable/);
      await vulcan.patch(CONFIG_MAPS, { name: 'hold', namespace: 'resilient' }, { metadata: { finalizers: null } });
      await vulcan.until(NAMESPACES, { name: 'resilient' }, ({ metadata }) => metadata.uid !== uid);
      await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
      expect((await vulcan.get(NAMESPACES, { name: 'resilient' })).metadata.annotations).toHaveProperty([
        CREATED_BY_ANNOTATION,
      ]);
    });
  });

  it('that every cluster has are never touched, though what is in them may be federated', async () => {
    const before = await Promise.all([earth, vulcan].map((member) => member.get(NAMESPACES, { name: 'default' })));
    await host.create(FEDERATED_NAMESPACES, federated(NAMESPACES, { ...itself('default'), on: BOTH }));
    const ref = inNamespace('default');
    await host.create(
      FEDERATED_CONFIG_MAPS,
      federated(CONFIG_MAPS, { ...ref, template: {}, on: { clusterSelector: {} } }),
    );
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    await host.delete(FEDERATED_NAMESPACES, itself('default'));
    await host.untilGone(FEDERATED_NAMESPACES, itself('default'));
    await untilStanding(host, CONFIG_MAPS, ref, ({ propagation }) => propagation === 'NamespaceNotFederated');
    const after = await Promise.all([earth, vulcan].map((member) => member.get(NAMESPACES, { name: 'default' })));
    expect(after).toEqual(before);
    expect(await earth.find(CONFIG_MAPS, ref)).toBeDefined();
  });

  it('with contents of others are released in the end, and those stay', async () => {
    const released = await vulcan.until(
      NAMESPACES,
      { name: 'inhabited' },
      ({ metadata }) => metadata.labels?.[MANAGED_LABEL] === undefined,
      // After half a minute of looks; how much of it is over depends on what the tests before took.
      { withinMs: 150_000 },
    );
    expect(released.metadata.deletionTimestamp).toBeUndefined();
    expect(released.metadata.annotations ?? {}).not.toHaveProperty([CREATED_BY_ANNOTATION]);
    expect(await vulcan.find(CONFIG_MAPS, { name: 'squatter', namespace: 'inhabited' })).toBeDefined();
    await untilPropagated(host, NAMESPACES, itself('inhabited'), ['earth']);
  });
});
