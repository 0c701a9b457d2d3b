import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { ADOPT_ANNOTATION, RECREATE_ANNOTATION } from '../../apis/well-known.ts';
import { groupResourceOf, type Resource } from '../../controller/kube/resource.ts';
import { writesOf } from './audit-log.ts';
import { Cluster } from './cluster.ts';
import { isEmbedded } from './control-planes.ts';
import { federated, federateNamespace, untilPropagated, untilStanding, type Wish } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  federatedKindOf,
  JOBS,
  ROLE_BINDINGS,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
  VOLUME_CLAIMS,
} from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const NAMESPACE = 'immutable';
/** With a rule that compares with what was, in words of its own. */
const TILES: Resource = { group: 'example.com', version: 'v1', kind: 'Tile', plural: 'tiles', namespaced: true };

const pods = (app: string, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }], ...more },
});
const workload = (app: string) => ({ spec: { selector: { matchLabels: { app } }, template: pods(app) } });
const job = (image: string) => ({
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } } },
});
const claim = (storageClassName: string) => ({
  spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
});
const view = (name: string) => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name } });

const TILE_CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: groupResourceOf(TILES) },
  spec: {
    group: TILES.group,
    scope: 'Namespaced',
    names: { kind: TILES.kind, plural: TILES.plural, singular: 'tile', listKind: 'TileList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: {
                    type: 'integer',
                    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'tiles never grow' }],
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

