import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Failure, Operation } from './ledger.ts';
import type { ClusterState, PropagationStatus } from './status/propagation-status.ts';

/** Everything about one object in one cluster that decides what happens next. */
export interface ClusterView {
  readonly cluster: string;
  /** The placement names this cluster. */
  readonly wanted: boolean;
  /** The federated object is being deleted: everywhere it goes, or is left to itself (`orphan`). */
  readonly deleting: boolean;
  readonly orphan: boolean;
  /** A record says that the object was written there. */
  readonly known: boolean;
  /** The member itself has confirmed that the object is not there. */
  readonly confirmedGone: boolean;
  readonly connection: Connection;
  readonly watch: WatchView;
  readonly paused: boolean;
  readonly observed: DeepReadonly<KubeObject> | undefined;
  /** Nothing of it may be deleted, only released: the host's own namespace. */
  readonly releaseOnly: boolean;
  /** What bears the name there is what the federated object follows: it is looked after by whoever put it there. */
  readonly isOriginal: boolean;
  /** The last try failed, and the next one is not due yet. */
  readonly failure: Failure | undefined;
  /** What was placed there has served its purpose and may have cleaned itself up. Called only when nothing is there. */
  readonly mayBeSpent: () => boolean;
  /** Compares what is desired with what is observed. Called only when both are there. */
  readonly compare: () => 'equal' | 'update' | 'verify';
  /** Somebody keeps undoing what is written: for the moment nothing is written against them. */
  readonly contested: boolean;
}

export type Connection =
  | { readonly state: 'ready' }
  /** Not known yet: the first probe is under way. */
  | { readonly state: 'connecting' }
  | { readonly state: 'notReady'; readonly reason: string };

export type WatchView =
  | { readonly state: 'synced' }
  /** The first list is under way, and has been for less than it may take. */
  | { readonly state: 'starting' }
  | { readonly state: 'unavailable'; readonly status: PropagationStatus; readonly message: string };

/**
 * What happens next for one object in one cluster.
 *
 * - `settled`: nothing to do; `show` is the entry in the status, if there is to be one. `holds`: the deletion of the
 *   federated object has to wait for this cluster.
 * - `wait`: not known yet; the status is not written without it.
 * - `write`: one write on the cluster's lane.
 */
export type Step =
  | {
      readonly kind: 'settled';
      readonly show?: ClusterState;
      readonly holds?: boolean;
      /** Nothing but time stands in the way: when it has come, on the monotonic clock. */
      readonly retryAt?: number;
    }
  | { readonly kind: 'wait' }
  | { readonly kind: 'write'; readonly operation: Operation };

type Settled = Extract<Step, { kind: 'settled' }>;

const ABSENT: Step = { kind: 'settled' };

export function planFor(view: ClusterView): Step {
  const concerned = view.wanted || view.observed !== undefined || (view.known && !view.confirmedGone);
  if (!concerned || (view.deleting && view.orphan && view.observed === undefined)) return ABSENT;
  if (view.isOriginal && view.observed === undefined) return planOriginal(view);
  if (view.paused) return held(view, 'Paused', 'the sync of this cluster is paused by fedmesh.io/paused');
  if (view.connection.state === 'connecting') return { kind: 'wait' };
  if (view.connection.state === 'notReady') {
    return view.deleting && view.orphan ? ABSENT : held(view, 'ClusterNotReady', view.connection.reason);
  }
  if (view.watch.state === 'starting') return { kind: 'wait' };
  if (view.watch.state === 'unavailable') {
    return cannotBeThere(view) ? ABSENT : held(view, view.watch.status, view.watch.message);
  }
  if (view.failure !== undefined) return postponed(view, view.failure);
  // Before it was followed it was looked after like any copy.
  if (view.isOriginal) return { kind: 'write', operation: 'release' };
  return view.wanted && !view.deleting ? planPresence(view) : planAbsence(view);
}

/** The object belongs in this cluster. */
function planPresence(view: ClusterView): Step {
  if (view.observed === undefined) {
    if (view.mayBeSpent()) return { kind: 'settled', show: { cluster: view.cluster, status: '' } };
    if (!view.contested) return { kind: 'write', operation: 'create' };
    return held(view, 'CreationFailed', 'somebody keeps deleting it there; see the condition DriftContested');
  }
  if (view.observed.metadata.deletionTimestamp !== undefined) {
    const { finalizers = [] } = view.observed.metadata;
    const waits = finalizers.length === 0 ? '' : `, held by ${finalizers.join(', ')}`;
    return held(view, 'WaitingForRemoval', `it is being deleted there${waits}; it is created again once it is gone`);
  }
  const verdict = view.compare();
  switch (verdict) {
    case 'equal':
      return { kind: 'settled', show: { cluster: view.cluster, status: '' } };
    case 'update':
    case 'verify':
      if (!view.contested) return { kind: 'write', operation: verdict };
      return held(view, 'UpdateFailed', 'another writer keeps changing it; see the condition DriftContested');
  }
}

/** Nothing is ever written to it, so whether its cluster is ready does not matter. */
function planOriginal({ cluster, wanted, deleting }: ClusterView): Step {
  if (!wanted || deleting) return ABSENT;
  return { kind: 'settled', show: { cluster, status: '', message: 'the original, which the others follow' } };
}

/** The object does not belong in this cluster (any more). */
function planAbsence(view: ClusterView): Step {
  if (view.deleting && view.orphan) return { kind: 'write', operation: 'release' };
  if (view.observed === undefined) {
    // A cache that lacks it proves little when somebody may have taken the label off: before the finalizer goes, ask.
    const proven = !view.deleting || view.confirmedGone || !view.known;
    return proven ? ABSENT : { kind: 'write', operation: 'remove' };
  }
  // The host's own namespace may be on its way out and hold the very object that would wait for it to be gone.
  if (view.releaseOnly) return { kind: 'write', operation: 'release' };
  if (view.observed.metadata.deletionTimestamp !== undefined) return held(view, 'WaitingForRemoval');
  return { kind: 'write', operation: 'remove' };
}

/** Never written, and no longer wanted, in a cluster that serves no such kind: nobody has to wait for it to be served. */
function cannotBeThere({ watch, wanted, deleting, known, observed }: ClusterView): boolean {
  if (watch.state !== 'unavailable' || watch.status !== 'NotServed') return false;
  return (deleting || !wanted) && !known && observed === undefined;
}

/** The last write failed: the next one waits for its time, or for a change. */
function postponed(view: ClusterView, { status, message, retryAt }: Failure): Step {
  return retryAt === undefined ? held(view, status, message) : { ...held(view, status, message), retryAt };
}

function held(view: ClusterView, status: PropagationStatus, message?: string): Settled {
  const show = message === undefined ? { cluster: view.cluster, status } : { cluster: view.cluster, status, message };
  return { kind: 'settled', show, holds: true };
}
