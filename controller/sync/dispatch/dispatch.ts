import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import {
  ADOPT_ANNOTATION,
  CREATED_BY_ANNOTATION,
  DELETE_OPTION_ANNOTATION,
  MANAGED_LABEL,
} from '../../../apis/well-known.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from '../../kube/errors.ts';
import { releasePatch } from '../../ownership/marks.ts';
import { diffForAdoption, sameContent } from '../compare/compare.ts';
import { hasContent } from '../retention/retention.ts';
import { contentDigest } from './digest.ts';
import { describeRefused, type RefusedField, refusedFields, wouldBeAccepted } from './immutable.ts';
import {
  call,
  describe,
  failed,
  isOurs,
  type MemberObject,
  type MemberWrite,
  read,
  referenceOf,
  retryLater,
  stamped,
  Unread,
  versionOf,
  type WriteFailure,
  type WriteResult,
} from './member-write.ts';
import { refuseReplacement, replacingOptions } from './replacement.ts';
import { applyNew, applyOver } from './server-side-apply.ts';

/** After so many lost races in a row the object goes back to the queue. */
const CONFLICT_TRIES = 5;

/** Creates the object; when one of that name is there already, it is adopted if that is wanted. */
export async function create(write: MemberWrite): Promise<WriteResult> {
  const rendered = write.desired(undefined);
  if ('failure' in rendered) return { kind: 'failed', failure: rendered.failure };
  try {
    const object = write.applies ? await applyNew(write, rendered.object) : await post(write, rendered.object);
    return { kind: 'written', object, changed: true };
  } catch (error) {
    if (isAlreadyExists(error) || (write.applies && isConflict(error))) return adopt(write);
    return failed(error, 'CreationFailed', 'CreationTimedOut', write);
  }
}

function post(write: MemberWrite, object: KubeObject): Promise<KubeObject> {
  const options = { ...call(write), metadataOnly: write.metadataOnly };
  return write.client.create(versionOf(object, write), stamped(object, write), options);
}

function put(write: MemberWrite, object: KubeObject): Promise<KubeObject> {
  return write.client.replace(versionOf(object, write), object, { ...call(write), metadataOnly: write.metadataOnly });
}

/** Brings the observed object to what is desired. The write is conditional on `observed`; a lost race reads again. */
export async function update(write: MemberWrite, observed: DeepReadonly<KubeObject>): Promise<WriteResult> {
  let present = write.needsContent && !hasContent(observed) ? await read(write) : observed;
  for (let attempt = 1; ; attempt++) {
    if (present === undefined) return create(write);
    if (present instanceof Unread) return { kind: 'failed', failure: present.failure };
    const rendered = write.desired(present);
    if ('failure' in rendered) return { kind: 'failed', failure: rendered.failure };
    try {
      const object = write.applies
        ? await applyOver(write, rendered.object, present)
        : await put(write, rendered.object);
      return {
        kind: 'written',
        object,
        changed: object.metadata.resourceVersion !== present.metadata.resourceVersion,
      };
    } catch (error) {
      if (isNotFound(error)) return create(write);
      if (isInvalid(error)) return refused(error, write);
      if (!isConflict(error) || attempt === CONFLICT_TRIES) {
        return failed(error, 'UpdateFailed', 'UpdateTimedOut', write);
      }
    }
    present = await read(write);
    if (present !== undefined && !(present instanceof Unread) && !isOurs(present, write)) return adopt(write);
  }
}

/**
 * Finds out whether the observed object differs from what is desired, when no record says so, and writes only if it does.
 * A dry run lets the member's API server apply its own defaults before the comparison.
 */
