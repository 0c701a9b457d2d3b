import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { coreCrds } from '../../apis/crd/all.ts';
import { UNJOIN_RECEIPTS, type UnjoinReceipt } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { SECRETS } from '../../controller/clusters/clusters.ts';
import { endpointOf, type Secret, tokenOf } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { Endpoint } from '../../controller/kube/endpoint.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { optional, readControlPlane } from '../../controller/membership/control-plane.ts';
import { enabledTypes, readTypeConfigs } from '../../controller/membership/granted-types.ts';
import { beginUnjoin } from '../../controller/membership/host-records.ts';
import { identityOf } from '../../controller/membership/identity.ts';
import { join } from '../../controller/membership/join.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '../../controller/membership/kinds.ts';
import { receiptNameOf } from '../../controller/membership/receipt.ts';
import { unjoinMember } from '../../controller/membership/unjoin.ts';
import { type Clock, systemClock } from '../../controller/time/clock.ts';
import { eventually } from '../kube/eventually.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { CONFIG_MAPS, DEPLOYMENTS, SERVICES } from './kinds.ts';
import { differences, type Listing, listEverything, tracesIn } from './listing.ts';
import { WriteLimit } from './write-limit.ts';

const NAMESPACE = 'kube-federation-system';
const never = new AbortController().signal;
const unlimited = Number.POSITIVE_INFINITY;

/** Three seconds pass in one: what is waited for out of caution need not be waited for here. */
const HASTE = 3;
const hasty: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HASTE,
  after: (ms, callback) => systemClock.after(ms / HASTE, callback),
};

