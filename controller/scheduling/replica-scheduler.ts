import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ReplicaSchedulingPreference } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { PAUSED_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../kube/client.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { keyOf, splitKey } from '../kube/resource.ts';
import type { ReconcileResult } from '../runtime/controller.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { MemberClusters } from '../sync/environment.ts';
import type { FederatedNamespaces } from '../sync/federated-namespaces.ts';
import { namespacePlacementOf } from '../sync/placement/placement.ts';
import { validateOverrides } from '../sync/render/overrides.ts';
import type { Clock } from '../time/clock.ts';
import type { Attendance } from './attendance.ts';
import { CapacityMemory } from './capacity-memory.ts';
import { type CordonedInput, type CordonedPlan, planBesideCordons } from './cordoned-plan.ts';
import { countingMembers } from './counting-members.ts';
import { eligibleClusters } from './eligible-clusters.ts';
import { inWords, notEnabled, podsForbidden } from './event-messages.ts';
import type { MemberState } from './member-state.ts';
import { fieldsFor, overridesByLabels, type PlannedObject, toldReplicas } from './planned-object.ts';
import type { PlannedType } from './planned-type.ts';
import { type PlannerInput, preferencesOf } from './planner.ts';
import type { PodReader } from './pod-reader.ts';
import { planningFault } from './preference-fault.ts';
import { least } from './soonest.ts';
import { type Survey, surveyMembers } from './survey.ts';
import { readyOf, wantedOf } from './workload.ts';

export interface ReplicaSchedulerOptions {
  readonly host: Client;
  readonly preferences: { get(key: string): DeepReadonly<ReplicaSchedulingPreference> | undefined };
  /** The running type of a federated kind. */
  readonly typeOf: (federatedKind: string) => PlannedType | undefined;
  readonly clusters: MemberClusters;
  readonly namespaces: FederatedNamespaces;
  /** As for {@link namespacePlacementOf}. */
  readonly inEveryMember: boolean;
  readonly attendance: Attendance;
  readonly pods: PodReader;
  /** Where it is told what does not fit. */
  readonly drains: { noteUnplaced(key: string, replicas: number): void; forget(key: string): void };
  readonly events: EventRecorder;
  readonly clock: Clock;
}

const SOURCE = 'replicaschedulingpreference-controller';
/** The host is written to at most this often for one object, however fast wishes change. */
const WRITE_EVERY_MS = 1_000;
const LOOK_AGAIN_MS = 250;
/** What does not settle is looked at again after this, twice this, … */
const RECHECK = { firstMs: 5_000, mostMs: 60_000 };

/** What is remembered of one preference between two looks. Nothing of it is needed after a restart. */
interface Memory {
  writtenAt: number;
  /** What the last look saw, and how many looks saw the same. */
  seen: string;
  looks: number;
  readonly capacity: CapacityMemory;
}

/** Takes one preference to what it asks for: looks, plans, and writes the plan into the federated object when that says otherwise. */
export class ReplicaScheduler {
  readonly #options: ReplicaSchedulerOptions;
  readonly #memories = new Map<string, Memory>();
  /** Ids of the runs under way, by key: there is never a second one of the same key. */
  readonly #runs = new Map<string, string>();

  constructor(options: ReplicaSchedulerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, signal: AbortSignal, reconcileId: string): Promise<ReconcileResult | undefined> {
    this.#runs.set(key, reconcileId);
    try {
      return await this.#advance(key, signal);
    } finally {
      this.#runs.delete(key);
    }
  }

  async #advance(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { preferences, typeOf, namespaces } = this.#options;
    const preference = preferences.get(key);
    if (preference === undefined || isResting(preference)) {
      this.#forget(key);
      return undefined;
    }
    const fault = planningFault(preference);
    if (fault !== undefined) return this.#warn(preference, 'InvalidPreference', `${fault.path} ${fault.message}`);
    const { targetKind } = preference.spec;
    const type = typeOf(targetKind);
    if (type === undefined) return this.#warn(preference, 'TargetKindNotEnabled', notEnabled(targetKind));
    // All keys come back when they are.
    if (!type.objects.synced || !namespaces.store.synced) return undefined;
    const object = type.objects.get(key);
    if (object === undefined || isResting(object)) return undefined;
    const mistake = validateOverrides(object.spec.overrides);
    if (mistake !== undefined) return this.#warn(preference, 'InvalidOverrides', mistake);
    return this.#schedule(key, preference, type, object, signal);
  }

  async #schedule(
    key: string,
    preference: DeepReadonly<ReplicaSchedulingPreference>,
    type: PlannedType,
    object: DeepReadonly<PlannedObject>,
    signal: AbortSignal,
  ): Promise<ReconcileResult | undefined> {
    const { namespaces, inEveryMember, drains } = this.#options;
    const counting = countingMembers({ ...this.#options, key, type, object });
    if (counting.members === undefined) return after(counting.changesInMs);
    const { members, cordoned, changesInMs } = counting;
    const ofNamespace = namespacePlacementOf(namespaces.in(object.metadata.namespace ?? ''), { inEveryMember });
    const eligible = eligibleClusters(members, object, preference.spec, ofNamespace);
    if ('fault' in eligible) return this.#warn(preference, 'NoClusterSelected', eligible.fault);
    // Where nobody can be reached the last plan stands.
    if (eligible.clusters.length === 0) return after(changesInMs);

    const survey = surveyMembers({ ...this.#options, key, type, object }, eligible.clusters);
    if (survey.waiting === 'answer') return undefined;
    if (survey.waiting === 'list') return { requeueAfterMs: LOOK_AGAIN_MS };
    for (const cluster of survey.forbidden)
      this.#warn(preference, 'PodsForbidden', podsForbidden(cluster, type.target));

    const memory = this.#memory(key);
    const states = memory.capacity.recall(survey.states, survey.workloads);
    const plan = planBesideCordons({
      ...preferencesOf(preference.spec),
      ...planned(states),
      ...presentIn(object, survey, eligible.clusters, cordoned),
      clusters: eligible.clusters.filter((cluster) => cordoned.get(cluster) !== 'draining'),
      key,
    });
    drains.noteUnplaced(key, plan.unplaced);
    const wait = await this.#write(key, preference, type, object, plan, memory, signal);
    return after(least([wait, changesInMs, recheckIn(memory, survey)]));
  }

  /** Returns how long the write has to wait, if it has to. */
  async #write(
    key: string,
    preference: DeepReadonly<ReplicaSchedulingPreference>,
    type: PlannedType,
    object: DeepReadonly<PlannedObject>,
    plan: CordonedPlan,
    memory: Memory,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { host, clock } = this.#options;
    const fields = fieldsFor(object, plan.replicas);
    if (fields === undefined) return undefined;
    const early = memory.writtenAt + WRITE_EVERY_MS - clock.monotonic();
    if (early > 0) return early;
    const { namespace = '', name } = splitKey(key);
    const { resourceVersion } = object.metadata;
    try {
      const body = { metadata: { resourceVersion }, spec: fields };
      const written = await host.patch<PlannedObject>(
        type.federated,
        { namespace, name },
        { type: 'merge', body },
        { signal },
      );
      type.objects.noteWrite(written);
      memory.writtenAt = clock.monotonic();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (isConflict(error)) return LOOK_AGAIN_MS;
      this.#warn(preference, 'SchedulingFailed', error instanceof Error ? error.message : String(error));
      throw error;
    }
    this.#tellPlan(preference, object, plan.replicas);
    return undefined;
  }

  #tellPlan(
    preference: DeepReadonly<ReplicaSchedulingPreference>,
    object: DeepReadonly<PlannedObject>,
    replicas: ReadonlyMap<string, number>,
  ): void {
    const { totalReplicas, targetKind } = preference.spec;
    const placed = [...replicas.values()].reduce((sum, each) => sum + each, 0);
    this.#tell(preference, 'Normal', 'ReplicasScheduled', inWords(replicas));
    if (placed < totalReplicas) {
      const message = `${totalReplicas - placed} of ${totalReplicas} replicas have no place: every cluster is at its maximum, without weight, cordoned or full`;
      this.#warn(preference, 'ReplicasUnplaced', message);
    }
    if (overridesByLabels(object)) {
      const message = `spec.overrides of the ${targetKind} set /spec/replicas by a clusterSelector: later entries win over the plan`;
      this.#warn(preference, 'ReplicasOverridden', message);
    }
    if (object.spec.retainReplicas === true) {
      const message = `spec.retainReplicas of the ${targetKind} lets each cluster keep its own replicas: only new copies follow the plan`;
      this.#warn(preference, 'ReplicasRetained', message);
    }
  }

  #warn(preference: DeepReadonly<ReplicaSchedulingPreference>, reason: string, message: string): undefined {
    this.#tell(preference, 'Warning', reason, message);
    return undefined;
  }

  #tell(
    preference: DeepReadonly<ReplicaSchedulingPreference>,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    const run = this.#runs.get(keyOf(preference.metadata));
    this.#options.events.record(preference, type, reason, message, SOURCE, run);
  }

  #memory(key: string): Memory {
    const known = this.#memories.get(key);
    if (known !== undefined) return known;
    const memory = { writtenAt: Number.NEGATIVE_INFINITY, seen: '', looks: 0, capacity: new CapacityMemory() };
    this.#memories.set(key, memory);
    return memory;
  }

  #forget(key: string): void {
    this.#memories.delete(key);
    this.#options.pods.forget(key);
    this.#options.drains.forget(key);
  }
}

