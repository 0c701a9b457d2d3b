import type { KubeObject } from '../../../apis/meta/v1.ts';
import { CONTROL_PLANE_ANNOTATION } from '../../../apis/well-known.ts';
import type { Client } from '../../kube/client.ts';
import { CONFIG_MAPS, DAEMON_SETS, PODS } from '../../kube/core-kinds.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { optional } from '../../kube/optional.ts';
import type { Resource } from '../../kube/resource.ts';
import { NODE_ROUTES_DIGEST, NODE_ROUTES_NAME, NODE_ROUTES_SELECTOR, type NodeRoutesObjects } from './manifest.ts';

/** Where `fedmesh-routes` is, and whose it has to be. */
export interface NodeRoutesPlace {
  /** The control plane's namespace, in the member. */
  readonly namespace: string;
  /** UID of the control plane. */
  readonly owner: string;
}

/** What a member has of it. */
export interface PresentNodeRoutes {
  /** Resources, by their name in RBAC, that bear the name and are not ours: they stay. */
  readonly taken: readonly string[];
  readonly daemonSet: KubeObject | undefined;
  readonly configMap: KubeObject | undefined;
}

interface Pod extends KubeObject {
  spec?: { nodeName?: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/** What there is to be done in a member. Pure. `taken`: nothing, because the name is somebody else's. */
export type NodeRoutesStep = 'none' | 'create' | 'update' | 'delete' | 'taken';

export function nodeRoutesStep(wanted: NodeRoutesObjects | undefined, present: PresentNodeRoutes): NodeRoutesStep {
  const { taken, daemonSet, configMap } = present;
  if (wanted === undefined) return daemonSet === undefined && configMap === undefined ? 'none' : 'delete';
  if (taken.length > 0) return 'taken';
  if (daemonSet === undefined) return 'create';
  const isSame = [daemonSet, configMap].every((object) => digestOf(object) === wanted.digest);
  return isSame && dataOf(configMap) === dataOf(wanted.configMap) ? 'none' : 'update';
}

export async function readNodeRoutes(
  member: Client,
  { namespace, owner }: NodeRoutesPlace,
  signal: AbortSignal,
): Promise<PresentNodeRoutes> {
  const ref = { namespace, name: NODE_ROUTES_NAME };
  const read = async (resource: Resource) => optional(member.get<KubeObject>(resource, ref, { signal }));
  const [daemonSet, configMap] = await Promise.all([read(DAEMON_SETS), read(CONFIG_MAPS)]);
  const isOurs = (object: KubeObject | undefined) =>
    object !== undefined && object.metadata.annotations?.[CONTROL_PLANE_ANNOTATION] === owner;
  const taken = [
    ...(daemonSet === undefined || isOurs(daemonSet) ? [] : [DAEMON_SETS.plural]),
    ...(configMap === undefined || isOurs(configMap) ? [] : [CONFIG_MAPS.plural]),
  ];
  return {
    taken,
    daemonSet: isOurs(daemonSet) ? daemonSet : undefined,
    configMap: isOurs(configMap) ? configMap : undefined,
  };
}

/** The list first: no Pod starts without. Applied, because the member's role lets it be made under this name and no other. */
export async function putNodeRoutes(
  member: Client,
  { configMap, daemonSet }: NodeRoutesObjects,
  signal: AbortSignal,
): Promise<void> {
  for (const [resource, body] of [
    [CONFIG_MAPS, configMap],
    [DAEMON_SETS, daemonSet],
  ] as const) {
    const { name = '', namespace = '' } = body.metadata;
    await member.patch(resource, { name, namespace }, { type: 'apply', body }, { signal, force: true });
  }
}

/** Takes away what is ours, and nothing else. Its Pods take their routes away when they end. */
export async function removeNodeRoutes(
  member: Client,
  { daemonSet, configMap }: PresentNodeRoutes,
  signal: AbortSignal,
): Promise<void> {
  await remove(member, DAEMON_SETS, daemonSet, signal);
  await remove(member, CONFIG_MAPS, configMap, signal);
}

/** Names of the nodes on which all routes are there: their Pod says that it is Ready. */
export async function nodesWithRoutes(
  member: Client,
  { namespace }: Pick<NodeRoutesPlace, 'namespace'>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { items } = await member.listAll<Pod>(PODS, { namespace, labelSelector: NODE_ROUTES_SELECTOR, signal });
  const isReady = ({ metadata, status }: Pod) =>
    metadata.deletionTimestamp === undefined &&
    (status?.conditions ?? []).some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
  return new Set(items.filter(isReady).flatMap(({ spec }) => spec?.nodeName ?? []));
}

async function remove(
  member: Client,
  resource: Resource,
  object: KubeObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
  const { uid, name = '', namespace = '' } = object.metadata;
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  try {
    // With its Pods: whoever sees it gone knows that they are.
    await member.delete(resource, { name, namespace }, { propagationPolicy: 'Foreground', ...preconditions, signal });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

function digestOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[NODE_ROUTES_DIGEST];
}

function dataOf(object: KubeObject | undefined): string | undefined {
  return (object as { data?: Record<string, string> } | undefined)?.data?.['routes.json'];
}
