import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Condition, Pod } from './kinds.ts';
import { conditionOf } from './pods.ts';

/** How far a Pod on a node has come. */
export type PodStage =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed' }
  /** Its containers end as soon as they begin, and wait longer each time. */
  | { readonly kind: 'crashing'; readonly restarts: number };

export interface PodPlace {
  readonly podIP: string;
  readonly hostIP: string;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** Seconds that a container waits before it is started again. */
export function backOffSeconds(restarts: number): number {
  return Math.min(10 * 2 ** Math.max(restarts - 1, 0), 300);
}

/** The status that a kubelet would report, in its words. */
export function podStatus(pod: DeepReadonly<Pod>, stage: PodStage, place: PodPlace): Record<string, unknown> {
  const { podIP, hostIP, now } = place;
  const startTime = pod.status?.startTime ?? now;
  const ended = stage.kind === 'succeeded' || stage.kind === 'failed';
  const ready = stage.kind === 'ready';
  return {
    phase: phaseOf(stage),
    conditions: conditions(pod, stage, now),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(ended ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    startTime,
    observedGeneration: pod.metadata.generation,
    containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      containerID: `containerd://${containerId(pod.metadata.uid ?? '', name)}`,
      ready,
      started: ready || stage.kind === 'starting',
      restartCount: stage.kind === 'crashing' ? stage.restarts : 0,
      ...containerState(pod, name, stage, startTime, now),
    })),
  };
}

function phaseOf({ kind }: PodStage): string {
  if (kind === 'succeeded') return 'Succeeded';
  return kind === 'failed' ? 'Failed' : 'Running';
}

function containerState(pod: DeepReadonly<Pod>, name: string, stage: PodStage, startedAt: string, now: string): object {
  const terminated = (exitCode: number) => ({
    terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: now },
  });
  switch (stage.kind) {
    case 'succeeded':
      return { state: terminated(0), lastState: {} };
    case 'failed':
      return { state: terminated(1), lastState: {} };
    case 'crashing': {
      const { name: podName = '', namespace = '', uid = '' } = pod.metadata;
      const wait = backOffSeconds(stage.restarts);
      const backOff = wait >= 60 ? `${Math.floor(wait / 60)}m${wait % 60}s` : `${wait}s`;
      const message = `back-off ${backOff} restarting failed container=${name} pod=${podName}_${namespace}(${uid})`;
      return { state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: terminated(1) };
    }
    default:
      return { state: { running: { startedAt } }, lastState: {} };
  }
}

/** All five of them, as kubelets have them since 1.29; PodScheduled stays the scheduler's. */
function conditions(pod: DeepReadonly<Pod>, stage: PodStage, now: string): Condition[] {
  const before = pod.status?.conditions ?? [];
  const names = pod.spec.containers.map(({ name }) => name).join(' ');
  const unready =
    stage.kind === 'succeeded'
      ? { reason: 'PodCompleted' }
      : stage.kind === 'failed'
        ? { reason: 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
  const readiness = stage.kind === 'ready' ? { status: 'True' as const } : { status: 'False' as const, ...unready };
  const running = stage.kind !== 'succeeded' && stage.kind !== 'failed';
  const wanted: Omit<Condition, 'lastTransitionTime'>[] = [
    { type: 'PodReadyToStartContainers', status: running ? 'True' : 'False' },
    { type: 'Initialized', status: 'True', ...(stage.kind === 'succeeded' ? { reason: 'PodCompleted' } : {}) },
    { type: 'Ready', ...readiness },
    { type: 'ContainersReady', ...readiness },
    { type: 'PodScheduled', status: 'True' },
  ];
  const others = before.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  return [
    ...wanted.map((condition): Condition => {
      const known = conditionOf(before, condition.type);
      const since = known?.status === condition.status ? known.lastTransitionTime : undefined;
      return { ...condition, lastTransitionTime: since ?? now };
    }),
    ...others,
  ];
}

/** 64 hexadecimal digits that look like a container's, and are the same each time. */
function containerId(uid: string, name: string): string {
  return Buffer.from(`${uid}${name}`).toString('hex').padEnd(64, '0').slice(0, 64);
}
