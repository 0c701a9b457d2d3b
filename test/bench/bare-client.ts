import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { SYNC_FINALIZER } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import {
  DEPLOYMENTS,
  each,
  FEDERATED_DEPLOYMENTS,
  federatedDeployment,
  MEMBERS,
  memberDeployment,
} from './workload.ts';

/**
 * A client that knows beforehand what is to be done and does just that: it submits the federated objects and makes the four
 * writes that each needs, without watching, comparing or deciding. What the API servers allow, measured in the same run.
 */

export type Clients = Readonly<Record<'host' | (typeof MEMBERS)[number], Client>>;

const PARALLEL = 32;

/** Submits `count` objects and makes their writes; milliseconds from the first submission to the last write. */
export async function createAll(
  clients: Clients,
  namespace: string,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const started = performance.now();
  await each(count, PARALLEL, async (n) => {
    const submitted = await submit(clients.host, namespace, nameOf(n), signal);
    await createOne(clients, submitted, signal);
  });
  return performance.now() - started;
}

/** The same one at a time; milliseconds from each submission until both members have answered. */
export async function createOneByOne(
  clients: Clients,
  namespace: string,
  count: number,
  signal: AbortSignal,
): Promise<number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < count; n++) {
    const started = performance.now();
    const submitted = await submit(clients.host, namespace, nameOf(n), signal);
    const finished = await withFinalizer(clients.host, submitted, signal);
    await createInMembers(clients, finished, signal);
    latencies.push(performance.now() - started);
    await writeStatus(clients.host, finished, signal);
  }
  return latencies;
}

/** Changes the template of every object and makes the three writes that each change needs. */
export async function updateAll(
  clients: Clients,
  namespace: string,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const started = performance.now();
  await each(count, PARALLEL, async (n) => {
    const name = nameOf(n);
    const body = { spec: { template: federatedDeployment(namespace, name, 'nginx:1.28').spec.template } };
    const changed = await clients.host.patch<FederatedObject>(
      FEDERATED_DEPLOYMENTS,
      { name, namespace },
      { type: 'merge', body },
      { signal },
    );
    const desired = memberDeployment(namespace, name, 'nginx:1.28');
    await Promise.all(MEMBERS.map((member) => clients[member].replace(DEPLOYMENTS, desired, { signal })));
    await writeStatus(clients.host, changed, signal);
  });
  return performance.now() - started;
}

export function submit(host: Client, namespace: string, name: string, signal: AbortSignal): Promise<FederatedObject> {
  return host.create(FEDERATED_DEPLOYMENTS, federatedDeployment(namespace, name), { signal });
}

export function nameOf(n: number): string {
  return `web-${String(n).padStart(5, '0')}`;
}

async function createOne(clients: Clients, submitted: FederatedObject, signal: AbortSignal): Promise<void> {
  const finished = await withFinalizer(clients.host, submitted, signal);
  await createInMembers(clients, finished, signal);
  await writeStatus(clients.host, finished, signal);
}

function withFinalizer(host: Client, object: FederatedObject, signal: AbortSignal): Promise<FederatedObject> {
  const metadata = { ...object.metadata, finalizers: [SYNC_FINALIZER] };
  return host.replace(FEDERATED_DEPLOYMENTS, { ...object, metadata }, { signal });
}

async function createInMembers(clients: Clients, { metadata }: KubeObject, signal: AbortSignal): Promise<void> {
  const desired = memberDeployment(metadata.namespace ?? '', metadata.name ?? '');
  await Promise.all(MEMBERS.map((member) => clients[member].create(DEPLOYMENTS, desired, { signal })));
}

async function writeStatus(host: Client, object: FederatedObject, signal: AbortSignal): Promise<void> {
  const now = new Date().toISOString();
  const status = {
    observedGeneration: object.metadata.generation ?? 1,
    conditions: [{ type: 'Propagation', status: 'True' as const, lastUpdateTime: now, lastTransitionTime: now }],
    clusters: MEMBERS.map((name) => ({ name })),
  };
  await host.replace(FEDERATED_DEPLOYMENTS, { ...object, status }, { subresource: 'status', signal });
}
