import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { coreCrds } from '../../apis/crd/all.ts';
import { UNJOIN_RECEIPTS } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { endpointOf, type Secret, tokenOf } from '../../controller/clusters/endpoint.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES, SECRETS } from '../../controller/kube/core-kinds.ts';
import type { Endpoint } from '../../controller/kube/endpoint.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { optional } from '../../controller/kube/optional.ts';
import { readControlPlane } from '../../controller/membership/control-plane.ts';
import { enabledTypes, readTypeConfigs } from '../../controller/membership/granted-types.ts';
import { beginUnjoin } from '../../controller/membership/host-records.ts';
import { identityOf } from '../../controller/membership/identity.ts';
import { join } from '../../controller/membership/join.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../controller/membership/kinds.ts';
import { unjoinMember } from '../../controller/membership/unjoin.ts';
import { type Clock, systemClock } from '../../controller/time/clock.ts';
import { eventually } from '../kube/eventually.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { CONFIG_MAPS, DEPLOYMENTS, SERVICES } from './kinds.ts';
import { differences, type Listing, listEverything } from './listing.ts';
import { WriteLimit } from './write-limit.ts';

export const NAMESPACE = 'kube-federation-system';
export const unlimited = Number.POSITIVE_INFINITY;
const never = new AbortController().signal;

/** Three seconds pass in one: what is waited for out of caution need not be waited for here. */
const HASTE = 3;
const hasty: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HASTE,
  after: (ms, callback) => systemClock.after(ms / HASTE, callback),
};

/** A host and one cluster with things of its own, which joins and leaves as often as one likes, by clients that can be killed. */
export class MembershipWorld {
  readonly host: Client;
  readonly vulcan: Client;
  /** vulcan before anything was joined. */
  readonly untouched: Listing;
  readonly #planes: ControlPlanes<'host' | 'vulcan'>;
  readonly #endpoints: Record<'host' | 'vulcan', Endpoint>;

  static async start(): Promise<MembershipWorld> {
    const planes = await startControlPlanes({ names: ['host', 'vulcan'] });
    try {
      const kubeconfig = await loadKubeconfig({ path: planes.kubeconfigPath });
      const endpoints = {
        host: endpointFor(kubeconfig, { context: 'host', cluster: 'host' }),
        vulcan: endpointFor(kubeconfig, { context: 'vulcan', cluster: 'vulcan' }),
      };
      const host = new WriteLimit(unlimited).client(endpoints.host);
      const vulcan = new WriteLimit(unlimited).client(endpoints.vulcan);
      await installControlPlane(host);
      await makeForeignObjects(vulcan);
      return new MembershipWorld(planes, endpoints, { host, vulcan }, await rested(vulcan));
    } catch (error) {
      await planes.close();
      throw error;
    }
  }

  private constructor(
    planes: ControlPlanes<'host' | 'vulcan'>,
    endpoints: Record<'host' | 'vulcan', Endpoint>,
    clients: { host: Client; vulcan: Client },
    untouched: Listing,
  ) {
    this.#planes = planes;
    this.#endpoints = endpoints;
    this.host = clients.host;
    this.vulcan = clients.vulcan;
    this.untouched = untouched;
  }

  async close(): Promise<void> {
    await Promise.all([this.host.close(), this.vulcan.close()]);
    await this.#planes.close();
  }

  /** Joins with clients that die after so many writes. */
  async join(limit: WriteLimit): Promise<void> {
    const clients = { host: limit.client(this.#endpoints.host), member: limit.client(this.#endpoints.vulcan) };
    try {
      await join({
        name: 'vulcan',
        hostName: 'host',
        host: clients.host,
        hostServer: this.#endpoints.host.server,
        member: clients.member,
        memberEndpoint: this.#endpoints.vulcan,
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

  async readCluster(): Promise<KubeFedCluster | undefined> {
    const ref = { namespace: NAMESPACE, name: 'vulcan' };
    return optional(this.host.get<KubeFedCluster>(KUBEFED_CLUSTERS, ref, { signal: never }));
  }

  /** Unjoins as a controller does, with the membership's own credentials, until done or killed. */
  async unjoin(limit: WriteLimit): Promise<void> {
    const before = await this.readCluster();
    if (before === undefined) return;
    const limitedHost = limit.client(this.#endpoints.host);
    const secret = await optional(
      this.host.get<Secret>(SECRETS, { namespace: NAMESPACE, name: before.spec.secretRef.name }, { signal: never }),
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
        cluster = await this.readCluster();
      }
    } finally {
      await Promise.all([limitedHost.close(), member.close()]);
    }
  }

  /** What sync leaves in a member, and what people did to it. */
  async propagate(): Promise<void> {
    const { uid } = await readControlPlane(this.host, NAMESPACE, never);
    const created = {
      labels: { 'kubefed.io/managed': 'true' },
      annotations: { 'fedmesh.io/created-by': uid },
    };
    await this.vulcan.create<KubeObject>(NAMESPACES, { metadata: { name: 'ours', ...created } }, { signal: never });
    await this.vulcan.patch<KubeObject>(
      NAMESPACES,
      { name: 'shared' },
      { type: 'merge', body: { metadata: created } },
      { signal: never },
    );
    for (const namespace of ['ours', 'shared', 'theirs']) {
      await this.vulcan.create<KubeObject>(
        CONFIG_MAPS,
        { metadata: { name: 'settings', namespace, ...created }, data: { a: 'b' } },
        { signal: never },
      );
    }
    await this.vulcan.create<KubeObject>(DEPLOYMENTS, deployment(created), { signal: never });
    await this.vulcan.create<KubeObject>(
      SERVICES,
      {
        metadata: { name: 'web', namespace: 'ours', ...created },
        spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
      },
      { signal: never },
    );
    await this.vulcan.patch<KubeObject>(
      CONFIG_MAPS,
      { namespace: 'theirs', name: 'adopted' },
      { type: 'merge', body: { metadata: { labels: { 'kubefed.io/managed': 'true' } } } },
      { signal: never },
    );
  }

  /** Puts vulcan back to where it was, whatever the last test left. */
  async reset(): Promise<void> {
    await this.unjoin(new WriteLimit(unlimited));
    await settled(this.vulcan, this.untouched);
  }
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
      { withinMs: 120_000 },
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
export async function settled(client: Client, expected: Listing): Promise<Listing> {
  let last: Listing = new Map();
  await eventually(
    'the cluster is as it was',
    async () => {
      last = await listEverything(client, never);
      return differences(expected, last);
    },
    (found) => found.length === 0,
    { withinMs: 120_000 },
  );
  return last;
}

/** Waits until nothing changes any more: namespaces get their ConfigMap and their ServiceAccount a moment later. */
export async function rested(client: Client): Promise<Listing> {
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
    { withinMs: 120_000 },
  );
  return last;
}
