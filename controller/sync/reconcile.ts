import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { SYNC_FINALIZER } from '../../apis/well-known.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import type { Store } from '../kube/store.ts';
import { asStep } from '../telemetry/change-trace.ts';
import { nextLook, settleDrift } from './drift.ts';
import type { SyncEnvironment } from './environment.ts';
import type { FederatedDefinition } from './federated-definition.ts';
import {
  aboutClusters,
  aboutProblem,
  finalizerFailed,
  INVALID_NAME,
  sourceOf,
  type Telling,
} from './federated-events.ts';
import type { ClusterRecord, Ledger, ObjectRecord, Operation } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import type { MemberView } from './member-view.ts';
import { isIgnored } from './placement/placement.ts';
import { planFor, type Step } from './plan.ts';
import type { ClusterState, PropagationStatus } from './status/propagation-status.ts';
import { StatusWriter } from './status-writer.ts';
import { type Subject, subjectOf } from './subject.ts';
import type { VersionObjects } from './version-objects.ts';

export interface ReconcilerOptions {
  readonly type: FederatedType;
  readonly environment: SyncEnvironment;
  readonly federated: Store<FederatedObject>;
  readonly ledger: Ledger;
  readonly definition: FederatedDefinition;
  readonly view: MemberView;
  readonly versions: VersionObjects;
  /** Puts the write for this object on the cluster's lane; the key comes back to the queue when it is done. */
  readonly submit: (subject: Subject, cluster: string, operation: Operation) => void;
  /** Nobody federates what bears this key any more. */
  readonly releaseStrays: (key: string) => void;
  readonly warningsOf: (federated: DeepReadonly<FederatedObject>) => readonly string[];
}

/** Nothing else brings the object back when a first list or a first probe hangs. */
const LOOK_AGAIN_MS = 1_000;
/** The watch is nearly always faster. */
const AFTER_CONFLICT_MS = 200;
/** A CRD without a status subresource answers so too, for ever. */
const AFTER_NOT_FOUND_MS = 5_000;
/** What fell due while the status was written. */
const SOON_MS = 10;

