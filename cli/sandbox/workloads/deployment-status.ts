import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clock } from '../../../controller/time/clock.ts';
import type { Condition, Deployment, ReplicaSet } from './kinds.ts';
import { conditionOf, seconds } from './pods.ts';
import { boundsOf } from './rolling-update.ts';

type Set = DeepReadonly<ReplicaSet>;

export interface DeploymentReport {
  /** What to write, as a merge patch; `undefined`: it says all that already. */
  readonly status: Record<string, unknown> | undefined;
  readonly complete: boolean;
  /** When to look again although nothing happens: the deadline. */
  readonly againInMs: number | undefined;
}

/** What a Deployment's status says, for people and `kubectl rollout status`. Kubernetes: `syncRolloutStatus`. */
export function deploymentStatus(
  deployment: DeepReadonly<Deployment>,
  sets: readonly Set[],
  newest: Set | undefined,
  clock: Clock,
): DeploymentReport {
  const wanted = deployment.spec.replicas ?? 1;
  const total = (field: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas'): number =>
    sets.reduce((sum, { status }) => sum + Number(status?.[field] ?? 0), 0);
  const counts = {
    replicas: total('replicas'),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: total('readyReplicas'),
    availableReplicas: total('availableReplicas'),
    unavailableReplicas: 0,
    terminatingReplicas: total('terminatingReplicas'),
  };
  const specified = sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
  counts.unavailableReplicas = Math.max(0, specified - counts.availableReplicas);
  const complete =
    counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas === wanted;

  const before = deployment.status ?? {};
  const progress = progressing(deployment, newest, counts, complete, clock);
  const conditions = [
    ...(before.conditions ?? []).filter(({ type }) => type !== 'Available' && type !== 'Progressing'),
    available(deployment, counts.availableReplicas, clock),
    ...(progress.condition === undefined ? [] : [progress.condition]),
  ];
  const status = { observedGeneration: deployment.metadata.generation ?? 0, ...zeroesAway(counts), conditions };
  const known = Object.fromEntries(
    Object.keys(status).map((name) => [name, before[name] ?? (name === 'terminatingReplicas' ? 0 : null)]),
  );
  const same = isEqual(sorted(known), sorted(status));
  return { status: same ? undefined : status, complete, againInMs: complete ? undefined : progress.againInMs };
}

function available(deployment: DeepReadonly<Deployment>, replicas: number, clock: Clock): Condition {
  const wanted = deployment.spec.replicas ?? 1;
  const recreates = deployment.spec.strategy?.type === 'Recreate';
  const { unavailable } = recreates
    ? { unavailable: 0 }
    : boundsOf(wanted, deployment.spec.strategy?.rollingUpdate ?? {});
  const enough = replicas >= wanted - unavailable;
  return changed(
    deployment,
    enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    false,
    clock,
  );
}

function progressing(
  deployment: DeepReadonly<Deployment>,
  newest: Set | undefined,
  counts: {
    readonly updatedReplicas: number;
    readonly readyReplicas: number;
    readonly availableReplicas: number;
    readonly replicas: number;
  },
  complete: boolean,
  clock: Clock,
): { condition: Condition | undefined; againInMs: number | undefined } {
  const before = conditionOf(deployment.status?.conditions, 'Progressing');
  const what =
    newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newest.metadata.name}"`;
  const say = (status: 'True' | 'False', reason: string, message: string, moves: boolean): Condition =>
    changed(deployment, { type: 'Progressing', status, reason, message }, moves, clock);
  if (deployment.spec.paused === true) {
    if (before?.reason === 'DeploymentPaused') return { condition: before, againInMs: undefined };
    return { condition: say('False', 'DeploymentPaused', 'Deployment is paused', true), againInMs: undefined };
  }
  // A rollout that has ended stays so, whatever becomes of its Pods afterwards.
  const rolledOut =
    before?.reason === 'NewReplicaSetAvailable' && before.message === `${what} has successfully progressed.`;
  if (complete || rolledOut) {
    return {
      condition: rolledOut
        ? before
        : say('True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, true),
      againInMs: undefined,
    };
  }
  const moved =
    counts.updatedReplicas !== (deployment.status?.updatedReplicas ?? 0) ||
    counts.readyReplicas > (deployment.status?.readyReplicas ?? 0) ||
    counts.availableReplicas > (deployment.status?.availableReplicas ?? 0);
  const message = `${what} is progressing.`;
  const isNew = before?.message !== message && before?.message !== `${what} has timed out progressing.`;
  if (before === undefined || moved || isNew) {
    return { condition: say('True', 'ReplicaSetUpdated', message, true), againInMs: deadlineOf(deployment) };
  }
  if (before.reason === 'ProgressDeadlineExceeded') return { condition: before, againInMs: undefined };
  const left = Date.parse(before.lastUpdateTime ?? '') + deadlineOf(deployment) - clock.now();
  if (left > 0) return { condition: before, againInMs: left };
  const timedOut = `${what} has timed out progressing.`;
  return { condition: say('False', 'ProgressDeadlineExceeded', timedOut, true), againInMs: undefined };
}

/** The condition with its times: `moves` says that something happened although it reads the same. */
function changed(deployment: DeepReadonly<Deployment>, next: Condition, moves: boolean, clock: Clock): Condition {
  const before = conditionOf(deployment.status?.conditions, next.type);
  const now = seconds(clock);
  const same = before?.status === next.status && before.reason === next.reason && before.message === next.message;
  if (before !== undefined && same && !moves) return before;
  const lastTransitionTime = before?.status === next.status ? (before.lastTransitionTime ?? now) : now;
  return { ...next, lastUpdateTime: now, lastTransitionTime };
}

function deadlineOf({ spec }: DeepReadonly<Deployment>): number {
  return (spec.progressDeadlineSeconds ?? 600) * 1_000;
}

/** Go leaves out zeroes; a merge patch takes them away. */
function zeroesAway(counts: Record<string, number>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, count === 0 && name !== 'terminatingReplicas' ? null : count]),
  );
}

function sorted(status: Record<string, unknown>): unknown {
  const { conditions, ...rest } = status;
  const list = [...((conditions ?? []) as Condition[])].sort((one, other) => (one.type < other.type ? -1 : 1));
  return { ...rest, conditions: list };
}
