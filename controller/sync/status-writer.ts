import type { PropagatedVersionStatus } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject, FederatedObjectStatus } from '../../apis/types/v1beta1/federated-object.ts';
import type { Store } from '../kube/store.ts';
import { asStep } from '../telemetry/change-trace.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import type { SyncEnvironment } from './environment.ts';
import type { Ledger, ObjectRecord } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import type { MemberView } from './member-view.ts';
import { conflictsIn, selectsByLabels } from './render/overrides.ts';
import { isUrgent, statusDueIn } from './status/pace.ts';
import type { ClusterState } from './status/propagation-status.ts';
import { sameStatus, statusOf } from './status/status.ts';
import { propagatedVersionFor, recordFor, type Subject } from './subject.ts';
import { endTrace } from './tracing.ts';
import { mergedRecord } from './version-record.ts';

const SHOWN_CONFLICTS = 3;

export interface StatusWriterOptions {
  readonly type: FederatedType;
  readonly environment: SyncEnvironment;
  readonly federated: Store<FederatedObject>;
  readonly ledger: Ledger;
  readonly view: MemberView;
}

/** Writes the status of federated objects: when it says something new, and not too often. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /**
   * Returns the milliseconds after which to look again, when what there is to say can wait so long; else `undefined`.
   *
   * @param recordIsKept the record of versions is kept elsewhere too: that it has changed is nothing to say
   */
  async write(
    subject: Subject,
    shown: readonly ClusterState[],
    signal: AbortSignal,
    recordIsKept = false,
  ): Promise<number | undefined> {
    const { environment, federated: store, ledger, type } = this.#options;
    const record = ledger.of(subject.key, subject.federated.metadata.uid ?? '');
    const federated = store.get(subject.key);
    if (federated === undefined) return undefined;
    // It was changed while this was found out: the status would say of the new spec what holds for the old one.
    if (federated.metadata.generation !== subject.federated.metadata.generation) return 0;
    const status = statusOf({
      federated,
      clusters: type.collectsStatus ? this.#withRemoteStatus(subject, shown) : shown,
      collectsStatus: type.collectsStatus,
      problem: subject.problem,
      contested: contestedIn(record),
      overridesConflict: this.#overridesConflict(subject),
      unknownClusters: subject.unknownClusters,
      leftOut: subject.leftOut,
      unknownOverrides: subject.unknownOverrides,
      propagatedVersion: mergedRecord(subject, record, recordFor(subject) ?? propagatedVersionFor(subject)),
      now: rfc3339(environment.clock.now()),
    });
    if (sameStatus(federated.status, recordIsKept ? withRecordOf(federated.status, status) : status)) {
      endTrace(record);
      return undefined;
    }
    const now = environment.clock.monotonic();
    const dueIn = isUrgent(federated.status, status) ? 0 : statusDueIn(record.statusWrittenAt, now);
    if (dueIn > 0) return dueIn;
    // One that fails costs the host as much as one that succeeds.
    record.statusWrittenAt = now;
    const object = { ...(federated as DeepReadonly<FederatedObject> as FederatedObject), status };
    const write = () => environment.host.replace(type.federated, object, { subresource: 'status', signal });
    store.noteWrite(await asStep(record.trace, 'write status', {}, write));
    endTrace(record);
    return undefined;
  }

  #overridesConflict({ federated, placedOn }: Subject): string | undefined {
    const { overrides } = federated.spec;
    if (!selectsByLabels(overrides)) return undefined;
    const conflicts = [...placedOn]
      .sort()
      .flatMap((name) => conflictsIn(overrides, name, this.#options.view.labelsOf(name)));
    if (conflicts.length === 0) return undefined;
    const more = conflicts.length > SHOWN_CONFLICTS ? ` (and ${conflicts.length - SHOWN_CONFLICTS} more)` : '';
    return `${conflicts.slice(0, SHOWN_CONFLICTS).join('; ')}${more}`;
  }

  #withRemoteStatus(subject: Subject, shown: readonly ClusterState[]): ClusterState[] {
    return shown.map((state) => {
      const remoteStatus = this.#options.view.statusIn(subject, state.cluster);
      return remoteStatus === undefined ? state : { ...state, remoteStatus };
    });
  }
}

function withRecordOf(
  present: DeepReadonly<FederatedObjectStatus> | undefined,
  { propagatedVersion: _, ...status }: FederatedObjectStatus,
): FederatedObjectStatus {
  const recorded = present?.propagatedVersion as PropagatedVersionStatus | undefined;
  return recorded === undefined ? status : { ...status, propagatedVersion: recorded };
}

function contestedIn(record: ObjectRecord): string | undefined {
  const contests = [...record.clusters]
    .filter(([, each]) => each.drift?.contested !== undefined)
    .map(([cluster, each]) => `${cluster}: "${each.drift?.contested?.by}"`)
    .sort();
  if (contests.length === 0) return undefined;
  return `changed or deleted again and again after it was repaired, by ${contests.join(', ')}; repairs are slowed down`;
}
