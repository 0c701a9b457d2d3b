import type { PropagatedVersion, PropagatedVersionStatus } from '../../../apis/core/v1alpha1/propagated-version.ts';
import type { DeepReadonly, ObjectMeta, OwnerReference } from '../../../apis/meta/v1.ts';
import { recordOf } from './versions.ts';

type Hashes = Pick<PropagatedVersionStatus, 'templateVersion' | 'overridesVersion'>;

/** KubeFed's name of the PropagatedVersion of a target. It begins with `versionPrefixOf` its kind. */
export function versionNameOf(targetKind: string, targetName: string): string {
  return `${versionPrefixOf(targetKind)}${targetName}`;
}

/** Kinds have no hyphen: what begins with one kind's prefix is of that kind, though perhaps of another API group. */
export function versionPrefixOf(targetKind: string): string {
  return `${targetKind.toLowerCase()}-`;
}

/**
 * Whose a PropagatedVersion is, to the federated object that would own it.
 *
 * - `own`: it names the object as an owner, or nobody at all
 * - `predecessor`: it names an object of that name which is no more: what it says is of that one's time
 * - `other`: another type whose kind is called the same, or something else, owns it. Hands off.
 */
export function versionOwnership(
  object: DeepReadonly<PropagatedVersion>,
  owner: OwnerReference,
): 'own' | 'predecessor' | 'other' {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0 || references.some(({ uid }) => uid === owner.uid)) return 'own';
  return references.some((reference) => isPredecessor(reference, owner)) ? 'predecessor' : 'other';
}

function isPredecessor(reference: DeepReadonly<OwnerReference>, owner: OwnerReference): boolean {
  const { apiVersion, kind, name, uid } = reference;
  return (
    groupOf(apiVersion) === groupOf(owner.apiVersion) && kind === owner.kind && name === owner.name && uid !== owner.uid
  );
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** The owners that the object should name: this one in the place of its predecessor, and whoever else somebody put there. */
export function ownersOf(metadata: DeepReadonly<ObjectMeta>, owner: OwnerReference): OwnerReference[] {
  const others = (metadata.ownerReferences ?? []) as readonly OwnerReference[];
  if (others.some(({ uid }) => uid === owner.uid)) return [...others];
  return [...others.filter((reference) => !isPredecessor(reference, owner)), owner];
}

/** What a PropagatedVersion records, if it is a record at all: anybody may have written anything there. */
export function recordIn(
  object: DeepReadonly<PropagatedVersion> | undefined,
): DeepReadonly<PropagatedVersionStatus> | undefined {
  const status: DeepReadonly<Partial<PropagatedVersionStatus>> | null = object?.status ?? null;
  if (typeof status?.templateVersion !== 'string' || typeof status.overridesVersion !== 'string') return undefined;
  const versions: unknown = status.clusterVersions ?? [];
  if (!Array.isArray(versions) || !versions.every(isClusterVersion)) return undefined;
  return status as DeepReadonly<PropagatedVersionStatus>;
}

function isClusterVersion(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { clusterName, version } = entry as Record<string, unknown>;
  return typeof clusterName === 'string' && typeof version === 'string';
}

/**
 * What the PropagatedVersion should record: the version of each copy that is as it should be. Of a cluster that cannot be
 * told about now it keeps what it said of the same template and overrides (KubeFed's rule).
 *
 * @param current by cluster, the version of the copy that is there and as desired
 * @param placedOn clusters that the object is placed on: of others nothing is recorded
 */
export function recordToWrite(
  hashes: Hashes,
  previous: DeepReadonly<PropagatedVersionStatus> | undefined,
  current: ReadonlyMap<string, string>,
  placedOn: ReadonlySet<string>,
): PropagatedVersionStatus {
  const holds =
    previous?.templateVersion === hashes.templateVersion && previous.overridesVersion === hashes.overridesVersion;
  const kept = holds ? (previous.clusterVersions ?? []).filter(({ clusterName }) => placedOn.has(clusterName)) : [];
  const versions = kept.map(({ clusterName, version }) => [clusterName, version] as const);
  return recordOf(hashes, new Map([...versions, ...current]));
}

/** Whether both record the same templates in the same clusters: then they differ in versions alone, which can wait. */
export function sameSubject(
  a: DeepReadonly<PropagatedVersionStatus> | undefined,
  b: DeepReadonly<PropagatedVersionStatus>,
): boolean {
  return a !== undefined && gist(a) === gist(b);
}

function gist({ templateVersion, overridesVersion, clusterVersions = [] }: DeepReadonly<PropagatedVersionStatus>) {
  return JSON.stringify([templateVersion, overridesVersion, clusterVersions.map(({ clusterName }) => clusterName)]);
}
