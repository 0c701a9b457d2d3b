import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../../controller/kube/kubeconfig.ts';
import type { Resource } from '../../../controller/kube/resource.ts';
import { type ApiServer, startApiServer } from '../apiserver/api-server.ts';
import { DAEMON_SETS, DEPLOYMENTS, JOBS, NODES, PODS, SERVICES, STATEFUL_SETS } from './kinds.ts';
import { startWorkloads, type Workloads, type WorkloadsOptions } from './workloads.ts';

let earth: ApiServer;
let client: Client;
let workloads: Workloads | undefined;

beforeEach(async () => {
  earth = await startApiServer({ name: 'earth' });
  const kubeconfig = await loadKubeconfig({ text: JSON.stringify(earth.kubeconfig()) });
  client = createClient(endpointFor(kubeconfig, { cluster: 'earth' }));
});

afterEach(async () => {
  await workloads?.close();
  await client.close();
  await earth.close();
});

describe('a Deployment', () => {
  it('gets Pods that run on the nodes, each at an address of its own, and says so', async () => {
    await start({ nodes: 2 });
    await create(DEPLOYMENTS, deployment('web', 3));
    await until(
      () =>
        conditionOf('deployments.apps', 'web', 'Available') === 'True' &&
        statusOf('deployments.apps', 'web').availableReplicas === 3,
    );
    expect(statusOf('deployments.apps', 'web')).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    const pods = list('pods');
    expect(new Set(pods.map((pod) => podIp(pod))).size).toBe(3);
    for (const pod of pods) expect(podIp(pod)).toMatch(/^10\.200\./);
    expect(new Set(pods.map(({ spec }) => (spec as { nodeName: string }).nodeName))).toEqual(
      new Set(['node-1', 'node-2']),
    );
    const [set] = list('replicasets.apps');
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' });
    expect(list('nodes').map((node) => conditionIn(node, 'Ready'))).toEqual(['True', 'True']);
  });

  it('rolls out a new template without ever being short of Pods, and goes back to the old one', async () => {
    await start({});
    await create(DEPLOYMENTS, deployment('web', 4));
    await until(() => rolledOut('web', 4));
    let fewest = 4;
    const stop = earth.storage.subscribe(() => {
      fewest = Math.min(fewest, list('pods').filter((pod) => conditionIn(pod, 'Ready') === 'True').length);
    });
    await setImage('web', 'nginx:2');
    await until(() => rolledOut('web', 4) && images().every((image) => image === 'nginx:2'));
    stop();
    expect(fewest).toBeGreaterThanOrEqual(3);
    expect(revisions()).toEqual(['1', '2']);
    await setImage('web', 'nginx');
    await until(() => rolledOut('web', 4) && images().every((image) => image === 'nginx'));
    expect(revisions()).toEqual(['2', '3']);
    expect(list('replicasets.apps')).toHaveLength(2);
  });

  it('replaces Pods that vanish, shrinks, and takes all along when it goes', async () => {
    await start({});
    await create(DEPLOYMENTS, deployment('web', 3));
    await until(() => rolledOut('web', 3));
    const [victim] = list('pods');
    await remove(PODS, victim?.metadata.name ?? '');
    await until(
      () => list('pods').every(({ metadata }) => metadata.uid !== victim?.metadata.uid) && rolledOut('web', 3),
    );
    await client.patch(DEPLOYMENTS, ref('web'), { type: 'merge', body: { spec: { replicas: 1 } } }, call());
    await until(() => list('pods').length === 1 && rolledOut('web', 1));
    await remove(DEPLOYMENTS, 'web');
    await until(() => list('pods').length === 0 && list('replicasets.apps').length === 0);
  });

  it('waits as long as it was told to before its Pods are ready', async () => {
    await start({ readyAfterMs: 150 });
    const began = performance.now();
    await create(DEPLOYMENTS, deployment('web', 1));
    await until(() => list('pods').some((pod) => phaseOf(pod) === 'Running'));
    expect(conditionOf('deployments.apps', 'web', 'Available')).not.toBe('True');
    await until(() => rolledOut('web', 1));
    expect(performance.now() - began).toBeGreaterThanOrEqual(150);
  });
});