/**
 * The pipeline of one type. A reconcile reads the stores, decides per cluster, hands the writes to the lanes and does not
 * wait for them: each one that ends brings the key back, and the last one finds everything settled and writes the status.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #status: StatusWriter;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#status = new StatusWriter(options);
  }

  async reconcile(key: string, signal: AbortSignal, reconcileId?: string): Promise<{ requeueAfterMs?: number }> {
    const trace = this.#options.ledger.find(key)?.trace;
    try {
      if (trace === undefined) return await this.#advance(key, signal, reconcileId);
      const about = { 'fedmesh.reconcile_id': reconcileId ?? '' };
      return await asStep(trace, 'reconcile', about, () => this.#advance(key, signal, reconcileId));
    } catch (error) {
      // Somebody else wrote the host's object since it was read: the watch is about to bring what it is now, or that it is gone.
      if (isConflict(error)) return { requeueAfterMs: AFTER_CONFLICT_MS };
      if (isNotFound(error)) return { requeueAfterMs: AFTER_NOT_FOUND_MS };
      throw error;
    }
  }

  async #advance(key: string, signal: AbortSignal, reconcileId?: string): Promise<{ requeueAfterMs?: number }> {
    const found = this.#options.federated.get(key);
    if (found === undefined) {
      this.#options.ledger.forget(key);
      this.#options.versions.forget(key);
      this.#options.releaseStrays(key);
      return {};
    }
    let subject = this.subject(key, found, reconcileId);
    if (subject.ignored || (subject.deleting && !subject.hasFinalizer)) return this.#leaveAlone(subject, signal);
    if (!subject.hasFinalizer && subject.problem?.reason !== 'Superseded' && subject.problem?.reason !== 'Paused') {
      const written = await this.#ensureFinalizer(subject, signal);
      if (written === undefined) return {};
      subject = this.subject(key, written, reconcileId);
    }
    if (subject.deleting && !subject.orphan) {
      await this.#findOutWhy(subject, signal);
      subject = this.subject(key, subject.federated, reconcileId);
    }
    return subject.deleting ? this.#unwind(subject, signal) : this.#propagate(subject, signal);
  }

  /** Deletions need proof that somebody wanted this object gone, and not its kind as a whole. Asked once for each. */
  async #findOutWhy({ key, federated }: Subject, signal: AbortSignal): Promise<void> {
    const { definition, environment, ledger, type } = this.#options;
    const record = ledger.of(key, federated.metadata.uid ?? '');
    if (record.leavesWithItsKind !== undefined) return;
    record.leavesWithItsKind = await definition.isLeaving(signal);
    if (!record.leavesWithItsKind) return;
    environment.log.info({ key, type: type.name }, 'deleted with its kind: the copies in the members are released');
  }

  /** The object as a whole, freshly read: used again when a write that waited in a lane gets its turn. */
  subject(key: string, federated: DeepReadonly<FederatedObject>, reconcileId?: string): Subject {
    const { environment, ledger, type, versions, view } = this.#options;
    const record = ledger.of(key, federated.metadata.uid ?? '');
    const propagatedVersion = versions.recordOf(key, federated);
    return subjectOf({
      key,
      type,
      federated,
      record,
      propagatedVersion,
      federatedNamespaces:
        federated.metadata.namespace === undefined ? [] : environment.namespaces.in(federated.metadata.namespace),
      clusters: view.placeable(),
      isIn: (cluster) => view.mayBeIn({ key, federated, propagatedVersion }, record, cluster),
      kubefedNamespace: environment.controlPlane.namespace,
      targetNamespace: environment.targetNamespace,
      reconcileId,
    });
  }

  async #propagate(subject: Subject, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    if (subject.problem !== undefined) {
      this.#tell(subject, aboutProblem(subject.federated, subject.problem));
      return after(await this.#status.write(subject, this.#shownBefore(subject), signal));
    }
    for (const warning of this.#options.warningsOf(subject.federated))
      this.#tell(subject, [{ type: 'Warning', reason: 'FinalizersNotSupported', message: warning }]);
    const round = this.#plan(subject);
    if (round.waiting) return round.lookAgain ? { requeueAfterMs: LOOK_AGAIN_MS } : {};
    this.#tell(subject, aboutClusters(subject, round.shown));
    const { versions, ledger } = this.#options;
    const record = ledger.of(subject.key, subject.federated.metadata.uid ?? '');
    const nextIn = this.#nextIn(round);
    const recorded = await versions.write(subject, round.shown, record, signal);
    const statusDueIn = await this.#status.write(subject, round.shown, signal, recorded.kept);
    if (statusDueIn === undefined) versions.settled(subject.key);
    return after(nextIn, recorded.dueIn, statusDueIn);
  }

  #tell(subject: Subject, tellings: readonly Telling[]): void {
    const { environment, type: federatedType } = this.#options;
    for (const { type, reason, message } of tellings) {
      environment.events.record(subject.federated, type, reason, message, sourceOf(federatedType), subject.reconcileId);
    }
  }

  /** The federated object is being deleted: everything of it goes first, then the finalizer. */
  async #unwind(subject: Subject, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    const { reason } = subject.problem ?? {};
    if (reason === 'Paused' || reason === 'NamespacePlacementConflict') {
      return after(await this.#status.write(subject, this.#shownBefore(subject), signal));
    }
    if (reason !== 'Superseded') {
      const round = this.#plan(subject);
      if (round.waiting) return round.lookAgain ? { requeueAfterMs: LOOK_AGAIN_MS } : {};
      if (round.holds) {
        this.#tell(subject, aboutClusters(subject, round.shown));
        const statusDueIn = await this.#status.write({ ...subject, problem: undefined }, round.shown, signal);
        return after(this.#nextIn(round), statusDueIn);
      }
    }
    await this.#writeFinalizers(subject, withoutFinalizer(subject.federated), signal);
    return {};
  }

  /** Decides for every cluster and starts the writes that are needed. */
  #plan(subject: Subject): Round {
    const { ledger, view, submit } = this.#options;
    const record = ledger.of(subject.key, subject.federated.metadata.uid ?? '');
    const round: Round = {
      shown: [],
      waiting: false,
      lookAgain: false,
      holds: false,
      nextAt: Number.POSITIVE_INFINITY,
    };
    for (const cluster of view.concernedBy(subject, record)) {
      const busy = record.clusters.get(cluster)?.busy;
      if (busy !== undefined) {
        this.#showBusy(round, cluster, busy);
        continue;
      }
      this.#settleDrift(round, record, cluster);
      const step = planFor(view.of(subject, record, cluster));
      this.#take(round, step, record.clusters.get(cluster));
      if (step.kind !== 'write') continue;
      submit(subject, cluster, step.operation);
      this.#showBusy(round, cluster, step.operation);
    }
    return round;
  }

  #settleDrift(round: Round, record: ObjectRecord, cluster: string): void {
    const here = record.clusters.get(cluster);
    if (here?.drift === undefined) return;
    const now = this.#options.environment.clock.monotonic();
    const drift = settleDrift(here.drift, now);
    if (drift === undefined) delete here.drift;
    else here.drift = drift;
    round.nextAt = Math.min(round.nextAt, nextLook(drift, now) ?? round.nextAt);
  }

  #take(round: Round, step: Step, here: ClusterRecord | undefined): void {
    if (step.kind === 'wait') {
      round.waiting = true;
      round.lookAgain = true;
    } else if (step.kind === 'settled') {
      if (step.show !== undefined) round.shown.push(step.show);
      if (step.holds) round.holds = true;
      // What failed once is as it should be by now, or concerns nobody any more.
      else delete here?.failure;
      round.nextAt = Math.min(round.nextAt, step.retryAt ?? round.nextAt);
    }
  }

  /** A write under way is waited for, unless its cluster does not answer: then the others' status goes out without it. */
  #showBusy(round: Round, cluster: string, operation: Operation): void {
    if (!this.#options.view.isStalled(cluster)) {
      round.waiting = true;
      return;
    }
    round.holds = true;
    round.shown.push({
      cluster,
      status: TIMED_OUT[operation],
      message: `${cluster} does not answer; the write waits for it`,
    });
  }

  /** What the status shows while nothing may be written: the last that was known, but for copies that are seen to be gone. */
  #shownBefore(subject: Subject): ClusterState[] {
    return (subject.federated.status?.clusters ?? [])
      .filter((entry) => !this.#options.view.isGone(subject, entry.name))
      .map((entry) => ({
        cluster: entry.name,
        status: (entry.status ?? '') as PropagationStatus,
        ...(entry.message === undefined ? {} : { message: entry.message }),
      }));
  }

  /** A failed write that is held up by something else, such as a member that is away, comes back with that. */
  #nextIn({ nextAt }: Round): number | undefined {
    if (nextAt === Number.POSITIVE_INFINITY) return undefined;
    return Math.max(nextAt - this.#options.environment.clock.monotonic(), SOON_MS);
  }

  async #leaveAlone(subject: Subject, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    if (!subject.deleting && isIgnored(subject.federated)) this.#tell(subject, [INVALID_NAME]);
    if (subject.deleting && subject.hasFinalizer) {
      await this.#writeFinalizers(subject, withoutFinalizer(subject.federated), signal);
    }
    return {};
  }

  async #ensureFinalizer(subject: Subject, signal: AbortSignal): Promise<DeepReadonly<FederatedObject> | undefined> {
    try {
      return await this.#writeFinalizers(subject, withFinalizer(subject.federated), signal);
    } catch (error) {
      const isLate = isConflict(error) || isNotFound(error) || signal.aborted;
      if (!isLate) this.#tell(subject, [finalizerFailed(error instanceof Error ? error.message : String(error))]);
      throw error;
    }
  }

  async #writeFinalizers(
    subject: Subject,
    object: FederatedObject,
    signal: AbortSignal,
  ): Promise<DeepReadonly<FederatedObject> | undefined> {
    const { environment, federated: store, ledger, type } = this.#options;
    const written = await environment.host.replace(type.federated, object, { signal });
    if (isGone(written)) {
      store.noteDelete(subject.key, written.metadata.uid ?? '');
      ledger.forget(subject.key);
    } else store.noteWrite(written);
    return store.get(subject.key);
  }
}

