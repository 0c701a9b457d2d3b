import type { KubeObject, LabelSelector } from '../../../apis/meta/v1.ts';
import type { Client } from '../../../controller/kube/client.ts';
import type { Resource } from '../../../controller/kube/resource.ts';
import { Controller } from '../../../controller/runtime/controller.ts';
import { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import { type Log, silentLog } from '../../../controller/telemetry/log.ts';
import { onAbort } from '../../../controller/time/abort.ts';
import { type Clock, systemClock } from '../../../controller/time/clock.ts';
import { DaemonSets } from './daemon-sets.ts';
import { Deployments } from './deployments.ts';
import { ServiceEndpoints } from './endpoints.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import { Jobs } from './jobs.ts';
import {
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  JOBS,
  NODES,
  PODS,
  REPLICA_SETS,
  SERVICES,
  STATEFUL_SETS,
} from './kinds.ts';
import { Kubelet } from './kubelet.ts';
import { Objects } from './objects.ts';
import { ReplicaSets } from './replica-sets.ts';
import { Scheduler } from './scheduler.ts';
import { StatefulSets } from './stateful-sets.ts';

/** What there is a stand-in for. */
export const WORKLOAD_COMPONENTS = [
  'scheduler',
  'kubelet',
  'deployments',
  'replica-sets',
  'stateful-sets',
  'daemon-sets',
  'jobs',
  'endpoints',
] as const;
export type WorkloadComponent = (typeof WORKLOAD_COMPONENTS)[number];

/** What is missing where a kube-controller-manager runs. */
export const BESIDE_CONTROLLER_MANAGER: readonly WorkloadComponent[] = ['scheduler', 'kubelet'];

export interface WorkloadsOptions {
  /** Needs the rights of a cluster administrator. Stays open when the stand-ins end. */
  readonly client: Client;
  /** Where Pods get their addresses from, such as `10.200.0.0/16`. */
  readonly podCidr: string;
  /** Names, or how many: `node-1`, `node-2`, … Default: one. */
  readonly nodes?: number | readonly string[];
  /** Which run. Default: all, for an API server that has no controller manager. */
  readonly components?: readonly WorkloadComponent[];
  /** Milliseconds until a Pod is ready, or a Job's has succeeded. Default 0. */
  readonly readyAfterMs?: number;
  /** Pods that no node takes. */
  readonly unschedulable?: LabelSelector;
  /** Pods that crash as soon as they start. */
  readonly crash?: LabelSelector;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

export interface Workloads {
  /** Resolves when nothing runs any more. */
  close(): Promise<void>;
}

const KINDS = {
  nodes: NODES,
  pods: PODS,
  services: SERVICES,
  endpoints: ENDPOINTS,
  endpointSlices: ENDPOINT_SLICES,
  deployments: DEPLOYMENTS,
  replicaSets: REPLICA_SETS,
  statefulSets: STATEFUL_SETS,
  daemonSets: DAEMON_SETS,
  jobs: JOBS,
} as const satisfies Partial<Record<keyof WorkloadEnvironment, Resource>>;

/** Objects of one cluster that are worked on at a time, for each stand-in. */
const CONCURRENCY = 8;

/**
 * Lets Pods appear, run and end in a cluster that has nobody to run them: stand-ins for scheduler, kubelets and the workload controllers, over the wire.
 * Resolves when they have seen the cluster and its nodes are registered. Nothing is really run: addresses lead nowhere.
 *
 * @throws {RangeError} podCidr is no range of IPv4 addresses. Whatever else fails at first is tried again.
 */
export async function startWorkloads(options: WorkloadsOptions): Promise<Workloads> {
  const { client, clock = systemClock, log = silentLog } = options;
  const components = options.components ?? WORKLOAD_COMPONENTS;
  const stopping = new AbortController();
  const { signal } = stopping;
  const unlink = onAbort(options.signal, () => stopping.abort(options.signal.reason));
  if (options.signal.aborted) stopping.abort(options.signal.reason);

  const environment: WorkloadEnvironment = {
    client,
    clock,
    log,
    podCidr: options.podCidr,
    nodeNames: nodeNames(options.nodes ?? 1),
    fate: {
      readyAfterMs: options.readyAfterMs ?? 0,
      ...(options.unschedulable === undefined ? {} : { unschedulable: options.unschedulable }),
      ...(options.crash === undefined ? {} : { crash: options.crash }),
    },
    ...objectsOf({ client, clock, log }),
  };
  const running = components.map((component) => {
    const workload = create(component, environment, components.length < WORKLOAD_COMPONENTS.length);
    const queue = new WorkQueue({ clock, baseDelayMs: 50, maxDelayMs: 10_000 });
    workload.subscribe(queue);
    const reconcile = (key: string, until: AbortSignal) => workload.reconcile(key, until);
    const controller = new Controller({ name: component, queue, reconcile, concurrency: CONCURRENCY, log, clock });
    return { workload, controller };
  });

  const watched = new Set(running.flatMap(({ workload }) => workload.watches)) as Set<keyof typeof KINDS>;
  const reflectors = [...watched].map((name) => environment[name].run(signal));
  const close = async (): Promise<void> => {
    unlink();
    if (!signal.aborted) stopping.abort(new Error('the workloads are stopping'));
    await Promise.all(running.map(({ controller }) => controller.close()));
    await Promise.all(reflectors);
  };
  try {
    await Promise.all([...watched].map((name) => environment[name].waitForSync(signal)));
    for (const { workload } of running) await workload.begin?.(signal);
  } catch (error) {
    await close();
    throw error;
  }
  for (const { controller } of running) controller.start(signal);
  return { close };
}

function create(component: WorkloadComponent, environment: WorkloadEnvironment, besideOthers: boolean): Workload {
  switch (component) {
    case 'scheduler':
      return new Scheduler(environment);
    case 'kubelet':
      // Somebody else's node controller gives nodes up that say nothing.
      return new Kubelet(environment, { heartbeats: besideOthers });
    case 'deployments':
      return new Deployments(environment);
    case 'replica-sets':
      return new ReplicaSets(environment);
    case 'stateful-sets':
      return new StatefulSets(environment);
    case 'daemon-sets':
      return new DaemonSets(environment);
    case 'jobs':
      return new Jobs(environment);
    case 'endpoints':
      return new ServiceEndpoints(environment);
  }
}

type AllObjects = Pick<WorkloadEnvironment, keyof typeof KINDS>;

function objectsOf(shared: { readonly client: Client; readonly clock: Clock; readonly log: Log }): AllObjects {
  const of = <T extends KubeObject>(resource: Resource): Objects<T> => new Objects<T>({ ...shared, resource });
  return {
    nodes: of(KINDS.nodes),
    pods: of(KINDS.pods),
    services: of(KINDS.services),
    endpoints: of(KINDS.endpoints),
    endpointSlices: of(KINDS.endpointSlices),
    deployments: of(KINDS.deployments),
    replicaSets: of(KINDS.replicaSets),
    statefulSets: of(KINDS.statefulSets),
    daemonSets: of(KINDS.daemonSets),
    jobs: of(KINDS.jobs),
  };
}

function nodeNames(nodes: number | readonly string[]): readonly string[] {
  return typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => `node-${index + 1}`) : nodes;
}
