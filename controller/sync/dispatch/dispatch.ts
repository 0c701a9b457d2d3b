import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { ADOPT_ANNOTATION, CREATED_BY_ANNOTATION, MANAGED_LABEL } from '../../../apis/well-known.ts';
import type { Client } from '../../kube/client.ts';
import {
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isMethodNotSupported,
  isNotFound,
} from '../../kube/errors.ts';
import { groupResourceOf, type Resource } from '../../kube/resource.ts';
import { ownershipOf, releasePatch } from '../../ownership/marks.ts';
import { diffForAdoption, sameContent } from '../compare/compare.ts';
import { hasContent } from '../retention/retention.ts';
import type { PropagationStatus } from '../status/propagation-status.ts';
import { contentDigest } from './digest.ts';

/** One object in one cluster, and the way there. */
export interface MemberObject {
  readonly cluster: string;
  readonly client: Client;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
  readonly controlPlaneUid: string;
  readonly signal: AbortSignal;
}

/** What one write on one cluster needs to know. Holds no cached object but the observed one. */
export interface MemberWrite extends MemberObject {
  /** The object as this cluster should have it, given what it has (retention). */
  readonly desired: (observed: DeepReadonly<KubeObject> | undefined) => Rendered;
  /** Retention needs more of the member's object than a metadata-only cache holds. */
  readonly needsContent: boolean;
  /** Nobody keeps more than the metadata of what a write answers. */
  readonly metadataOnly: boolean;
  readonly adoption: Adoption;
}

export type Rendered = { readonly object: KubeObject } | { readonly failure: WriteFailure };

/** What to do about an object that bears the name but is not managed yet. */
export type Adoption = 'Enabled' | 'Disabled' | 'IfNoDiff';

export interface WriteFailure {
  readonly status: PropagationStatus;
  readonly message: string;
  /** `false` when trying again cannot help before something changes. */
  readonly recoverable: boolean;
}

export type WriteResult =
  /** The member holds the desired object. `changed`: this write made it so. */
  | { readonly kind: 'written'; readonly object: KubeObject; readonly changed: boolean }
  /** The member accepted the deletion and is at it. */
  | { readonly kind: 'removing'; readonly object: KubeObject }
  /** The member has no such object (any more). */
  | { readonly kind: 'gone' }
  /** The object is there and no longer managed. */
  | { readonly kind: 'released'; readonly object?: KubeObject }
  | { readonly kind: 'failed'; readonly failure: WriteFailure };

/** After so many lost races in a row the object goes back to the queue. */
const CONFLICT_TRIES = 5;

/** Creates the object; when one of that name is there already, it is adopted if that is wanted. */
export async function create(write: MemberWrite): Promise<WriteResult> {
  const rendered = write.desired(undefined);
  if ('failure' in rendered) return { kind: 'failed', failure: rendered.failure };
  try {
    const object = await write.client.create(versionOf(rendered.object, write), stamped(rendered.object, write), {
      ...call(write),
      metadataOnly: write.metadataOnly,
    });
    return { kind: 'written', object, changed: true };
  } catch (error) {
    if (isAlreadyExists(error)) return adopt(write);
    return failed(error, 'CreationFailed', 'CreationTimedOut', write);
  }
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
      const object = await write.client.replace(versionOf(rendered.object, write), rendered.object, {
        ...call(write),
        metadataOnly: write.metadataOnly,
      });
      return {
        kind: 'written',
        object,
        changed: object.metadata.resourceVersion !== present.metadata.resourceVersion,
      };
    } catch (error) {
      if (isNotFound(error)) return create(write);
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
    if (!isConflict(error)) return failed(error, 'UpdateFailed', 'UpdateTimedOut', write);
  }
  return update(write, present);
}

