import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { isNotFound } from '../../../controller/kube/errors.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import { isSelected, type Workload, type WorkloadEnvironment } from './environment.ts';
import { recordEvent } from './events.ts';
import { LEASES, type Pod } from './kinds.ts';
import { leaseOf, nodeAddress, nodeNamed, nodeStatus } from './nodes.ts';
import { keyOf } from './objects.ts';
import { PodAddresses } from './pod-addresses.ts';
import { backOffSeconds, type PodStage, podStatus } from './pod-status.ts';
import { conditionOf, seconds } from './pods.ts';

/** How often a node says that it is alive; Kubernetes gives it up after 50 s without. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT = 'heartbeat/';
const NOT_READY = 'node.kubernetes.io/not-ready';

/**
 * Plays some nodes: registers them, lets their Pods run, become ready, end or crash, and lets go of those that are deleted. With `heartbeats` it keeps the
 * nodes alive in the eyes of a real node controller; without, an idle cluster has no timers.
 */
export class Kubelet implements Workload {
  readonly watches = ['pods', 'nodes'] as const;
  readonly #environment: WorkloadEnvironment;
  readonly #heartbeats: boolean;
  readonly #addresses: PodAddresses;
  /** By UID, when something happens to a Pod next, by the monotonic clock: its own status knows whole seconds only. */
  readonly #due = new Map<string, number>();
  #queue: WorkQueue | undefined;

  constructor(environment: WorkloadEnvironment, options: { readonly heartbeats: boolean }) {
    this.#environment = environment;
    this.#heartbeats = options.heartbeats;
    this.#addresses = new PodAddresses(environment.podCidr);
  }

