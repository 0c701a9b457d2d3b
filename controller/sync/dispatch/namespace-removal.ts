import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL } from '../../../apis/well-known.ts';
import { isForbidden, isMethodNotSupported, isNotFound } from '../../kube/errors.ts';
import { ownershipOf } from '../../ownership/marks.ts';
import { describeContents, inspectNamespace } from '../../ownership/namespace-contents.ts';
import type { Clock } from '../../time/clock.ts';
import { release, remove } from './dispatch.ts';
import type { MemberObject, MemberWrite, WriteResult } from './member-write.ts';

/** Longer looks would hold up what else waits in the cluster's lane: what hangs on something comes again with the next try. */
const SETTLE_MS = 1_000;
/** So many looks, about half a minute with the pauses between them, show that something is there to stay. */
const MOST_LOOKS = 7;
/** Pods have their grace period, and what is terminating its finalizers: some minutes. */
const MOST_LOOKS_AT_PODS = 11;

/**
 * A namespace takes everything in it along, so it goes only when Fedmesh made it and nothing foreign is in it. One that
 * was there before, or that holds something foreign to the end, is released and stays.
 *
 * @param observed ours, by its marks
 * @param looks how often this has been tried before
 */
export async function removeNamespace(
  write: MemberWrite,
  observed: DeepReadonly<KubeObject>,
  options: { readonly clock: Clock; readonly looks: number },
): Promise<WriteResult> {
  if (observed.metadata.annotations?.[CREATED_BY_ANNOTATION] !== write.controlPlaneUid) return release(write, observed);
  const { controlPlaneUid, client, signal } = write;
  // A kind that came after the last reading would not be looked for, and its objects would go unseen.
  client.discovery.invalidate();
  await removeOwnContents(write);
  const inspection = { controlPlaneUid, clock: options.clock, settleMs: SETTLE_MS, signal };
  const contents = await inspectNamespace(client, write.name, inspection);
  if (contents.empty) return remove(write, observed);
  if (options.looks >= (contents.mayGo ? MOST_LOOKS_AT_PODS : MOST_LOOKS)) return release(write, observed);
  const message = `it goes when nothing foreign is in it; there is still ${describeContents(contents)}`;
  return { kind: 'failed', failure: { status: 'WaitingForRemoval', message, recoverable: true } };
}

/** What Fedmesh put there goes first, so that what hangs on it can go too and is not taken for somebody else's. */
async function removeOwnContents({
  client,
  name: namespace,
  cluster,
  controlPlaneUid,
  signal,
}: MemberWrite): Promise<void> {
  const kinds = (await client.discovery.resources(signal)).filter(
    (kind) => kind.namespaced && kind.preferred && ['list', 'delete'].every((verb) => kind.verbs.includes(verb)),
  );
  await Promise.all(
    kinds.map(async (resource) => {
      try {
        const selection = { namespace, labelSelector: `${MANAGED_LABEL}=true`, metadataOnly: true };
        const { items } = await client.listAll<KubeObject>(resource, { ...selection, signal });
        const own = items.filter(({ metadata }) => ownershipOf(metadata, controlPlaneUid) === 'created');
        for (const object of own) {
          const target: MemberObject = {
            cluster,
            client,
            resource,
            namespace,
            name: object.metadata.name ?? '',
            controlPlaneUid,
            signal,
          };
          await remove(target, object);
        }
      } catch (error) {
        // A kind that may not be listed, or is served no more, holds nothing of ours.
        if (!isForbidden(error) && !isNotFound(error) && !isMethodNotSupported(error)) throw error;
      }
    }),
  );
}
