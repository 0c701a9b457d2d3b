import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { groupResourceOf, keyOf } from '../../controller/kube/resource.ts';

/** Everything that an API server lists, as text per object, without what changes by itself. */
export type Listing = ReadonlyMap<string, string>;

/** What people leave aside when they compare two clusters: who wrote what, and what happened when. */
const LEFT_OUT = new Set(['events', 'events.events.k8s.io']);
/** Renewed by themselves. */
const BY_NAME_ONLY = new Set(['leases.coordination.k8s.io', 'apiservices.apiregistration.k8s.io', 'configmaps']);

/** Lists every kind of which objects can be listed, in every namespace. */
export async function listEverything(client: Client, signal: AbortSignal): Promise<Listing> {
  client.discovery.invalidate();
  const kinds = (await client.discovery.resources(signal)).filter(
    (kind) => kind.preferred && kind.verbs.includes('list') && !LEFT_OUT.has(groupResourceOf(kind)),
  );
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const resource = groupResourceOf(kind);
      const { items } = await client.listAll<KubeObject>(kind, { signal });
      return items.map((object) => [`${resource} ${keyOf(object.metadata)}`, textOf(resource, object)] as const);
    }),
  );
  return new Map(lists.flat().sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is in one listing and not, or not so, in the other. Empty: they are equal. */
export function differences(expected: Listing, actual: Listing): string[] {
  return [
    ...[...expected].flatMap(([key, text]) => {
      const found = actual.get(key);
      if (found === undefined) return [`missing: ${key}`];
      return found === text ? [] : [`differs: ${key}\n  expected ${text}\n  actual   ${found}`];
    }),
    ...[...actual.keys()].flatMap((key) => (expected.has(key) ? [] : [`too much: ${key}`])),
  ];
}

/** Keys of objects that show any sign of a federation: in their names, labels, annotations or finalizers. */
export function tracesIn(listing: Listing): string[] {
  return [...listing].filter(([key, text]) => /kubefed|fedmesh|federat/i.test(`${key} ${text}`)).map(([key]) => key);
}

function textOf(resource: string, { metadata, ...object }: KubeObject): string {
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp } = metadata;
  const kept = {
    labels,
    annotations,
    finalizers,
    // Which object it is differs from one run to the next, as whose it is does not.
    owners: ownerReferences?.map(({ kind, name }) => `${kind}/${name}`),
    deletionTimestamp: deletionTimestamp === undefined ? undefined : 'set',
  };
  if (BY_NAME_ONLY.has(resource)) return JSON.stringify(kept);
  const { status: _, apiVersion: __, kind: ___, ...rest } = object;
  return JSON.stringify({ ...kept, ...rest }).replace(/"(uid|resourceVersion)":"[^"]*"/g, '"$1":""');
}
