import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client, ObjectRef } from '../kube/client.ts';
import { ApiError, isNotFound } from '../kube/errors.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';

/**
 * - `deleted`: somebody deleted this very object
 * - `there`: it is there after all
 * - `withItsKind`: its kind was taken away, or made anew, and every object with it: nobody spoke of this one
 * - `unknown`: the API server does not serve the kind
 */
export type Proof = 'deleted' | 'there' | 'withItsKind' | 'unknown';

/**
 * Why an object that the caches lack is not there, asked of the API server itself.
 *
 * The definition of the kind first: it is marked before the first of its objects is deleted.
 *
 * @param since when the federated object was made, RFC 3339: the plain object was there then
 * @throws ApiError, ConnectionError
 */
export async function proveDeletion(
  host: Client,
  target: Resource,
  ref: ObjectRef,
  options: { readonly since: string | undefined; readonly signal: AbortSignal },
): Promise<Proof> {
  const { since = '', signal } = options;
  // What Kubernetes itself serves has no definition.
  if (target.group.includes('.') && (await isYounger(host, target, since, signal))) return 'withItsKind';
  try {
    await host.get(target, ref, { signal });
    return 'there';
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return namesTheObject(error) ? 'deleted' : 'unknown';
  }
}

/** Whether the definition of a kind is on its way out, or was made after `since`. */
async function isYounger(host: Client, target: Resource, since: string, signal: AbortSignal): Promise<boolean> {
  try {
    const ref = { name: groupResourceOf(target) };
    const { metadata } = await host.get<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS, ref, { signal });
    if (metadata.deletionTimestamp !== undefined) return true;
    return Date.parse(metadata.creationTimestamp ?? '') > Date.parse(since);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** A path that nobody serves is answered without a name. */
function namesTheObject(error: unknown): boolean {
  return error instanceof ApiError && error.body?.details?.name !== undefined;
}