describe('Pods that fail', () => {
  it("crash in a loop, in a kubelet's words", async () => {
    await start({ crash: { matchLabels: { app: 'bad' } } });
    await create(DEPLOYMENTS, deployment('bad', 1));
    await until(() => list('pods').some((pod) => waitingReason(pod) === 'CrashLoopBackOff'));
    const [pod] = list('pods');
    expect(pod?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          ready: false,
          restartCount: 1,
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
          state: {
            waiting: {
              message: `back-off 10s restarting failed container=c pod=${pod?.metadata.name}_default(${pod?.metadata.uid})`,
            },
          },
        },
      ],
    });
    await until(() => conditionOf('deployments.apps', 'bad', 'Available') === 'False');
  });

  it("find no node, in a scheduler's words", async () => {
    await start({ nodes: 2, unschedulable: { matchLabels: { app: 'big' } } });
    await create(DEPLOYMENTS, deployment('big', 1));
    await until(() => list('pods').some((pod) => conditionIn(pod, 'PodScheduled') === 'False'));
    const { conditions } = (list('pods')[0]?.status ?? {}) as {
      conditions: readonly { reason: string; message: string }[];
    };
    expect(conditions?.[0]).toMatchObject({
      reason: 'Unschedulable',
      message:
        '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    });
    await until(() => list('events').some(({ reason }) => reason === 'FailedScheduling'));
  });
});

describe('a Service', () => {
  it('has the addresses of the Pods that it selects, ready or not, under their own port names', async () => {
    await start({});
    await create(SERVICES, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default', labels: { tier: 'front' } },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
    });
    await until(() => list('endpointslices.discovery.k8s.io').length === 1);
    await create(DEPLOYMENTS, deployment('web', 2));
    const slice = () =>
      list('endpointslices.discovery.k8s.io')[0] as DeepReadonly<KubeObject> & {
        endpoints: readonly { addresses: readonly string[]; conditions: object }[] | null;
      };
    await until(
      () =>
        slice().endpoints?.length === 2 &&
        slice().endpoints?.every(({ conditions }) => 'ready' in conditions && conditions.ready === true) === true,
    );
    expect(slice()).toMatchObject({
      metadata: {
        labels: {
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': 'web',
          tier: 'front',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    const addresses = list('pods').map(podIp).sort();
    expect(
      slice()
        .endpoints?.flatMap((endpoint) => endpoint.addresses)
        .toSorted(),
    ).toEqual(addresses);
    await until(() => JSON.stringify(list('endpoints')[0]?.subsets ?? []).includes(addresses[1] ?? ''));

    await remove(SERVICES, 'web');
    await until(() => list('endpointslices.discovery.k8s.io').length === 0 && list('endpoints').length === 0);
  });
});

describe('other workloads', () => {
  it('StatefulSets come up in order, and are updated from the last to the first', async () => {
    await start({});
    const { spec } = deployment('db', 3);
    const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'default' }, spec };
    await create(STATEFUL_SETS, { ...set, spec: { ...spec, serviceName: 'db' } });
    await until(() => statusOf('statefulsets.apps', 'db').readyReplicas === 3);
    expect(list('pods').map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1', 'db-2']);
    const recreated: string[] = [];
    const stop = earth.storage.subscribe(({ type, stored }) => {
      if (stored.storageKey === 'pods' && type === 'ADDED') recreated.push(stored.name);
    });
    await setImage('db', 'nginx:2', STATEFUL_SETS);
    await until(
      () =>
        statusOf('statefulsets.apps', 'db').updatedReplicas === 3 &&
        recreated.length === 3 &&
        statusOf('statefulsets.apps', 'db').readyReplicas === 3,
    );
    stop();
    expect(recreated).toEqual(['db-2', 'db-1', 'db-0']);
    const { currentRevision, updateRevision } = statusOf('statefulsets.apps', 'db');
    expect(currentRevision).toBe(updateRevision);
  });

  it('DaemonSets run on every node, also on those that come later', async () => {
    await start({ nodes: 2 });
    const { replicas: _, ...spec } = deployment('agent', 1).spec;
    await create(DAEMON_SETS, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'default' },
      spec,
    });
    await until(() => statusOf('daemonsets.apps', 'agent').numberReady === 2);
    await create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'other' } });
    await until(() => statusOf('daemonsets.apps', 'agent').desiredNumberScheduled === 3);
  });

  it('Jobs end when enough has succeeded', async () => {
    await start({});
    await create(JOBS, job('good', 3));
    await until(() => conditionOf('jobs.batch', 'good', 'Complete') === 'True');
    expect(statusOf('jobs.batch', 'good')).toMatchObject({
      succeeded: 3,
      conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete', reason: 'CompletionsReached' }],
    });
    expect(list('pods').map(phaseOf)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
  });

  it('Jobs fail when too much has failed', async () => {
    await start({ crash: { matchLabels: { app: 'bad' } } });
    await create(JOBS, job('bad', 1));
    await until(() => conditionOf('jobs.batch', 'bad', 'Failed') === 'True');
    expect(statusOf('jobs.batch', 'bad')).toMatchObject({
      failed: 2,
      conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
  });
});

describe('beside others', () => {
  it('only what was asked for runs', async () => {
    await start({ components: ['scheduler', 'kubelet'] });
    await create(DEPLOYMENTS, deployment('web', 1));
    await create(PODS, { ...pod('alone'), metadata: { name: 'alone', namespace: 'default' } });
    await until(() => list('pods').some((own) => conditionIn(own, 'Ready') === 'True'));
    expect(list('replicasets.apps')).toEqual([]);
    expect(earth.storage.list('leases.coordination.k8s.io', 'kube-node-lease').map(({ name }) => name)).toEqual([
      'node-1',
    ]);
  });
});

async function start(options: Partial<WorkloadsOptions>): Promise<void> {
  workloads = await startWorkloads({
    client,
    podCidr: '10.200.0.0/16',
    signal: new AbortController().signal,
    ...options,
  });
}

function pod(app: string): KubeObject & { spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'web', containerPort: 8080 }] }] },
  };
}