  subscribe(queue: WorkQueue): void {
    const { pods, nodes } = this.#environment;
    this.#queue = queue;
    pods.subscribe((pod) => {
      const key = keyOf(pod.metadata);
      const uid = pod.metadata.uid ?? '';
      if (pods.get(key)?.metadata.uid === uid) {
        if (this.#isOurs(pod)) queue.add(key);
        return;
      }
      this.#addresses.release(uid);
      this.#due.delete(uid);
    });
    nodes.subscribe(({ metadata: { name = '' } }) => {
      if (nodes.get(name) === undefined && this.#environment.nodeNames.includes(name)) queue.add(`${HEARTBEAT}${name}`);
    });
  }

  async begin(signal: AbortSignal): Promise<void> {
    for (const { metadata, status } of this.#environment.pods.values()) {
      if (status?.podIP !== undefined) this.#addresses.note(metadata.uid ?? '', status.podIP);
    }
    for (const name of this.#environment.nodeNames) await this.#register(name, signal);
    if (!this.#heartbeats) return;
    for (const name of this.#environment.nodeNames) this.#queue?.add(`${HEARTBEAT}${name}`);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    if (key.startsWith(HEARTBEAT)) return await this.#beat(key.slice(HEARTBEAT.length), signal);
    const pod = this.#environment.pods.get(key);
    if (pod === undefined || !this.#isOurs(pod)) return undefined;
    if (pod.metadata.deletionTimestamp !== undefined) {
      await this.#environment.pods.delete(pod, signal, 0);
      return undefined;
    }
    const phase = pod.status?.phase;
    if (phase === 'Succeeded' || phase === 'Failed') return undefined;
    return await this.#run(pod, signal);
  }

  async #run(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { clock, fate } = this.#environment;
    if (pod.status?.startTime === undefined) {
      const stage: PodStage = isSelected(fate.crash, pod)
        ? this.#crashed(pod, 0)
        : fate.readyAfterMs > 0
          ? { kind: 'starting' }
          : finished(pod);
      await this.#report(pod, stage, signal);
      return this.#next(pod, stage);
    }
    if (isSelected(fate.crash, pod)) return await this.#crashAgain(pod, signal);
    const done = finished(pod);
    if (done.kind === 'ready' && conditionOf(pod.status.conditions, 'Ready')?.status === 'True') return undefined;
    const left = this.#dueAt(pod) - clock.monotonic();
    if (left > 0) return { requeueAfterMs: left };
    await this.#report(pod, done, signal);
    return undefined;
  }

  async #crashAgain(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const restarts = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
    const left = this.#dueAt(pod) - this.#environment.clock.monotonic();
    if (left > 0) return { requeueAfterMs: left };
    const stage = this.#crashed(pod, restarts);
    await this.#report(pod, stage, signal);
    return this.#next(pod, stage);
  }

  #crashed({ spec }: DeepReadonly<Pod>, restarts: number): PodStage {
    return spec.restartPolicy === 'Never' ? { kind: 'failed' } : { kind: 'crashing', restarts: restarts + 1 };
  }

  #dueAt(pod: DeepReadonly<Pod>): number {
    return this.#due.get(pod.metadata.uid ?? '') ?? 0;
  }

  #next(pod: DeepReadonly<Pod>, stage: PodStage): ReconcileResult | undefined {
    const { clock, fate } = this.#environment;
    const ms =
      stage.kind === 'starting'
        ? fate.readyAfterMs
        : stage.kind === 'crashing'
          ? backOffSeconds(stage.restarts) * 1_000
          : undefined;
    if (ms === undefined) return undefined;
    this.#due.set(pod.metadata.uid ?? '', clock.monotonic() + ms);
    return { requeueAfterMs: ms };
  }

  async #report(pod: DeepReadonly<Pod>, stage: PodStage, signal: AbortSignal): Promise<void> {
    const { pods, clock, nodeNames } = this.#environment;
    const hostIP = nodeAddress(nodeNames.indexOf(pod.spec.nodeName ?? ''));
    const podIP = pod.spec.hostNetwork === true ? hostIP : this.#addresses.addressOf(pod.metadata.uid ?? '');
    if (podIP === undefined) {
      const message = `no free address in ${this.#environment.podCidr}`;
      const event = { type: 'Warning', reason: 'FailedCreatePodSandBox', message, component: 'kubelet' } as const;
      await recordEvent(this.#environment, pod, event, signal);
      return;
    }
    if (stage.kind === 'ready' || stage.kind === 'succeeded' || stage.kind === 'failed') {
      this.#due.delete(pod.metadata.uid ?? '');
    }
    if (stage.kind === 'succeeded' || stage.kind === 'failed') this.#addresses.release(pod.metadata.uid ?? '');
    await pods.patchStatus(pod, podStatus(pod, stage, { podIP, hostIP, now: seconds(clock) }), signal);
    if (stage.kind !== 'crashing') return;
    const [container = { name: '' }] = pod.spec.containers;
    const { name = '', namespace = '', uid = '' } = pod.metadata;
    const message = `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`;
    const event = { type: 'Warning', reason: 'BackOff', message, component: 'kubelet' } as const;
    await recordEvent(this.#environment, pod, event, signal);
  }

  async #register(name: string, signal: AbortSignal): Promise<void> {
    const { nodes, nodeNames, podCidr, clock } = this.#environment;
    const index = nodeNames.indexOf(name);
    const status = nodeStatus(name, index, seconds(clock));
    if (nodes.get(name) === undefined) await nodes.create(nodeNamed(name, podCidr, status), signal);
    const node = nodes.get(name);
    if (node !== undefined && conditionOf(node.status?.conditions, 'Ready')?.status !== 'True') {
      await nodes.patchStatus(node, status, signal);
    }
    await this.#removeTaint(name, signal);
  }

  /** Admission gives it to every new node, and not everywhere does a controller take it away again. */
  async #removeTaint(name: string, signal: AbortSignal): Promise<void> {
    const { nodes } = this.#environment;
    const node = nodes.get(name);
    const taints = node?.spec?.taints ?? [];
    const left = taints.filter(({ key }) => key !== NOT_READY);
    if (node === undefined || left.length === taints.length) return;
    await nodes.patch(node, { spec: { taints: left.length === 0 ? null : left } }, signal);
  }

  async #beat(name: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { client, clock, nodes } = this.#environment;
    await this.#register(name, signal);
    if (!this.#heartbeats) return undefined;
    const { spec, ...lease } = leaseOf(name, nodes.get(name)?.metadata.uid ?? '', clock);
    const ref = { namespace: 'kube-node-lease', name };
    try {
      await client.patch(LEASES, ref, { type: 'merge', body: { spec } }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await client.create(LEASES, { ...lease, spec }, { signal });
    }
    return { requeueAfterMs: HEARTBEAT_MS };
  }

  #isOurs({ spec }: DeepReadonly<Pod>): boolean {
    return spec.nodeName !== undefined && this.#environment.nodeNames.includes(spec.nodeName);
  }
}

/** What becomes of a Pod that fares well: what is to run for ever runs, what is to end ends. */
function finished({ spec, metadata }: DeepReadonly<Pod>): PodStage {
  const ends = spec.restartPolicy === 'Never' || spec.restartPolicy === 'OnFailure';
  const isJob = metadata.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
  return ends && isJob ? { kind: 'succeeded' } : { kind: 'ready' };
}