export async function verify(write: MemberWrite, observed: DeepReadonly<KubeObject>): Promise<WriteResult> {
  // An apply that finds everything as it says changes nothing.
  if (write.applies) return update(write, observed);
  const present = hasContent(observed) ? observed : await read(write);
  if (present === undefined) return create(write);
  if (present instanceof Unread) return { kind: 'failed', failure: present.failure };
  const rendered = write.desired(present);
  if ('failure' in rendered) return { kind: 'failed', failure: rendered.failure };
  if (!sameContent(rendered.object, present).equal) return update(write, present);
  try {
    const dry = await write.client.replace(versionOf(rendered.object, write), rendered.object, {
      ...call(write),
      dryRun: true,
    });
    if (contentDigest(dry) === contentDigest(present)) {
      return { kind: 'written', object: present as KubeObject, changed: false };
    }
  } catch (error) {
    if (!isConflict(error) && !isInvalid(error)) return failed(error, 'UpdateFailed', 'UpdateTimedOut', write);
  }
  return update(write, present);
}

/** The member's API server found the update invalid: what is wrong with it, and whether a new object is the way. */
async function refused(error: unknown, write: MemberWrite): Promise<WriteResult> {
  const fields = refusedFields(error);
  const immutable = fields.length > 0 && (await isFineAsNew(write));
  return immutable ? replace(write, fields) : failed(error, 'UpdateFailed', 'UpdateTimedOut', write);
}

/** An object that would be accepted as a new one, and is refused as an update, changes what cannot be changed. */
async function isFineAsNew(write: MemberWrite): Promise<boolean> {
  const rendered = write.desired(undefined);
  if ('failure' in rendered) return false;
  const object = stamped(rendered.object, write);
  try {
    await write.client.create(versionOf(object, write), object, { ...call(write), dryRun: true });
    return true;
  } catch (error) {
    if (write.signal.aborted) throw error;
    return wouldBeAccepted(error);
  }
}

/** Deletes the copy and creates it anew, where people said so; else says what they can do. */
async function replace(write: MemberWrite, fields: readonly RefusedField[]): Promise<WriteResult> {
  const copy = await read(write);
  if (copy === undefined) return create(write);
  if (copy instanceof Unread) return { kind: 'failed', failure: copy.failure };
  if (!isOurs(copy, write)) return adopt(write);
  const { replacement, resource, controlPlaneUid } = write;
  const refusal = refuseReplacement(replacement, resource, copy, controlPlaneUid);
  const told = `${describe(write)} has fields that cannot be changed: ${describeRefused(fields)}`;
  if (refusal !== undefined) {
    const message = `${told}; ${refusal}`;
    return { kind: 'failed', failure: { status: 'UpdateFailed', message, recoverable: false, concernsCopy: true } };
  }
  if (replacement.deleteOptions === undefined) return UNREADABLE_OPTIONS;
  if (copy.metadata.deletionTimestamp !== undefined) return { kind: 'removing', object: copy };
  const removed = await remove(write, copy, { options: replacingOptions(replacement.deleteOptions), tries: 1 });
  if (removed.kind === 'removing') return { ...removed, replaces: told };
  if (removed.kind !== 'gone') return removed;
  const created = await create(write);
  return created.kind === 'written' ? { ...created, replaces: told } : created;
}

/** Whoever wrote them wanted something else than a plain deletion. */
export const UNREADABLE_OPTIONS: WriteResult = {
  kind: 'failed',
  failure: {
    status: 'DeletionFailed',
    message: `annotation ${DELETE_OPTION_ANNOTATION}: must be DeleteOptions as JSON, such as {"propagationPolicy":"Orphan"}`,
    recoverable: false,
  },
};

/** Deletes the object as it was observed: another one of the same name, or a changed one, is looked at again first. */
export async function remove(
  write: MemberObject,
  observed: DeepReadonly<KubeObject>,
  { options = {}, tries = CONFLICT_TRIES }: { options?: Readonly<Record<string, unknown>>; tries?: number } = {},
): Promise<WriteResult> {
  let present = observed;
  for (let attempt = 1; ; attempt++) {
    const { uid, resourceVersion } = present.metadata;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    try {
      const answer = await write.client.delete(write.resource, referenceOf(write), {
        ...call(write),
        preconditions,
        body: options,
      });
      return answer.metadata?.deletionTimestamp === undefined ? { kind: 'gone' } : { kind: 'removing', object: answer };
    } catch (error) {
      if (isNotFound(error)) return { kind: 'gone' };
      if (!isConflict(error) || attempt === tries) {
        return failed(error, 'DeletionFailed', 'DeletionTimedOut', write);
      }
    }
    const look = await lookUp(write);
    if ('result' in look) return look.result;
    if (look.object.metadata.deletionTimestamp !== undefined) return { kind: 'removing', object: look.object };
    present = look.object;
  }
}

