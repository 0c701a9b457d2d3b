import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { ADOPT_ANNOTATION, DELETE_OPTION_ANNOTATION } from '../../apis/well-known.ts';
import { LaneClosedError } from '../clusters/lane.ts';
import { apiVersionOf } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { contentDigest, copyToken } from './dispatch/digest.ts';
import * as dispatch from './dispatch/dispatch.ts';
import type { MemberWrite, WriteFailure, WriteResult } from './dispatch/member-write.ts';
import { removeNamespace } from './dispatch/namespace-removal.ts';
import { replacementWish } from './dispatch/replacement.ts';
import { isContestNear, otherManager, recordRepair } from './drift.ts';
import type { SyncEnvironment } from './environment.ts';
import { ADOPTING, beginning, failing, sourceOf, type Telling } from './federated-events.ts';
import { isJsonObject } from './json/json-pointer.ts';
import type { ClusterRecord, Failure, Ledger, Operation } from './ledger.ts';
import { type FederatedType, targetKeyOf } from './member-object.ts';
import type { MemberView } from './member-view.ts';
import { planFor } from './plan.ts';
import type { Rendering } from './rendering.ts';
import { hasContent } from './retention/retention.ts';
import type { PropagationStatus } from './status/propagation-status.ts';
import { isFrozen, type Subject } from './subject.ts';
import { traceOf } from './tracing.ts';
import { sameHashes } from './version-record.ts';
import { objectVersion } from './versions/versions.ts';

export interface MemberWritesOptions {
  readonly type: FederatedType;
  readonly environment: SyncEnvironment;
  readonly federated: Store<FederatedObject>;
  readonly ledger: Ledger;
  readonly view: MemberView;
  readonly rendering: Rendering;
  /** Reads the object anew: a write may have waited long in its lane. */
  readonly subject: (key: string, federated: DeepReadonly<FederatedObject>, reconcileId: string | undefined) => Subject;
  /** Everything that was under way for this object is done. */
  readonly done: (key: string) => void;
  /** Since when the cluster is to have what is written, on the monotonic clock; `undefined` when nobody noted it. */
  readonly changedAt: (subject: Subject, cluster: string) => number | undefined;
}

/** A failed write is tried again after so long, twice as long each time, milliseconds. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 60_000;

/** Puts writes on the lanes and remembers how they ended. */
export class MemberWrites {
  readonly #options: MemberWritesOptions;

  constructor(options: MemberWritesOptions) {
    this.#options = options;
  }

