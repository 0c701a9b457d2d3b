import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { apiVersionOf } from '../../controller/kube/resource.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding, type Wish } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { freePort } from './free-port.ts';
import { CONFIG_MAPS, EVENTS, federatedKindOf, NAMESPACES, SECRETS } from './kinds.ts';

const NAMES = ['host', 'earth'] as const;
const NAMESPACE = 'told';
const FEDERATED_CONFIG_MAPS = federatedKindOf(CONFIG_MAPS);

describe.runIf(inject('kubeconfig') !== '')('what dashboards and scripts made for KubeFed hear of', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let metricsUrl: string;

  beforeAll(async () => {
    const port = await freePort();
    metricsUrl = `http://127.0.0.1:${port}/metrics`;
    federation = await startFederation({
      names: NAMES,
      planes: { controllers: 'minimal' },
      controllerArgs: [`--metrics-addr=127.0.0.1:${port}`],
    });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    await federateNamespace(host, NAMESPACE, ['earth']);
  });

  afterAll(() => federation?.close());

  const create = (name: string, wish: Omit<Wish, 'name' | 'namespace'> = {}) =>
    host.create(
      FEDERATED_CONFIG_MAPS,
      federated(CONFIG_MAPS, { name, namespace: NAMESPACE, on: ['earth'], template: {}, ...wish }),
    );

  const ref = (name: string) => ({ name, namespace: NAMESPACE });
  const copy = (name: string) => `ConfigMap "${NAMESPACE}/${name}" in cluster "earth"`;

  async function told(name: string, namespace = NAMESPACE): Promise<string[]> {
    return (await host.list(EVENTS, namespace)).filter((event) => nameOf(event) === name).map(wordsOf);
  }

  const untilTold = (name: string, words: string, namespace = NAMESPACE) =>
    until(
      `an event "${words}"`,
      () => told(name, namespace),
      (events) => events.some((event) => event.startsWith(words)),
    );

  it("events: a copy that is made, changed and taken away, in KubeFed's words", async () => {
    await create('life', { template: { data: { a: '1' } } });
    await untilPropagated(host, CONFIG_MAPS, ref('life'), ['earth']);
    await host.patch(FEDERATED_CONFIG_MAPS, ref('life'), { spec: { template: { data: { a: '2' } } } });
    await earth.until(CONFIG_MAPS, ref('life'), ({ data }) => (data as { a?: string }).a === '2');
    await host.patch(FEDERATED_CONFIG_MAPS, ref('life'), { spec: { placement: { clusters: [] } } });
    await untilTold('life', `Normal DeleteInCluster: Deleting ${copy('life')} (federatedconfigmap-controller)`);
    expect((await told('life')).sort()).toEqual([
      `Normal CreateInCluster: Creating ${copy('life')} (federatedconfigmap-controller)`,
      `Normal DeleteInCluster: Deleting ${copy('life')} (federatedconfigmap-controller)`,
      `Normal UpdateInCluster: Updating ${copy('life')} (federatedconfigmap-controller)`,
    ]);
    const [event] = await host.list(EVENTS, NAMESPACE);
    expect(event?.involvedObject).toMatchObject({ apiVersion: 'types.kubefed.io/v1beta1', uid: expect.any(String) });
  });

  it('events: an object that is left behind, one that is taken over, and one that a member refuses', async () => {
    await create('orphan', { annotations: { 'kubefed.io/orphan': 'true' } });
    await untilPropagated(host, CONFIG_MAPS, ref('orphan'), ['earth']);
    await host.delete(FEDERATED_CONFIG_MAPS, ref('orphan'));
    await untilTold('orphan', `Normal RemoveManagedLabelFromInCluster: Removing managed label from ${copy('orphan')}`);

    await earth.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref('there'), data: { a: 'x' } });
    await create('there', { annotations: { 'fedmesh.io/adopt': 'true' } });
    await untilTold(
      'there',
      `Warning CreateInClusterFailed: Failed to create ${copy('there')}: An update will be attempted instead of a creation due to an existing resource`,
    );
    await untilTold('there', `Normal UpdateInCluster: Updating ${copy('there')}`);

    await create('refused', { template: { metadata: { labels: { 'not a label': 'x' } } } });
    await untilTold('refused', `Warning CreateInClusterFailed: Failed to create ${copy('refused')}: `);
    await create('broken');
    await untilPropagated(host, CONFIG_MAPS, ref('broken'), ['earth']);
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ op: 'remove', path: '/data/none' }] }];
    await host.patch(FEDERATED_CONFIG_MAPS, ref('broken'), { spec: { overrides } });
    await untilTold('broken', `Warning UpdateInClusterFailed: Failed to update ${copy('broken')}: `);
  });

  it('events: a template with finalizers, a placement that cannot be computed, a deletion that waits', async () => {
    await create('finalized', { template: { metadata: { finalizers: ['example.com/x'] } } });
    await untilTold(
      'finalized',
      'Warning FinalizersNotSupported: metadata.finalizers cannot be set via template to avoid conflicting with controllers in member clusters.',
    );
    const matchExpressions = [{ key: 'a', operator: 'Near', values: ['b'] }];
    await create('unplaced', { on: { clusterSelector: { matchExpressions } } as never });
    await untilTold('unplaced', 'Warning ComputePlacementFailed: Failed to compute placement: ');
    await create('held');
    await untilPropagated(host, CONFIG_MAPS, ref('held'), ['earth']);
    await earth.patch(CONFIG_MAPS, ref('held'), { metadata: { finalizers: ['example.com/hold'] } });
    await host.delete(FEDERATED_CONFIG_MAPS, ref('held'));
    await untilTold(
      'held',
      'Normal WaitForRemovalInCluster: Waiting for managed resources to be removed from the following clusters: earth',
    );
    await earth.patch(CONFIG_MAPS, ref('held'), { metadata: { finalizers: null } });
    await host.untilGone(FEDERATED_CONFIG_MAPS, ref('held'));
  });

  it('events: a FederatedNamespace that keeps to being ignored for its name', async () => {
    const namespace = 'misnamed';
    await host.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const annotations = { 'fedmesh.io/ignored': 'true' };
    const wish = { name: 'other', namespace, on: ['earth'], annotations };
    await host.create(federatedKindOf(NAMESPACES), federated(NAMESPACES, wish));
    await untilTold(
      'other',
      'Warning InvalidName: The name of a federated namespace must match the name of its containing namespace. (federatednamespace-controller)',
      namespace,
    );
  });

  it('events: members that are badly described or do not answer, and what is placed there', async () => {
    const member = (name: string, apiEndpoint: string): KubeFedCluster => ({
      apiVersion: apiVersionOf(KUBEFED_CLUSTERS),
      kind: 'KubeFedCluster',
      metadata: { name, namespace: DEFAULT_KUBEFED_NAMESPACE },
      spec: { apiEndpoint, secretRef: { name: `${name}-token` } },
    });
    await host.create(KUBEFED_CLUSTERS, member('mars', 'https://127.0.0.1:1'));
    await untilTold(
      'mars',
      'Warning MalformedClusterConfig: The configuration for this cluster may be malformed: ',
      DEFAULT_KUBEFED_NAMESPACE,
    );
    await host.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'venus-token', namespace: DEFAULT_KUBEFED_NAMESPACE },
      data: { token: Buffer.from('x').toString('base64') },
    });
    await host.create(KUBEFED_CLUSTERS, member('venus', `http://127.0.0.1:${await freePort()}`));
    const events = await untilTold(
      'venus',
      'Warning RetrievingClusterHealthFailed: Failed to retrieve health of the cluster: ',
      DEFAULT_KUBEFED_NAMESPACE,
    );
    expect(events.every((event) => event.endsWith('(kubefedcluster-controller)'))).toBe(true);
    await host.patch(
      federatedKindOf(NAMESPACES),
      { name: NAMESPACE, namespace: NAMESPACE },
      {
        spec: { placement: { clusters: [{ name: 'earth' }, { name: 'venus' }] } },
      },
    );
    await create('far', { on: ['venus'] });
    await untilStanding(host, CONFIG_MAPS, ref('far'), ({ clusters }) => clusters.venus === 'ClusterNotReady');
    await untilTold('far', 'Warning ClusterNotReady: Cluster not ready: venus: ');
    for (const name of ['mars', 'venus'])
      await host.delete(KUBEFED_CLUSTERS, { name, namespace: DEFAULT_KUBEFED_NAMESPACE });
  });

  it("metrics: KubeFed's names, labels and units, each moved by what happened", async () => {
    const moved = new Map<string, number>();
    const text = await until(
      'nothing to be under way any more',
      async () => (await fetch(metricsUrl)).text(),
      (text) =>
        text.includes('controller_runtime_active_workers{controller="federatedconfigmap"} 0\n') &&
        text.includes('fedmesh_lane_depth{cluster="earth"} 0\n') &&
        text.includes('kubefedcluster_total{state="ready",cluster="earth"} 1\n'),
    );
    for (const line of text.split('\n')) {
      const [, series = '', value = ''] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      moved.set(series, Number(value));
    }
    const more: Record<string, number | undefined> = {};
    for (const series of [
      'kubefedcluster_total{state="ready",cluster="earth"}',
      'joined_cluster_total',
      'cluster_health_status_duration_seconds_count',
      'cluster_client_connection_duration_seconds_count',
      'reconcile_federated_resources_duration_seconds_count',
      'dispatch_operation_duration_seconds_count{action="create"}',
      'dispatch_operation_duration_seconds_count{action="update"}',
      'dispatch_operation_duration_seconds_count{action="delete"}',
      'controller_runtime_reconcile_duration_seconds_count{controller="federatedconfigmap"}',
      'controller_runtime_reconcile_quantile_seconds_count{controller="federatedconfigmap"}',
      'controller_runtime_reconcile_total{controller="federatedconfigmap",result="success"}',
      'controller_runtime_reconcile_time_seconds_count{controller="federatedtypeconfig"}',
      'controller_runtime_max_concurrent_reconciles{controller="federatednamespace"}',
      'process_cpu_seconds_total',
      'fedmesh_propagation_duration_seconds_count{type="configmaps",cluster="earth"}',
      'fedmesh_propagation_duration_seconds_sum{type="configmaps",cluster="earth"}',
      'fedmesh_federated_objects{type="configmaps"}',
      'fedmesh_propagated_objects{type="configmaps",cluster="earth",status="OK"}',
      'fedmesh_api_requests_total{cluster="earth",verb="create",code="201"}',
      'fedmesh_api_requests_total{cluster="host",verb="update",code="200"}',
      'fedmesh_api_request_duration_seconds_count{cluster="earth",verb="watch"}',
      'fedmesh_store_objects{cluster="earth",resource="configmaps"}',
      'fedmesh_watch_age_seconds{cluster="host",resource="federatedconfigmaps.types.kubefed.io"}',
      'fedmesh_cluster_credentials_remaining_seconds{cluster="earth"}',
      'leader_election_master_status{name="kubefed-controller-manager"}',
      'nodejs_eventloop_lag_p99_seconds',
    ]) {
      if (!((moved.get(series) ?? 0) > 0)) more[series] = moved.get(series);
    }
    expect(more).toEqual({});
    expect(moved.get('kubefedcluster_total{state="notready",cluster="earth"}')).toBe(0);
    expect(moved.get('controller_runtime_active_workers{controller="federatedconfigmap"}')).toBe(0);
    expect(moved.get('controller_runtime_reconcile_errors_total{controller="federatedconfigmap"}')).toBe(0);
    expect(moved.get('fedmesh_lane_depth{cluster="earth"}')).toBe(0);
    expect(text).toContain('# TYPE join_cluster_duration_seconds histogram');
    expect(text).toContain('# TYPE unjoin_cluster_duration_seconds histogram');
    // No label holds the name of an object.
    expect(text).not.toContain('"life"');
  });

  it('fedctl top: finds the controller by its lease, and shows what it did', async () => {
    // The members that have left are forgotten a moment later.
    const { code, stdout, stderr } = await until(
      'the figures of two clusters',
      () => federation.fedctl('top', '-o', 'json', '--interval', '0.2'),
      ({ stdout }) => stdout !== '' && JSON.parse(stdout).clusters.length === 2,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const figures = JSON.parse(stdout);
    expect(figures.clusters).toMatchObject([
      { name: 'earth', state: 'ready', waiting: 0, stalled: false, propagation: { over: 'term' } },
      { name: 'host' },
    ]);
    expect(figures.clusters[0].propagation.count).toBeGreaterThan(0);
    expect(figures.clusters[0].tokenSeconds).toBeGreaterThan(3600);
    expect(figures.federatedObjects).toBeGreaterThan(0);
  });

  it('logs: an event names the run that told it, and the log says more of that run; the level changes while it runs', async () => {
    const config = { name: KUBEFED_CONFIG_NAME, namespace: DEFAULT_KUBEFED_NAMESPACE };
    const level = (value: string | null) =>
      host.patch(KUBEFED_CONFIGS, config, { metadata: { annotations: { 'fedmesh.io/log-level': value } } });
    await create('unwilling', { template: { data: 'no map' } });
    await untilTold('unwilling', 'Warning CreateInClusterFailed');
    const warning = (await host.list(EVENTS, NAMESPACE)).find(
      (event) => nameOf(event) === 'unwilling' && event.reason === 'CreateInClusterFailed',
    );
    const id = warning?.metadata.annotations?.['fedmesh.io/reconcile-id'];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await until(
      'the log to say so too',
      async () => federation.controller.log,
      (lines) => lines.some((line) => line.includes('"a write failed"') && line.includes(`${id}`)),
    );
    expect(federation.controller.log.some((line) => line.includes('"level":"debug"'))).toBe(false);
    await level('debug');
    await until(
      'that the level has changed',
      async () => federation.controller.log,
      (lines) => lines.some((line) => line.includes('as started → debug')),
    );
    await create('spoken-of');
    const decided = (line: string) => line.includes('"decided"') && line.includes(`"key":"${NAMESPACE}/spoken-of"`);
    await until(
      'a line of level debug',
      async () => federation.controller.log,
      (lines) => lines.some(decided),
    );
    await level(null);
  });

  it('metrics: how many objects of a type are worked on at once follows the KubeFedConfig', async () => {
    const config = { name: KUBEFED_CONFIG_NAME, namespace: DEFAULT_KUBEFED_NAMESPACE };
    await host.patch(KUBEFED_CONFIGS, config, { spec: { syncController: { maxConcurrentReconciles: 77 } } });
    const series = 'controller_runtime_max_concurrent_reconciles{controller="federatedconfigmap"} 77';
    await until(
      series,
      async () => (await fetch(metricsUrl)).text(),
      (text) => text.includes(`${series}\n`),
    );
  });
});

const nameOf = (event: KubeObject) => (event.involvedObject as { name?: string }).name;

function wordsOf({ type, reason, message, source }: KubeObject): string {
  return `${type} ${reason}: ${message} (${(source as { component?: string }).component})`;
}
