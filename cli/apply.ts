import type { Resource } from '../apis/meta/resource.ts';
import type { KubeObject } from '../apis/meta/v1.ts';
import type { Client } from '../controller/kube/client.ts';
import { isAlreadyExists, isNotFound } from '../controller/kube/errors.ts';
import { optional } from '../controller/kube/optional.ts';

export type Outcome = 'created' | 'updated' | 'unchanged' | 'deleted' | 'absent';

export interface WriteOptions {
  signal: AbortSignal;
  /** Nothing is written; the outcome is what it would have been. */
  dryRun: boolean;
}

/** Creates what is not there; what is there stays as it is, whoever made it. */
export async function createIfMissing<T extends KubeObject>(
  client: Client,
  resource: Resource,
  object: T,
  options: WriteOptions,
): Promise<{ outcome: 'created' | 'unchanged'; object: T }> {
  const present = await getIfPresent<T>(client, resource, object.metadata, options.signal);
  if (present !== undefined) return { outcome: 'unchanged', object: present };
  if (options.dryRun) return { outcome: 'created', object };
  try {
    return { outcome: 'created', object: await client.create<T>(resource, object, { signal: options.signal }) };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const winner = await getIfPresent<T>(client, resource, object.metadata, options.signal);
    return { outcome: 'unchanged', object: winner ?? object };
  }
}

/** The object, or undefined where it, its namespace or its very kind does not exist. */
export function getIfPresent<T extends KubeObject>(
  client: Client,
  resource: Resource,
  ref: { name?: string; namespace?: string },
  signal: AbortSignal,
): Promise<T | undefined> {
  return optional(client.get<T>(resource, nameOf(ref), { signal }));
}

/** Every object of a kind; none where the kind is not served. */
export async function listIfServed<T extends KubeObject>(
  client: Client,
  resource: Resource,
  options: { namespace?: string; labelSelector?: string; metadataOnly?: boolean; signal: AbortSignal },
): Promise<T[]> {
  try {
    return (await client.listAll<T>(resource, options)).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

export async function deleteIfPresent(
  client: Client,
  resource: Resource,
  ref: { name?: string; namespace?: string; uid?: string },
  options: WriteOptions,
): Promise<'deleted' | 'absent'> {
  if (options.dryRun) {
    return (await getIfPresent(client, resource, ref, options.signal)) === undefined ? 'absent' : 'deleted';
  }
  try {
    await client.delete(resource, nameOf(ref), {
      signal: options.signal,
      ...(ref.uid === undefined ? {} : { preconditions: { uid: ref.uid } }),
    });
    return 'deleted';
  } catch (error) {
    if (isNotFound(error)) return 'absent';
    throw error;
  }
}

/** `deployment.apps/web created`, as kubectl says it. */
export function outcomeLine(
  resource: Pick<Resource, 'group' | 'kind'>,
  ref: { name?: string; namespace?: string },
  outcome: Outcome,
  options: { dryRun: boolean },
): string {
  const changed = outcome !== 'unchanged' && outcome !== 'absent';
  const said = outcome === 'absent' ? 'was not there' : outcome;
  return `${objectName(resource, ref)} ${said}${changed && options.dryRun ? ' (dry run)' : ''}`;
}

/** `deployment.apps/web in demo` */
export function objectName(
  { group, kind }: Pick<Resource, 'group' | 'kind'>,
  { name = '', namespace }: { name?: string; namespace?: string },
): string {
  const type = group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
  return `${type}/${name}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

function nameOf(ref: { name?: string; namespace?: string }): { name: string; namespace?: string } {
  return { name: ref.name ?? '', ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) };
}
