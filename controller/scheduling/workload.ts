import type { DeepReadonly, KubeObject, LabelSelector } from '../../apis/meta/v1.ts';

/** A Deployment or ReplicaSet in a member: as much of it as a plan needs. */
export interface Workload extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelector };
  status?: { readyReplicas?: number };
}

/** For stores: the rest of a workload, its Pod template above all, is not kept. */
export function workloadOnly(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, generation } = object.metadata;
  const { spec, status } = object as Workload;
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(generation === undefined ? {} : { generation }),
    },
    spec: { replicas: spec?.replicas ?? 0, ...(spec?.selector === undefined ? {} : { selector: spec.selector }) },
    status: { readyReplicas: status?.readyReplicas ?? 0 },
  };
}

export function wantedOf(workload: DeepReadonly<Workload>): number {
  return workload.spec?.replicas ?? 0;
}

export function readyOf(workload: DeepReadonly<Workload>): number {
  return workload.status?.readyReplicas ?? 0;
}

/** Whether it runs what it was told to run: then nobody needs to look at its Pods. */
export function isSettled(workload: DeepReadonly<Workload>): boolean {
  return wantedOf(workload) === readyOf(workload);
}

export function sameNumbers(a: DeepReadonly<Workload>, b: DeepReadonly<Workload>): boolean {
  return a.metadata.uid === b.metadata.uid && wantedOf(a) === wantedOf(b) && readyOf(a) === readyOf(b);
}
