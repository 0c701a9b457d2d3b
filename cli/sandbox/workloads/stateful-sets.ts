import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import type { Pod, StatefulSet } from './kinds.ts';
import { controllerKey, keyOf } from './objects.ts';
import { isActive, isReady, podFrom } from './pods.ts';
import { templateHash } from './template-hash.ts';

const REVISION_LABEL = 'controller-revision-hash';

/** StatefulSets: Pods with ordinals, one after the other. Without volumes and without ControllerRevisions. */
export class StatefulSets implements Workload {
  readonly watches = ['statefulSets', 'pods'] as const;
  readonly #environment: WorkloadEnvironment;

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { statefulSets, pods } = this.#environment;
    statefulSets.subscribe(({ metadata }) => queue.add(keyOf(metadata)));
    pods.subscribe((pod) => {
      const key = controllerKey(pod, 'StatefulSet');
      if (key !== undefined) queue.add(key);
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const set = this.#environment.statefulSets.get(key);
    if (set === undefined) return undefined;
    if (set.metadata.deletionTimestamp === undefined) await this.#step(set, signal);
    await this.#report(key, signal);
    return undefined;
  }

  /** One Pod at a time in the order of ordinals, unless the set says that all may go at once. */
  async #step(set: DeepReadonly<StatefulSet>, signal: AbortSignal): Promise<void> {
    const { pods } = this.#environment;
    const atOnce = set.spec.podManagementPolicy === 'Parallel';
    const first = set.spec.ordinals?.start ?? 0;
    const wanted = Array.from({ length: set.spec.replicas ?? 1 }, (_, index) => first + index);
    const byOrdinal = new Map(this.#pods(set).map((pod) => [ordinalOf(pod), pod]));
    for (const ordinal of wanted) {
      const pod = byOrdinal.get(ordinal);
      if (pod === undefined) await pods.create(this.#pod(set, ordinal), signal);
      else if (!isActive(pod) && pod.metadata.deletionTimestamp === undefined) await pods.delete(pod, signal);
      else if (isActive(pod) && isReady(pod)) continue;
      if (!atOnce) return;
    }
    const surplus = [...byOrdinal]
      .filter(([ordinal]) => !wanted.includes(ordinal))
      .sort(([one], [other]) => other - one);
    for (const [, pod] of surplus) {
      if (pod.metadata.deletionTimestamp === undefined) await pods.delete(pod, signal);
      if (!atOnce) return;
    }
    await this.#update(set, byOrdinal, wanted, signal);
  }

  /** The highest ordinal that is out of date goes, and comes back from the new template. */
  async #update(
    set: DeepReadonly<StatefulSet>,
    byOrdinal: ReadonlyMap<number, DeepReadonly<Pod>>,
    wanted: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
    if (type === 'OnDelete') return;
    const outdated = wanted.findLast((ordinal) => {
      const pod = byOrdinal.get(ordinal);
      return ordinal >= (rollingUpdate?.partition ?? 0) && pod !== undefined && revisionOf(pod) !== revisionFor(set);
    });
    const pod = outdated === undefined ? undefined : byOrdinal.get(outdated);
    if (pod !== undefined && isActive(pod)) await this.#environment.pods.delete(pod, signal);
  }

  #pod(set: DeepReadonly<StatefulSet>, ordinal: number): Pod {
    const name = `${set.metadata.name}-${ordinal}`;
    const labels = {
      'apps.kubernetes.io/pod-index': String(ordinal),
      [REVISION_LABEL]: revisionFor(set),
      'statefulset.kubernetes.io/pod-name': name,
    };
    const { serviceName } = set.spec;
    const spec = { hostname: name, ...(serviceName === undefined ? {} : { subdomain: serviceName }) };
    return podFrom(set, set.spec.template, { name, labels, spec });
  }

  async #report(key: string, signal: AbortSignal): Promise<void> {
    const { statefulSets } = this.#environment;
    const set = statefulSets.get(key);
    if (set === undefined) return;
    const active = this.#pods(set).filter(isActive);
    const updateRevision = revisionFor(set);
    const updated = active.filter((pod) => revisionOf(pod) === updateRevision);
    const ready = active.filter(isReady).length;
    const before = set.status ?? {};
    const rolledOut = updated.length === active.length && active.length === (set.spec.replicas ?? 1);
    const currentRevision = rolledOut ? updateRevision : (before.currentRevision ?? updateRevision);
    const status: Record<string, unknown> = {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: active.length,
      readyReplicas: ready === 0 ? null : ready,
      availableReplicas: ready,
      currentReplicas: active.filter((pod) => revisionOf(pod) === currentRevision).length || null,
      updatedReplicas: updated.length || null,
      currentRevision,
      updateRevision,
      collisionCount: 0,
    };
    const known = Object.fromEntries(Object.keys(status).map((name) => [name, before[name] ?? null]));
    if (!isEqual(known, status)) await statefulSets.patchStatus(set, status, signal);
  }

  #pods(set: DeepReadonly<StatefulSet>): DeepReadonly<Pod>[] {
    return this.#environment.pods.controlledBy(set.metadata.uid);
  }
}

function revisionFor({ metadata, spec }: DeepReadonly<StatefulSet>): string {
  return `${metadata.name}-${templateHash(spec.template)}`;
}

function revisionOf({ metadata }: DeepReadonly<Pod>): string {
  return metadata.labels?.[REVISION_LABEL] ?? '';
}

function ordinalOf({ metadata }: DeepReadonly<Pod>): number {
  return Number(/-(\d+)$/.exec(metadata.name ?? '')?.[1] ?? -1);
}
