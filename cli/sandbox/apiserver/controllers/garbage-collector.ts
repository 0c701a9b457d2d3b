import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import { EVENTS, writeEvent } from './cluster-events.ts';
import {
  AS_CONTROLLER_MANAGER,
  type Controller,
  type ControllerContext,
  definitionOf,
  isBeingDeleted,
  isGone,
  refOf,
} from './controller.ts';
import { type Identity, identityOf, keyOf, OwnerGraph, ownersOf, parseKey } from './owner-graph.ts';
import {
  blocksDeletion,
  classifyOwners,
  FOREGROUND,
  findOwner,
  hasFinalizer,
  isDeletingDependents,
  isOrphaningDependents,
  ORPHAN,
} from './owner-state.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './storage-keys.ts';
import { UidIndex } from './uid-index.ts';
import type { Work } from './work-loop.ts';

/** UIDs of owners that are known to be gone; Kubernetes keeps 500. */
const ABSENT_OWNERS = 2_000;
/** Dependents that are released at a stretch. */
const RELEASED_AT_ONCE = 200;
const CONTROLLER = 'garbage-collector-controller';

/**
 * Deletes what has owners none of which is there, and lets owners wait for their dependents (`foregroundDeletion`) or
 * release them (`orphan`). Kubernetes: `pkg/controller/garbagecollector`, rule by rule; Events own and are owned by nothing.
 */
