import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { ownershipFor } from './managed-fields.ts';
import { call, type MemberWrite, referenceOf, stamped, versionOf } from './member-write.ts';

/** No object ever has this version, for what an API server stores first comes after it: an apply with it can only create. */
const NO_VERSION = '1';

/**
 * Creates the object with an apply, so that it is ours by apply from the beginning.
 *
 * @throws ApiError 409 when there is one of that name
 */
export function applyNew(write: MemberWrite, object: KubeObject): Promise<KubeObject> {
  const whole = stamped(object, write);
  return apply(write, { ...whole, metadata: { ...whole.metadata, resourceVersion: NO_VERSION } });
}

/**
 * Applies what is ours of an object that is there. It takes what others wrote into our fields back: the template counts, and
 * what it leaves to others it does not speak of. What we once wrote by PUT is made ours by apply first.
 *
 * @param object carries the version that it was rendered for
 * @throws ApiError 409 when it has changed since
 */
export async function applyOver(
  write: MemberWrite,
  object: KubeObject,
  present: DeepReadonly<KubeObject>,
): Promise<KubeObject> {
  const { leftToMember } = write;
  let version = present.metadata.resourceVersion;
  // What an apply has brought, and is to be silent about, would be taken away.
  if (leftToMember.length > 0) {
    const live = await write.client.get(write.resource, referenceOf(write), call(write));
    if (live.metadata.resourceVersion === version) version = await handOver(write, live);
  }
  const applied = await apply(write, withVersion(object, version));
  const after = await handOver(write, applied);
  return after === applied.metadata.resourceVersion ? applied : apply(write, withVersion(object, after));
}

/** Returns the version that the object has afterwards. */
async function handOver(write: MemberWrite, live: KubeObject): Promise<string | undefined> {
  const { resourceVersion, managedFields = [] } = live.metadata;
  const owners = ownershipFor(managedFields, write.leftToMember);
  if (owners === undefined) return resourceVersion;
  const body = { metadata: { resourceVersion, managedFields: owners } };
  const patch = { type: 'merge', body } as const;
  const answer = await write.client.patch(write.resource, referenceOf(write), patch, {
    ...call(write),
    metadataOnly: true,
  });
  return answer.metadata.resourceVersion;
}

function apply(write: MemberWrite, object: KubeObject): Promise<KubeObject> {
  return write.client.patch(
    versionOf(object, write),
    referenceOf(write),
    { type: 'apply', body: object },
    { ...call(write), force: true, metadataOnly: write.metadataOnly },
  );
}

function withVersion(object: KubeObject, resourceVersion: string | undefined): KubeObject {
  if (resourceVersion === undefined) return object;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
