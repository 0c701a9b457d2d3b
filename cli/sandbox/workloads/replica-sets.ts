import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { matches } from '../../../controller/kube/label-selector.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import type { Pod, ReplicaSet } from './kinds.ts';
import { controllerKey, keyOf } from './objects.ts';
import { inOrderOfDispensability, isActive, isReady, podFrom, untilAvailable } from './pods.ts';

/** Writes at a time for one ReplicaSet. */
const BURST = 20;

/** Keeps as many Pods as a ReplicaSet asks for. */
export class ReplicaSets implements Workload {
  readonly watches = ['replicaSets', 'pods'] as const;
  readonly #environment: WorkloadEnvironment;

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { replicaSets, pods } = this.#environment;
    replicaSets.subscribe(({ metadata }) => queue.add(keyOf(metadata)));
    pods.subscribe((pod) => {
      const key = controllerKey(pod, 'ReplicaSet');
      if (key !== undefined) queue.add(key);
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { replicaSets, pods } = this.#environment;
    const set = replicaSets.get(key);
    if (set === undefined) return undefined;
    const own = pods.controlledBy(set.metadata.uid);
    const active = own.filter((pod) => isActive(pod) && matches(set.spec.selector, pod.metadata.labels));
    if (set.metadata.deletionTimestamp === undefined) await this.#scale(set, active, signal);
    return await this.#report(key, signal);
  }

  async #scale(set: DeepReadonly<ReplicaSet>, active: DeepReadonly<Pod>[], signal: AbortSignal): Promise<void> {
    const { pods } = this.#environment;
    const missing = (set.spec.replicas ?? 1) - active.length;
    for (let left = missing; left > 0; left -= BURST) {
      const batch = Array.from({ length: Math.min(left, BURST) }, () => podFrom(set, set.spec.template));
      await Promise.all(batch.map((pod) => pods.create(pod, signal)));
    }
    const surplus = inOrderOfDispensability(active).slice(0, Math.max(0, -missing));
    for (let from = 0; from < surplus.length; from += BURST) {
      await Promise.all(surplus.slice(from, from + BURST).map((pod) => pods.delete(pod, signal)));
    }
  }

  async #report(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { replicaSets, pods, clock } = this.#environment;
    const set = replicaSets.get(key);
    if (set === undefined) return undefined;
    const own = pods.controlledBy(set.metadata.uid);
    const active = own.filter(isActive);
    const waits = active.map((pod) => untilAvailable(pod, set.spec.minReadySeconds ?? 0, clock));
    const templateLabels = Object.entries(set.spec.template.metadata?.labels ?? {});
    const labelled = active.filter(({ metadata }) =>
      templateLabels.every(([name, value]) => metadata.labels?.[name] === value),
    );
    const counts = {
      replicas: active.length,
      fullyLabeledReplicas: labelled.length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: waits.filter((wait) => wait === 0).length,
      terminatingReplicas: own.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length,
      observedGeneration: set.metadata.generation ?? 0,
    };
    const before = Object.fromEntries(
      Object.keys(counts).map((name) => [name, (set.status as Record<string, unknown> | undefined)?.[name] ?? 0]),
    );
    if (!isEqual(before, counts)) await replicaSets.patchStatus(set, withoutZeros(counts), signal);
    const next = waits.filter((wait) => wait !== undefined && wait > 0);
    return next.length === 0 ? undefined : { requeueAfterMs: Math.min(...(next as number[])) };
  }
}

/** Go leaves out what is zero, but for these. A merge patch has to take away what was more before. */
export function withoutZeros(counts: Record<string, number>): Record<string, number | null> {
  const always = new Set(['replicas', 'observedGeneration', 'terminatingReplicas']);
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, count === 0 && !always.has(name) ? null : count]),
  );
}
