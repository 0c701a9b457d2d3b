import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS, type FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import { REPLICA_SCHEDULING_PREFERENCES } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { FederatedObject, FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { LEADER_LEASE, LEASES, type Lease } from '../../controller/runtime/lease.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, federatedKindOf } from './kinds.ts';
import { run } from './processes.ts';

const NAMES = ['host', 'earth'] as const;
const NAMESPACE = 'tuned';
const CONFIG = { name: KUBEFED_CONFIG_NAME, namespace: DEFAULT_KUBEFED_NAMESPACE };
const DEPLOYMENT = {
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
  },
};

describe.runIf(inject('kubeconfig') !== '')('a KubeFedConfig that changes while the controller runs', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { controllers: 'minimal', auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    await federateNamespace(host, NAMESPACE, ['earth']);
  });

  afterAll(() => federation?.close());

  const lease = async () => (await host.get<Lease>(LEASES, { ...CONFIG, name: LEADER_LEASE })).spec;

  const told = async () =>
    (await host.list(EVENTS, CONFIG.namespace))
      .filter(({ involvedObject }) => (involvedObject as { kind?: string }).kind === 'KubeFedConfig')
      .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

  /** Resolves when an event on the KubeFedConfig says that it was taken over. */
  async function set(spec: object, words: string): Promise<void> {
    await host.patch(KUBEFED_CONFIGS, CONFIG, { spec });
    await until(`an event with "${words}"`, told, (events) => events.some((event) => event.includes(words)));
  }

  const gates = (gate: string, configuration: string, words: string) =>
    set({ featureGates: [{ name: gate, configuration }] }, words);

  const create = (name: string, template: FederatedTemplate, target = CONFIG_MAPS) =>
    host.create(federatedKindOf(target), federated(target, { name, namespace: NAMESPACE, template, on: ['earth'] }));

  it('is taken over within the same term, rewrites nothing, and is told of in an event', async () => {
    await create('steady', { data: { a: '1' } });
    await untilPropagated(host, CONFIG_MAPS, { name: 'steady', namespace: NAMESPACE }, ['earth']);
    const before = [await writesOf(federation.planes.host), await writesOf(federation.planes.earth)];
    const term = (await lease())?.acquireTime;
    await set(
      { syncController: { maxConcurrentReconciles: 40 } },
      'Normal SettingsChanged: spec.syncController.maxConcurrentReconciles 64 → 40',
    );
    await create('after', {});
    await untilPropagated(host, CONFIG_MAPS, { name: 'after', namespace: NAMESPACE }, ['earth']);
    const untouched = (writes: readonly string[]) => writes.filter((write) => !/[ -]after$/.test(write));
    expect(untouched(await writesOf(federation.planes.host))).toEqual(before[0]);
    expect(untouched(await writesOf(federation.planes.earth))).toEqual(before[1]);
    expect((await lease())?.acquireTime).toBe(term);
  });

  it('lets what was left alone be adopted', async () => {
    const ref = { name: 'theirs', namespace: NAMESPACE };
    await earth.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data: { by: 'them' } });
    await create('theirs', { data: { by: 'us' } });
    await untilStanding(host, CONFIG_MAPS, ref, ({ clusters }) => clusters.earth === 'AlreadyExists');
    await set({ syncController: { adoptResources: 'Enabled' } }, 'adoptResources IfNoDiff → Enabled');
    await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
    expect(await earth.get(CONFIG_MAPS, ref)).toMatchObject({ data: { by: 'us' } });
  });

  it('that is not valid is refused with an event, and everything goes on as before', async () => {
    await set(
      { clusterHealthCheck: { period: '-1s' }, syncController: { adoptResources: 'Disabled' } },
      'Warning SettingsRefused: KubeFedConfig kubefed is not valid: spec.clusterHealthCheck.period: "-1s" must be greater than 0',
    );
    const ref = { name: 'found', namespace: NAMESPACE };
    await earth.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data: { by: 'them' } });
    await create('found', { data: { by: 'us' } });
    await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
    await set({ clusterHealthCheck: { period: '1s', timeout: '5s' } }, 'adoptResources Enabled → Disabled');
  });

  it('is seen in the Lease, and so in how soon a standby would take over', async () => {
    await set(
      { leaderElect: { leaseDuration: '9s', renewDeadline: '6s', retryPeriod: '1s' } },
      'spec.leaderElect.leaseDuration 15s → 9s',
    );
    await until('the Lease of nine seconds', lease, (spec) => spec?.leaseDurationSeconds === 9);
  });

  it('stops propagation with PushReconciler and starts it again', async () => {
    const configRef = { name: 'configmaps', namespace: CONFIG.namespace };
    const runs = (word: string) =>
      host.until(
        FEDERATED_TYPE_CONFIGS,
        configRef,
        (object) => (object as FederatedTypeConfig).status?.propagationController === word,
      );
    await gates('PushReconciler', 'Disabled', 'spec.featureGates.PushReconciler Enabled → Disabled');
    await runs('NotRunning');
    const ref = { name: 'waiting', namespace: NAMESPACE };
    await create('waiting', {});
    await gates('PushReconciler', 'Enabled', 'spec.featureGates.PushReconciler Disabled → Enabled');
    await untilPropagated(host, CONFIG_MAPS, ref, ['earth']);
    await runs('Running');
    const creations = (await writesOf(federation.planes.earth)).filter(
      (write) => write === 'create configmaps waiting',
    );
    expect(creations).toHaveLength(1);
  });

  it('stops scheduling with SchedulerPreferences and starts it again', async () => {
    await gates('SchedulerPreferences', 'Disabled', 'spec.featureGates.SchedulerPreferences Enabled → Disabled');
    const ref = { name: 'shared', namespace: NAMESPACE };
    await host.create(REPLICA_SCHEDULING_PREFERENCES, {
      apiVersion: 'scheduling.kubefed.io/v1alpha1',
      kind: 'ReplicaSchedulingPreference',
      metadata: ref,
      spec: { targetKind: 'FederatedDeployment', totalReplicas: 5 },
    });
    await create('shared', DEPLOYMENT, DEPLOYMENTS);
    await untilPropagated(host, DEPLOYMENTS, ref, ['earth']);
    expect((await host.get<FederatedObject>(federatedKindOf(DEPLOYMENTS), ref)).spec.overrides).toBeUndefined();
    await gates('SchedulerPreferences', 'Enabled', 'spec.featureGates.SchedulerPreferences Disabled → Enabled');
    await earth.until(DEPLOYMENTS, ref, ({ spec }) => (spec as { replicas: number }).replicas === 5);
  });

  it('shows the status of copies with RawResourceStatusCollection, and shows it no more', async () => {
    const ref = { name: 'seen', namespace: NAMESPACE };
    await host.patch(
      FEDERATED_TYPE_CONFIGS,
      { name: 'deployments.apps', namespace: CONFIG.namespace },
      { spec: { statusCollection: 'Enabled' } },
    );
    await create('seen', DEPLOYMENT, DEPLOYMENTS);
    await untilPropagated(host, DEPLOYMENTS, ref, ['earth']);
    await earth.patch(DEPLOYMENTS, ref, { status: { replicas: 1, readyReplicas: 1 } }, 'status');
    const shows = (ready: number | undefined) =>
      host.until(federatedKindOf(DEPLOYMENTS), ref, (object) => {
        const [cluster] = (object as FederatedObject).status?.clusters ?? [];
        return (cluster?.remoteStatus as { readyReplicas?: number } | undefined)?.readyReplicas === ready;
      });
    await gates('RawResourceStatusCollection', 'Enabled', 'RawResourceStatusCollection Disabled → Enabled');
    await shows(1);
    await gates('RawResourceStatusCollection', 'Disabled', 'RawResourceStatusCollection Enabled → Disabled');
    await shows(undefined);
  });

  it('is one clear error and exit code 1 where it is not valid at the start, on the host or in a file', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'fedmesh-settings-'));
    const file = join(scratch, 'config.yaml');
    await writeFile(file, 'spec: { scope: Cluster, leaderElect: { leaseDuration: 5s } }\n');
    const start = (...args: string[]) =>
      run(process.execPath, [
        'dist/controller/main.js',
        `--kubeconfig=${federation.kubeconfig}`,
        '--healthz-addr=0',
        '--metrics-addr=0',
        '--webhook-port=0',
        ...args,
      ]);
    const fatal = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
      `${stdout}${stderr}`
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { level: string; msg: string })
        .filter(({ level }) => level === 'fatal')
        .map(({ msg }) => msg);
    const ofFile = await start(`--kubefed-config=${file}`);
    expect([ofFile.code, fatal(ofFile)]).toEqual([
      1,
      [
        `--kubefed-config ${file}: KubeFedConfig kubefed is not valid: spec.leaderElect.leaseDuration: "5s" must be greater than renewDeadline`,
      ],
    ]);
    await host.patch(KUBEFED_CONFIGS, CONFIG, { spec: { clusterHealthCheck: { failureThreshold: 0 } } });
    const ofHost = await start();
    expect([ofHost.code, fatal(ofHost)]).toEqual([
      1,
      [
        'KubeFedConfig kubefed is not valid: spec.clusterHealthCheck.failureThreshold: 0 must be a whole number greater than 0',
      ],
    ]);
    await rm(scratch, { recursive: true });
  });
});
