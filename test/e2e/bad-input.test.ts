import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import { FEDERATED_TYPE_CONFIGS, type FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ClusterOverrides, FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { federatedCrdFor, typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, standingOf, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, federatedKindOf } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const NAMESPACE = 'bad-input';
const kind = federatedKindOf(CONFIG_MAPS);

const custom = (name: string, plural: string, group: string): Resource => ({
  group,
  version: 'v1',
  kind: name,
  plural,
  namespaced: true,
});
/** Nobody serves them to begin with. */
const KITES = custom('Kite', 'kites', 'example.com');
/** Of one kind's name in two groups. */
const BOLTS = custom('Bolt', 'bolts', 'a.example.com');
const OTHER_BOLTS = custom('Bolt', 'bolts', 'b.example.com');

function crdOf({ group, version, kind, plural }: Resource): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

describe.runIf(inject('kubeconfig') !== '')('bad input', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    await federateNamespace(host, NAMESPACE, BOTH);
  });

  afterAll(() => federation?.close());

  const here = (name: string) => ({ name, namespace: NAMESPACE });
  const configOf = (target: Resource) => ({ name: groupResourceOf(target), namespace: DEFAULT_KUBEFED_NAMESPACE });

  it('overrides for a cluster that is not joined harm nobody and are named', async () => {
    const ref = here('unknown-override');
    const overrides = [{ clusterName: 'romulus', clusterOverrides: [{ path: '/data/a', value: '2' }] }];
    await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } }, on: BOTH, overrides }));
    const { message } = await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    expect(message).toContain('romulus');
    expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });
  });

  it('names in a placement that no cluster bears stand in the condition, beside what fails elsewhere too', async () => {
    const ref = here('unknown-name');
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ op: 'remove' as const, path: '/data/none' }] }];
    const on = ['earth', 'vulcan', 'romulus'];
    await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } }, on, overrides }));
    const { message, messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ clusters }) => clusters.earth === 'ApplyOverridesFailed' && clusters.vulcan === 'OK',
    );
    expect(messages.earth).toContain('remove "/data/none"');
    expect(message).toContain('earth: ApplyOverridesFailed');
    expect(message).toContain('romulus');
  });

  const onEarth = (paths: string[]): ClusterOverrides => ({
    clusterName: 'earth',
    clusterOverrides: paths.map((path) => ({ path, value: '2' })),
  });
  it.each([
    ['a cluster that appears twice', [onEarth(['/data/a']), onEarth(['/data/b'])], '"earth" appears more than once'],
    ['a path that appears twice', [onEarth(['/data/a', '/data/a'])], 'the path appears more than once'],
    ['a path that is none', [onEarth(['data.a'])], 'earth'],
  ])('overrides with %s write nothing and say what is wrong', async (what, overrides, told) => {
    const ref = here(what.replaceAll(' ', '-'));
    await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: { a: '1' } }, on: BOTH, overrides }));
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ clusters }) => clusters.earth === 'ApplyOverridesFailed',
    );
    expect(messages.earth).toContain(told);
    expect(await earth.find(CONFIG_MAPS, ref)).toBeUndefined();
    await host.patch(kind, ref, { spec: { overrides: null } });
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
  });

  it('a template that the API servers reject is told in their words, and a better one goes out at once', async () => {
    const ref = here('rejected');
    const template = (name: string) => ({
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name, image: 'registry.example/a:1' }] },
        },
      },
    });
    await host.create(
      federatedKindOf(DEPLOYMENTS),
      federated(DEPLOYMENTS, { ...ref, template: template('Not A Name'), on: BOTH }),
    );
    const { messages, propagation } = await untilStanding(
      host,
      DEPLOYMENTS,
      ref,
      ({ clusters }) => clusters.earth === 'CreationFailed' && clusters.vulcan === 'CreationFailed',
    );
    expect(propagation).toBe('CheckClusters');
    expect(messages.earth).toContain('spec.template.spec.containers[0].name');
    expect(messages.earth).toContain('Not A Name');
    await host.patch(federatedKindOf(DEPLOYMENTS), ref, { spec: { template: template('web') } });
    await untilPropagated(host, DEPLOYMENTS, ref, BOTH);
  });

  it('a template of one megabyte arrives, changes, fails and goes, and the status beside it stays small', async () => {
    const ref = here('large');
    const data = (sign: string) => ({ text: sign.repeat(1_000_000) });
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ path: '/data/more', value: 'x' }] }];
    await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: { data: data('a') }, on: BOTH, overrides }));
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    await host.patch(kind, ref, { spec: { template: { data: data('b') } } });
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    expect((await earth.get<KubeObject & { data: { text: string } }>(CONFIG_MAPS, ref)).data.text[0]).toBe('b');
    // More than a ConfigMap may hold: the members refuse it, and the status still has room to say so.
    await host.patch(kind, ref, {
      spec: { template: { data: data('b'), binaryData: { more: 'QUFB'.repeat(20_000) } } },
    });
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ clusters }) => clusters.earth === 'UpdateFailed' && clusters.vulcan === 'UpdateFailed',
    );
    expect(messages.earth).toMatch(/Too long|too long/);
    const { status } = await host.get<FederatedObject>(kind, ref);
    expect(JSON.stringify(status).length).toBeLessThan(10_000);
    await host.delete(kind, ref);
    await host.untilGone(kind, ref);
    expect(await vulcan.find(CONFIG_MAPS, ref)).toBeUndefined();
  });

  it('a selector of clusters that does not parse moves nothing and is named', async () => {
    const ref = here('selector');
    await host.create(kind, federated(CONFIG_MAPS, { ...ref, template: {}, on: BOTH }));
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    const clusterSelector = { matchExpressions: [{ key: 'not a key', operator: 'Exists' }] };
    await host.patch(kind, ref, { spec: { placement: { clusters: null, clusterSelector } } });
    const { message } = await untilStanding(
      host,
      CONFIG_MAPS,
      ref,
      ({ propagation }) => propagation === 'ComputePlacementFailed',
    );
    expect(message).toContain('clusterSelector');
    for (const member of [earth, vulcan]) expect(await member.find(CONFIG_MAPS, ref)).toBeDefined();
  });

  it('a type config for a kind that nobody serves yet starts when the kind appears', async () => {
    const config = typeConfigFor(KITES);
    await host.create(FEDERATED_TYPE_CONFIGS, {
      ...config,
      metadata: { ...config.metadata, namespace: DEFAULT_KUBEFED_NAMESPACE },
    });
    // The other kinds go on.
    const other = here('beside-kites');
    await host.create(kind, federated(CONFIG_MAPS, { ...other, template: {}, on: BOTH }));
    await untilPropagated(host, CONFIG_MAPS, other, BOTH);

    await host.create(CUSTOM_RESOURCE_DEFINITIONS, federatedCrdFor(typeConfigFor(KITES)));
    for (const cluster of [host, earth, vulcan]) await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(KITES));
    for (const name of NAMES) {
      await federation.kubectl(name, 'wait', '--for=condition=Established', '--timeout=120s', 'crd', '--all');
    }
    // The members' roles have to grant the kind: this is what widens them.
    expect(await federation.fedctl('enable', groupResourceOf(KITES))).toMatchObject({ code: 0 });
    const ref = here('red');
    const wish = { ...ref, template: { spec: { tail: 3 } }, on: BOTH };
    await host.create(federatedKindOf(KITES), federated(KITES, wish));
    await untilPropagated(host, KITES, ref, BOTH);
    expect(await vulcan.get(KITES, ref)).toMatchObject({ spec: { tail: 3 } });
  });

  it('of two type configs for one federated kind the first one counts, and the second takes over when it goes', async () => {
    for (const cluster of [host, earth, vulcan]) {
      for (const each of [BOLTS, OTHER_BOLTS]) await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(each));
    }
    for (const name of NAMES) {
      await federation.kubectl(name, 'wait', '--for=condition=Established', '--timeout=120s', 'crd', '--all');
    }
    expect(await federation.fedctl('enable', groupResourceOf(BOLTS))).toMatchObject({ code: 0 });
    const second = typeConfigFor(OTHER_BOLTS);
    const ref = configOf(OTHER_BOLTS);
    await host.create(FEDERATED_TYPE_CONFIGS, { ...second, metadata: { ...second.metadata, ...ref } });
    const stateOf = async (target: Resource) =>
      (await host.get<FederatedTypeConfig>(FEDERATED_TYPE_CONFIGS, configOf(target))).status?.propagationController;
    await until(
      'the second type config says that it does not run',
      () => stateOf(OTHER_BOLTS),
      (state) => state === 'NotRunning',
    );
    await until(
      'the first type config runs',
      () => stateOf(BOLTS),
      (state) => state === 'Running',
    );
    await until(
      'an event that says why',
      async () => (await host.list(EVENTS, DEFAULT_KUBEFED_NAMESPACE)).map(({ message }) => message),
      (messages) => messages.some((each) => String(each).includes(`"${groupResourceOf(BOLTS)}" federates already`)),
    );
    const bolt = here('bolt');
    await host.create(federatedKindOf(BOLTS), federated(BOLTS, { ...bolt, template: { spec: { size: 1 } }, on: BOTH }));
    await untilPropagated(host, BOLTS, bolt, BOTH);
    expect(await earth.find(OTHER_BOLTS, bolt)).toBeUndefined();

    await host.delete(FEDERATED_TYPE_CONFIGS, configOf(BOLTS));
    await until(
      'the second type config runs',
      () => stateOf(OTHER_BOLTS),
      (state) => state === 'Running',
    );
    // What the first one made stays, as with any type config that goes.
    expect(await earth.find(BOLTS, bolt)).toBeDefined();
  });

  it('a type config that does not bear the name of its target is told, and not run', async () => {
    const config = typeConfigFor(DEPLOYMENTS);
    const ref = { name: 'deployments.other', namespace: DEFAULT_KUBEFED_NAMESPACE };
    await host.create(FEDERATED_TYPE_CONFIGS, { ...config, metadata: { ...config.metadata, ...ref } });
    await host.until(
      FEDERATED_TYPE_CONFIGS,
      ref,
      ({ status }) => (status as FederatedTypeConfig['status'])?.propagationController === 'NotRunning',
    );
    const deployment = here('rejected');
    expect(standingOf(await host.get<FederatedObject>(federatedKindOf(DEPLOYMENTS), deployment)).propagation).toBe(
      'True',
    );
  });
});
