import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS, type FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { REPLICA_SCHEDULING_PREFERENCES } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL } from '../../apis/well-known.ts';
import { CLUSTER_ROLES, ROLES } from '../../controller/membership/kinds.ts';
import { VALIDATING_WEBHOOKS, type WebhookConfiguration } from '../../controller/webhook/webhook-configurations.ts';
import { requestsOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { freePort } from './free-port.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from './kinds.ts';
import { limitedKubeconfig } from './limited-controller.ts';
import { differences, type Listing, listEverything } from './listing.ts';
import { rested } from './membership-world.ts';
import { ControllerProcess, type Finished, fedctl, kubectl, succeed } from './processes.ts';

const A = 'team-a';
const B = 'team-b';
const NAMES = ['host', 'vulcan', 'mars'] as const;
type Name = (typeof NAMES)[number];

/**
 * What a control plane asks for outside of its namespace, because it is in none: whether this cluster is another one, whether a
 * kind is being deleted, its own webhooks; and what every server says of itself.
 */
const OUTSIDE = [
  /^get namespaces (kube-system\/)?kube-system$/,
  /^get customresourcedefinitions federated[a-z]+\.types\.kubefed\.io$/,
  /^(create|get|update|delete) (validating|mutating)webhookconfigurations (validations\.core\.kubefed\.io|mutation\.core\.kubefed\.io|validations\.fedmesh\.io)-team-a$/,
  // Its own rights in a member, when it leaves.
  /^(get|delete) clusterrole(binding)?s kubefed-controller-manager:team-a:healthcheck-[a-z]+-host$/,
  /^get \/(healthz|version|api|apis|api\/.*|apis\/.*|openapi\/v3.*)$/,
];

/** The controller of team-a, on the host and as its members know it. */
const ACCOUNT = `system:serviceaccount:${A}:`;

/**
 * Two teams on one host, each with a control plane of its own namespace and with vulcan as a member; and mars, which is a
 * member of team-a and the host of a federation of all namespaces, vulcan among its members.
 */
describe.runIf(inject('kubeconfig') !== '')('control planes that are limited to their namespaces', () => {
  let federation: Federation<Name>;
  let kubeconfig: string;
  let teamB: ControllerProcess;
  let ofMars: ControllerProcess;
  const clusters = {} as Record<Name, Cluster>;
  let untouched: Listing;

  const listVulcan = () => listEverything(federation.clients.vulcan, AbortSignal.timeout(120_000));
  const asB = (...args: string[]): Promise<Finished> =>
    fedctl(kubeconfig, [...args, '--host-cluster-context', 'host', '--kubefed-namespace', B]);
  const fromMars = (...args: string[]): Promise<Finished> =>
    fedctl(kubeconfig, [...args, '--host-cluster-context', 'mars']);

  beforeAll(async () => {
    const port = await freePort();
    const webhooks = [`--webhook-port=${port}`, `--webhook-url=https://127.0.0.1:${port}`];
    federation = await startFederation({
      ...{ names: NAMES, members: [], onlyIn: A },
      planes: { auditLog: true },
      controllerArgs: webhooks,
    });
    ({ kubeconfig } = federation);
    for (const name of NAMES) clusters[name] = new Cluster(federation.clients[name]);
    // There before anybody joins: it is not the federation's to delete.
    await clusters.vulcan.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: B } });
    await clusters.vulcan.until(SERVICE_ACCOUNTS, { namespace: B, name: 'default' }, () => true);
    await clusters.vulcan.until(CONFIG_MAPS, { namespace: B, name: 'kube-root-ca.crt' }, () => true);
    untouched = await rested(federation.clients.vulcan);
    await succeed(federation.fedctl('join', 'vulcan'));
    await succeed(federation.fedctl('join', 'mars'));
    await succeed(asB('init', '--scope', 'Namespaced'));
    await succeed(asB('join', 'vulcan'));
    teamB = await ControllerProcess.start({ kubeconfig: await limitedKubeconfig(kubeconfig, 'host', B), namespace: B });
    await succeed(fromMars('init'));
    await succeed(fromMars('join', 'vulcan'));
    ofMars = await ControllerProcess.start({ kubeconfig: await contextOf('mars') });
  });

  afterAll(async () => {
    await teamB?.stop();
    await ofMars?.stop();
    await federation?.close();
  });

  /** A kubeconfig of its own, in which this context is the current one. */
  async function contextOf(name: Name): Promise<string> {
    const path = `${kubeconfig}-${name}`;
    await writeFile(
      path,
      await succeed(kubectl(kubeconfig, ['config', 'view', '--raw', '--minify', `--context=${name}`])),
    );
    return path;
  }

  const dataOf = async (name: Name, namespace: string, map: string) =>
    (await clusters[name].find(CONFIG_MAPS, { namespace, name: map }))?.data;
  const wish = (namespace: string, name: string, on: readonly string[], data: object) =>
    federated(CONFIG_MAPS, { name, namespace, on, template: { data } });

  async function askedOutside(name: Name): Promise<string[]> {
    const requests = await requestsOf(federation.planes[name], ACCOUNT);
    const outside = requests.filter(({ namespace }) => namespace !== A).map(({ what }) => what);
    return outside.filter((what) => !OUTSIDE.some((allowed) => allowed.test(what)));
  }

  it('propagate by the placement of each object alone, repair what drifts, and take away what is deleted', async () => {
    const { host, vulcan, mars } = clusters;
    const kind = federatedKindOf(CONFIG_MAPS);
    const ref = { namespace: A, name: 'settings' };
    await host.create(kind, wish(A, 'settings', ['vulcan'], { colour: 'blue' }));
    await untilPropagated(host, CONFIG_MAPS, ref, ['vulcan']);
    expect(await dataOf('mars', A, 'settings')).toBeUndefined();
    await host.patch(kind, ref, {
      spec: { placement: { clusters: null, clusterSelector: {} }, template: { data: { colour: 'red' } } },
    });
    await untilPropagated(host, CONFIG_MAPS, ref, ['vulcan', 'mars']);
    expect([await dataOf('vulcan', A, 'settings'), await dataOf('mars', A, 'settings')]).toEqual([
      { colour: 'red' },
      { colour: 'red' },
    ]);
    await vulcan.patch(CONFIG_MAPS, ref, { data: { colour: 'green' } });
    await until(
      'the repair',
      () => dataOf('vulcan', A, 'settings'),
      (data) => JSON.stringify(data) === '{"colour":"red"}',
    );
    await host.patch(kind, ref, { spec: { placement: { clusters: [{ name: 'mars' }] } } });
    await vulcan.untilGone(CONFIG_MAPS, ref);
    await host.delete(kind, ref);
    await mars.untilGone(CONFIG_MAPS, ref);
    await host.untilGone(kind, ref);
  });

  it('share out replicas', async () => {
    const { host, vulcan, mars } = clusters;
    const labels = { app: 'web' };
    const template = {
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } },
      },
    };
    const ref = { namespace: A, name: 'web' };
    await host.create(
      federatedKindOf(DEPLOYMENTS),
      federated(DEPLOYMENTS, { ...ref, template, on: { clusterSelector: {} } }),
    );
    const spec = {
      targetKind: 'FederatedDeployment',
      totalReplicas: 5,
      clusters: { vulcan: { weight: 1, minReplicas: 4 }, mars: { weight: 1 } },
    };
    await host.create(REPLICA_SCHEDULING_PREFERENCES, {
      apiVersion: 'scheduling.kubefed.io/v1alpha1',
      kind: 'ReplicaSchedulingPreference',
      metadata: ref,
      spec,
    });
    const replicas = async () =>
      Promise.all(
        [vulcan, mars].map(
          async (each) => ((await each.find(DEPLOYMENTS, ref))?.spec as { replicas?: number } | undefined)?.replicas,
        ),
      );
    await until('the plan in the members', replicas, (seen) => seen.join() === '4,1', { withinMs: 120_000 });
  });

  it('do not run the types of what lives in no namespace, and say so', async () => {
    const { host } = clusters;
    const { stderr } = await federation.fedctl('enable', 'priorityclasses');
    expect(stderr).toContain('limited to namespace team-a');
    const ref = { namespace: A, name: 'priorityclasses.scheduling.k8s.io' };
    const config = await host.until(
      FEDERATED_TYPE_CONFIGS,
      ref,
      (object) => (object as FederatedTypeConfig).status?.propagationController !== undefined,
    );
    expect((config as FederatedTypeConfig).status?.propagationController).toBe('NotRunning');
    await succeed(federation.fedctl('disable', 'priorityclasses', '--delete-crd'));
  });

  it('leave each other alone on the same member, and so does one for all namespaces that another host runs', async () => {
    const { host, vulcan, mars } = clusters;
    const kind = federatedKindOf(CONFIG_MAPS);
    await host.create(kind, wish(A, 'mine', ['vulcan'], { of: 'a' }));
    await host.create(kind, wish(B, 'mine', ['vulcan'], { of: 'b' }));
    await federateNamespace(mars, 'shop', ['vulcan']);
    await mars.create(kind, wish('shop', 'mine', ['vulcan'], { of: 'mars' }));
    await untilPropagated(host, CONFIG_MAPS, { namespace: A, name: 'mine' }, ['vulcan']);
    await untilPropagated(host, CONFIG_MAPS, { namespace: B, name: 'mine' }, ['vulcan']);
    await untilPropagated(mars, CONFIG_MAPS, { namespace: 'shop', name: 'mine' }, ['vulcan']);
    const copies = async () =>
      Promise.all(
        [A, B, 'shop'].map(async (namespace) => {
          const { metadata, data } = await vulcan.get(CONFIG_MAPS, { namespace, name: 'mine' });
          return {
            rv: metadata.resourceVersion,
            by: metadata.annotations?.[CREATED_BY_ANNOTATION],
            managed: metadata.labels?.[MANAGED_LABEL],
            data,
          };
        }),
      );
    const before = await copies();
    expect(new Set(before.map(({ by }) => by)).size).toBe(3);
    // Whoever starts anew looks at all that there is.
    await federation.restart();
    await teamB.stop();
    await ofMars.stop();
    teamB = await ControllerProcess.start({ kubeconfig: await limitedKubeconfig(kubeconfig, 'host', B), namespace: B });
    ofMars = await ControllerProcess.start({ kubeconfig: await contextOf('mars') });
    await host.create(kind, wish(A, 'marker', ['vulcan'], {}));
    await host.create(kind, wish(B, 'marker', ['vulcan'], {}));
    await mars.create(kind, wish('shop', 'marker', ['vulcan'], {}));
    await untilPropagated(host, CONFIG_MAPS, { namespace: A, name: 'marker' }, ['vulcan']);
    await untilPropagated(host, CONFIG_MAPS, { namespace: B, name: 'marker' }, ['vulcan']);
    await untilPropagated(mars, CONFIG_MAPS, { namespace: 'shop', name: 'marker' }, ['vulcan']);
    expect(await copies()).toEqual(before);
  });

  it('judge what is written in their own namespace, and nothing else', async () => {
    const { host } = clusters;
    const name = `validations.core.kubefed.io-${A}`;
    const registered = (await host.until(VALIDATING_WEBHOOKS, { name }, () => true)) as WebhookConfiguration;
    for (const { namespaceSelector } of registered.webhooks ?? []) {
      expect(namespaceSelector).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': A } });
    }
    const bad = (namespace: string): KubeObject => ({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: { namespace, name: 'nowhere' },
      spec: { apiEndpoint: 'ftp://nowhere', secretRef: { name: 'none' } },
    });
    await expect(host.create(KUBEFED_CLUSTERS, bad(A))).rejects.toThrow('"ftp://nowhere" is not http or https');
    await host.create(KUBEFED_CLUSTERS, bad(B));
    await host.delete(KUBEFED_CLUSTERS, { namespace: B, name: 'nowhere' });
  });

  it('hold Roles in their members, and a ClusterRole for what is in no namespace', async () => {
    const { vulcan } = clusters;
    const role = await vulcan.get(ROLES, { namespace: A, name: 'kubefed-controller-manager:vulcan-host' });
    expect(JSON.stringify(role.rules)).toContain('"deployments"');
    const wide = (await vulcan.list(CLUSTER_ROLES)).filter(({ metadata }) =>
      metadata.name?.startsWith('kubefed-controller-manager:'),
    );
    expect(wide.map(({ metadata }) => metadata.name).sort()).toEqual([
      'kubefed-controller-manager:team-a:healthcheck-vulcan-host',
      'kubefed-controller-manager:team-b:healthcheck-vulcan-host',
      'kubefed-controller-manager:vulcan-mars',
    ]);
    expect(JSON.stringify(wide[0]?.rules)).not.toContain('deployments');
  });

  it('refuse to start with another scope, and say how to go on', async () => {
    await federation.controller.stop();
    await clusters.host.edit<KubeObject & { spec: { scope: string } }>(
      {
        group: 'core.kubefed.io',
        version: 'v1beta1',
        kind: 'KubeFedConfig',
        plural: 'kubefedconfigs',
        namespaced: true,
      },
      { namespace: A, name: 'kubefed' },
      (config) => {
        config.spec.scope = 'Cluster';
      },
    );
    await expect(federation.restart()).rejects.toThrow('has the scope Namespaced, and its config asks for Cluster');
    await clusters.host.edit<KubeObject & { spec: { scope: string } }>(
      {
        group: 'core.kubefed.io',
        version: 'v1beta1',
        kind: 'KubeFedConfig',
        plural: 'kubefedconfigs',
        namespaced: true,
      },
      { namespace: A, name: 'kubefed' },
      (config) => {
        config.spec.scope = 'Namespaced';
      },
    );
    await federation.restart();
  });

  it('ask for nothing that their rights do not hold', async () => {
    for (const name of NAMES) {
      const requests = await requestsOf(federation.planes[name], ACCOUNT);
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.filter(({ code }) => code === 403).map(({ what }) => what)).toEqual([]);
      expect(await askedOutside(name)).toEqual([]);
    }
  });

  it('are unjoined without a trace, but for a namespace that was there before', async () => {
    const { host, vulcan } = clusters;
    const { stdout } = await federation.fedctl('unjoin', 'vulcan', '--yes');
    expect(stdout).toContain('vulcan has left');
    await vulcan.untilGone(NAMESPACES, { name: A });
    await succeed(asB('unjoin', 'vulcan', '--yes'));
    expect(await vulcan.find(NAMESPACES, { name: B })).toBeDefined();
    await succeed(fromMars('unjoin', 'vulcan', '--yes'));
    expect(
      await host.list(SECRETS, A).then((all) => all.filter(({ metadata }) => metadata.name === 'vulcan-token')),
    ).toEqual([]);
    expect(await host.find(KUBEFED_CLUSTERS, { namespace: A, name: 'vulcan' })).toBeUndefined();
    await until(
      'vulcan is as it was',
      async () => differences(untouched, await listVulcan()),
      (found) => found.length === 0,
    );
  });

  it('ask for nothing outside of their namespace that could be in it, at their end neither', async () => {
    await succeed(federation.fedctl('unjoin', 'mars', '--yes'));
    for (const name of NAMES) expect(await askedOutside(name)).toEqual([]);
  });
});