/** Deletes the object as it was observed: another one of the same name, or a changed one, is looked at again first. */
export async function remove(
  write: MemberObject,
  observed: DeepReadonly<KubeObject>,
  options: Readonly<Record<string, unknown>> = {},
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
      if (!isConflict(error) || attempt === CONFLICT_TRIES) {
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
  return refusal === undefined ? update(write, live) : { kind: 'failed', failure: refusal };
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
  const differing = diffForAdoption(rendered.object, live);
  if (differing.length === 0) return undefined;
  return {
    status: 'AlreadyExists',
    message:
      `${describe(write)} is not managed by Fedmesh and differs in ${differing.join(', ')}; ` +
      `annotate the federated object with ${ADOPT_ANNOTATION}=true to take it over`,
    recoverable: true,
  };
}

function stamped(object: KubeObject, write: MemberWrite): KubeObject {
  const annotations = { ...object.metadata.annotations, [CREATED_BY_ANNOTATION]: write.controlPlaneUid };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** A template, or an override, may speak another version of the kind than its type config: it is sent there, as in KubeFed. */
function versionOf({ apiVersion }: KubeObject, { resource }: MemberObject): Resource {
  const slash = apiVersion?.indexOf('/') ?? -1;
  const group = apiVersion?.slice(0, Math.max(slash, 0)) ?? resource.group;
  const version = apiVersion?.slice(slash + 1) ?? resource.version;
  return group === resource.group && version === resource.version ? resource : { ...resource, group, version };
}

/** The member did not say what it has. */
class Unread {
  readonly failure: WriteFailure;

  constructor(failure: WriteFailure) {
    this.failure = failure;
  }
}

/** The object as the member has it now; `undefined` when there is none. */
async function read(write: MemberObject): Promise<KubeObject | Unread | undefined> {
  try {
    return await write.client.get(write.resource, referenceOf(write), call(write));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    return new Unread(failed(error, 'RetrievalFailed', 'RetrievalFailed', write).failure);
  }
}

function failed(
  error: unknown,
  status: PropagationStatus,
  timedOut: PropagationStatus,
  write: MemberObject,
): { kind: 'failed'; failure: WriteFailure } {
  if (write.signal.aborted) throw error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ConnectionError)
    return { kind: 'failed', failure: { status: timedOut, message, recoverable: true } };
  if (lacksPermission(error)) {
    const resource = groupResourceOf(write.resource);
    const hint = `: "fedctl enable ${resource}" with ${write.cluster}'s context at hand widens Fedmesh's role there`;
    return { kind: 'failed', failure: { status: 'Forbidden', message: message + hint, recoverable: true } };
  }
  if (isMethodNotSupported(error))
    return { kind: 'failed', failure: { status: 'NotServed', message, recoverable: true } };
  return { kind: 'failed', failure: { status, message, recoverable: true } };
}

/** Quotas, admission and namespaces on their way out answer 403 too; only authorizers say who cannot do what. */
function lacksPermission(error: unknown): boolean {
  return isForbidden(error) && error instanceof Error && /\bcannot \S+ resource\b/.test(error.message);
}

function retryLater(status: PropagationStatus, message: string): WriteResult {
  return { kind: 'failed', failure: { status, message, recoverable: true } };
}

/** Managed, and not by another control plane. */
function isOurs({ metadata }: DeepReadonly<KubeObject>, { controlPlaneUid }: MemberObject): boolean {
  return metadata.labels?.[MANAGED_LABEL] === 'true' && ownershipOf(metadata, controlPlaneUid) !== 'foreign';
}

function referenceOf(write: MemberObject): { name: string; namespace?: string } {
  return write.namespace === undefined ? { name: write.name } : { name: write.name, namespace: write.namespace };
}

function call(write: MemberObject): { signal: AbortSignal } {
  return { signal: write.signal };
}

function describe(write: MemberObject): string {
  const name = write.namespace === undefined ? write.name : `${write.namespace}/${write.name}`;
  return `${write.resource.kind} "${name}"`;
}
