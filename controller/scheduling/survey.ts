import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { MemberClusters } from '../sync/environment.ts';
import type { Clock } from '../time/clock.ts';
import { absentState, type MemberState, memberState, unseenState } from './member-state.ts';
import { type PlannedObject, toldReplicas } from './planned-object.ts';
import type { PlannedType } from './planned-type.ts';
import type { PodReader } from './pod-reader.ts';
import { isSettled, type Workload } from './workload.ts';

/** What the members of one workload look like. */
export interface Survey {
  readonly states: Map<string, MemberState>;
  readonly workloads: Map<string, DeepReadonly<Workload>>;
  /** Members whose Pods may not be listed. */
  readonly forbidden: string[];
  /** Something is still to be heard of. */
  waiting: 'answer' | 'list' | undefined;
}

export interface SurveyOptions {
  readonly key: string;
  readonly type: PlannedType;
  readonly object: DeepReadonly<PlannedObject>;
  readonly clusters: MemberClusters;
  readonly pods: PodReader;
  readonly clock: Clock;
}

/** Looks at what these members run, from caches; what has to be asked for is asked for and not waited for. */
export function surveyMembers(options: SurveyOptions, names: readonly string[]): Survey {
  const survey: Survey = { states: new Map(), workloads: new Map(), forbidden: [], waiting: undefined };
  for (const name of names) {
    const state = stateOf(options, name, survey);
    if (state !== undefined) survey.states.set(name, state);
  }
  return survey;
}

function stateOf(options: SurveyOptions, cluster: string, survey: Survey): MemberState | undefined {
  const { key, type, object, clusters, pods, clock } = options;
  const told = toldReplicas(object, cluster);
  const accessor = clusters.get(cluster);
  if (accessor === undefined || !accessor.ready) return unseenState(told);
  const look = type.workloadIn(cluster, key);
  if (look.state === 'unknown') return unseenState(told);
  if (look.state === 'starting') {
    survey.waiting ??= 'list';
    return undefined;
  }
  const { workload } = look;
  if (workload === undefined) return absentState(told);
  survey.workloads.set(cluster, workload);
  if (isSettled(workload)) return memberState(workload, told, undefined, clock.now());
  const seen = pods.look(accessor, key, workload);
  if (seen.state === 'asking') {
    survey.waiting = 'answer';
    return undefined;
  }
  if (seen.state === 'unknown' && seen.forbidden) survey.forbidden.push(cluster);
  return memberState(workload, told, seen.state === 'known' ? seen.pods : undefined, clock.now());
}
