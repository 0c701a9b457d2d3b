import type { DeepReadonly, OwnerReference } from '../../../../apis/meta/v1.ts';
import type { ClusterServices, ResourceDefinition } from '../resources/resource-definition.ts';
import type { Storage, Stored } from '../storage/storage.ts';
import { groupOf, isBeingDeleted } from './controller.ts';

export type Owner = DeepReadonly<OwnerReference>;

/**
 * - `solid`: it is there
 * - `dangling`: it is not there, or another object bears its name now
 * - `waiting`: it is being deleted, and waits for its dependents to go first
 */
export interface OwnersOf {
  readonly solid: readonly Owner[];
  readonly dangling: readonly Owner[];
  readonly waiting: readonly Owner[];
}

/** Why nothing can be said of an object's owners, and it stays: a kind that nobody serves (yet); an owner in a namespace for what has none. */
export type Undecided = 'unknown kind' | 'namespaced owner of a cluster-scoped object';

/** Looks for each owner where the reference says: in the dependent's own namespace, or in none for cluster-scoped kinds. */
export function classifyOwners(
  dependent: Stored,
  look: { readonly cluster: ClusterServices; readonly storage: Storage; isKnownAbsent(uid: string): boolean },
): OwnersOf | Undecided {
  const solid: Owner[] = [];
  const dangling: Owner[] = [];
  const waiting: Owner[] = [];
  for (const owner of dependent.object.metadata.ownerReferences ?? []) {
    if (look.isKnownAbsent(owner.uid)) {
      dangling.push(owner);
      continue;
    }
    const definition = definitionOfOwner(look.cluster, owner);
    if (definition === undefined) return 'unknown kind';
    if (definition.namespaced && dependent.namespace === '') return 'namespaced owner of a cluster-scoped object';
    const found = look.storage.get(definition.storageKey, definition.namespaced ? dependent.namespace : '', owner.name);
    if (found === undefined || found.object.metadata.uid !== owner.uid) dangling.push(owner);
    else if (isDeletingDependents(found)) waiting.push(owner);
    else solid.push(owner);
  }
  return { solid, dangling, waiting };
}

/** The object that a reference means; `undefined` when it is not there. */
export function findOwner(
  dependent: Stored,
  owner: Owner,
  look: { readonly cluster: ClusterServices; readonly storage: Storage },
): Stored | undefined {
  const definition = definitionOfOwner(look.cluster, owner);
  if (definition === undefined) return undefined;
  const found = look.storage.get(definition.storageKey, definition.namespaced ? dependent.namespace : '', owner.name);
  return found?.object.metadata.uid === owner.uid ? found : undefined;
}

/** A version that is not served is an unknown kind, as for Kubernetes' RESTMapper. */
function definitionOfOwner(cluster: ClusterServices, owner: Owner): ResourceDefinition | undefined {
  const group = groupOf(owner.apiVersion);
  const preferred = cluster.definitionOfKind(group, owner.kind);
  const version = group === '' ? owner.apiVersion : owner.apiVersion.slice(group.length + 1);
  if (preferred === undefined || preferred.version === version) return preferred;
  return cluster.definition(group, version, preferred.plural);
}

export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

export function hasFinalizer({ object }: Stored, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/** Waits until all that it owns and that blocks its deletion is gone. */
export function isDeletingDependents(stored: Stored): boolean {
  return isBeingDeleted(stored.object) && hasFinalizer(stored, FOREGROUND);
}

/** Waits until what it owns is its no more. */
export function isOrphaningDependents(stored: Stored): boolean {
  return isBeingDeleted(stored.object) && hasFinalizer(stored, ORPHAN);
}

export function blocksDeletion(dependent: Stored, ownerUid: string): boolean {
  return (dependent.object.metadata.ownerReferences ?? []).some(
    ({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true,
  );
}
