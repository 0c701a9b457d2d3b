import type { ChangeTrace } from '../telemetry/change-trace.ts';
import type { PropagationStatus } from './status/propagation-status.ts';

/**
 * What the sync of one type remembers between two reconciles. Nothing in here is needed to be right: after a restart it
 * is empty, and the stores and the status of the federated object say the rest. It saves reads, writes and patience.
 */
export class Ledger {
  readonly #objects = new Map<string, ObjectRecord>();

  /** The record of the object with this UID; an object of the same name that came later begins with a new one. */
  of(key: string, uid: string): ObjectRecord {
    const known = this.#objects.get(key);
    if (known !== undefined && known.uid === uid) return known;
    known?.trace?.settle();
    const fresh: ObjectRecord = { uid, clusters: new Map() };
    this.#objects.set(key, fresh);
    return fresh;
  }

  find(key: string): ObjectRecord | undefined {
    return this.#objects.get(key);
  }

  forget(key: string): void {
    this.#objects.get(key)?.trace?.settle();
    this.#objects.delete(key);
  }

  /** A member left: nothing that was known of it holds when it comes back. */
  forgetCluster(cluster: string): void {
    for (const record of this.#objects.values()) record.clusters.delete(cluster);
  }

  /** The keys whose write waits or flies in the lane of this cluster. */
  *busyIn(cluster: string): IterableIterator<string> {
    for (const [key, record] of this.#objects) {
      if (record.clusters.get(cluster)?.busy !== undefined) yield key;
    }
  }
}

export interface ObjectRecord {
  readonly uid: string;
  /** Hashes of template and overrides, kept for the generation they were computed from. */
  hashes?: Hashes & { readonly generation: number | undefined };
  readonly clusters: Map<string, ClusterRecord>;
  /** Of what is under way, where changes are traced. */
  trace?: ChangeTrace;
  /** When a change was last heard of that its clusters are to get, on the monotonic clock. */
  changedAt?: number;
  /** When the host was last asked to take a status, on the monotonic clock. */
  statusWrittenAt?: number;
  /** The same of its PropagatedVersion, where these are kept; and until when there is no use in asking. */
  versionsWrittenAt?: number;
  versionsRefusedUntil?: number;
  /** Only for an object that is being deleted: it goes because its kind goes, which says nothing about its copies. */
  leavesWithItsKind?: boolean;
}

export interface Hashes {
  readonly templateVersion: string;
  readonly overridesVersion: string;
}

export type Operation = 'create' | 'update' | 'verify' | 'remove' | 'release';

export interface ClusterRecord {
  /** The write that waits or flies in the cluster's lane. There is never a second one beside it. */
  busy?: Operation;
  /** How the last write ended, while that still says something about now. */
  failure?: Failure;
  /** The version of the member's object that holds what the hashes say. */
  written?: Written;
  /** Digest of the member's object as it was when it was right: tells drift from a mere change of its status. */
  digest?: string;
  drift?: Drift;
  /** The member itself has said that the object is not there. */
  confirmedGone?: boolean;
}

export interface Written extends Hashes {
  readonly version: string;
  /** Not the version of a write, but of an object that was found to be as desired: remembered, not recorded for its own sake. */
  readonly onlySeen?: boolean;
}

export interface Failure {
  readonly status: PropagationStatus;
  readonly message: string;
  /** Consecutive failures, which stretch the time to the next try. */
  readonly attempts: number;
  /** On the monotonic clock; `undefined` when only a change can help. */
  readonly retryAt: number | undefined;
  /** Earlier than this nothing but something newer to try brings another try. On the monotonic clock. */
  readonly notBefore: number;
  /** The copy (`copyToken`) of which it was said: another one, or one that was changed, is worth another try. */
  readonly copy?: string;
  /** What was tried (`Subject.attemptToken`): something newer is tried at once. */
  readonly attemptToken: string;
}

/** Repairs of one object in one cluster, on the monotonic clock. */
export interface Drift {
  readonly repairs: readonly number[];
  /** Set while somebody else keeps changing the object back. */
  readonly contested?: { readonly by: string; readonly delayMs: number; readonly resumeAt: number };
}
