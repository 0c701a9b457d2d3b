import type { Resource } from '../../../apis/meta/resource.ts';

/** GA from Kubernetes 1.33 on, behind a gate in the two before. */
export const SERVICE_CIDRS: readonly Resource[] = ['v1', 'v1beta1'].map((version) => ({
  group: 'networking.k8s.io',
  version,
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
}));

export const CALICO_IP_POOLS: Resource = {
  group: 'crd.projectcalico.org',
  version: 'v1',
  kind: 'IPPool',
  plural: 'ippools',
  namespaced: false,
};

export const OPENSHIFT_NETWORKS: Resource = {
  group: 'config.openshift.io',
  version: 'v1',
  kind: 'Network',
  plural: 'networks',
  namespaced: false,
};
