import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION } from '../../apis/well-known.ts';
import type { Clock } from '../runtime/clock.ts';
import { type MemberWrite, release, remove, type WriteResult } from './dispatch.ts';
import { inspectNamespace } from '../membership/namespace-contents.ts';

/**
 * A namespace takes everything in it along, so it goes only when Fedmesh made it and nothing foreign is in it. One that
 * was there before is released. One with foreign contents stays as it is, managed, and the status names what holds it.
 */
export async function removeNamespace(
  write: MemberWrite,
  observed: DeepReadonly<KubeObject>,
  clock: Clock,
): Promise<WriteResult> {
  if (observed.metadata.annotations?.[CREATED_BY_ANNOTATION] !== write.controlPlaneUid) return release(write);
  const { controlPlaneUid, client, signal } = write;
  const contents = await inspectNamespace(client, write.name, { controlPlaneUid, clock, signal });
  if (contents.empty) return remove(write, observed);
  return release(write);
}