interface Round {
  readonly shown: ClusterState[];
  /** Something is under way or not known yet: the status waits for it. */
  waiting: boolean;
  /** Nothing that is under way will bring the key back. */
  lookAgain: boolean;
  /** A deletion cannot be completed yet. */
  holds: boolean;
  /** When time alone makes another look worth while, on the monotonic clock. */
  nextAt: number;
}

const TIMED_OUT: Readonly<Record<Operation, PropagationStatus>> = {
  create: 'CreationTimedOut',
  update: 'UpdateTimedOut',
  verify: 'UpdateTimedOut',
  remove: 'DeletionTimedOut',
  release: 'LabelRemovalTimedOut',
};

function withFinalizer(federated: DeepReadonly<FederatedObject>): FederatedObject {
  const object = federated as FederatedObject;
  return {
    ...object,
    metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), SYNC_FINALIZER] },
  };
}

function withoutFinalizer(federated: DeepReadonly<FederatedObject>): FederatedObject {
  const object = federated as FederatedObject;
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== SYNC_FINALIZER);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** An object that was only waiting for its last finalizer is gone with the write that removed it. */
function isGone(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
}

/** The soonest of several reasons to look again. */
function after(...delays: readonly (number | undefined)[]): { requeueAfterMs?: number } {
  const soonest = Math.min(...delays.map((delay) => delay ?? Number.POSITIVE_INFINITY));
  return soonest === Number.POSITIVE_INFINITY ? {} : { requeueAfterMs: soonest };
}
