import type { KubeObject } from '../../../../apis/meta/v1.ts';

export interface Priorities {
  readonly group: number;
  readonly version: number;
}

/** Of the groups that Kubernetes itself serves, which decide their order in discovery. */
export const BUILT_IN_PRIORITIES: Readonly<Record<string, Priorities>> = Object.freeze({
  'v1.': { group: 18_000, version: 1 },
  'v1.admissionregistration.k8s.io': { group: 16_700, version: 15 },
  'v1.apiextensions.k8s.io': { group: 16_700, version: 15 },
  'v1.apps': { group: 17_800, version: 15 },
  'v1.authentication.k8s.io': { group: 17_700, version: 15 },
  'v1.authorization.k8s.io': { group: 17_600, version: 15 },
  'v1.autoscaling': { group: 17_500, version: 15 },
  'v2.autoscaling': { group: 17_500, version: 30 },
  'v1.batch': { group: 17_400, version: 15 },
  'v1.coordination.k8s.io': { group: 16_500, version: 15 },
  'v1.discovery.k8s.io': { group: 16_200, version: 15 },
  'v1.events.k8s.io': { group: 17_750, version: 15 },
  'v1.networking.k8s.io': { group: 17_200, version: 15 },
  'v1.policy': { group: 17_100, version: 15 },
  'v1.rbac.authorization.k8s.io': { group: 17_000, version: 15 },
  'v1.scheduling.k8s.io': { group: 16_600, version: 15 },
  'v1.storage.k8s.io': { group: 16_800, version: 15 },
});

export const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged';

/** What says that the server itself serves a group in a version. */
export function apiService(of: {
  readonly group: string;
  readonly version: string;
  readonly priorities: Priorities;
  /** `onstart`: built in; `true`: comes and goes with CRDs. */
  readonly managed: 'onstart' | 'true';
  readonly now: string;
}): KubeObject {
  const { group, version, priorities } = of;
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [MANAGED_LABEL]: of.managed } },
    spec: {
      ...(group === '' ? {} : { group }),
      groupPriorityMinimum: priorities.group,
      version,
      versionPriority: priorities.version,
    },
    status: {
      conditions: [
        {
          lastTransitionTime: of.now,
          message: 'Local APIServices are always available',
          reason: 'Local',
          status: 'True',
          type: 'Available',
        },
      ],
    },
  };
}
