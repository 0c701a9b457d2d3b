import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { isConflict, isNotFound } from '../../../controller/kube/errors.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import { isSelected, type Workload, type WorkloadEnvironment } from './environment.ts';
import { recordEvent } from './events.ts';
import { type Condition, type Node, PODS, type Pod } from './kinds.ts';
import { keyOf } from './objects.ts';
import { conditionOf, seconds } from './pods.ts';

const NAME = 'default-scheduler';

/** Binds Pods to the node with the fewest of them, or says why none will do. */
export class Scheduler implements Workload {
  readonly watches = ['pods', 'nodes'] as const;
  readonly #environment: WorkloadEnvironment;
  readonly #podsPerNode = new Map<string, Set<string>>();

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { pods, nodes } = this.#environment;
    pods.subscribe((pod) => {
      this.#count(pod);
      if (needsNode(pod)) queue.add(keyOf(pod.metadata));
    });
    nodes.subscribe(() => {
      for (const pod of pods.values()) if (needsNode(pod)) queue.add(keyOf(pod.metadata));
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const pod = this.#environment.pods.get(key);
    if (pod === undefined || !needsNode(pod)) return undefined;
    const nodes = [...this.#environment.nodes.values()];
    const refusals = nodes.map((node) => this.#refusal(pod, node));
    const fitting = nodes.filter((_, index) => refusals[index] === undefined);
    const node = fitting.sort((one, other) => this.#load(one) - this.#load(other))[0];
    if (node === undefined) await this.#refuse(pod, refusals, signal);
    else await this.#bind(pod, node.metadata.name ?? '', signal);
    return undefined;
  }

  async #bind(pod: DeepReadonly<Pod>, node: string, signal: AbortSignal): Promise<void> {
    const { name = '', namespace = '', uid } = pod.metadata;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    // Counted before it is seen: the next Pod is to go elsewhere.
    this.#podsOn(node).add(keyOf(pod.metadata));
    try {
      await this.#environment.client.createSubresource(PODS, { name, namespace }, 'binding', binding, { signal });
    } catch (error) {
      this.#podsOn(node).delete(keyOf(pod.metadata));
      if (!isNotFound(error) && !isConflict(error)) throw error;
      return;
    }
    const message = `Successfully assigned ${namespace}/${name} to ${node}`;
    await recordEvent(
      this.#environment,
      pod,
      { type: 'Normal', reason: 'Scheduled', message, component: NAME },
      signal,
    );
  }

  async #refuse(pod: DeepReadonly<Pod>, refusals: readonly (string | undefined)[], signal: AbortSignal): Promise<void> {
    const message = unschedulable(refusals);
    const before = conditionOf(pod.status?.conditions, 'PodScheduled');
    if (before?.reason === 'Unschedulable' && before.message === message) return;
    const condition: Condition = {
      type: 'PodScheduled',
      status: 'False',
      lastTransitionTime: before?.lastTransitionTime ?? seconds(this.#environment.clock),
      reason: 'Unschedulable',
      message,
    };
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    await this.#environment.pods.patchStatus(pod, { conditions: [...others, condition] }, signal);
    const event = { type: 'Warning', reason: 'FailedScheduling', message, component: NAME } as const;
    await recordEvent(this.#environment, pod, event, signal);
  }

  #refusal(pod: DeepReadonly<Pod>, { metadata, spec }: DeepReadonly<Node>): string | undefined {
    if (isSelected(this.#environment.fate.unschedulable, pod)) return 'Insufficient cpu';
    const selector = Object.entries(pod.spec.nodeSelector ?? {});
    if (!selector.every(([label, value]) => metadata.labels?.[label] === value)) {
      return "node(s) didn't match Pod's node affinity/selector";
    }
    const taint = (spec?.taints ?? []).find(({ effect, ...taint }) => {
      if (effect === 'PreferNoSchedule') return false;
      return !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, { effect, ...taint }));
    });
    if (taint !== undefined) return `node(s) had untolerated taint(s)`;
    if (spec?.unschedulable === true) return 'node(s) were unschedulable';
    return undefined;
  }

  #count(pod: DeepReadonly<Pod>): void {
    const key = keyOf(pod.metadata);
    const node = pod.spec.nodeName;
    if (node === undefined) return;
    if (this.#environment.pods.get(key) === undefined) this.#podsOn(node).delete(key);
    else this.#podsOn(node).add(key);
  }

  #podsOn(node: string): Set<string> {
    let pods = this.#podsPerNode.get(node);
    if (pods === undefined) {
      pods = new Set();
      this.#podsPerNode.set(node, pods);
    }
    return pods;
  }

  #load({ metadata }: DeepReadonly<Node>): number {
    return this.#podsPerNode.get(metadata.name ?? '')?.size ?? 0;
  }
}

function needsNode({ metadata, spec, status }: DeepReadonly<Pod>): boolean {
  if (spec.nodeName !== undefined && spec.nodeName !== '') return false;
  if (metadata.deletionTimestamp !== undefined || (spec.schedulingGates ?? []).length > 0) return false;
  return (spec.schedulerName ?? NAME) === NAME && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** In the words of kube-scheduler: `0/2 nodes are available: 2 Insufficient cpu. …`. */
function unschedulable(refusals: readonly (string | undefined)[]): string {
  if (refusals.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const refusal of refusals) counts.set(refusal ?? '', (counts.get(refusal ?? '') ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const total = refusals.length;
  const preemption = counts.has('Insufficient cpu')
    ? `${total} No preemption victims found for incoming pod`
    : `${total} Preemption is not helpful for scheduling`;
  const available = `0/${total} nodes are available`;
  return `${available}: ${reasons.join(', ')}. preemption: ${available}: ${preemption}.`;
}

function tolerates(
  {
    key = '',
    operator = 'Equal',
    value = '',
    effect = '',
  }: DeepReadonly<NonNullable<Pod['spec']['tolerations']>[number]>,
  taint: { readonly key: string; readonly value?: string; readonly effect: string },
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}
