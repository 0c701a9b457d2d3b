import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';

/** An object as it is kept. Never changed: a write makes another. */
export interface Stored {
  /** `deployments.apps`. */
  readonly storageKey: string;
  /** Empty for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** With the resourceVersion of `revision`. */
  readonly object: DeepReadonly<KubeObject>;
  readonly revision: number;
  /** As JSON, made once however often it is sent. */
  readonly json: string;
}

export interface StorageEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** For DELETED: the last state, with the revision of the deletion. */
  readonly stored: Stored;
  readonly previous: Stored | undefined;
}

/**
 * The state of one cluster: objects by resource, namespace and name; one revision that every write moves on; and the events
 * of the recent past, from which watches go on. All of it is synchronous: a write is done, and told to everybody, when the call returns.
 */
export interface Storage {
  /** Of the latest write. Starts above 0. */
  readonly revision: number;
  get(storageKey: string, namespace: string, name: string): Stored | undefined;
  /** In the order of their keys, as etcd has them. `namespace` undefined: of all. */
  list(storageKey: string, namespace?: string): readonly Stored[];
  /** @throws AlreadyStored */
  create(storageKey: string, namespace: string, name: string, object: KubeObject): Stored;
  /** `expected` must be what is stored now. @throws StorageConflict */
  update(expected: Stored, object: KubeObject): Stored;
  /** `last`: what DELETED shows. @throws StorageConflict */
  delete(expected: Stored, last?: KubeObject): Stored;
  /** In the order of revisions, while the write is being made. Returns how to stop. */
  subscribe(listener: (event: StorageEvent) => void): () => void;
  /** Events after `revision`, oldest first; `undefined` when they are no longer kept. */
  eventsSince(revision: number): readonly StorageEvent[] | undefined;
}
