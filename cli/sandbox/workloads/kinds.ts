import type { KubeObject, LabelSelector } from '../../../apis/meta/v1.ts';
import type { Resource } from '../../../controller/kube/resource.ts';

/** What the stand-ins read of the kinds that they work with; all else passes through untouched. */

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface PodSpec {
  nodeName?: string;
  schedulerName?: string;
  schedulingGates?: { name: string }[];
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  restartPolicy?: string;
  hostNetwork?: boolean;
  containers: { name: string; image?: string; ports?: { name?: string; containerPort: number; protocol?: string }[] }[];
  initContainers?: { name: string; image?: string; restartPolicy?: string }[];
  [field: string]: unknown;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: {
    phase?: string;
    podIP?: string;
    hostIP?: string;
    startTime?: string;
    conditions?: Condition[];
    containerStatuses?: { restartCount?: number; ready?: boolean }[];
  };
}

export interface Node extends KubeObject {
  spec?: {
    unschedulable?: boolean;
    taints?: { key: string; value?: string; effect: string }[];
    [field: string]: unknown;
  };
  status?: { conditions?: Condition[]; addresses?: { type: string; address: string }[] };
}

export interface ReplicaStatus {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  conditions?: Condition[];
  [field: string]: unknown;
}

export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; selector: LabelSelector; template: PodTemplate };
  status?: ReplicaStatus;
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    paused?: boolean;
    minReadySeconds?: number;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    selector: LabelSelector;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
    template: PodTemplate;
  };
  status?: ReplicaStatus;
}

export interface StatefulSet extends KubeObject {
  spec: {
    replicas?: number;
    serviceName?: string;
    podManagementPolicy?: string;
    ordinals?: { start?: number };
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
    selector: LabelSelector;
    template: PodTemplate;
  };
  status?: ReplicaStatus;
}

export interface DaemonSet extends KubeObject {
  spec: { selector: LabelSelector; template: PodTemplate; updateStrategy?: { type?: string } };
  status?: Record<string, unknown>;
}

export interface Job extends KubeObject {
  spec: {
    parallelism?: number;
    completions?: number;
    backoffLimit?: number;
    suspend?: boolean;
    selector?: LabelSelector;
    template: PodTemplate;
  };
  status?: { conditions?: Condition[]; startTime?: string; [field: string]: unknown };
}

export interface Service extends KubeObject {
  spec: {
    type?: string;
    selector?: Record<string, string>;
    publishNotReadyAddresses?: boolean;
    clusterIP?: string;
    ports?: {
      name?: string;
      port: number;
      protocol?: string;
      targetPort?: number | string;
      appProtocol?: string;
    }[];
  };
}

export interface EndpointSlice extends KubeObject {
  addressType: string;
  endpoints: unknown[] | null;
  ports: unknown[] | null;
}

const kind = (group: string, kind: string, plural: string, namespaced = true): Resource => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced,
});

export const NODES = kind('', 'Node', 'nodes', false);
export const PODS = kind('', 'Pod', 'pods');
export const SERVICES = kind('', 'Service', 'services');
export const ENDPOINTS = kind('', 'Endpoints', 'endpoints');
export const EVENTS = kind('', 'Event', 'events');
export const LEASES = kind('coordination.k8s.io', 'Lease', 'leases');
export const DEPLOYMENTS = kind('apps', 'Deployment', 'deployments');
export const REPLICA_SETS = kind('apps', 'ReplicaSet', 'replicasets');
export const STATEFUL_SETS = kind('apps', 'StatefulSet', 'statefulsets');
export const DAEMON_SETS = kind('apps', 'DaemonSet', 'daemonsets');
export const JOBS = kind('batch', 'Job', 'jobs');
export const ENDPOINT_SLICES = kind('discovery.k8s.io', 'EndpointSlice', 'endpointslices');
