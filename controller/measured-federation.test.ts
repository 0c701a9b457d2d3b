import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsOf } from '../apis/core/v1beta1/settings.ts';
import type { Resource } from '../apis/meta/resource.ts';
import type { KubeObject } from '../apis/meta/v1.ts';
import { typeConfigFor } from '../apis/types/v1beta1/federated-type.ts';
import { healthy, WireApi } from './clusters/testing/wire-api.ts';
import { federationComponents } from './federation.ts';
import { createClient } from './kube/client.ts';
import { apiVersionOf, pathOf } from './kube/resource.ts';
import { endpointAt } from './kube/testing/wire.ts';
import { TOKEN_EXPIRES_ANNOTATION, TOKEN_ISSUED_ANNOTATION } from './membership/token.ts';
import { createHealthServer } from './runtime/http-server.ts';
import type { Component } from './runtime/manager.ts';
import { fixedSettings } from './settings/settings-source.ts';
import { silentLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { systemClock } from './time/clock.ts';

const HOME = 'team-a';
const kind = (group: string, version: string, name: string, plural: string): Resource => ({
  ...{ group, version, kind: name, plural, namespaced: true },
});
const CONFIG_MAPS = kind('', 'v1', 'ConfigMap', 'configmaps');
const FEDERATED_MAPS = kind('types.kubefed.io', 'v1beta1', 'FederatedConfigMap', 'federatedconfigmaps');
const CONFIGS = kind('core.kubefed.io', 'v1beta1', 'FederatedTypeConfig', 'federatedtypeconfigs');
const MEMBERS = kind('core.kubefed.io', 'v1beta1', 'KubeFedCluster', 'kubefedclusters');
const PREFERENCES = kind(
  'scheduling.kubefed.io',
  'v1alpha1',
  'ReplicaSchedulingPreference',
  'replicaschedulingpreferences',
);
const SECRETS = kind('', 'v1', 'Secret', 'secrets');
const EVENTS = kind('', 'v1', 'Event', 'events');
const here = (resource: Resource) => pathOf(resource, HOME);
const { signal } = new AbortController();
const HOUR = 3_600_000;

describe('what a scrape shows of a federation', () => {
  let host: WireApi;
  let members: Record<'earth' | 'vulcan', WireApi>;
  let components: Component[];
  let scrape: () => Promise<Map<string, number>>;
  const closers: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    host = await WireApi.start([FEDERATED_MAPS, PREFERENCES, CONFIGS, MEMBERS, SECRETS, EVENTS].map(here));
    members = { earth: await memberApi('earth'), vulcan: await memberApi('vulcan') };
    closers.push(() => host.close());
    put(CONFIGS, typeConfigFor(CONFIG_MAPS));
    const metrics = createMetrics();
    const observer = metrics.clientObserver;
    metrics.clusterObserver.host('host');
    const client = createClient(endpointAt(host.url, { cluster: 'host' }), { observer });
    closers.push(() => client.close());
    const settings = settingsOf({
      metadata: { name: 'kubefed' },
      spec: {
        scope: 'Namespaced',
        controllerDuration: { availableDelay: '10ms', unavailableDelay: '10ms' },
        syncController: { adoptResources: 'Disabled' },
      },
    });
    components = federationComponents({
      host: client,
      controlPlane: { uid: 'uid', hostClusterUid: 'host', namespace: HOME, namespaceUid: 'uid', scope: 'Namespaced' },
      settings: fixedSettings(settings),
      clock: systemClock,
      random: () => 0.5,
      log: silentLog,
      metrics,
    });
    for (const component of components) {
      closers.push(() => component.close());
      await component.start(signal);
    }
    const server = createHealthServer({ address: '127.0.0.1:0', metrics });
    await server.start(signal);
    closers.push(() => server.close());
    scrape = async () => seriesIn(await (await fetch(`http://127.0.0.1:${server.address?.port}/metrics`)).text());
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function memberApi(name: string): Promise<WireApi> {
    const api = await WireApi.start([here(CONFIG_MAPS)]);
    healthy(api, `${name}-uid`);
    closers.push(() => api.close());
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const annotations = { [TOKEN_ISSUED_ANNOTATION]: at(-HOUR), [TOKEN_EXPIRES_ANNOTATION]: at(5 * HOUR) };
    const data = { token: Buffer.from(name).toString('base64') };
    put(SECRETS, { metadata: { name: `${name}-token`, ...(name === 'earth' ? { annotations } : {}) }, data });
    const spec = { apiEndpoint: api.url, secretRef: { name: `${name}-token` } };
    put(MEMBERS, { apiVersion: apiVersionOf(MEMBERS), kind: MEMBERS.kind, metadata: { name }, spec });
    return api;
  }

  function put(resource: Resource, object: KubeObject): void {
    host.put(here(resource), { ...object, metadata: { ...object.metadata, namespace: HOME } });
  }

  function federate(name: string, generation = 1, ...on: string[]): void {
    put(FEDERATED_MAPS, {
      apiVersion: apiVersionOf(FEDERATED_MAPS),
      kind: FEDERATED_MAPS.kind,
      metadata: { name, generation },
      spec: {
        template: { data: { generation: String(generation) } },
        placement: { clusters: on.map((cluster) => ({ name: cluster })) },
      },
    });
  }

  /** The series, once this holds of it; fails by the test's own time limit. */
  async function until(series: string, holds: (value: number | undefined) => boolean): Promise<Map<string, number>> {
    for (;;) {
      const seen = await scrape();
      if (holds(seen.get(series))) return seen;
    }
  }

  const propagated = (cluster: string) =>
    `fedmesh_propagation_duration_seconds_count{type="configmaps",cluster="${cluster}"}`;
  const standing = (cluster: string, status: string) =>
    `fedmesh_propagated_objects{type="configmaps",cluster="${cluster}",status="${status}"}`;

  it('counts what reached each cluster, how long it took, and how objects stand there', async () => {
    federate('settings', 1, 'earth', 'vulcan');
    const seen = await until(standing('vulcan', 'OK'), (value) => value === 1);
    expect(seen.get(propagated('earth'))).toBe(1);
    expect(seen.get('fedmesh_propagation_duration_seconds_sum{type="configmaps",cluster="earth"}')).toBeGreaterThan(0);
    expect(seen.get('fedmesh_federated_objects{type="configmaps"}')).toBe(1);
    expect(seen.get('fedmesh_api_requests_total{cluster="earth",verb="create",code="201"}')).toBe(1);
    expect(seen.get('fedmesh_api_request_duration_seconds_count{cluster="earth",verb="create"}')).toBe(1);
    expect(seen.get('fedmesh_api_requests_total{cluster="earth",verb="watch",code="200"}')).toBeGreaterThan(0);
    expect(seen.get('fedmesh_api_requests_total{cluster="host",verb="update",code="200"}')).toBeGreaterThan(0);
    expect(seen.get('fedmesh_store_objects{cluster="earth",resource="configmaps"}')).toBe(1);
    expect(seen.get('fedmesh_watch_age_seconds{cluster="vulcan",resource="configmaps"}')).toBeLessThan(10);
    expect(
      seen.get('fedmesh_watch_age_seconds{cluster="host",resource="federatedconfigmaps.types.kubefed.io"}'),
    ).lessThan(10);
    expect(seen.get('nodejs_eventloop_lag_seconds')).toBeDefined();

    federate('settings', 2, 'earth', 'vulcan');
    const later = await until(propagated('vulcan'), (value) => value === 2);
    expect(later.get('fedmesh_api_requests_total{cluster="vulcan",verb="update",code="200"}')).toBe(1);
  });

  it('tells a copy that is refused, and no longer once it is mended', async () => {
    members.earth.put(here(CONFIG_MAPS), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' }, data: {} });
    federate('mine', 1, 'earth');
    const seen = await until(standing('earth', 'AlreadyExists'), (value) => value === 1);
    expect(seen.get(propagated('earth'))).toBeUndefined();
    expect(seen.get('fedmesh_api_requests_total{cluster="earth",verb="create",code="409"}')).toBe(1);
    members.earth.remove(here(CONFIG_MAPS), 'mine');
    federate('mine', 2, 'earth');
    const later = await until(standing('earth', 'OK'), (value) => value === 1);
    expect(later.get(standing('earth', 'AlreadyExists'))).toBeUndefined();
  });

  it('shows the lane of a member that hangs fill and grow old, and no other', async () => {
    federate('first', 1, 'earth');
    await until(propagated('earth'), (value) => value === 1);
    members.earth.answer(here(CONFIG_MAPS), () => undefined);
    for (let index = 0; index < 40; index++) federate(`map-${index}`, 1, 'earth', 'vulcan');
    await until('fedmesh_lane_depth{cluster="earth"}', (value) => value === 8);
    await until('fedmesh_lane_stalled{cluster="earth"}', (value) => value === 1);
    const seen = await until('fedmesh_lane_oldest_seconds{cluster="earth"}', (value) => (value ?? 0) > 1);
    expect(seen.get('fedmesh_lane_in_flight{cluster="earth"}')).toBe(32);
    expect(seen.get('fedmesh_lane_depth{cluster="vulcan"}')).toBe(0);
    expect(seen.get('fedmesh_lane_stalled{cluster="vulcan"}')).toBe(0);
  });

  it('is asked of nobody: however often somebody scrapes, no API server hears of it', async () => {
    federate('settings', 1, 'earth', 'vulcan');
    await until(standing('vulcan', 'OK'), (value) => value === 1);
    await until(standing('earth', 'OK'), (value) => value === 1);
    const asked = () =>
      [host, members.earth, members.vulcan].flatMap(({ requests }) =>
        requests.filter(({ path }) => path !== '/healthz').map(({ method, path }) => `${method} ${path}`),
      );
    const before = asked();
    for (let times = 0; times < 20; times++) await scrape();
    expect(asked()).toEqual(before);
  });

  it('tells how long credentials last, where that is known', async () => {
    const series = 'fedmesh_cluster_credentials_remaining_seconds{cluster="earth"}';
    const seen = await until(series, (value) => value !== undefined);
    expect(seen.get(series)).toBeGreaterThan(5 * 3600 - 60);
    expect(seen.get(series)).toBeLessThanOrEqual(5 * 3600);
    expect(seen.get('fedmesh_cluster_credentials_lifetime_seconds{cluster="earth"}')).toBe(6 * 3600);
    expect(seen.has('fedmesh_cluster_credentials_remaining_seconds{cluster="vulcan"}')).toBe(false);
  });

  it('has no word of a member that left, of a type that is federated no more, nor of anything after the term', async () => {
    federate('settings', 1, 'earth', 'vulcan');
    await until(propagated('vulcan'), (value) => value === 1);
    host.remove(here(MEMBERS), 'vulcan');
    const left = await until('joined_cluster_total', (value) => value === 1);
    expect([...left.keys()].filter((series) => series.includes('cluster="vulcan"'))).toEqual([]);
    host.remove(here(CONFIGS), 'configmaps');
    await until('fedmesh_federated_objects{type="configmaps"}', (value) => value === undefined);
    const stopped = await until(propagated('earth'), (value) => value === undefined);
    expect([...stopped.keys()].filter((series) => series.includes('type="configmaps"'))).toEqual([]);
    for (const component of [...components].reverse()) await component.close();
    const over = [...(await scrape()).keys()].filter((series) => /^fedmesh_.*(cluster|type)=/.test(series));
    expect(over.filter((series) => !/^fedmesh_api_.*cluster="host"/.test(series))).toEqual([]);
  });
});

function seriesIn(text: string): Map<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) series.set(name, Number(value));
  }
  return series;
}
