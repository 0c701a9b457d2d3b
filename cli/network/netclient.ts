import { createHash } from 'node:crypto';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { DAEMON_SETS, SECRETS } from '../../controller/kube/core-kinds.ts';
import {
  NETCLIENT_NAME,
  NETCLIENT_SECRET_KEY,
  netclientDaemonSet,
} from '../../controller/network/providers/netmaker/daemon-set.ts';
import type { NetmakerProvider } from '../../controller/network/providers/netmaker/provider.ts';
import { deleteIfPresent, getIfPresent, type Outcome } from '../apply.ts';
import { CliError, usageError } from '../exit.ts';

/** Annotation: what was applied, so that it is known whether it differs from what is wanted, whatever a server filled in. */
const DIGEST = 'fedmesh.io/applied-digest';

export interface NetclientRequest {
  readonly provider: NetmakerProvider;
  readonly owner: string;
  readonly cluster: string;
  /** In the member. */
  readonly namespace: string;
  readonly nodes: readonly string[];
  /** Of netclient; missing: the one that fits the server. */
  readonly image?: string;
  readonly signal: AbortSignal;
}

/** What makes a member's gateway nodes join the network: a Secret with the key to it, and a DaemonSet. Undefined: the key is not made yet. */
export async function netclientObjects(request: NetclientRequest): Promise<readonly KubeObject[] | undefined> {
  const { provider, owner, cluster, namespace, nodes, image, signal } = request;
  const [token, { version = '' }] = await Promise.all([
    provider.enrollmentToken(cluster, signal),
    provider.capabilities(signal),
  ]);
  if (token === undefined) return undefined;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NETCLIENT_NAME, namespace, labels: { 'app.kubernetes.io/managed-by': 'fedmesh' } },
    type: 'Opaque',
    data: { [NETCLIENT_SECRET_KEY]: Buffer.from(token).toString('base64') },
  };
  const manifest = { owner, cluster, namespace, nodes, serverVersion: version };
  return [secret, daemonSet({ ...manifest, ...(image === undefined ? {} : { image }) })].map(withDigest);
}

function daemonSet(manifest: Parameters<typeof netclientDaemonSet>[0]): KubeObject {
  try {
    return netclientDaemonSet(manifest);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(error.message, '`fedctl network netclient --image IMAGE` names one');
  }
}

function withDigest(object: KubeObject): KubeObject {
  const digest = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  return { ...object, metadata: { ...object.metadata, annotations: { [DIGEST]: digest } } };
}

function resourceOf({ kind }: KubeObject): Resource {
  return kind === 'Secret' ? SECRETS : DAEMON_SETS;
}

/** Whether netclient was put into a member by us. */
export async function hasNetclient(client: Client, namespace: string, signal: AbortSignal): Promise<boolean> {
  const present = await getIfPresent(client, DAEMON_SETS, { name: NETCLIENT_NAME, namespace }, signal);
  return present !== undefined && isOurs(present);
}

/** @throws CliError when somebody else's object bears the name */
export async function applyNetclient(
  client: Client,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Outcome> {
  let outcome: Outcome = 'unchanged';
  for (const object of objects) {
    const resource = resourceOf(object);
    const present = await getIfPresent(client, resource, object.metadata, signal);
    if (present === undefined) {
      await client.create(resource, object, { signal });
      outcome = outcome === 'updated' ? 'updated' : 'created';
      continue;
    }
    if (!isOurs(present)) {
      throw new CliError(
        `${resource.kind} ${object.metadata.namespace}/${object.metadata.name} in ${client.cluster} is somebody else's`,
        {
          hint: 'rename or remove it, or have the node join by hand and leave this one out',
        },
      );
    }
    if (present.metadata.annotations?.[DIGEST] === object.metadata.annotations?.[DIGEST]) continue;
    const { resourceVersion } = present.metadata;
    await client.replace(
      resource,
      { ...object, metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) } },
      { signal },
    );
    outcome = 'updated';
  }
  return outcome;
}

/** Takes away what `applyNetclient` made, and nothing of others'. */
export async function removeNetclient(client: Client, namespace: string, signal: AbortSignal): Promise<boolean> {
  let isRemoved = false;
  for (const resource of [DAEMON_SETS, SECRETS]) {
    const ref = { name: NETCLIENT_NAME, namespace };
    const present = await getIfPresent(client, resource, ref, signal);
    if (present === undefined || !isOurs(present)) continue;
    isRemoved = true;
    await deleteIfPresent(client, resource, { ...ref, ...uidOf(present) }, { signal, dryRun: false });
  }
  return isRemoved;
}

function uidOf({ metadata: { uid } }: KubeObject): { uid?: string } {
  return uid === undefined ? {} : { uid };
}

function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.['app.kubernetes.io/managed-by'] === 'fedmesh';
}
