import type { ReceiptEntry } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL } from '../../apis/well-known.ts';
import { Lane } from '../clusters/lane.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import { ApiError, isConflict, isForbidden, isMethodNotSupported, isNotFound } from '../kube/errors.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';
import { isCopy, releasePatch } from '../ownership/marks.ts';
import { describeContents, inspectNamespace } from '../ownership/namespace-contents.ts';
import type { Clock } from '../time/clock.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './kinds.ts';
import type { Marked } from './scan.ts';

export interface ReleaseOptions {
  readonly controlPlaneUid: string;
  /** `delete` removes what this control plane created; `orphan` lets it stay, released. */
  readonly cascade: 'delete' | 'orphan';
  /** Managed copies that do not say who made them, as KubeFed left them, count as created. */
  readonly assumeCreated?: boolean;
  /** The member is the host: its namespaces are not the federation's to delete. */
  readonly isHost: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What came of one object. */
export interface Result {
  readonly one: Marked;
  readonly done: /** Its deletion was accepted. It may take a moment to be gone. */
    | 'removed'
    /** It bears no mark any more. */
    | 'released'
    /** It is on its way out already, or changed just now: look again. */
    | 'pending'
    | 'failed';
  readonly entry: ReceiptEntry;
}

const WRITES_AT_ONCE = 16;

/**
 * Does with each object what befits it: what was created goes, what was adopted is released, what another control plane
 * made is left alone. What holds other objects (namespaces, CRDs) goes when all others of ours are gone, and only when
 * nothing that is not ours would go with it; else it is released, and the reason is told.
 */
export async function releaseAll(member: Client, found: readonly Marked[], options: ReleaseOptions): Promise<Result[]> {
  const ours = found.filter(({ ownership }) => ownership !== 'foreign');
  const copies = ours.filter(({ resource, object }) => isCopy(resource, object));
  const containers = ours.filter((one) => isContainer(one.resource) && isToGo(one, options));
  const plain = ours.filter((one) => !copies.includes(one) && !containers.includes(one));
  // Copies wait for what they were copied from, containers until nothing else is left to delete.
  const now = plain.length > 0 ? plain : copies.length > 0 ? copies : containers;
  const lane = new Lane({ cluster: member.cluster, concurrency: WRITES_AT_ONCE, clock: options.clock });
  return Promise.all(now.map((one) => lane.submit(() => deal(member, one, options))));
}

export function isToGo(
  one: Marked,
  { cascade, isHost, assumeCreated = false }: Pick<ReleaseOptions, 'cascade' | 'isHost' | 'assumeCreated'>,
): boolean {
  const { ownership, resource, object } = one;
  return (
    (ownership === 'created' || (assumeCreated && isUnsigned(one))) &&
    cascade === 'delete' &&
    !isCopy(resource, object) &&
    !(isHost && isKind(resource, NAMESPACES))
  );
}

/** Managed, and nothing says who made it: KubeFed kept no record of what it had created and what it had taken over. */
export function isUnsigned({ object: { metadata } }: Pick<Marked, 'object'>): boolean {
  return metadata.labels?.[MANAGED_LABEL] === 'true' && metadata.annotations?.[CREATED_BY_ANNOTATION] === undefined;
}

export function entryOf({ resource, object }: Pick<Marked, 'resource' | 'object'>, reason?: string): ReceiptEntry {
  const { name = '', namespace } = object.metadata;
  return {
    resource: groupResourceOf(resource),
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(reason === undefined ? {} : { reason }),
  };
}

async function deal(member: Client, one: Marked, options: ReleaseOptions): Promise<Result> {
  try {
    if (!isToGo(one, options)) return await release(member, one, options, reasonToRelease(one, options));
    const { deletionTimestamp, finalizers } = one.object.metadata;
    if (deletionTimestamp !== undefined) {
      const held = finalizers === undefined || finalizers.length === 0 ? '' : `, held by ${finalizers.join(', ')}`;
      return { one, done: 'pending', entry: entryOf(one, `is being deleted${held}`) };
    }
    const holds = isContainer(one.resource) ? await whatItHolds(member, one, options) : '';
    if (holds !== '') return await release(member, one, options, `it holds ${holds}`);
    return await remove(member, one, options);
  } catch (error) {
    if (isNotFound(error)) return { one, done: 'removed', entry: entryOf(one) };
    if (isConflict(error)) return { one, done: 'pending', entry: entryOf(one, 'was changed just now') };
    if (!(error instanceof ApiError) || error.code === 401) throw error;
    return { one, done: 'failed', entry: entryOf(one, error.message) };
  }
}

async function remove(member: Client, one: Marked, { signal }: ReleaseOptions): Promise<Result> {
  const { name = '', namespace, uid, resourceVersion } = one.object.metadata;
  await member.delete(
    one.resource,
    { name, ...(namespace === undefined ? {} : { namespace }) },
    {
      preconditions: {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      // Jobs would leave their Pods behind otherwise.
      propagationPolicy: 'Background',
      signal,
    },
  );
  return { one, done: 'removed', entry: entryOf(one) };
}

async function release(member: Client, one: Marked, { signal }: ReleaseOptions, reason: string): Promise<Result> {
  const { name = '', namespace } = one.object.metadata;
  const body = releasePatch(one.object);
  if (body !== undefined) {
    const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
    await member.patch<KubeObject>(one.resource, ref, { type: 'merge', body }, { signal });
  }
  return { one, done: 'released', entry: entryOf(one, reason) };
}

function reasonToRelease({ ownership, resource }: Marked, { cascade }: ReleaseOptions): string {
  if (ownership === 'adopted') return 'it was there before';
  if (cascade === 'orphan') return 'it was to stay';
  return isKind(resource, NAMESPACES) ? "it is the host's" : 'it is not to be deleted';
}

/** What would go with a namespace or a CRD and is not ours, in words. Empty: nothing. */
async function whatItHolds(member: Client, one: Marked, options: ReleaseOptions): Promise<string> {
  if (isKind(one.resource, CUSTOM_RESOURCE_DEFINITIONS)) return instancesOf(member, one, options);
  const { controlPlaneUid, clock, signal } = options;
  const contents = await inspectNamespace(member, one.object.metadata.name ?? '', { controlPlaneUid, clock, signal });
  return contents.empty ? '' : describeContents(contents);
}

/** Deleting a CRD deletes every object of its kind, whoever made it. */
async function instancesOf(member: Client, one: Marked, { signal }: ReleaseOptions): Promise<string> {
  const name = one.object.metadata.name ?? '';
  const kind = (await member.discovery.resources(signal)).find((served) => groupResourceOf(served) === name);
  if (kind === undefined) return '';
  try {
    const { items } = await member.list<KubeObject>(kind, { metadataOnly: true, limit: 1, signal });
    return items.length === 0 ? '' : `${name}, such as "${items[0]?.metadata.name}"`;
  } catch (error) {
    if (isNotFound(error) || isMethodNotSupported(error)) return '';
    if (isForbidden(error)) return `${name} that cannot be listed`;
    throw error;
  }
}

function isContainer(resource: Resource): boolean {
  return isKind(resource, NAMESPACES) || isKind(resource, CUSTOM_RESOURCE_DEFINITIONS);
}

function isKind(a: Resource, b: Resource): boolean {
  return a.group === b.group && a.plural === b.plural;
}
