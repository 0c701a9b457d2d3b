import { type ClusterCondition, DRAINED_CONDITION } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ReplicaSchedulingPreference } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { PAUSED_ANNOTATION } from '../../apis/well-known.ts';
import { conditionAt } from '../clusters/condition.ts';
import { isPlacedOn, type PlannedObject, toldReplicas } from './planned-object.ts';

/** Scheduled replicas of one workload that are still in a member that is being drained. */
export interface Leftover {
  /** `namespace/name` */
  readonly key: string;
  readonly replicas: number;
  /** Why they do not leave by themselves; missing while they are on their way. */
  readonly blocked?: string;
}

export interface LeftoverInput {
  readonly key: string;
  readonly cluster: string;
  readonly preference: DeepReadonly<ReplicaSchedulingPreference>;
  readonly object: DeepReadonly<PlannedObject>;
  /** What the workload there is told to run, as far as that is seen. */
  readonly seen: number | undefined;
  /** How many of all replicas have no place elsewhere, by the last plan. */
  readonly unplaced: number;
}

/** What of one workload is in the member; `undefined` when nothing is. */
export function leftoverOf(input: LeftoverInput): Leftover | undefined {
  const { key, cluster, object, seen = 0 } = input;
  const told = isPlacedOn(object, cluster) ? (toldReplicas(object, cluster) ?? 0) : 0;
  const replicas = Math.max(told, seen);
  if (replicas === 0) return undefined;
  const blocked = obstacle(input);
  return { key, replicas, ...(blocked === undefined ? {} : { blocked }) };
}

function obstacle({ preference, object, unplaced }: LeftoverInput): string | undefined {
  if (isPaused(preference) || isPaused(object)) return 'paused';
  if (object.spec.retainReplicas === true) return 'retainReplicas keeps them';
  return unplaced > 0 ? `${unplaced} without a place elsewhere` : undefined;
}

function isPaused({ metadata }: DeepReadonly<Pick<PlannedObject, 'metadata'>>): boolean {
  return metadata.annotations?.[PAUSED_ANNOTATION] === 'true';
}

const SHOWN = 10;

/** The condition that says how far a drain is. Its times move with its status. */
export function drainedCondition(
  leftovers: readonly Leftover[],
  before: DeepReadonly<ClusterCondition> | undefined,
  now: string,
): ClusterCondition {
  return conditionAt({ type: DRAINED_CONDITION, ...verdictOn(leftovers) }, before, now);
}

function verdictOn(leftovers: readonly Leftover[]): Pick<ClusterCondition, 'status' | 'reason' | 'message'> {
  if (leftovers.length === 0) return { status: 'True', reason: 'Drained', message: 'no scheduled replica is here' };
  const total = leftovers.reduce((sum, { replicas }) => sum + replicas, 0);
  // What somebody has to do something about comes first.
  const sorted = leftovers.toSorted(
    (a, b) => Number(a.blocked === undefined) - Number(b.blocked === undefined) || (a.key < b.key ? -1 : 1),
  );
  const words = sorted
    .slice(0, SHOWN)
    .map(({ key, replicas, blocked }) => `${key} ${replicas}${blocked === undefined ? '' : ` (${blocked})`}`);
  const more = sorted.length > SHOWN ? ` and ${sorted.length - SHOWN} more` : '';
  const stuck = leftovers.every(({ blocked }) => blocked !== undefined);
  return {
    status: 'False',
    reason: stuck ? 'Blocked' : 'Moving',
    message: `scheduled replicas here: ${total}, of ${words.join(', ')}${more}`,
  };
}