export class GarbageCollector implements Controller {
  readonly #context: ControllerContext;
  readonly #graph = new OwnerGraph();
  readonly #uids: UidIndex;
  readonly #absent = new Set<string>();
  /** Dependents with an owner of a kind that nobody serves: looked at again when a CRD comes. */
  readonly #undecided = new Set<string>();
  readonly #work: Work = { name: 'garbage collection', run: (key) => this.#collect(key) };

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#uids = new UidIndex(context.cluster, context.storage);
  }

  begin(): void {
    const { cluster, storage, loop } = this.#context;
    loop.onIdle(() => this.#uids.drop());
    for (const storageKey of new Set([...cluster.definitions()].map((definition) => definition.storageKey))) {
      if (storageKey === EVENTS) continue;
      for (const stored of storage.list(storageKey)) {
        this.#graph.move(undefined, stored);
        if (ownersOf(stored).length > 0 || isBeingDeleted(stored.object)) this.#add(stored);
      }
    }
  }

  observe(event: StorageEvent): void {
    const { type, stored, previous } = event;
    this.#uids.observe(event);
    if (stored.storageKey === EVENTS) return;
    if (stored.storageKey === CUSTOM_RESOURCE_DEFINITIONS) this.#reconsider();
    if (type === 'DELETED') this.#gone(previous ?? stored);
    else this.#changed(stored, previous);
  }

  #gone(last: Stored): void {
    const { uid = '' } = last.object.metadata;
    const owners = ownersOf(last);
    if (owners.length > 0) {
      this.#graph.move(last, undefined);
      this.#undecided.delete(keyOf(identityOf(last)));
      for (const owner of owners) this.#addIfDeletingDependents(findOwner(last, owner, this.#context));
    }
    if (!this.#graph.has(uid)) return;
    this.#noteAbsent(uid);
    for (const dependent of this.#graph.dependentsOf(uid).values()) this.#addIdentity(dependent);
  }

  #changed(stored: Stored, previous: Stored | undefined): void {
    const before = ownersOf(previous);
    const now = ownersOf(stored);
    if (before.length > 0 || now.length > 0) this.#ownersChanged(stored, previous);
    if (!isBeingDeleted(stored.object)) return;
    const began = (is: (object: Stored) => boolean) => is(stored) && !(previous !== undefined && is(previous));
    if (began(isOrphaningDependents)) this.#add(stored);
    if (!began(isDeletingDependents)) return;
    this.#add(stored);
    for (const dependent of this.#graph.dependentsOf(stored.object.metadata.uid ?? '').values())
      this.#addIdentity(dependent);
  }

  #ownersChanged(stored: Stored, previous: Stored | undefined): void {
    const before = ownersOf(previous);
    const now = ownersOf(stored);
    this.#graph.move(previous, stored);
    // An owner that is named no more, or is blocked no more, may be free to go.
    for (const owner of before) {
      const kept = now.find(({ uid }) => uid === owner.uid);
      if (kept !== undefined && kept.blockOwnerDeletion === owner.blockOwnerDeletion) continue;
      this.#addIfDeletingDependents(findOwner(stored, owner, this.#context));
    }
    const isNew = (owner: (typeof now)[number]) =>
      !before.some(
        ({ uid, name, kind, apiVersion }) =>
          uid === owner.uid && name === owner.name && kind === owner.kind && apiVersion === owner.apiVersion,
      );
    if (now.some(isNew)) this.#add(stored);
  }

  #collect(key: string): void {
    const { storageKey, namespace, name, uid } = parseKey(key);
    const stored = this.#context.storage.get(storageKey, namespace, name);
    if (stored === undefined || (stored.object.metadata.uid ?? '') !== uid) return;
    if (isOrphaningDependents(stored)) this.#release(stored);
    else if (isDeletingDependents(stored)) this.#awaitDependents(stored);
    else if (!isBeingDeleted(stored.object) && ownersOf(stored).length > 0) this.#judge(stored, key);
  }

  /** Whether an object with owners may stay. */
  #judge(stored: Stored, key: string): void {
    const owners = classifyOwners(stored, {
      cluster: this.#context.cluster,
      storage: this.#context.storage,
      isKnownAbsent: (uid) => this.#absent.has(uid),
    });
    this.#reportOwnersElsewhere(stored);
    if (owners === 'unknown kind') this.#undecided.add(key);
    else this.#undecided.delete(key);
    if (typeof owners === 'string') return;

    const { solid, dangling, waiting } = owners;
    if (solid.length > 0) {
      // It stays. Those who wait would otherwise wait for it for ever.
      const useless = [...dangling, ...waiting].map((owner) => owner.uid);
      if (useless.length > 0) this.#update(stored, (object) => withoutOwners(object, useless));
      return;
    }
    const dependents = this.#graph.dependentsOf(stored.object.metadata.uid ?? '');
    if (waiting.length > 0 && dependents.size > 0) {
      // Someone who waits further down may wait for us: a circle. Nobody up here is to wait for this one then.
      const circle = [...dependents.values()].some((dependent) => this.#isDeletingDependents(dependent));
      if (circle) this.#update(stored, unblockOwners);
      this.#delete(stored, 'Foreground');
      return;
    }
    if (hasFinalizer(stored, ORPHAN)) this.#delete(stored, 'Orphan');
    else if (hasFinalizer(stored, FOREGROUND)) this.#delete(stored, 'Foreground');
    else this.#delete(stored, 'Background');
  }

  #release(owner: Stored): void {
    const { uid = '' } = owner.object.metadata;
    const dependents = [...this.#graph.dependentsOf(uid).values()];
    for (const dependent of dependents.slice(0, RELEASED_AT_ONCE)) {
      const stored = this.#get(dependent);
      if (stored !== undefined) this.#update(stored, (object) => withoutOwners(object, [uid]));
    }
    if (dependents.length > RELEASED_AT_ONCE) this.#add(owner);
    else this.#update(owner, (object) => withoutFinalizer(object, ORPHAN));
  }

  #awaitDependents(owner: Stored): void {
    const { uid = '' } = owner.object.metadata;
    const blocking = [...this.#graph.dependentsOf(uid).values()].flatMap((dependent) => {
      const stored = this.#get(dependent);
      return stored !== undefined && blocksDeletion(stored, uid) ? [stored] : [];
    });
    if (blocking.length === 0) {
      this.#update(owner, (object) => withoutFinalizer(object, FOREGROUND));
      return;
    }
    for (const dependent of blocking) if (!isBeingDeleted(dependent.object)) this.#add(dependent);
  }

  /** An owner in another namespace is none, and people seldom mean it. */
  #reportOwnersElsewhere(stored: Stored): void {
    for (const owner of ownersOf(stored)) {
      if (this.#absent.has(owner.uid) || findOwner(stored, owner, this.#context) !== undefined) continue;
      const elsewhere = this.#uids.find(owner.uid);
      if (elsewhere === undefined || elsewhere.namespace === '' || elsewhere.namespace === stored.namespace) continue;
      const { apiVersion, kind, name, uid } = owner;
      const where = `[${apiVersion}/${kind}, namespace: ${stored.namespace}, name: ${name}, uid: ${uid}]`;
      writeEvent(this.#context, {
        about: stored.object,
        type: 'Warning',
        reason: 'OwnerRefInvalidNamespace',
        message: `ownerRef ${where} does not exist in namespace ${JSON.stringify(stored.namespace)}`,
        component: CONTROLLER,
      });
    }
  }

  #update(stored: Stored, change: (object: KubeObject) => KubeObject): void {
    const definition = definitionOf(this.#context.cluster, stored.object);
    if (definition === undefined) return;
    try {
      this.#context.cluster.registry.update(definition, refOf(stored), change, AS_CONTROLLER_MANAGER);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #delete(stored: Stored, propagationPolicy: 'Orphan' | 'Background' | 'Foreground'): void {
    const definition = definitionOf(this.#context.cluster, stored.object);
    const { uid } = stored.object.metadata;
    if (definition === undefined || uid === undefined) return;
    const options = { ...AS_CONTROLLER_MANAGER, uid, propagationPolicy };
    try {
      this.#context.cluster.registry.delete(definition, refOf(stored), options);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #reconsider(): void {
    for (const key of this.#undecided) this.#context.loop.add(this.#work, key);
  }

  #noteAbsent(uid: string): void {
    this.#absent.add(uid);
    if (this.#absent.size <= ABSENT_OWNERS) return;
    const [oldest] = this.#absent;
    if (oldest !== undefined) this.#absent.delete(oldest);
  }

  #get(identity: Identity): Stored | undefined {
    const stored = this.#context.storage.get(identity.storageKey, identity.namespace, identity.name);
    return stored?.object.metadata.uid === identity.uid ? stored : undefined;
  }

  #isDeletingDependents(identity: Identity): boolean {
    const stored = this.#get(identity);
    return stored !== undefined && isDeletingDependents(stored);
  }

  #add(stored: Stored): void {
    this.#addIdentity(identityOf(stored));
  }

  #addIdentity(identity: Identity): void {
    this.#context.loop.add(this.#work, keyOf(identity));
  }

  #addIfDeletingDependents(owner: Stored | undefined): void {
    if (owner !== undefined && isDeletingDependents(owner)) this.#add(owner);
  }
}

function withoutOwners(object: KubeObject, uids: readonly string[]): KubeObject {
  const left = (object.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: left.length === 0 ? metadata : { ...metadata, ownerReferences: left } };
}

function withoutFinalizer(object: KubeObject, finalizer: string): KubeObject {
  const left = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left } };
}

function unblockOwners(object: KubeObject): KubeObject {
  const ownerReferences = (object.metadata.ownerReferences ?? []).map((owner) =>
    owner.blockOwnerDeletion === true ? { ...owner, blockOwnerDeletion: false } : owner,
  );
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
