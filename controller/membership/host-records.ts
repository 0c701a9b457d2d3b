import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import {
  FORCE_UNJOIN_ANNOTATION,
  MEMBERSHIP_FINALIZER,
  UNJOIN_ASSUME_CREATED_ANNOTATION,
  UNJOIN_CASCADE_ANNOTATION,
} from '../../apis/well-known.ts';
import type { Secret } from '../clusters/endpoint.ts';
import type { Client, ObjectRef } from '../kube/client.ts';
import { SECRETS } from '../kube/core-kinds.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import type { Resource } from '../kube/resource.ts';
import { CLUSTER_ANNOTATION, secretRefOf } from './identity.ts';

/** Annotation on a KubeFedCluster that leaves: nothing of its objects is left in the member; what remains is the rights. */
export const MEMBER_CLEANED_ANNOTATION = 'fedmesh.io/member-cleaned';

type Change = (object: KubeObject) => Record<string, unknown> | undefined;

const ATTEMPTS = 5;

/** Patches the metadata of an object as it is now. `undefined` when there is none any more. */
async function change<T extends KubeObject>(
  host: Client,
  resource: Resource,
  ref: ObjectRef,
  wanted: Change,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    const object = await optional(host.get<T>(resource, ref, { signal }));
    const metadata = object === undefined ? undefined : wanted(object);
    if (object === undefined || metadata === undefined) return object;
    const { uid, resourceVersion } = object.metadata;
    try {
      const body = { metadata: { uid, resourceVersion, ...metadata } };
      return await host.patch<T>(resource, ref, { type: 'merge', body }, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

function withFinalizer({ metadata }: KubeObject): Record<string, unknown> | undefined {
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes(MEMBERSHIP_FINALIZER) || metadata.deletionTimestamp !== undefined) return undefined;
  return { finalizers: [...finalizers, MEMBERSHIP_FINALIZER] };
}

function withoutFinalizer({ metadata }: KubeObject): Record<string, unknown> | undefined {
  const finalizers = metadata.finalizers ?? [];
  if (!finalizers.includes(MEMBERSHIP_FINALIZER)) return undefined;
  return { finalizers: finalizers.filter((finalizer) => finalizer !== MEMBERSHIP_FINALIZER) };
}

/** A member that has answered once is not to vanish from the host before it was released; neither are its credentials. */
export async function holdMembership(host: Client, cluster: KubeFedCluster, signal: AbortSignal): Promise<void> {
  const { name = '', namespace = '' } = cluster.metadata;
  await change(host, SECRETS, secretRefOf(cluster), withFinalizer, signal);
  await change(host, KUBEFED_CLUSTERS, { name, namespace }, withFinalizer, signal);
}

/**
 * Begins an unjoin: says what is to happen to the created objects, sees to it that the KubeFedCluster stays until that has
 * happened, and deletes it.
 * @returns the object as it is now; `undefined` when it is gone already.
 */
export async function beginUnjoin(
  host: Client,
  cluster: KubeFedCluster,
  options: { cascade: 'delete' | 'orphan'; assumeCreated?: boolean; force: boolean; signal: AbortSignal },
): Promise<KubeFedCluster | undefined> {
  const { signal } = options;
  const { name = '', namespace = '' } = cluster.metadata;
  const marked = await change<KubeFedCluster>(
    host,
    KUBEFED_CLUSTERS,
    { name, namespace },
    (object) => unjoinMetadata(object, options),
    signal,
  );
  if (marked === undefined || marked.metadata.deletionTimestamp !== undefined) return marked;
  const { uid } = marked.metadata;
  try {
    await host.delete(
      KUBEFED_CLUSTERS,
      { name, namespace },
      { signal, ...(uid === undefined ? {} : { preconditions: { uid } }) },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { name, namespace }, { signal }));
}

function unjoinMetadata(
  object: KubeObject,
  { cascade, assumeCreated = false, force }: { cascade: string; assumeCreated?: boolean; force: boolean },
): Record<string, unknown> | undefined {
  const had = object.metadata.annotations ?? {};
  const wanted = {
    [UNJOIN_CASCADE_ANNOTATION]: cascade,
    ...(assumeCreated ? { [UNJOIN_ASSUME_CREATED_ANNOTATION]: 'true' } : {}),
    ...(force ? { [FORCE_UNJOIN_ANNOTATION]: 'true' } : {}),
  };
  const finalizers = withFinalizer(object);
  const isSame = Object.entries(wanted).every(([key, value]) => had[key] === value);
  return isSame && finalizers === undefined ? undefined : { annotations: wanted, ...finalizers };
}

/** Writes down that nothing is left in the member but the rights: who goes on from here needs them no more. */
export async function markCleaned(
  host: Client,
  cluster: KubeFedCluster,
  when: string,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace = '' } = cluster.metadata;
  await change(
    host,
    KUBEFED_CLUSTERS,
    { name, namespace },
    ({ metadata }) =>
      metadata.annotations?.[MEMBER_CLEANED_ANNOTATION] === undefined
        ? { annotations: { [MEMBER_CLEANED_ANNOTATION]: when } }
        : undefined,
    signal,
  );
}

/** Takes the member out of the host: its credentials, and with the finalizer the KubeFedCluster itself. */
export async function forgetMember(host: Client, cluster: KubeFedCluster, signal: AbortSignal): Promise<void> {
  const { name = '', namespace = '', uid } = cluster.metadata;
  const present = await optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { name, namespace }, { signal }));
  // Joined anew under this name in between: these records are the new member's.
  if (present?.metadata.uid !== uid) return;
  await forgetUnusedSecrets(host, cluster, signal);
  if (!(await isSecretShared(host, cluster, signal))) await forgetSecret(host, secretRefOf(cluster), signal);
  await change(host, KUBEFED_CLUSTERS, { name, namespace }, withoutFinalizer, signal);
}

/** Deletes the Secrets of a member that no KubeFedCluster names: those that it had before `join --secret-name` gave it another. */
export async function forgetUnusedSecrets(host: Client, cluster: KubeFedCluster, signal: AbortSignal): Promise<void> {
  const { name = '', namespace = '' } = cluster.metadata;
  const secrets = (await host.listAll<KubeObject>(SECRETS, { namespace, metadataOnly: true, signal })).items;
  const own = secrets.filter(({ metadata }) => metadata.annotations?.[CLUSTER_ANNOTATION] === name);
  if (own.every(({ metadata }) => metadata.name === cluster.spec.secretRef.name)) return;
  const members = (await host.listAll<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace, signal })).items;
  const used = new Set([cluster, ...members].map(({ spec }) => spec.secretRef.name));
  for (const { metadata } of own) {
    if (metadata.name !== undefined && !used.has(metadata.name)) {
      await forgetSecret(host, { namespace, name: metadata.name }, signal);
    }
  }
}

async function isSecretShared(host: Client, cluster: KubeFedCluster, signal: AbortSignal): Promise<boolean> {
  const { name, namespace = '' } = cluster.metadata;
  const members = (await host.listAll<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace, signal })).items;
  return members.some(
    (other) => other.metadata.name !== name && other.spec.secretRef.name === cluster.spec.secretRef.name,
  );
}

async function forgetSecret(host: Client, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  const secret = await change<Secret>(host, SECRETS, ref, withoutFinalizer, signal);
  if (secret?.metadata.uid === undefined) return;
  try {
    await host.delete(SECRETS, ref, { preconditions: { uid: secret.metadata.uid }, signal });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
