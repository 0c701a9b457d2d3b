import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import type { Cell } from '../../columns/column.ts';
import { age } from '../../columns/human-duration.ts';

type Pod = DeepReadonly<V1Pod>;
type Status = DeepReadonly<V1ContainerStatus>;

/** What `kubectl get pods` says of a pod at a glance (`printPod`). */
interface Summary {
  readonly reason: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

export const POD_CELLS: Readonly<Record<string, Cell<V1Pod>>> = {
  Ready: (pod) => {
    const { ready, total } = summaryOf(pod);
    return `${ready}/${total}`;
  },
  Status: (pod) => summaryOf(pod).reason,
  Restarts: (pod, now) => {
    const { restarts, lastRestart } = summaryOf(pod);
    return restarts > 0 && lastRestart !== undefined ? `${restarts} (${age(lastRestart, now)} ago)` : String(restarts);
  },
  IP: ({ status }) => status?.podIPs?.[0]?.ip || '<none>',
  Node: ({ spec }) => spec?.nodeName || '<none>',
  'Nominated Node': ({ status }) => status?.nominatedNodeName || '<none>',
  'Readiness Gates': readinessGates,
};

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const isTrue = (wanted: string): boolean =>
    status?.conditions?.find(({ type }) => type === wanted)?.status === 'True';
  return `${gates.filter(({ conditionType }) => isTrue(conditionType)).length}/${gates.length}`;
}

function summaryOf(pod: Pod): Summary {
  const { status = {}, spec } = pod;
  const sidecars = new Set((spec?.initContainers ?? []).flatMap((c) => (c.restartPolicy === 'Always' ? [c.name] : [])));
  const total = (spec?.containers.length ?? 0) + sidecars.size;
  const gated = status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  const initial = gated ? 'SchedulingGated' : status.reason || (status.phase ?? '');
  const init = initSummary(pod, initial, sidecars, total);
  const initialized = status.conditions?.some((c) => c.type === 'Initialized' && c.status === 'True');
  const summary = init.initializing && !initialized ? init : mainSummary(pod, init, sidecars);
  return { ...summary, reason: withDeletion(pod, summary.reason) };
}

/** The init containers, up to the first that has not done its work. */
function initSummary(
  { status = {}, spec }: Pod,
  initial: string,
  sidecars: ReadonlySet<string>,
  total: number,
): Summary & { readonly initializing: boolean } {
  let ready = 0;
  let restarts = 0;
  let lastRestart: string | undefined;
  const done = (reason: string, initializing: boolean) => ({
    reason,
    ready,
    total,
    restarts,
    lastRestart,
    initializing,
  });
  for (const [i, container] of (status.initContainerStatuses ?? []).entries()) {
    restarts += container.restartCount;
    lastRestart = latest(lastRestart, container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) ready++;
      continue;
    }
    if (terminated) return done(`Init:${terminationReason(terminated)}`, true);
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return done(`Init:${waiting.reason}`, true);
    return done(`Init:${i}/${spec?.initContainers?.length ?? 0}`, true);
  }
  return done(initial, false);
}

function mainSummary({ status = {} }: Pod, init: Summary, sidecars: ReadonlySet<string>): Summary {
  let { reason, ready } = init;
  let hasRunning = false;
  let failure = '';
  const restartable = (status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  let restarts = restartable.reduce((sum, { restartCount }) => sum + restartCount, 0);
  let lastRestart = restartable.reduce<string | undefined>(latest, undefined);
  for (const container of [...(status.containerStatuses ?? [])].reverse()) {
    restarts += container.restartCount;
    lastRestart = latest(lastRestart, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) {
      reason = terminationReason(terminated);
      if (terminated.exitCode !== 0) failure = reason;
    } else if (container.ready && running) {
      hasRunning = true;
      ready++;
    }
  }
  if (reason === 'Completed') {
    const isReady = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    if (hasRunning && isReady) reason = 'Running';
    else if (failure !== '') reason = failure;
    else if (hasRunning) reason = 'NotReady';
  }
  return { ...init, reason, ready, restarts, lastRestart };
}

function withDeletion({ metadata, status }: Pod, reason: string): string {
  if (!metadata?.deletionTimestamp) return reason;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Failed' || status?.phase === 'Succeeded' ? reason : 'Terminating';
}

function terminationReason(state: {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}): string {
  if (state.reason) return state.reason;
  return state.signal ? `Signal:${state.signal}` : `ExitCode:${state.exitCode}`;
}

function latest(before: string | undefined, { lastState }: Status): string | undefined {
  const finished = lastState?.terminated?.finishedAt as unknown as string | undefined;
  return finished !== undefined && (before === undefined || finished > before) ? finished : before;
}
