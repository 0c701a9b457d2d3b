import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import type { DaemonSet, Node, Pod } from './kinds.ts';
import { controllerKey, keyOf } from './objects.ts';
import { isActive, isReady, podFrom } from './pods.ts';
import { templateHash } from './template-hash.ts';

const REVISION_LABEL = 'controller-revision-hash';

/** DaemonSets: a Pod on each node that the template's nodeSelector allows. Updates go node by node. */
export class DaemonSets implements Workload {
  readonly watches = ['daemonSets', 'pods', 'nodes'] as const;
  readonly #environment: WorkloadEnvironment;

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { daemonSets, pods, nodes } = this.#environment;
    daemonSets.subscribe(({ metadata }) => queue.add(keyOf(metadata)));
    pods.subscribe((pod) => {
      const key = controllerKey(pod, 'DaemonSet');
      if (key !== undefined) queue.add(key);
    });
    nodes.subscribe(() => {
      for (const { metadata } of daemonSets.values()) queue.add(keyOf(metadata));
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { daemonSets, pods } = this.#environment;
    const set = daemonSets.get(key);
    if (set === undefined) return undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      const nodes = this.#nodes(set);
      const own = pods.controlledBy(set.metadata.uid);
      for (const node of nodes) {
        const here = own.some((pod) => pod.spec.nodeName === node && !hasEnded(pod));
        if (!here) await pods.create(this.#pod(set, node), signal);
      }
      const misplaced = own.filter((pod) => !nodes.includes(pod.spec.nodeName ?? '') || hasEnded(pod));
      for (const pod of misplaced) if (pod.metadata.deletionTimestamp === undefined) await pods.delete(pod, signal);
      await this.#update(set, signal);
    }
    await this.#report(key, signal);
    return undefined;
  }

  /** One Pod of an older template at a time, once all others are ready. */
  async #update(set: DeepReadonly<DaemonSet>, signal: AbortSignal): Promise<void> {
    if (set.spec.updateStrategy?.type === 'OnDelete') return;
    const { pods } = this.#environment;
    const own = pods.controlledBy(set.metadata.uid);
    const [outdated] = own.filter((pod) => isActive(pod) && !isCurrent(set, pod));
    const othersReady = own.every((pod) => pod === outdated || !isCurrent(set, pod) || isReady(pod));
    const oneGoes = own.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (outdated !== undefined && othersReady && !oneGoes) await pods.delete(outdated, signal);
  }

  #pod(set: DeepReadonly<DaemonSet>, nodeName: string): Pod {
    const labels = {
      [REVISION_LABEL]: templateHash(set.spec.template),
      'pod-template-generation': set.metadata.annotations?.['deprecated.daemonset.template.generation'] ?? '1',
    };
    return podFrom(set, set.spec.template, { labels, spec: { nodeName } });
  }

  async #report(key: string, signal: AbortSignal): Promise<void> {
    const { daemonSets, pods } = this.#environment;
    const set = daemonSets.get(key);
    if (set === undefined) return;
    const nodes = this.#nodes(set);
    const active = pods.controlledBy(set.metadata.uid).filter(isActive);
    const scheduled = active.filter(({ spec }) => nodes.includes(spec.nodeName ?? ''));
    const ready = scheduled.filter(isReady).length;
    const status: Record<string, unknown> = {
      observedGeneration: set.metadata.generation ?? 0,
      currentNumberScheduled: scheduled.length,
      desiredNumberScheduled: nodes.length,
      numberMisscheduled: active.length - scheduled.length,
      numberReady: ready,
      numberAvailable: ready || null,
      numberUnavailable: nodes.length - ready || null,
      updatedNumberScheduled: scheduled.filter((pod) => isCurrent(set, pod)).length || null,
    };
    const before = set.status ?? {};
    const known = Object.fromEntries(Object.keys(status).map((name) => [name, before[name] ?? null]));
    if (!isEqual(known, status)) await daemonSets.patchStatus(set, status, signal);
  }

  #nodes({ spec }: DeepReadonly<DaemonSet>): string[] {
    const selector = Object.entries(spec.template.spec.nodeSelector ?? {});
    const fits = ({ metadata }: DeepReadonly<Node>) =>
      selector.every(([label, value]) => metadata.labels?.[label] === value);
    return [...this.#environment.nodes.values()].filter(fits).map(({ metadata }) => metadata.name ?? '');
  }
}

function isCurrent({ spec }: DeepReadonly<DaemonSet>, { metadata }: DeepReadonly<Pod>): boolean {
  return metadata.labels?.[REVISION_LABEL] === templateHash(spec.template);
}

function hasEnded({ status }: DeepReadonly<Pod>): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
