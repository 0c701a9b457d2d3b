import type { DeepReadonly, KubeObject, LabelSelector } from '../../../apis/meta/v1.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { matches } from '../../../controller/kube/label-selector.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Log } from '../../../controller/telemetry/log.ts';
import type { Clock } from '../../../controller/time/clock.ts';
import type {
  DaemonSet,
  Deployment,
  EndpointSlice,
  Job,
  Node,
  Pod,
  ReplicaSet,
  Service,
  StatefulSet,
} from './kinds.ts';
import type { Objects } from './objects.ts';

/** How Pods fare. */
export interface PodFate {
  /** Milliseconds from being bound to a node until it is ready; for Pods of Jobs: until it has succeeded. */
  readonly readyAfterMs: number;
  /** Pods for which no node will do. */
  readonly unschedulable?: LabelSelector;
  /** Pods whose containers fail as soon as they start. */
  readonly crash?: LabelSelector;
}

/** What the stand-ins share. */
export interface WorkloadEnvironment {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly fate: PodFate;
  readonly podCidr: string;
  /** The nodes that the kubelet stand-in plays. */
  readonly nodeNames: readonly string[];
  readonly nodes: Objects<Node>;
  readonly pods: Objects<Pod>;
  readonly services: Objects<Service>;
  readonly endpoints: Objects;
  readonly endpointSlices: Objects<EndpointSlice>;
  readonly deployments: Objects<Deployment>;
  readonly replicaSets: Objects<ReplicaSet>;
  readonly statefulSets: Objects<StatefulSet>;
  readonly daemonSets: Objects<DaemonSet>;
  readonly jobs: Objects<Job>;
}

/** One stand-in: what brings a key to its queue, and what it does for a key. */
export interface Workload {
  /** Kinds whose objects it looks at. */
  readonly watches: readonly (keyof WorkloadEnvironment)[];
  /** Says what is to be done when something changes. Called once, before anything is listed. */
  subscribe(queue: WorkQueue): void;
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined>;
  /** Once everything is listed, before the first key. */
  begin?(signal: AbortSignal): Promise<void>;
}

export function isSelected(selector: LabelSelector | undefined, object: DeepReadonly<KubeObject>): boolean {
  return selector !== undefined && matches(selector, object.metadata.labels);
}