describe.runIf(inject('kubeconfig') !== '')('a membership that is interrupted', () => {
  let planes: ControlPlanes<'host' | 'vulcan'>;
  let endpoints: Record<'host' | 'vulcan', Endpoint>;
  let host: Client;
  let vulcan: Client;
  /** vulcan before anything was joined. */
  let untouched: Listing;

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['host', 'vulcan'] });
    const kubeconfig = await loadKubeconfig({ path: planes.kubeconfigPath });
    endpoints = {
      host: endpointFor(kubeconfig, { context: 'host', cluster: 'host' }),
      vulcan: endpointFor(kubeconfig, { context: 'vulcan', cluster: 'vulcan' }),
    };
    host = new WriteLimit(unlimited).client(endpoints.host);
    vulcan = new WriteLimit(unlimited).client(endpoints.vulcan);
    await installControlPlane(host);
    await makeForeignObjects(vulcan);
    untouched = await rested(vulcan);
  });

  afterAll(async () => {
    await Promise.all([host?.close(), vulcan?.close()]);
    await planes?.close();
  });

  /** Joins with clients that die after so many writes. */
  async function joinVulcan(limit: WriteLimit): Promise<void> {
    const clients = { host: limit.client(endpoints.host), member: limit.client(endpoints.vulcan) };
    try {
      await join({
        name: 'vulcan',
        hostName: 'host',
        host: clients.host,
        hostServer: endpoints.host.server,
        member: clients.member,
        memberEndpoint: endpoints.vulcan,
        namespace: NAMESPACE,
        rbac: 'types',
        allowRbacPropagation: false,
        clock: systemClock,
        signal: never,
      });
    } finally {
      await Promise.all([clients.host.close(), clients.member.close()]);
    }
  }

  async function readCluster(): Promise<KubeFedCluster | undefined> {
    const ref = { namespace: NAMESPACE, name: 'vulcan' };
    return optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, ref, { signal: never }));
  }

  /** Unjoins as a controller does, with the membership's own credentials, until done or killed. */
  async function unjoinVulcan(limit: WriteLimit): Promise<void> {
    const before = await readCluster();
    if (before === undefined) return;
    const limitedHost = limit.client(endpoints.host);
    const secret = await optional(
      host.get<Secret>(SECRETS, { namespace: NAMESPACE, name: before.spec.secretRef.name }, { signal: never }),
    );
    const authorization = `Bearer ${tokenOf(secret) ?? ''}`;
    const credentials = { get: async () => ({ authorization }), invalidate: () => undefined };
    const member = limit.client(endpointOf(before, credentials));
    try {
      const controlPlane = await readControlPlane(limitedHost, NAMESPACE, never);
      const types = enabledTypes(await readTypeConfigs(limitedHost, NAMESPACE, never), controlPlane);
      let cluster = await beginUnjoin(limitedHost, before, { cascade: 'delete', force: false, signal: never });
      while (cluster !== undefined) {
        const identity = identityOf(secret);
        await unjoinMember({
          host: limitedHost,
          member,
          asAdmin: false,
          cluster,
          controlPlane,
          identity,
          types,
          clock: hasty,
          signal: never,
        });
        cluster = await readCluster();
      }
    } finally {
      await Promise.all([limitedHost.close(), member.close()]);
    }
  }

  /** What sync leaves in a member, and what people did to it. */
  async function propagate(): Promise<void> {
    const { uid } = await readControlPlane(host, NAMESPACE, never);
    const created = {
      labels: { 'kubefed.io/managed': 'true' },
      annotations: { 'fedmesh.io/created-by': uid },
    };
    await vulcan.create<KubeObject>(NAMESPACES, { metadata: { name: 'ours', ...created } }, { signal: never });
    await vulcan.patch<KubeObject>(
      NAMESPACES,
      { name: 'shared' },
      { type: 'merge', body: { metadata: created } },
      { signal: never },
    );
    for (const namespace of ['ours', 'shared', 'theirs']) {
      await vulcan.create<KubeObject>(
        CONFIG_MAPS,
        { metadata: { name: 'settings', namespace, ...created }, data: { a: 'b' } },
        { signal: never },
      );
    }
    await vulcan.create<KubeObject>(DEPLOYMENTS, deployment(created), { signal: never });
    await vulcan.create<KubeObject>(
      SERVICES,
      {
        metadata: { name: 'web', namespace: 'ours', ...created },
        spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
      },
      { signal: never },
    );
    await vulcan.patch<KubeObject>(
      CONFIG_MAPS,
      { namespace: 'theirs', name: 'adopted' },
      { type: 'merge', body: { metadata: { labels: { 'kubefed.io/managed': 'true' } } } },
      { signal: never },
    );
  }

  /** Puts vulcan back to where it was, whatever the last test left. */
  async function reset(): Promise<void> {
    await unjoinVulcan(new WriteLimit(unlimited));
    await settled(vulcan, untouched);
  }

  it('a join that is killed after any write and run again ends like one that was not', async () => {
    const clean = new WriteLimit(unlimited);
    await joinVulcan(clean);
    const joined = await listEverything(vulcan, never);
    expect(tracesIn(joined).length).toBeGreaterThan(0);
    await reset();
    for (let limit = 0; limit < clean.writes; limit++) {
      const killed = new WriteLimit(limit);
      await expect(joinVulcan(killed), `killed after ${limit} writes`).rejects.toThrow('killed');
      await joinVulcan(new WriteLimit(unlimited));
      expect(differences(joined, await listEverything(vulcan, never)), `killed after ${limit} writes`).toEqual([]);
      await reset();
    }
    expect(clean.writes).toBeGreaterThanOrEqual(8);
  }, 600_000);

  it('an unjoin that is killed after any write and run again leaves no trace, like one that was not', async () => {
    const expectedReceipt = ['configmaps ours/settings', 'deployments.apps ours/web', 'namespaces ours'];
    await joinVulcan(new WriteLimit(unlimited));
    await propagate();
    const uid = (await readCluster())?.metadata.uid ?? '';
    const clean = new WriteLimit(unlimited);
    await unjoinVulcan(clean);
    const after = await settled(vulcan, untouched);
    expect(tracesIn(after)).toEqual([]);
    const receipt = await readReceipt(host, uid);
    expect(receipt.status?.removed?.map(({ resource, namespace, name }) => keyIn(resource, namespace, name))).toEqual(
      expect.arrayContaining(expectedReceipt),
    );
    expect(receipt.status?.released).toContainEqual(
      expect.objectContaining({ resource: 'namespaces', name: 'shared', reason: 'it holds 1 secrets' }),
    );
    await reset();

    let boundaries = 0;
    for (let limit = 0; ; limit++) {
      await joinVulcan(new WriteLimit(unlimited));
      await propagate();
      const killed = new WriteLimit(limit);
      const outcome = await unjoinVulcan(killed).then(
        () => 'finished',
        (error: unknown) => String(error),
      );
      if (!killed.killed) {
        expect(outcome).toBe('finished');
        await reset();
        break;
      }
      boundaries += 1;
      await unjoinVulcan(new WriteLimit(unlimited));
      const end = await settled(vulcan, untouched);
      expect(tracesIn(end), `killed after ${limit} writes`).toEqual([]);
      await reset();
    }
    expect(boundaries).toBeGreaterThanOrEqual(15);
  }, 1_200_000);
});

