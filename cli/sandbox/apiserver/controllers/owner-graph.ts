import type { DeepReadonly, OwnerReference } from '../../../../apis/meta/v1.ts';
import type { Stored } from '../storage/storage.ts';

/** An object, told apart from one that bore its name before. */
export interface Identity {
  readonly storageKey: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

const NONE: ReadonlyMap<string, Identity> = new Map();

/** Who names whom as an owner, by UID. Holds nothing for objects without owners. */
export class OwnerGraph {
  readonly #dependents = new Map<string, Map<string, Identity>>();

  /** Those that name the owner, by their keys. */
  dependentsOf(ownerUid: string): ReadonlyMap<string, Identity> {
    return this.#dependents.get(ownerUid) ?? NONE;
  }

  has(ownerUid: string): boolean {
    return this.#dependents.has(ownerUid);
  }

  /** Replaces what `before` said of its owners with what `now` says. */
  move(before: Stored | undefined, now: Stored | undefined): void {
    const was = ownersOf(before);
    const is = ownersOf(now);
    if (before !== undefined) {
      for (const { uid } of was) if (!names(is, uid)) this.#remove(uid, keyOf(identityOf(before)));
    }
    if (now === undefined || is.length === 0) return;
    const identity = identityOf(now);
    for (const { uid } of is) this.#add(uid, identity);
  }

  #add(ownerUid: string, identity: Identity): void {
    let dependents = this.#dependents.get(ownerUid);
    if (dependents === undefined) {
      dependents = new Map();
      this.#dependents.set(ownerUid, dependents);
    }
    const key = keyOf(identity);
    if (!dependents.has(key)) dependents.set(key, identity);
  }

  #remove(ownerUid: string, key: string): void {
    const dependents = this.#dependents.get(ownerUid);
    dependents?.delete(key);
    if (dependents?.size === 0) this.#dependents.delete(ownerUid);
  }
}

export function ownersOf(stored: Stored | undefined): readonly DeepReadonly<OwnerReference>[] {
  return stored?.object.metadata.ownerReferences ?? [];
}

export function identityOf({ storageKey, namespace, name, object }: Stored): Identity {
  return { storageKey, namespace, name, uid: object.metadata.uid ?? '' };
}

/** No part of it can hold a slash but the last, which is a UID. */
export function keyOf({ storageKey, namespace, name, uid }: Identity): string {
  return `${storageKey}/${namespace}/${name}/${uid}`;
}

export function parseKey(key: string): Identity {
  const [storageKey = '', namespace = '', name = '', ...uid] = key.split('/');
  return { storageKey, namespace, name, uid: uid.join('/') };
}

export function names(owners: readonly DeepReadonly<OwnerReference>[], uid: string): boolean {
  return owners.some((owner) => owner.uid === uid);
}