  /** Returns at once. What is written is decided when the lane gets to it, from what is known by then. */
  submit(subject: Subject, cluster: string, operation: Operation): void {
    const { ledger, view, environment } = this.#options;
    const accessor = view.accessorOf(cluster);
    if (accessor === undefined) return;
    const { reconcileId, federated, key } = subject;
    const record = ledger.of(key, federated.metadata.uid ?? '');
    const here: ClusterRecord = record.clusters.get(cluster) ?? {};
    record.clusters.set(cluster, here);
    here.busy = operation;
    const started = environment.clock.monotonic();
    const step = traceOf(record, federated, this.#options.type, environment.tracer, 'repair')?.step('write', {
      'k8s.cluster.name': cluster,
      'fedmesh.operation': operation,
    });
    accessor.lane
      .submit((signal) => {
        step?.note('its turn in the lane');
        return this.#perform(key, cluster, here, signal, reconcileId);
      })
      .then(
        () => environment.observer?.dispatched(operation, (environment.clock.monotonic() - started) / 1000),
        (error: unknown) => this.#onLost(error, subject, cluster, here, operation),
      )
      .finally(() => {
        step?.end(here.failure?.message);
        delete here.busy;
        const others = [...(ledger.find(subject.key)?.clusters.values() ?? [])];
        if (others.every((each) => each.busy === undefined)) this.#options.done(subject.key);
      });
  }

  /** The lane was closed, or something failed that no answer of the member explains: nothing is known of the write. */
  #onLost(error: unknown, subject: Subject, cluster: string, here: ClusterRecord, operation: Operation): void {
    const closed = error instanceof LaneClosedError;
    const message = error instanceof Error ? error.message : String(error);
    const failure = { status: closed ? 'ClusterNotReady' : FAILED[operation], message, recoverable: true } as const;
    if (!closed) {
      const { log, type } = { log: this.#options.environment.log, type: this.#options.type.name };
      log.error(
        { err: error, key: subject.key, cluster, type, reconcileId: subject.reconcileId },
        'a write ended unexpectedly',
      );
    }
    here.failure = this.#failureAfter(subject, here, failure);
  }

  async #perform(
    key: string,
    cluster: string,
    here: ClusterRecord,
    signal: AbortSignal,
    reconcileId: string | undefined,
  ): Promise<void> {
    const { federated: store, ledger, type, view } = this.#options;
    const federated = store.get(key);
    const client = view.accessorOf(cluster)?.client;
    if (federated === undefined || client === undefined) return;
    const subject = this.#options.subject(key, federated, reconcileId);
    const step = planFor(view.of(subject, ledger.of(key, subject.federated.metadata.uid ?? ''), cluster));
    if (step.kind !== 'write' || isFrozen(subject)) return;
    const observed = view.observed(subject, cluster);
    const write = this.#writeFor(subject, cluster, client, signal);
    const repair = isRepair(step.operation, subject, here);
    const rival = repair && isContestNear(here.drift) ? await this.#rival(write) : undefined;
    if (step.operation !== 'verify')
      this.#tell(subject, beginning(step.operation, this.#options.type, subject, cluster));
    const result = await this.#execute(step.operation, write, observed, subject, here);
    this.#logDecision(subject, cluster, step.operation, result);
    this.#remember(subject, cluster, here, step.operation, result, observed);
    if (!repair && result.kind === 'written' && result.changed) this.#observe(subject, cluster);
    // Also a PUT that changed nothing: something in the member, such as a webhook, undoes it before it is stored.
    if (repair && result.kind === 'written' && (result.changed || (step.operation !== 'verify' && !type.applies))) {
      here.drift = recordRepair(here.drift, this.#options.environment.clock.monotonic(), rival ?? 'another writer');
    }
  }

  #logDecision({ key, reconcileId }: Subject, cluster: string, operation: Operation, result: WriteResult): void {
    const { environment, type } = this.#options;
    if (!environment.log.isLevelEnabled('debug')) return;
    environment.log.debug({ cluster, key, type: type.name, reconcileId, operation, result: result.kind }, 'decided');
  }

  #observe(subject: Subject, cluster: string): void {
    const { changedAt, environment, type } = this.#options;
    const since = changedAt(subject, cluster);
    if (since === undefined) return;
    environment.observer?.propagated(type.name, cluster, (environment.clock.monotonic() - since) / 1000);
  }

  async #execute(
    operation: Operation,
    write: MemberWrite,
    observed: DeepReadonly<KubeObject> | undefined,
    subject: Subject,
    here: ClusterRecord,
  ): Promise<WriteResult> {
    if (operation === 'create') return dispatch.create(write);
    const look = observed === undefined ? await dispatch.lookUp(write) : { object: observed };
    if ('result' in look) return look.result;
    switch (operation) {
      case 'update':
        return dispatch.update(write, look.object);
      case 'verify':
        return dispatch.verify(write, look.object);
      case 'release':
        return dispatch.release(write, look.object);
      case 'remove':
        return this.#remove(write, look.object, subject, here);
    }
  }

  async #remove(
    write: MemberWrite,
    present: DeepReadonly<KubeObject>,
    subject: Subject,
    { failure }: ClusterRecord,
  ): Promise<WriteResult> {
    const { type, view, environment } = this.#options;
    if (!type.isNamespace) {
      const options = subject.deleting ? deleteOptionsOf(subject) : {};
      return options === undefined ? dispatch.UNREADABLE_OPTIONS : dispatch.remove(write, present, { options });
    }
    // A cache that lacked it when this was planned could not tell.
    if (view.isHostNamespace(write.cluster)) return dispatch.release(write, present);
    const looks = failure?.status === 'WaitingForRemoval' ? failure.attempts : 0;
    return removeNamespace(write, present, { clock: environment.clock, looks });
  }

  #writeFor(subject: Subject, cluster: string, client: MemberWrite['client'], signal: AbortSignal): MemberWrite {
    const { environment, rendering, type, view } = this.#options;
    const { annotations } = subject.federated.metadata;
    const adopts = annotations?.[ADOPT_ANNOTATION] === 'true';
    return {
      cluster,
      client,
      resource: type.target,
      ...subject.target,
      desired: (observed) => rendering.desiredFor(subject.federated, cluster, observed),
      needsContent: rendering.needsContent(subject.federated),
      metadataOnly: type.keeps === 'metadata',
      controlPlaneUid: environment.controlPlane.uid,
      adoption: adopts || view.isHostNamespace(cluster) ? 'Enabled' : environment.settings().adoptResources,
      applies: type.applies,
      leftToMember: type.applies ? rendering.leftToMembers(subject.federated) : [],
      replacement: { wish: replacementWish(annotations), adopts, deleteOptions: deleteOptionsOf(subject) },
      signal,
    };
  }

  async #rival(write: MemberWrite): Promise<string | undefined> {
    const { name, namespace } = write;
    const ref = namespace === undefined ? { name } : { name, namespace };
    try {
      return otherManager(await write.client.get(write.resource, ref, { signal: write.signal }));
    } catch (error) {
      this.#options.environment.log.debug({ err: error, cluster: write.cluster }, 'the other writer is not known');
      return undefined;
    }
  }

  #remember(
    subject: Subject,
    cluster: string,
    here: ClusterRecord,
    operation: Operation,
    result: WriteResult,
    observed: DeepReadonly<KubeObject> | undefined,
  ): void {
    const { view, environment, type } = this.#options;
    const watch = view.watchOf(cluster);
    const key = targetKeyOf(type, subject.key);
    if (result.kind !== 'failed') delete here.failure;
    if ('replaces' in result && result.replaces !== undefined) this.#tellReplaced(subject, cluster, result.replaces);
    switch (result.kind) {
      case 'written': {
        if (result.adopted === true) this.#tellAdopted(subject, cluster);
        this.#note(cluster, result.object);
        here.written = { ...subject.hashes, version: objectVersion(result.object.metadata), onlySeen: !result.changed };
        const kept = watch?.store.get(key);
        if (kept === undefined || !hasContent(kept)) delete here.digest;
        else here.digest = contentDigest(kept);
        delete here.confirmedGone;
        if (operation === 'create' && type.isNamespace) environment.namespaces.announce(cluster, subject.target.name);
        return;
      }
      case 'removing':
        this.#note(cluster, result.object);
        return;
      case 'gone':
      case 'released':
        if (observed?.metadata.uid !== undefined) watch?.store.noteDelete(key, observed.metadata.uid);
        delete here.written;
        delete here.digest;
        here.confirmedGone = true;
        return;
      case 'failed':
        this.#rememberFailure(subject, cluster, here, operation, result.failure);
    }
  }

  /** What the write answered is what is observed from now on, in the shape in which the watch would bring it. */
  #note(cluster: string, object: KubeObject): void {
    const { type, view } = this.#options;
    const { metadata } = object;
    const identity = { apiVersion: apiVersionOf(type.target), kind: type.target.kind };
    view.watchOf(cluster)?.store.noteWrite(type.keeps === 'metadata' ? { ...identity, metadata } : object);
  }

  #rememberFailure(
    subject: Subject,
    cluster: string,
    here: ClusterRecord,
    operation: Operation,
    failure: WriteFailure,
  ): void {
    const { environment, type } = this.#options;
    const copy = failure.concernsCopy === true ? copyToken(this.#options.view.observed(subject, cluster)) : undefined;
    here.failure = { ...this.#failureAfter(subject, here, failure), ...(copy === undefined ? {} : { copy }) };
    const { status, message: reason } = failure;
    // Patience is no failure.
    if (status === 'WaitingForRemoval') return;
    this.#tell(subject, failing(operation, type, subject, cluster, reason));
    const { key, reconcileId } = subject;
    environment.log.info({ cluster, key, type: type.name, reconcileId, status, reason }, 'a write failed');
  }

  #failureAfter(subject: Subject, here: ClusterRecord, failure: WriteFailure): Failure {
    const { status, message, recoverable } = failure;
    const before = here.failure?.attemptToken === subject.attemptToken ? here.failure.attempts : 0;
    const delay = Math.min(FIRST_RETRY_MS * 2 ** before, LONGEST_RETRY_MS);
    const notBefore = this.#options.environment.clock.monotonic() + delay;
    const retryAt = recoverable ? notBefore : undefined;
    return { status, message, attempts: before + 1, retryAt, notBefore, attemptToken: subject.attemptToken };
  }

  #tell(subject: Subject, { type, reason, message }: Telling): void {
    const { environment, type: federatedType } = this.#options;
    const source = sourceOf(federatedType);
    environment.events.record(subject.federated, type, reason, message, source, subject.reconcileId);
  }

  /** KubeFed's two events, though nothing failed. */
  #tellAdopted(subject: Subject, cluster: string): void {
    const { type } = this.#options;
    this.#tell(subject, failing('create', type, subject, cluster, ADOPTING));
    this.#tell(subject, beginning('update', type, subject, cluster));
  }

  #tellReplaced(subject: Subject, cluster: string, why: string): void {
    const telling = beginning('remove', this.#options.type, subject, cluster);
    this.#tell(subject, { ...telling, message: `${telling.message} to create it anew: ${why}` });
  }
}

const FAILED: Readonly<Record<Operation, PropagationStatus>> = {
  create: 'CreationFailed',
  update: 'UpdateFailed',
  verify: 'UpdateFailed',
  remove: 'DeletionFailed',
  release: 'LabelRemovalFailed',
};

/** A write of what was already written for this very template: somebody else has changed or deleted it since. */
function isRepair(operation: Operation, subject: Subject, here: ClusterRecord): boolean {
  const mends = operation === 'update' || operation === 'create' || operation === 'verify';
  return mends && here.written !== undefined && sameHashes(here.written, subject.hashes);
}

/**
 * KubeFed's annotation `kubefed.io/deleteoption`. It counts when the federated object is deleted, or a copy is replaced, not
 * when a placement shrinks. `undefined` when it cannot be read.
 */
function deleteOptionsOf(subject: Subject): Readonly<Record<string, unknown>> | undefined {
  const text = subject.federated.metadata.annotations?.[DELETE_OPTION_ANNOTATION];
  if (text === undefined) return {};
  try {
    const options: unknown = JSON.parse(text);
    return isJsonObject(options) ? options : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
