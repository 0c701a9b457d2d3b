import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { SERVICE_EXPORTS } from '../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS } from '../../apis/multicluster/service-import.ts';
import { Lane } from '../clusters/lane.ts';
import type { Client } from '../kube/client.ts';
import { SERVICES } from '../kube/core-kinds.ts';
import { isForbidden, isNotFound } from '../kube/errors.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';
import type { Clock } from '../time/clock.ts';
import { ENDPOINT_SLICES, isOurs, OWNER_LABEL } from './kinds.ts';

export interface RemovalOptions {
  readonly controlPlaneUid: string;
  /** The cluster goes on as the host: its ServiceExports may speak for members. */
  readonly keepKinds: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface RemovalEntry {
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
  readonly reason?: string;
}

export interface Removal {
  readonly removed: readonly RemovalEntry[];
  /** What stays, and why. */
  readonly kept: readonly RemovalEntry[];
}

const REMOVALS_AT_ONCE = 8;
/** From what points to what is pointed at. */
const KINDS: readonly Resource[] = [ENDPOINT_SLICES, SERVICES, SERVICE_IMPORTS, SERVICE_EXPORTS];

/**
 * Removes from a cluster what multi-cluster Services brought there: what bears the control plane's label, and the kinds if it installed them
 * and nobody else uses them. Can be repeated.
 */
export async function removeServices(member: Client, options: RemovalOptions): Promise<Removal> {
  const { controlPlaneUid, clock, signal } = options;
  const lane = new Lane({ cluster: member.cluster, concurrency: REMOVALS_AT_ONCE, clock });
  const removed: RemovalEntry[] = [];
  const kept: RemovalEntry[] = [];
  for (const kind of KINDS) {
    try {
      const labelSelector = `${OWNER_LABEL}=${controlPlaneUid}`;
      const { items } = await member.listAll<KubeObject>(kind, { metadataOnly: true, labelSelector, signal });
      await Promise.all(items.map((object) => lane.submit(() => remove(member, kind, object, signal))));
      removed.push(...items.map((object) => entryOf(kind, object)));
    } catch (error) {
      if (isNotFound(error)) continue;
      if (!isForbidden(error)) throw error;
      kept.push({
        resource: groupResourceOf(kind),
        name: '*',
        reason: 'the member does not let the controller list them',
      });
    }
  }
  if (!options.keepKinds) await removeKinds(member, options, removed, kept);
  return { removed, kept };
}

async function removeKinds(
  member: Client,
  { controlPlaneUid, signal }: RemovalOptions,
  removed: RemovalEntry[],
  kept: RemovalEntry[],
): Promise<void> {
  for (const kind of [SERVICE_IMPORTS, SERVICE_EXPORTS]) {
    const name = groupResourceOf(kind);
    try {
      const crd = await member.get<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS, { name }, { signal });
      if (!isOurs(crd.metadata, controlPlaneUid)) continue;
      const users = await member.list<KubeObject>(kind, { metadataOnly: true, limit: 1, signal });
      const [user] = users.items;
      const entry = entryOf(CUSTOM_RESOURCE_DEFINITIONS, crd);
      if (user === undefined) {
        await remove(member, CUSTOM_RESOURCE_DEFINITIONS, crd, signal);
        removed.push(entry);
      } else {
        const { namespace = '', name: first = '' } = user.metadata;
        kept.push({ ...entry, reason: `${kind.kind} ${namespace}/${first} was made by somebody else` });
      }
    } catch (error) {
      if (isNotFound(error)) continue;
      if (!isForbidden(error)) throw error;
      kept.push({
        resource: groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS),
        name,
        reason: 'the member does not let the controller look at it',
      });
    }
  }
}

async function remove(
  client: Client,
  resource: Resource,
  { metadata }: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace, uid = '' } = metadata;
  try {
    await client.delete(
      resource,
      { name, ...(namespace === undefined ? {} : { namespace }) },
      { preconditions: { uid }, propagationPolicy: 'Background', signal },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function entryOf(resource: Resource, { metadata }: KubeObject): RemovalEntry {
  const { name = '', namespace } = metadata;
  return { resource: groupResourceOf(resource), ...(namespace === undefined ? {} : { namespace }), name };
}
