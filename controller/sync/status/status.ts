import isEqual from 'lodash/isEqual.js';
import type { PropagatedVersionStatus } from '../../../apis/core/v1alpha1/propagated-version.ts';
import { enumerate } from '../../../apis/enumeration.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import {
  type ClusterPropagationStatus,
  type FederatedObject,
  type FederatedObjectStatus,
  type GenericCondition,
  PROPAGATION_CONDITION,
} from '../../../apis/types/v1beta1/federated-object.ts';
import { jsonBytes, withinBounds } from './bounds.ts';
import type { ClusterState } from './propagation-status.ts';

/** Why a federated object as a whole does not propagate, whatever its clusters say. */
export interface ObjectProblem {
  readonly reason:
    | 'NamespaceNotFederated'
    | 'ComputePlacementFailed'
    | 'NamespacePlacementConflict'
    | 'Superseded'
    | 'Paused';
  readonly message: string;
}

export interface StatusInput {
  readonly federated: DeepReadonly<FederatedObject>;
  /** One entry for each cluster that the status should show. */
  readonly clusters: readonly ClusterState[];
  /** Each cluster is to have a `remoteStatus`. */
  readonly collectsStatus?: boolean;
  readonly problem?: ObjectProblem | undefined;
  /** Set when somebody else keeps changing what Fedmesh wrote. */
  readonly contested?: string | undefined;
  /** Set when several entries of its overrides say different things of one path. */
  readonly overridesConflict?: string | undefined;
  /** Placed on clusters that are not joined. */
  readonly unknownClusters?: readonly string[];
  /** Cordoned clusters that its placement selects, and where it is not. */
  readonly leftOut?: readonly string[];
  /** Overrides name clusters that are not joined. */
  readonly unknownOverrides?: readonly string[];
  readonly propagatedVersion?: PropagatedVersionStatus | undefined;
  /** RFC 3339, seconds. */
  readonly now: string;
}

/**
 * The status that the federated object should have. Times move only when what they date has moved (KubeFed's rule:
 * `lastUpdateTime` on a condition transition or a change in `status.clusters`, where status is collected also on an
 * update in a member), so that an unchanged object yields an equal status and no write. Fields of the present status
 * that are not Fedmesh's stay.
 */
export function statusOf(input: StatusInput): FederatedObjectStatus {
  const present: DeepReadonly<FederatedObjectStatus> = input.federated.status ?? {};
  const { clusters: _, ...rest } = present;
  const clusters = withinBounds(clusterEntries(input.clusters), () => jsonBytes({ ...input.federated, status: rest }));
  const written = input.collectsStatus === true && !isEqual(input.propagatedVersion, present.propagatedVersion);
  const updated = written || !isEqual(clusters, present.clusters ?? []);
  const propagation = condition(present, propagationOf(input), input.now, updated);
  const status: FederatedObjectStatus = {
    ...(present as FederatedObjectStatus),
    conditions: [propagation, ...otherConditions(input, present)],
    clusterSummary: `${clusters.filter((entry) => entry.status === undefined).length}/${clusters.length}`,
  };
  const generation = input.federated.metadata.generation;
  if (generation !== undefined) status.observedGeneration = generation;
  setOrDelete(status, 'clusters', clusters.length > 0 ? clusters : undefined);
  setOrDelete(status, 'propagatedVersion', input.propagatedVersion);
  return status;
}

/** Whether writing `desired` would change anything that a reader could notice. */
export function sameStatus(
  present: DeepReadonly<FederatedObjectStatus> | undefined,
  desired: FederatedObjectStatus,
): boolean {
  return isEqual(present ?? {}, desired);
}

/** Entries keep their order from one write to the next: sorted by name, so that two equal states are equal lists. */
function clusterEntries(states: readonly ClusterState[]): ClusterPropagationStatus[] {
  return [...states]
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
    .map((state) => {
      const entry: ClusterPropagationStatus = { name: state.cluster };
      if (state.status !== '') entry.status = state.status;
      if (state.message !== undefined) entry.message = state.message;
      if (state.remoteStatus !== undefined) entry.remoteStatus = state.remoteStatus;
      return entry;
    });
}

type Verdict = Pick<GenericCondition, 'type' | 'status' | 'reason' | 'message'>;

