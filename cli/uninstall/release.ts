import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { ORPHAN_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { isConflict, isNotFound } from '../../controller/kube/errors.ts';
import { deleteIfPresent, getIfPresent } from '../apply.ts';

const ATTEMPTS = 5;

/**
 * Takes an object away from the host without anything being done in a member for it: it is marked as orphaning, so that a controller that
 * is still there after all lets the copies be; its finalizers of ours go, because nobody is left to take them off; then it is deleted.
 */
export async function releaseAndDelete(
  client: Client,
  resource: Resource,
  object: KubeObject,
  options: { orphan: boolean; signal: AbortSignal },
): Promise<void> {
  await release(client, resource, object, options);
  const { name = '', namespace, uid } = object.metadata;
  const ref = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  await deleteIfPresent(client, resource, ref, { signal: options.signal, dryRun: false });
}

/** Takes the federation's finalizers off. */
export async function release(
  client: Client,
  resource: Resource,
  object: KubeObject,
  options: { orphan: boolean; signal: AbortSignal },
): Promise<void> {
  const { name = '', namespace } = object.metadata;
  const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
  let current: KubeObject | undefined = object;
  for (let attempt = 1; current !== undefined; attempt += 1) {
    const body = releasingPatch(current, options.orphan);
    if (body === undefined) return;
    try {
      await client.patch(resource, ref, { type: 'merge', body }, { signal: options.signal });
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      current = await getIfPresent(client, resource, ref, options.signal);
    }
  }
}

function releasingPatch({ metadata }: KubeObject, orphan: boolean): Record<string, unknown> | undefined {
  const { finalizers = [], resourceVersion, annotations } = metadata;
  const foreign = finalizers.filter((finalizer) => !isOwnFinalizer(finalizer));
  const annotate = orphan && annotations?.[ORPHAN_ANNOTATION] !== 'true';
  if (foreign.length === finalizers.length && !annotate) return undefined;
  return {
    metadata: {
      resourceVersion,
      ...(foreign.length === finalizers.length ? {} : { finalizers: foreign }),
      ...(annotate ? { annotations: { [ORPHAN_ANNOTATION]: 'true' } } : {}),
    },
  };
}

/** `kubefed.io/sync-controller`, `core.kubefed.io/federated-type-config`, `fedmesh.io/membership`. */
export function isOwnFinalizer(finalizer: string): boolean {
  return /^([a-z0-9-]+\.)*(kubefed|fedmesh)\.io\//.test(finalizer);
}