/** Deleted or paused: what was planned last stays. */
function isResting({ metadata }: DeepReadonly<ReplicaSchedulingPreference | PlannedObject>): boolean {
  return metadata.deletionTimestamp !== undefined || metadata.annotations?.[PAUSED_ANNOTATION] === 'true';
}

/** The states as the planner takes them. */
function planned(states: ReadonlyMap<string, MemberState>): Pick<PlannerInput, 'current' | 'capacity'> {
  const current = new Map<string, number>();
  const capacity = new Map<string, number>();
  for (const [cluster, state] of states) {
    current.set(cluster, state.current);
    if (state.capacity !== undefined) capacity.set(cluster, state.capacity);
  }
  return { current, capacity };
}

/** What the clusters have that are to get nothing new, and what of it all is ready. */
function presentIn(
  object: DeepReadonly<PlannedObject>,
  { workloads }: Survey,
  clusters: readonly string[],
  cordoned: ReadonlyMap<string, 'held' | 'draining'>,
): Pick<CordonedInput, 'held' | 'draining' | 'ready'> {
  const present = { held: new Map<string, number>(), draining: new Map<string, number>() };
  for (const cluster of clusters) {
    const how = cordoned.get(cluster);
    const workload = workloads.get(cluster);
    const has = toldReplicas(object, cluster) ?? (workload === undefined ? 0 : wantedOf(workload));
    if (how !== undefined) present[how].set(cluster, has);
  }
  return { ...present, ready: new Map([...workloads].map(([cluster, each]) => [cluster, readyOf(each)])) };
}

/** When to look again although nothing was heard: soon after a change, then more and more rarely. */
function recheckIn(memory: Memory, { states }: Survey): number | undefined {
  const seen = JSON.stringify([...states]);
  memory.looks = seen === memory.seen ? memory.looks + 1 : 0;
  memory.seen = seen;
  const unsettled = [...states.values()].filter(({ settled }) => !settled);
  if (unsettled.length === 0) return undefined;
  const recheck = Math.min(RECHECK.firstMs * 2 ** memory.looks, RECHECK.mostMs);
  return least([recheck, ...unsettled.map(({ changesInMs }) => changesInMs)]);
}

function after(ms: number | undefined): ReconcileResult | undefined {
  return ms === undefined ? undefined : { requeueAfterMs: ms };
}