function propagationOf(input: StatusInput): Verdict {
  const verdict = { type: PROPAGATION_CONDITION, status: 'False' } as const;
  if (input.problem !== undefined) return { ...verdict, ...input.problem };
  const failing = [...input.clusters.filter(({ status }) => status !== ''), ...withoutStatus(input)];
  const first = failing[0];
  const unknown = notJoined(input);
  if (first !== undefined) {
    const more = failing.length > 1 ? ` (and ${failing.length - 1} more)` : '';
    const message = [`${first.cluster}: ${whyOf(first)}${more}`, ...unknown].join('; ');
    return { ...verdict, reason: 'CheckClusters', message };
  }
  const well = { type: PROPAGATION_CONDITION, status: 'True' } as const;
  return unknown.length === 0 ? well : { ...well, message: unknown.join('; ') };
}

/** Misspelt names, or clusters that are still to come: not wrong, and easily overlooked. */
function notJoined({ unknownClusters = [], unknownOverrides = [] }: StatusInput): string[] {
  return [
    ...(unknownClusters.length === 0 ? [] : [`not joined, so left out: ${namesOf(unknownClusters)}`]),
    ...(unknownOverrides.length === 0 ? [] : [`overrides for clusters not joined: ${namesOf(unknownOverrides)}`]),
  ];
}

const MOST_NAMES = 20;

function namesOf(names: readonly string[]): string {
  return enumerate(names, MOST_NAMES);
}

/** KubeFed's rule: what is propagated as desired, but has no status (yet) where statuses are collected, is not well. */
function withoutStatus({ clusters, collectsStatus }: StatusInput): ClusterState[] {
  if (collectsStatus !== true) return [];
  return clusters.filter(({ status, remoteStatus }) => status === '' && remoteStatus === undefined);
}

function whyOf({ status, message }: ClusterState): string {
  if (status === '') return 'it has no status there yet';
  return message === undefined ? status : `${status}: ${message}`;
}

export const DRIFT_CONTESTED_CONDITION = 'DriftContested';

export const OVERRIDES_CONFLICT_CONDITION = 'OverridesConflict';

/** The object's selector, or its namespace's, would bring it to clusters that take nothing new. No failure: it is as it should be. */
export const CORDONED_CONDITION = 'Cordoned';

const SHOWN_CLUSTERS = 20;

const OWN_CONDITIONS: readonly string[] = [
  PROPAGATION_CONDITION,
  DRIFT_CONTESTED_CONDITION,
  OVERRIDES_CONFLICT_CONDITION,
  CORDONED_CONDITION,
];

/** Conditions beside Propagation: ours come and go with their cause, those of others stay as they are. */
function otherConditions(input: StatusInput, present: DeepReadonly<FederatedObjectStatus>): GenericCondition[] {
  const others = (present.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.includes(type)) as GenericCondition[];
  const { contested, overridesConflict, leftOut = [] } = input;
  const causes = [
    { type: DRIFT_CONTESTED_CONDITION, reason: 'AnotherWriter', message: contested },
    { type: OVERRIDES_CONFLICT_CONDITION, reason: 'LaterEntryWins', message: overridesConflict },
    { type: CORDONED_CONDITION, reason: 'ClusterUnschedulable', message: leftOutMessage(leftOut) },
  ];
  const own = causes.flatMap(({ message, ...cause }) =>
    message === undefined ? [] : [condition(present, { ...cause, status: 'True', message }, input.now, false)],
  );
  return [...others, ...own];
}

function leftOutMessage(leftOut: readonly string[]): string | undefined {
  const [first] = leftOut;
  if (first === undefined) return undefined;
  const shown = enumerate([...leftOut].sort(), SHOWN_CLUSTERS);
  return `selected but cordoned, so not placed there: ${shown}; "fedctl uncordon" ends that`;
}

function condition(
  present: DeepReadonly<FederatedObjectStatus>,
  verdict: Verdict,
  now: string,
  updated: boolean,
): GenericCondition {
  const before = present.conditions?.find((entry) => entry.type === verdict.type);
  const moved = before === undefined || before.status !== verdict.status;
  const changed = moved || updated || before.reason !== verdict.reason || before.message !== verdict.message;
  return {
    ...verdict,
    lastUpdateTime: changed ? now : (before.lastUpdateTime ?? now),
    lastTransitionTime: moved ? now : (before.lastTransitionTime ?? now),
  };
}

function setOrDelete<Key extends keyof FederatedObjectStatus>(
  status: FederatedObjectStatus,
  key: Key,
  value: FederatedObjectStatus[Key] | undefined,
): void {
  if (value === undefined) delete status[key];
  else status[key] = value;
}
