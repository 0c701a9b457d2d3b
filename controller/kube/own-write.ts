import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';

/** How long an own write is shown although the watch has not confirmed it, milliseconds. */
export const OWN_WRITE_SHOWN_MS = 5_000;

/** `DeepReadonly<T>` with the metadata in reach while T is open. */
export type Held<T extends KubeObject> = DeepReadonly<T> & DeepReadonly<KubeObject>;

/** An own write that the watch has not shown yet, laid over what it has. */
export interface OwnWrite<T extends KubeObject> {
  /** What the write answered; undefined when it was a deletion. */
  object: Held<T> | undefined;
  /** UID that the own deletion took away. */
  deletedUid: string | undefined;
  /** Newest state that list and watch have shown. */
  truth: Held<T> | undefined;
  /** What listeners were last told of. */
  told: Held<T> | undefined;
  /** resourceVersions and deleted UIDs of own writes whose echoes are still under way: no news to anybody. */
  readonly own: string[];
  /** Somebody else's change has been held back, and listeners are still to be told. */
  untold: boolean;
  /** On the clock's monotonic time. */
  deadline: number;
  /** The number of lists begun before the write was noted. */
  listsBegun: number;
}

type Identified = { readonly metadata: { readonly uid?: string; readonly resourceVersion?: string } };

export function same(a: Identified | undefined, b: Identified | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.metadata.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata.resourceVersion &&
    a.metadata.uid === b.metadata.uid
  );
}

/** Of one object, generations grow and a deletion is never taken back: sound signs of age where there are any. */
export function isOlder(object: DeepReadonly<KubeObject>, than: DeepReadonly<KubeObject> | undefined): boolean {
  if (than === undefined || than.metadata.uid !== object.metadata.uid) return false;
  if (than.metadata.deletionTimestamp !== undefined && object.metadata.deletionTimestamp === undefined) return true;
  return (than.metadata.generation ?? 0) > (object.metadata.generation ?? 0);
}

/**
 * Whether `object` took the name after the deleted one. Another UID alone does not tell: it may be an earlier bearer of
 * the name while the deleted object itself has not been shown yet.
 */
export function isSuccessor(
  object: Identified | undefined,
  before: Identified | undefined,
  deletedUid: string | undefined,
): boolean {
  return (
    deletedUid !== undefined &&
    before?.metadata.uid === deletedUid &&
    object !== undefined &&
    object.metadata.uid !== deletedUid
  );
}
