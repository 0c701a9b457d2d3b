import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

export const FEDERATED_SERVICE_STATUSES: Resource = {
  group: 'core.kubefed.io',
  version: 'v1alpha1',
  kind: 'FederatedServiceStatus',
  plural: 'federatedservicestatuses',
  namespaced: true,
};

/** The status of a Service in each member. It has neither spec nor status: `clusterStatus` stands at the top. */
export interface FederatedServiceStatus extends KubeObject {
  clusterStatus?: FederatedServiceClusterStatus[];
}

export interface FederatedServiceClusterStatus {
  clusterName: string;
  /** The Service's own status, as the member gave it. */
  status: Record<string, unknown>;
}