function deployment(
  name: string,
  replicas: number,
): KubeObject & { spec: { replicas: number; selector: object; template: object } } {
  const { metadata, spec } = pod(name);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata, spec } },
  };
}

function job(name: string, completions: number): KubeObject {
  const { metadata, spec } = pod(name);
  const template = { metadata, spec: { ...spec, restartPolicy: 'Never' } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { completions, parallelism: 2, backoffLimit: 1, template },
  };
}

function call(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(10_000) };
}

function ref(name: string): { name: string; namespace: string } {
  return { namespace: 'default', name };
}

async function create(resource: Resource, object: KubeObject): Promise<void> {
  await client.create(resource, object, call());
}

async function remove(resource: Resource, name: string): Promise<void> {
  await client.delete(resource, ref(name), { ...call(), propagationPolicy: 'Background' });
}

async function setImage(name: string, image: string, resource = DEPLOYMENTS): Promise<void> {
  const containers = [{ name: 'c', image }];
  const body = { spec: { template: { spec: { containers } } } };
  await client.patch(resource, ref(name), { type: 'strategic', body }, call());
}

/** In the namespace `default`, but for what others keep there. */
function list(storageKey: string): DeepReadonly<KubeObject>[] {
  return earth.storage.list(storageKey).map(({ object }) => object);
}

function statusOf(storageKey: string, name: string): Readonly<Record<string, unknown>> {
  const stored = earth.storage.get(storageKey, 'default', name);
  return (stored?.object.status ?? {}) as Readonly<Record<string, unknown>>;
}

function conditionIn({ status }: DeepReadonly<KubeObject>, type: string): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions.find((condition) => condition.type === type)?.status;
}

function conditionOf(storageKey: string, name: string, type: string): string | undefined {
  return conditionIn({ metadata: {}, status: statusOf(storageKey, name) }, type);
}

function rolledOut(name: string, replicas: number): boolean {
  const status = statusOf('deployments.apps', name);
  const { generation } = earth.storage.get('deployments.apps', 'default', name)?.object.metadata ?? {};
  const counts = [status.updatedReplicas, status.replicas, status.availableReplicas];
  return status.observedGeneration === generation && counts.every((count) => count === replicas);
}

function images(): (string | undefined)[] {
  return list('pods').map(({ spec }) => (spec as { containers: readonly { image: string }[] }).containers[0]?.image);
}

function revisions(): (string | undefined)[] {
  return list('replicasets.apps')
    .map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'])
    .sort();
}

function podIp({ status }: DeepReadonly<KubeObject>): string {
  return (status as { podIP?: string } | undefined)?.podIP ?? '';
}

function phaseOf({ status }: DeepReadonly<KubeObject>): string | undefined {
  return (status as { phase?: string } | undefined)?.phase;
}

function waitingReason({ status }: DeepReadonly<KubeObject>): string | undefined {
  const { containerStatuses = [] } = (status ?? {}) as {
    containerStatuses?: readonly { state?: { waiting?: { reason?: string } } }[];
  };
  return containerStatuses[0]?.state?.waiting?.reason;
}

/** Resolves with the write that makes it true. */
function until(holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = earth.storage.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
