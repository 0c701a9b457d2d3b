import type { ObjectState, ObjectSummary } from '../../../apis/dashboard/v1.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import {
  type ClusterPropagationStatus,
  type FederatedObject,
  type GenericCondition,
  PROPAGATION_CONDITION,
} from '../../../apis/types/v1beta1/federated-object.ts';
import type { ShownType } from './shown-type.ts';

/** Words of a cluster's status that say that something is still on its way, or waits because a person wants it so. */
const UNDER_WAY: ReadonlySet<string> = new Set(['WaitingForRemoval', 'Paused']);
/** Reasons of the Propagation condition that say the same of the whole object; `CheckClusters` points at the clusters. */
const WAITING_REASONS: ReadonlySet<string> = new Set(['CheckClusters', 'Paused']);

/** How one copy stands, by KubeFed's word for it. */
export function copyState(word: string): ObjectState {
  if (word === '') return 'ok';
  return UNDER_WAY.has(word) ? 'progressing' : 'failed';
}

/** What a person wants to know of a federated object first, read from its own status. */
export function stateOf({ metadata, status }: DeepReadonly<FederatedObject>): ObjectState {
  if (metadata.deletionTimestamp !== undefined) return 'deleting';
  const copies = (status?.clusters ?? []).map((each) => copyState(each.status ?? ''));
  if (copies.includes('failed')) return 'failed';
  const propagation = propagationOf(status?.conditions);
  if (propagation === undefined || copies.includes('progressing')) return 'progressing';
  const isOld = (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);
  if (propagation.status === 'True') return isOld ? 'progressing' : 'ok';
  // Another FederatedNamespace speaks for its namespace: nothing is amiss, and nothing is to be waited for.
  if (propagation.reason === 'Superseded') return 'ok';
  return isOld || WAITING_REASONS.has(propagation.reason ?? '') ? 'progressing' : 'failed';
}

/** The row of a list. `hide` takes what must not leave the server out of words that others wrote. */
export function summaryOf(
  type: ShownType,
  object: DeepReadonly<FederatedObject>,
  hide: (text: string) => string = (text) => text,
): ObjectSummary {
  const { metadata, status } = object;
  const { name = '', namespace } = metadata;
  const propagation = propagationOf(status?.conditions);
  const copies = status?.clusters ?? [];
  const changedAt = propagation?.lastUpdateTime ?? propagation?.lastTransitionTime ?? metadata.creationTimestamp;
  return {
    type: type.name,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    kind: type.sync.target.kind,
    state: stateOf(object),
    ...(propagation?.reason ? { reason: propagation.reason } : {}),
    ok: copies.reduce((count, each) => (each.status ? count : count + 1), 0),
    placed: copies.length,
    problems: problemsOf(copies, hide),
    ...(changedAt === undefined ? {} : { changedAt }),
  };
}

const NONE: ObjectSummary['problems'] = Object.freeze([]);

export function problemsOf(
  copies: readonly DeepReadonly<ClusterPropagationStatus>[],
  hide: (text: string) => string,
): ObjectSummary['problems'] {
  if (!copies.some((each) => each.status)) return NONE;
  return copies.flatMap(({ name: cluster, status, message }) =>
    status ? [{ cluster, status, ...(message ? { message: hide(message) } : {}) }] : [],
  );
}

function propagationOf(
  conditions: readonly DeepReadonly<GenericCondition>[] | undefined,
): DeepReadonly<GenericCondition> | undefined {
  return conditions?.find(({ type }) => type === PROPAGATION_CONDITION);
}
