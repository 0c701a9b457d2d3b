import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import { deploymentStatus } from './deployment-status.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import { recordEvent } from './events.ts';
import type { Deployment, PodTemplate, ReplicaSet } from './kinds.ts';
import { controlledBy, controllerKey, keyOf } from './objects.ts';
import { boundsOf, newReplicas, oldReplicas } from './rolling-update.ts';
import { templateHash } from './template-hash.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';
const HASH_LABEL = 'pod-template-hash';
const DEFAULT_HISTORY = 10;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Set = DeepReadonly<ReplicaSet>;

/** Deployments: a ReplicaSet for each template, rolled out as the strategy says. Kubernetes: `pkg/controller/deployment`. */
export class Deployments implements Workload {
  readonly watches = ['deployments', 'replicaSets', 'pods'] as const;
  readonly #environment: WorkloadEnvironment;

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { deployments, replicaSets } = this.#environment;
    deployments.subscribe(({ metadata }) => queue.add(keyOf(metadata)));
    replicaSets.subscribe((set) => {
      const key = controllerKey(set, 'Deployment');
      if (key !== undefined) queue.add(key);
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { deployments } = this.#environment;
    const deployment = deployments.get(key);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
    const rolls = deployment.spec.paused !== true;
    const newest = this.#newest(deployment) ?? (rolls ? await this.#create(deployment, signal) : undefined);
    if (newest !== undefined && rolls) await this.#number(deployment, newest, signal);
    if (rolls) await this.#roll(deployment, newest, signal);
    else await this.#scaleLargest(deployment, signal);
    const complete = await this.#report(key, signal);
    if (complete.done) await this.#tidy(deployment, signal);
    return complete.result;
  }

  #sets(deployment: DeepReadonly<Deployment>): Set[] {
    const sets = this.#environment.replicaSets.controlledBy(deployment.metadata.uid);
    const live = sets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return live.sort((one, other) => revisionOf(one) - revisionOf(other));
  }