/** Takes Fedmesh's label and annotations off the object as it was observed, and leaves it otherwise as it is. */
export async function release(write: MemberObject, observed: DeepReadonly<KubeObject>): Promise<WriteResult> {
  let present = observed;
  for (let attempt = 1; ; attempt++) {
    const body = releasePatch(present);
    if (body === undefined) return { kind: 'released' };
    try {
      const patch = { type: 'merge', body } as const;
      return {
        kind: 'released',
        object: await write.client.patch(write.resource, referenceOf(write), patch, call(write)),
      };
    } catch (error) {
      if (isNotFound(error)) return { kind: 'gone' };
      if (!isConflict(error) || attempt === CONFLICT_TRIES) {
        return failed(error, 'LabelRemovalFailed', 'LabelRemovalTimedOut', write);
      }
    }
    const look = await lookUp(write);
    if ('result' in look) return look.result;
    present = look.object;
  }
}

/** Asks the member itself, not a cache, for the object: what it has of ours, or that there is nothing (any more). */
export async function lookUp(
  write: MemberObject,
): Promise<{ readonly object: KubeObject } | { readonly result: WriteResult }> {
  const live = await read(write);
  if (live === undefined) return { result: { kind: 'gone' } };
  if (live instanceof Unread) return { result: { kind: 'failed', failure: live.failure } };
  return isOurs(live, write) ? { object: live } : { result: { kind: 'released', object: live } };
}

async function adopt(write: MemberWrite): Promise<WriteResult> {
  const live = await read(write);
  if (live === undefined) return retryLater('CreationFailed', `${describe(write)} appeared and went again`);
  if (live instanceof Unread) return { kind: 'failed', failure: live.failure };
  const refusal = refuseAdoption(write, live);
  if (refusal !== undefined) return { kind: 'failed', failure: refusal };
  const result = await update(write, live);
  return result.kind === 'written' ? { ...result, adopted: true } : result;
}

/** Why the object that bears the name must stay as it is, or `undefined` when it may be taken over. */
function refuseAdoption(write: MemberWrite, live: KubeObject): WriteFailure | undefined {
  const managed = live.metadata.labels?.[MANAGED_LABEL];
  const createdBy = live.metadata.annotations?.[CREATED_BY_ANNOTATION];
  if (managed === 'false') {
    return {
      status: 'ManagedLabelFalse',
      message: `${describe(write)} bears the label ${MANAGED_LABEL}=false: hands off, by its owner's word`,
      recoverable: true,
    };
  }
  if (createdBy !== undefined && createdBy !== write.controlPlaneUid) {
    return {
      status: 'AlreadyExists',
      message: `${describe(write)} is managed by another control plane (${createdBy})`,
      recoverable: true,
    };
  }
  if (managed === 'true' || createdBy === write.controlPlaneUid || write.adoption === 'Enabled') return undefined;
  if (live.metadata.deletionTimestamp !== undefined) {
    return { status: 'CreationFailed', message: `${describe(write)} is being deleted`, recoverable: true };
  }
  if (write.adoption === 'Disabled') {
    return {
      status: 'AlreadyExists',
      message: `${describe(write)} is not managed by Fedmesh, and adopting objects is disabled`,
      recoverable: true,
    };
  }
  const rendered = write.desired(live);
  if ('failure' in rendered) return rendered.failure;
  const differing = diffForAdoption(rendered.object, live, { shared: write.applies });
  if (differing.length === 0) return undefined;
  return {
    status: 'AlreadyExists',
    message:
      `${describe(write)} is not managed by Fedmesh and differs in ${differing.join(', ')}; ` +
      `annotate the federated object with ${ADOPT_ANNOTATION}=true to take it over`,
    recoverable: true,
  };
}
