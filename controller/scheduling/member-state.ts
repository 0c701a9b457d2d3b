import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { nextVerdictIn, type PodCensus, unschedulableAt } from './pod-census.ts';
import { isSettled, readyOf, type Workload, wantedOf } from './workload.ts';

/** What a plan knows of one member. */
export interface MemberState {
  /** Replicas that run. */
  readonly current: number;
  /** The most that it can run; undefined while nothing says that there is a limit. */
  readonly capacity?: number;
  /** It runs what it was told to run. */
  readonly settled: boolean;
  /** Milliseconds until Pods that wait for a node count as unschedulable. */
  readonly changesInMs?: number;
}

/**
 * Reads a member's workload as KubeFed does: what is ready where that is all that is wanted, else the Pods that run; and
 * when Pods have been refused by every node for a minute, the rest is all the member can run. Two numbers are held within
 * reason, where KubeFed's go astray during a rollout: Pods beyond the wanted number do not count as running, for they
 * are about to go, and a capacity is never negative.
 *
 * @param told what the federated object has for this member
 * @param pods undefined where they cannot be listed: then ready Pods are all that is known to run, and nothing of capacity.
 */
export function memberState(
  workload: DeepReadonly<Workload>,
  told: number | undefined,
  pods: PodCensus | undefined,
  now: number,
): MemberState {
  const wanted = wantedOf(workload);
  if (isSettled(workload)) return { current: wanted, settled: told === undefined || told === wanted };
  if (pods === undefined) return { current: Math.min(readyOf(workload), wanted), settled: false };
  const unschedulable = unschedulableAt(pods, now);
  const changesInMs = nextVerdictIn(pods, now);
  return {
    current: Math.min(pods.running, wanted),
    settled: false,
    ...(unschedulable > 0 ? { capacity: Math.max(0, wanted - unschedulable) } : {}),
    ...(changesInMs === undefined ? {} : { changesInMs }),
  };
}

/** Of a member that cannot be asked: it goes on with what it was told. */
export function unseenState(told: number | undefined): MemberState {
  return { current: told ?? 0, settled: true };
}

/** Of a member that has no such workload, or not yet. */
export function absentState(told: number | undefined): MemberState {
  return { current: 0, settled: (told ?? 0) === 0 };
}