  #newest(deployment: DeepReadonly<Deployment>): Set | undefined {
    return this.#sets(deployment).find(({ spec }) => sameTemplate(spec.template, deployment.spec.template));
  }

  async #create(deployment: DeepReadonly<Deployment>, signal: AbortSignal): Promise<Set | undefined> {
    const { replicaSets } = this.#environment;
    const { template, selector, minReadySeconds } = deployment.spec;
    const { name = '', namespace = '' } = deployment.metadata;
    for (let collisions = 0; collisions < 10; collisions++) {
      const hash = templateHash(template, collisions);
      const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
      const wanted = this.#firstReplicas(deployment);
      const set: ReplicaSet = {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels,
          annotations: { ...handedDown(deployment), ...this.#bookkeeping(deployment, this.#nextRevision(deployment)) },
          ownerReferences: [controlledBy(deployment)],
        },
        spec: {
          replicas: wanted,
          ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
          selector: { ...(selector as object), matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
          template: { ...(template as PodTemplate), metadata: { ...(template.metadata as object), labels } },
        },
      };
      const created = await replicaSets.create(set, signal);
      if (created === undefined) continue;
      await this.#tellScaling(deployment, created, 0, wanted, signal);
      return created;
    }
    return undefined;
  }

  #firstReplicas(deployment: DeepReadonly<Deployment>): number {
    const wanted = deployment.spec.replicas ?? 1;
    if (deployment.spec.strategy?.type === 'Recreate') return this.#oldPods(deployment) > 0 ? 0 : wanted;
    const total = this.#sets(deployment).reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
    return newReplicas(wanted, 0, total, boundsOf(wanted, deployment.spec.strategy?.rollingUpdate ?? {}));
  }

  /** Gives the newest set the highest revision, and the Deployment the same. */
  async #number(deployment: DeepReadonly<Deployment>, newest: Set, signal: AbortSignal): Promise<void> {
    const { deployments, replicaSets } = this.#environment;
    const current = replicaSets.get(keyOf(newest.metadata)) ?? newest;
    const others = this.#sets(deployment).filter(({ metadata }) => metadata.uid !== newest.metadata.uid);
    const revision = Math.max(revisionOf(current), ...others.map((set) => revisionOf(set) + 1));
    const annotations = this.#bookkeeping(deployment, revision);
    const differs = Object.entries(annotations).some(([name, value]) => current.metadata.annotations?.[name] !== value);
    if (differs) await replicaSets.patch(current, { metadata: { annotations } }, signal);
    if (deployment.metadata.annotations?.[REVISION] === String(revision)) return;
    // By the status, as Kubernetes does: an annotation that comes the other way makes a new generation.
    const numbered = { metadata: { annotations: { [REVISION]: String(revision) } } };
    await deployments.patch(deployment, numbered, signal, 'status');
  }

  async #roll(deployment: DeepReadonly<Deployment>, newest: Set | undefined, signal: AbortSignal): Promise<void> {
    const wanted = deployment.spec.replicas ?? 1;
    const sets = this.#sets(deployment);
    const fresh = sets.find(({ metadata }) => metadata.uid === newest?.metadata.uid);
    if (fresh === undefined) return;
    const old = sets.filter((set) => set !== fresh);
    if (deployment.spec.strategy?.type === 'Recreate') {
      for (const set of old) await this.#scale(deployment, set, 0, signal);
      if (this.#oldPods(deployment) === 0) await this.#scale(deployment, fresh, wanted, signal);
      return;
    }
    const bounds = boundsOf(wanted, deployment.spec.strategy?.rollingUpdate ?? {});
    const view = (set: Set) => ({ replicas: set.spec.replicas ?? 0, available: set.status?.availableReplicas ?? 0 });
    const total = sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
    const next = newReplicas(wanted, fresh.spec.replicas ?? 0, total, bounds);
    await this.#scale(deployment, fresh, next, signal);
    const left = oldReplicas(wanted, { ...view(fresh), replicas: next }, old.map(view), bounds);
    for (const [index, set] of old.entries()) await this.#scale(deployment, set, left[index] ?? 0, signal);
  }

  /** A Deployment that is paused still grows and shrinks. */
  async #scaleLargest(deployment: DeepReadonly<Deployment>, signal: AbortSignal): Promise<void> {
    const sets = this.#sets(deployment);
    const largest = sets.toSorted((one, other) => (other.spec.replicas ?? 0) - (one.spec.replicas ?? 0))[0];
    if (largest === undefined) return;
    const rest = sets.reduce((sum, set) => (set === largest ? sum : sum + (set.spec.replicas ?? 0)), 0);
    await this.#scale(deployment, largest, Math.max(0, (deployment.spec.replicas ?? 1) - rest), signal);
  }

  async #scale(deployment: DeepReadonly<Deployment>, set: Set, replicas: number, signal: AbortSignal): Promise<void> {
    const before = set.spec.replicas ?? 0;
    if (before === replicas) return;
    await this.#environment.replicaSets.patch(set, { spec: { replicas } }, signal);
    await this.#tellScaling(deployment, set, before, replicas, signal);
  }

  async #tellScaling(
    deployment: DeepReadonly<Deployment>,
    set: Set,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (from === to) return;
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`;
    const event = { type: 'Normal', reason: 'ScalingReplicaSet', message, component: 'deployment-controller' } as const;
    await recordEvent(this.#environment, deployment, event, signal);
  }

  async #report(key: string, signal: AbortSignal): Promise<{ done: boolean; result: ReconcileResult | undefined }> {
    const { deployments, clock } = this.#environment;
    const deployment = deployments.get(key);
    if (deployment === undefined) return { done: false, result: undefined };
    const { status, complete, againInMs } = deploymentStatus(
      deployment,
      this.#sets(deployment),
      this.#newest(deployment),
      clock,
    );
    if (status !== undefined) await deployments.patchStatus(deployment, status, signal);
    return { done: complete, result: againInMs === undefined ? undefined : { requeueAfterMs: againInMs } };
  }

  /** Old sets beyond the history go. */
  async #tidy(deployment: DeepReadonly<Deployment>, signal: AbortSignal): Promise<void> {
    const newest = this.#newest(deployment);
    const idle = this.#sets(deployment).filter(
      (set) =>
        set.metadata.uid !== newest?.metadata.uid && set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0,
    );
    const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? DEFAULT_HISTORY);
    for (const set of idle.slice(0, Math.max(0, surplus))) await this.#environment.replicaSets.delete(set, signal);
  }

  /** Pods of older templates, those that are still ending included. */
  #oldPods(deployment: DeepReadonly<Deployment>): number {
    const newest = this.#newest(deployment);
    return this.#sets(deployment)
      .filter(({ metadata }) => metadata.uid !== newest?.metadata.uid)
      .reduce((sum, { metadata }) => sum + this.#environment.pods.controlledBy(metadata.uid).length, 0);
  }

  #nextRevision(deployment: DeepReadonly<Deployment>): number {
    return Math.max(0, ...this.#sets(deployment).map(revisionOf)) + 1;
  }

  #bookkeeping({ spec }: DeepReadonly<Deployment>, revision: number): Record<string, string> {
    const wanted = spec.replicas ?? 1;
    const { surge } =
      spec.strategy?.type === 'Recreate' ? { surge: 0 } : boundsOf(wanted, spec.strategy?.rollingUpdate ?? {});
    return { [REVISION]: String(revision), [DESIRED]: String(wanted), [MAX]: String(wanted + surge) };
  }
}

function revisionOf({ metadata }: Set): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

/** A Deployment's annotations go to its ReplicaSets, but for those that are about itself. */
function handedDown({ metadata }: DeepReadonly<Deployment>): Record<string, string> {
  const own = new Set([LAST_APPLIED, REVISION, DESIRED, MAX]);
  return Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !own.has(name)));
}

function sameTemplate(one: DeepReadonly<PodTemplate>, other: DeepReadonly<PodTemplate>): boolean {
  const plain = ({ metadata, spec }: DeepReadonly<PodTemplate>) => {
    const { [HASH_LABEL]: _, ...labels } = metadata?.labels ?? {};
    return { annotations: metadata?.annotations ?? {}, labels, spec };
  };
  return isEqual(plain(one), plain(other));
}
