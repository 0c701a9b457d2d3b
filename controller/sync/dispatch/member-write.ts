import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL } from '../../../apis/well-known.ts';
import type { Client } from '../../kube/client.ts';
import { ConnectionError, isForbidden, isMethodNotSupported, isNotFound } from '../../kube/errors.ts';
import { groupResourceOf, type Resource } from '../../kube/resource.ts';
import { ownershipOf } from '../../ownership/marks.ts';
import type { PropagationStatus } from '../status/propagation-status.ts';
import type { Replacement } from './replacement.ts';

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
  readonly replacement: Replacement;
  /** Written with server-side apply. */
  readonly applies: boolean;
  /** Fields that an apply leaves to the member although an earlier one may have brought them. */
  readonly leftToMember: readonly (readonly string[])[];
}

export type Rendered = { readonly object: KubeObject } | { readonly failure: WriteFailure };

/** What to do about an object that bears the name but is not managed yet. */
export type Adoption = 'Enabled' | 'Disabled' | 'IfNoDiff';

export interface WriteFailure {
  readonly status: PropagationStatus;
  readonly message: string;
  /** `false` when trying again cannot help before something changes. */
  readonly recoverable: boolean;
  /** It says something about this very copy: another one, or a changed one, is worth another try. */
  readonly concernsCopy?: boolean;
}

/** `replaces`: why the copy that was there had to go first. */
export type WriteResult =
  /** The member holds the desired object. `changed`: this write made it so. */
  | {
      readonly kind: 'written';
      readonly object: KubeObject;
      readonly changed: boolean;
      readonly replaces?: string;
      readonly adopted?: boolean;
    }
  /** The member accepted the deletion and is at it. */
  | { readonly kind: 'removing'; readonly object: KubeObject; readonly replaces?: string }
  /** The member has no such object (any more). */
  | { readonly kind: 'gone' }
  /** The object is there and no longer managed. */
  | { readonly kind: 'released'; readonly object?: KubeObject }
  | { readonly kind: 'failed'; readonly failure: WriteFailure };

export function stamped(object: KubeObject, write: MemberWrite): KubeObject {
  const annotations = { ...object.metadata.annotations, [CREATED_BY_ANNOTATION]: write.controlPlaneUid };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** A template, or an override, may speak another version of the kind than its type config: it is sent there, as in KubeFed. */
export function versionOf({ apiVersion }: KubeObject, { resource }: MemberObject): Resource {
  const slash = apiVersion?.indexOf('/') ?? -1;
  const group = apiVersion?.slice(0, Math.max(slash, 0)) ?? resource.group;
  const version = apiVersion?.slice(slash + 1) ?? resource.version;
  return group === resource.group && version === resource.version ? resource : { ...resource, group, version };
}

/** The member did not say what it has. */
export class Unread {
  readonly failure: WriteFailure;

  constructor(failure: WriteFailure) {
    this.failure = failure;
  }
}

/** The object as the member has it now; `undefined` when there is none. */
export async function read(write: MemberObject): Promise<KubeObject | Unread | undefined> {
  try {
    return await write.client.get(write.resource, referenceOf(write), call(write));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    return new Unread(failed(error, 'RetrievalFailed', 'RetrievalFailed', write).failure);
  }
}

/** API servers repeat what they refuse, which may be a whole template; a status has an entry for every cluster. */
const LONGEST_MESSAGE = 1_000;

function brief(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  // What is wrong stands first or last, the repeated value in between.
  return `${message.slice(0, LONGEST_MESSAGE / 2)} […] ${message.slice(-LONGEST_MESSAGE / 2)}`;
}

export function failed(
  error: unknown,
  status: PropagationStatus,
  timedOut: PropagationStatus,
  write: MemberObject,
): { kind: 'failed'; failure: WriteFailure } {
  if (write.signal.aborted) throw error;
  const message = brief(error instanceof Error ? error.message : String(error));
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

export function retryLater(status: PropagationStatus, message: string): WriteResult {
  return { kind: 'failed', failure: { status, message, recoverable: true } };
}

/** Managed, and not by another control plane. */
export function isOurs({ metadata }: DeepReadonly<KubeObject>, { controlPlaneUid }: MemberObject): boolean {
  return metadata.labels?.[MANAGED_LABEL] === 'true' && ownershipOf(metadata, controlPlaneUid) !== 'foreign';
}

export function referenceOf(write: MemberObject): { name: string; namespace?: string } {
  return write.namespace === undefined ? { name: write.name } : { name: write.name, namespace: write.namespace };
}

export function call(write: MemberObject): { signal: AbortSignal } {
  return { signal: write.signal };
}

export function describe(write: MemberObject): string {
  const name = write.namespace === undefined ? write.name : `${write.namespace}/${write.name}`;
  return `${write.resource.kind} "${name}"`;
}