describe.runIf(inject('kubeconfig') !== '')('a template whose immutable field changed', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    for (const cluster of [host, earth, vulcan]) await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, TILE_CRD);
    for (const name of NAMES) {
      await federation.kubectl(name, 'wait', '--for=condition=Established', '--timeout=120s', 'crd', '--all');
    }
    await federateNamespace(host, NAMESPACE, BOTH);
    const kinds = [VOLUME_CLAIMS, SECRETS, STATEFUL_SETS, ROLE_BINDINGS, TILES].map(groupResourceOf);
    const { code, stderr } = await federation.fedctl('enable', ...kinds, '--allow-rbac-propagation');
    expect([code, stderr]).toEqual([0, expect.any(String)]);
  });

  afterAll(() => federation?.close());

  const members = () => [earth, vulcan];
  const here = (name: string) => ({ name, namespace: NAMESPACE });

  async function place(target: Resource, wish: Wish) {
    const ref = here(wish.name);
    await host.create(federatedKindOf(target), federated(target, { on: BOTH, ...ref, ...wish }));
    await untilPropagated(host, target, ref, BOTH);
    return ref;
  }

  const uids = (target: Resource, ref: { name: string; namespace: string }) =>
    Promise.all(members().map(async (member) => (await member.get(target, ref)).metadata.uid));

  const annotate = (target: Resource, ref: { name: string; namespace: string }, annotations: Record<string, string>) =>
    host.patch(federatedKindOf(target), ref, { metadata: { annotations } });

  /** What the controller sent to this member about objects of this name. */
  const writesIn = async (plane: 'earth' | 'vulcan', name: string) =>
    (await writesOf(federation.planes[plane], { namespace: NAMESPACE })).filter((write) => write.endsWith(` ${name}`));

  const KINDS = [
    { target: DEPLOYMENTS, before: workload('a'), after: workload('b'), told: /spec\.selector \(field is immutable\)/ },
    {
      target: STATEFUL_SETS,
      before: { spec: { ...workload('a').spec, serviceName: 'a' } },
      after: { spec: { ...workload('a').spec, serviceName: 'b' } },
      told: /spec \(updates to statefulset spec for fields other than /,
    },
    {
      target: JOBS,
      before: job('registry.example/job:1'),
      after: job('registry.example/job:2'),
      told: /spec\.template \(field is immutable\)/,
    },
    {
      target: CONFIG_MAPS,
      before: { data: { a: '1' }, immutable: true },
      after: { data: { a: '2' }, immutable: true },
      told: /data \(field is immutable when `immutable` is set\)/,
    },
    {
      target: SECRETS,
      before: { type: 'Opaque', stringData: { a: '1' } },
      after: { type: 'example.com/other', stringData: { a: '1' } },
      told: /type \(.*field is immutable\)/,
    },
    { target: ROLE_BINDINGS, before: view('view'), after: view('edit'), told: /roleRef \(cannot change roleRef\)/ },
    {
      target: TILES,
      before: { spec: { size: 1 } },
      after: { spec: { size: 2 } },
      told: /spec\.size \(.*tiles never grow\)/,
    },
  ];

  // The embedded API server evaluates no rules of CRDs.
  it.each(KINDS.filter(({ target }) => !isEmbedded || target !== TILES))(
    'of a $target.kind is told with the field, and replaced where that is wished',
    async (row) => {
      const { target, before, after, told } = row;
      const ref = await place(target, { name: 'changed', template: before });
      const first = await uids(target, ref);
      await host.patch(federatedKindOf(target), ref, { spec: { template: after } });
      const { messages } = await untilStanding(
        host,
        target,
        ref,
        ({ clusters }) => clusters.earth === 'UpdateFailed' && clusters.vulcan === 'UpdateFailed',
      );
      expect(messages.earth).toMatch(told);
      expect(messages.earth).toContain(`${RECREATE_ANNOTATION}=true`);
      expect(await uids(target, ref)).toEqual(first);

      await annotate(target, ref, { [RECREATE_ANNOTATION]: 'true' });
      await untilPropagated(host, target, ref, BOTH);
      const second = await uids(target, ref);
      expect(second.filter((uid) => first.includes(uid))).toEqual([]);
      // And from now on there is nothing to do.
      await federation.restart();
      await place(CONFIG_MAPS, { name: `after-${target.plural}`, template: {} });
      expect(await uids(target, ref)).toEqual(second);
    },
  );

  it('is not tried again and again: not by itself, nor when the copy tells its status; a new template goes out', async () => {
    const ref = await place(DEPLOYMENTS, { name: 'patient', template: workload('a') });
    await host.patch(federatedKindOf(DEPLOYMENTS), ref, { spec: { template: workload('b') } });
    await untilStanding(host, DEPLOYMENTS, ref, ({ clusters }) => clusters.earth === 'UpdateFailed');
    const told = await writesIn('earth', 'patient');
    for (const observedGeneration of [1, 2, 3]) {
      await earth.patch(DEPLOYMENTS, ref, { status: { observedGeneration } }, 'status');
      // It takes some seconds until this one is everywhere; a loop would have come round in between.
      const other = await place(CONFIG_MAPS, { name: `meanwhile-${observedGeneration}`, template: {} });
      await earth.patch(CONFIG_MAPS, other, { data: { drift: 'yes' } });
      await earth.until(CONFIG_MAPS, other, ({ data }) => data === undefined);
    }
    expect(await writesIn('earth', 'patient')).toEqual(told);

    await host.patch(federatedKindOf(DEPLOYMENTS), ref, {
      spec: { template: { spec: { ...workload('a').spec, minReadySeconds: 1 } } },
    });
    await untilPropagated(host, DEPLOYMENTS, ref, BOTH);
  });

  it('is brought there when somebody deletes the copy', async () => {
    const ref = await place(CONFIG_MAPS, { name: 'cleared', template: { data: { a: '1' }, immutable: true } });
    await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
    await untilStanding(host, CONFIG_MAPS, ref, ({ clusters }) => clusters.earth === 'UpdateFailed');
    for (const member of members()) await member.delete(CONFIG_MAPS, ref);
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
  });

  it('in one cluster replaces the copy in that cluster alone', async () => {
    const annotations = { [RECREATE_ANNOTATION]: 'true' };
    const template = { spec: { ports: [{ port: 80 }] } };
    const ref = await place(SERVICES, { name: 'headless', template, annotations });
    const [onEarth, onVulcan] = await uids(SERVICES, ref);
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ path: '/spec/clusterIP', value: 'None' }] }];
    await host.patch(federatedKindOf(SERVICES), ref, { spec: { overrides } });
    await untilPropagated(host, SERVICES, ref, BOTH);
    const after = await uids(SERVICES, ref);
    expect(after[0]).not.toBe(onEarth);
    expect(after[1]).toBe(onVulcan);
    expect(await earth.get(SERVICES, ref)).toMatchObject({ spec: { clusterIP: 'None' } });
  });

  it('waits for a finalizer that holds the old copy, says so, and goes on when it is let go', async () => {
    const annotations = { [RECREATE_ANNOTATION]: 'true' };
    const ref = await place(CONFIG_MAPS, {
      name: 'held',
      template: { data: { a: '1' }, immutable: true },
      annotations,
    });
    await earth.patch(CONFIG_MAPS, ref, { metadata: { finalizers: ['example.com/hold'] } });
    await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ clusters }) => clusters.earth === 'WaitingForRemoval' && clusters.vulcan === 'OK',
    );
    expect(messages.earth).toContain('example.com/hold');
    await earth.patch(CONFIG_MAPS, ref, { metadata: { finalizers: null } });
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '2' });
  });

  it('of a volume claim costs no data until people say just that', async () => {
    const annotations = { [RECREATE_ANNOTATION]: 'true' };
    const ref = await place(VOLUME_CLAIMS, { name: 'data', template: claim('slow'), annotations });
    const first = await uids(VOLUME_CLAIMS, ref);
    await host.patch(federatedKindOf(VOLUME_CLAIMS), ref, { spec: { template: claim('fast') } });
    const { messages } = await untilStanding(
      host,
      VOLUME_CLAIMS,
      ref,
      ({ clusters }) => clusters.earth === 'UpdateFailed' && clusters.vulcan === 'UpdateFailed',
    );
    expect(messages.earth).toContain(`${RECREATE_ANNOTATION}=delete-data`);
    expect(await uids(VOLUME_CLAIMS, ref)).toEqual(first);
    // Which holds a claim that is deleted until a controller has seen that no Pod uses it.
    for (const member of members()) await member.patch(VOLUME_CLAIMS, ref, { metadata: { finalizers: null } });
    await annotate(VOLUME_CLAIMS, ref, { [RECREATE_ANNOTATION]: 'delete-data' });
    await untilPropagated(host, VOLUME_CLAIMS, ref, BOTH);
    expect(await earth.get(VOLUME_CLAIMS, ref)).toMatchObject({ spec: { storageClassName: 'fast' } });
  });

  it('leaves a copy that was there before, unless taking over was wished too', async () => {
    const ref = here('theirs');
    const template = { data: { a: '1' }, immutable: true };
    await earth.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, ...template });
    await place(CONFIG_MAPS, { name: ref.name, template, annotations: { [RECREATE_ANNOTATION]: 'true' } });
    await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ clusters }) => clusters.earth === 'UpdateFailed' && clusters.vulcan === 'OK',
    );
    expect(messages.earth).toContain(ADOPT_ANNOTATION);
    await annotate(CONFIG_MAPS, ref, { [ADOPT_ANNOTATION]: 'true' });
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
  });

  it('is something else than an update that a policy of the member denies', async ({ skip }) => {
    skip(isEmbedded, 'the embedded API server knows no admission policies');
    const annotations = { [RECREATE_ANNOTATION]: 'true' };
    const ref = await place(CONFIG_MAPS, { name: 'guarded', template: { data: { a: '1' } }, annotations });
    const first = await uids(CONFIG_MAPS, ref);
    await federation.apply('earth', POLICY);
    await earth.untilRefused(CONFIG_MAPS, ref, { data: { probe: 'yes' } });
    await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { a: '2' } } } });
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ clusters }) => clusters.earth === 'UpdateFailed' && clusters.vulcan === 'OK',
    );
    expect(messages.earth).toContain('field is immutable, says the policy');
    expect(await uids(CONFIG_MAPS, ref)).toEqual(first);
    await federation.kubectl('earth', 'delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', 'guard');
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
  });
});

const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: guard }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [configmaps] }]
  validations: [{ expression: "object.metadata.name != 'guarded'", message: 'field is immutable, says the policy' }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: guard }
spec: { policyName: guard, validationActions: [Deny] }
`;