function keyIn(resource: string, namespace: string | undefined, name: string): string {
  return `${resource} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

async function readReceipt(host: Client, uid: string): Promise<UnjoinReceipt> {
  const name = receiptNameOf({ metadata: { name: 'vulcan', uid }, spec: { apiEndpoint: '', secretRef: { name: '' } } });
  return host.get<UnjoinReceipt>(UNJOIN_RECEIPTS, { namespace: NAMESPACE, name }, { signal: never });
}

function deployment(marks: { labels: Record<string, string>; annotations: Record<string, string> }): KubeObject {
  const labels = { app: 'web' };
  return {
    metadata: { name: 'web', namespace: 'ours', ...marks },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } },
    },
  };
}

/** What init makes, as far as a membership needs it. */
async function installControlPlane(host: Client): Promise<void> {
  await host.create<KubeObject>(NAMESPACES, { metadata: { name: NAMESPACE } }, { signal: never });
  const kinds = [KUBEFED_CLUSTERS, FEDERATED_TYPE_CONFIGS, UNJOIN_RECEIPTS];
  const crds = coreCrds().filter((crd) => kinds.some(({ kind }) => crd.spec.names.kind === kind));
  for (const crd of crds) await host.create<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS, crd, { signal: never });
  for (const kind of kinds) {
    await eventually(
      `${kind.kind} is served`,
      () => optional(host.listAll<KubeObject>(kind, { signal: never })),
      (list) => list !== undefined,
      { withinMs: 30_000 },
    );
  }
  for (const target of [NAMESPACES, CONFIG_MAPS, SERVICES, DEPLOYMENTS]) {
    const config = typeConfigFor(target, {});
    await host.create<KubeObject>(
      FEDERATED_TYPE_CONFIGS,
      { ...config, metadata: { ...config.metadata, namespace: NAMESPACE } },
      { signal: never },
    );
  }
}

async function makeForeignObjects(member: Client): Promise<void> {
  await member.create<KubeObject>(NAMESPACES, { metadata: { name: 'theirs' } }, { signal: never });
  // One that the federation made, and in which somebody keeps what the membership may not read: it has to be counted.
  await member.create<KubeObject>(NAMESPACES, { metadata: { name: 'shared' } }, { signal: never });
  await member.create<KubeObject>(
    SECRETS,
    { metadata: { name: 'precious', namespace: 'shared' }, data: { a: 'Yg==' } },
    { signal: never },
  );
  await member.create<KubeObject>(
    CONFIG_MAPS,
    { metadata: { name: 'adopted', namespace: 'theirs' }, data: { whose: 'theirs' } },
    { signal: never },
  );
}

/** Waits until everything is there again that was there before, and nothing else, and returns it. */
async function settled(client: Client, expected: Listing): Promise<Listing> {
  let last: Listing = new Map();
  await eventually(
    'the cluster is as it was',
    async () => {
      last = await listEverything(client, never);
      return differences(expected, last);
    },
    (found) => found.length === 0,
    { withinMs: 60_000 },
  );
  return last;
}

/** Waits until nothing changes any more: namespaces get their ConfigMap and their ServiceAccount a moment later. */
async function rested(client: Client): Promise<Listing> {
  let last = await listEverything(client, never);
  await eventually(
    'the cluster comes to rest',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const now = await listEverything(client, never);
      const changes = differences(last, now);
      last = now;
      return changes;
    },
    (changes) => changes.length === 0,
    { withinMs: 60_000 },
  );
  return last;
}
