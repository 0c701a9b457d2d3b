import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FederatedTypeConfig } from '../apis/core/v1beta1/federated-type-config.ts';
import { settingsOf } from '../apis/core/v1beta1/settings.ts';
import type { Resource } from '../apis/meta/resource.ts';
import type { KubeObject } from '../apis/meta/v1.ts';
import type { Placement } from '../apis/types/v1beta1/federated-object.ts';
import { typeConfigFor } from '../apis/types/v1beta1/federated-type.ts';
import { healthy, WireApi } from './clusters/testing/wire-api.ts';
import { federationComponents } from './federation.ts';
import { createClient } from './kube/client.ts';
import { apiVersionOf, pathOf } from './kube/resource.ts';
import { endpointAt } from './kube/testing/wire.ts';
import { fixedSettings } from './settings/settings-source.ts';
import { silentLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { systemClock } from './time/clock.ts';

const HOME = 'team-a';
const kind = (group: string, name: string, plural: string, namespaced = true, version = 'v1'): Resource => ({
  ...{ group, version, kind: name, plural, namespaced },
});
const types = (name: string, plural: string) => kind('types.kubefed.io', name, plural, true, 'v1beta1');
const core = (name: string, plural: string) => kind('core.kubefed.io', name, plural, true, 'v1beta1');

const CONFIG_MAPS = kind('', 'ConfigMap', 'configmaps');
const DEPLOYMENTS = kind('apps', 'Deployment', 'deployments');
const NAMESPACES = kind('', 'Namespace', 'namespaces', false);
const FEDERATED_MAPS = types('FederatedConfigMap', 'federatedconfigmaps');
const FEDERATED_DEPLOYMENTS = types('FederatedDeployment', 'federateddeployments');
const FEDERATED_NAMESPACES = types('FederatedNamespace', 'federatednamespaces');
const PREFERENCES = kind(
  'scheduling.kubefed.io',
  'ReplicaSchedulingPreference',
  'replicaschedulingpreferences',
  true,
  'v1alpha1',
);
const CONFIGS = core('FederatedTypeConfig', 'federatedtypeconfigs');
const MEMBERS = core('KubeFedCluster', 'kubefedclusters');
const SECRETS = kind('', 'Secret', 'secrets');
const EVENTS = kind('', 'Event', 'events');
const STATUSES = kind('core.kubefed.io', 'FederatedServiceStatus', 'federatedservicestatuses', true, 'v1alpha1');

const here = (resource: Resource) => pathOf(resource, HOME);
const { signal } = new AbortController();

describe('a control plane that is limited to its namespace', () => {
  let host: WireApi;
  let members: Record<'earth' | 'vulcan', WireApi>;
  const closers: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    const onHost = [FEDERATED_MAPS, FEDERATED_DEPLOYMENTS, FEDERATED_NAMESPACES, PREFERENCES, STATUSES];
    // Nothing is served but what is in the namespace: whatever asks for more gets nowhere.
    host = await WireApi.start([...onHost, CONFIGS, MEMBERS, SECRETS, EVENTS].map(here));
    members = { earth: await memberApi('earth'), vulcan: await memberApi('vulcan') };
    closers.push(() => host.close());
    put(CONFIGS, typeConfigFor(DEPLOYMENTS));
    const status = { statusCollection: 'Enabled' as const, statusType: statusType() };
    const maps = typeConfigFor(CONFIG_MAPS);
    put(CONFIGS, { ...maps, spec: { ...maps.spec, ...status } });
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function memberApi(name: string): Promise<WireApi> {
    const api = await WireApi.start([CONFIG_MAPS, DEPLOYMENTS].map(here));
    healthy(api, `${name}-uid`);
    closers.push(() => api.close());
    put(SECRETS, { metadata: { name: `${name}-token` }, data: { token: Buffer.from(name).toString('base64') } });
    const spec = { apiEndpoint: api.url, secretRef: { name: `${name}-token` } };
    put(MEMBERS, { apiVersion: apiVersionOf(MEMBERS), kind: MEMBERS.kind, metadata: { name }, spec });
    return api;
  }

  function statusType() {
    const { group, version, kind: name, plural } = STATUSES;
    return { group, version, kind: name, pluralName: plural, scope: 'Namespaced' as const };
  }

  function put(resource: Resource, object: KubeObject): void {
    host.put(here(resource), { ...object, metadata: { ...object.metadata, namespace: HOME } });
  }

  function federate(resource: Resource, name: string, placement: Placement, template: object = {}): void {
    put(resource, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, generation: 1 },
      spec: { template, placement },
    });
  }

  async function start(): Promise<void> {
    const settings = settingsOf({
      metadata: { name: 'kubefed' },
      spec: { scope: 'Namespaced', controllerDuration: { availableDelay: '10ms', unavailableDelay: '10ms' } },
    });
    const client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    const components = federationComponents({
      host: client,
      controlPlane: { uid: 'uid', hostClusterUid: 'host', namespace: HOME, namespaceUid: 'uid', scope: 'Namespaced' },
      settings: fixedSettings(settings),
      clock: systemClock,
      random: () => 0.5,
      log: silentLog,
      metrics: createMetrics(),
    });
    closers.push(() => client.close());
    for (const component of components) {
      closers.push(() => component.close());
      await component.start(signal);
    }
  }

  /** Resolves when the condition holds; fails by the test's own time limit. */
  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (holds() ? resolve() : void setImmediate(look));
      look();
    });
  }

  const copy = (cluster: 'earth' | 'vulcan', resource: Resource, name: string) =>
    members[cluster].get(here(resource), name);
  const runs = (name: string) =>
    (host.get(here(CONFIGS), name) as FederatedTypeConfig | undefined)?.status?.propagationController;
  /** Requests that leave the namespace, without what is asked of a server as a whole. */
  const outside = (api: WireApi) => [
    ...new Set(
      api.requests
        .map(({ method, path }) => `${method} ${path.split('?')[0]}`)
        .filter((request) => !request.includes(`/namespaces/${HOME}/`))
        .filter((request) => !/^GET \/(api|apis|healthz|version)$/.test(request)),
    ),
  ];

  it('propagates by the placement of each object alone, schedules, shows statuses, and never asks for another namespace', async () => {
    federate(FEDERATED_MAPS, 'settings', { clusters: [{ name: 'earth' }] }, { data: { a: 'b' } });
    federate(FEDERATED_DEPLOYMENTS, 'web', {}, { spec: { replicas: 1 } });
    put(PREFERENCES, { metadata: { name: 'web' }, spec: { targetKind: 'FederatedDeployment', totalReplicas: 4 } });
    await start();
    await until(() => copy('earth', CONFIG_MAPS, 'settings') !== undefined);
    const plan = () =>
      (host.get(here(FEDERATED_DEPLOYMENTS), 'web')?.spec as { overrides?: unknown[] } | undefined)?.overrides;
    await until(() => plan()?.length === 2);
    const settings = copy('earth', CONFIG_MAPS, 'settings') ?? expect.unreachable();
    members.earth.put(here(CONFIG_MAPS), { ...settings, status: { ready: 1 } });
    await until(() => host.get(here(STATUSES), 'settings') !== undefined);
    expect(copy('vulcan', CONFIG_MAPS, 'settings')).toBeUndefined();
    expect(outside(host)).toEqual([]);
    for (const api of Object.values(members)) expect(outside(api)).toEqual(['GET /api/v1/namespaces/kube-system']);
  });

  it('says of kinds that live in no namespace that they are not propagated, and runs the others without the type of namespaces', async () => {
    put(CONFIGS, typeConfigFor(kind('rbac.authorization.k8s.io', 'ClusterRole', 'clusterroles', false)));
    await start();
    await until(
      () => runs('clusterroles.rbac.authorization.k8s.io') === 'NotRunning' && runs('configmaps') === 'Running',
    );
    await until(() => host.count('POST', here(EVENTS)) > 0);
    const told = host.requests.find(({ method, path }) => method === 'POST' && path.startsWith(here(EVENTS)))?.body;
    expect(JSON.parse(told ?? '')).toMatchObject({ reason: 'OutOfScope', message: expect.stringContaining(HOME) });
  });

  it("goes by KubeFed's rule where FederatedNamespaces are enabled: one that is there limits, and its end sets free", async () => {
    put(CONFIGS, typeConfigFor(NAMESPACES));
    federate(FEDERATED_NAMESPACES, HOME, { clusters: [{ name: 'vulcan' }] });
    federate(FEDERATED_MAPS, 'settings', { clusterSelector: {} }, { data: { a: 'b' } });
    await start();
    await until(() => copy('vulcan', CONFIG_MAPS, 'settings') !== undefined);
    expect(copy('earth', CONFIG_MAPS, 'settings')).toBeUndefined();
    expect(runs('namespaces')).toBe('NotRunning');
    host.remove(here(FEDERATED_NAMESPACES), HOME);
    await until(() => copy('earth', CONFIG_MAPS, 'settings') !== undefined);
    federate(FEDERATED_NAMESPACES, HOME, { clusters: [{ name: 'earth' }] });
    await until(() => copy('vulcan', CONFIG_MAPS, 'settings') === undefined);
    host.remove(here(CONFIGS), 'namespaces');
    await until(() => copy('vulcan', CONFIG_MAPS, 'settings') !== undefined);
  });
});
