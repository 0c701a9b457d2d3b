import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

export const KUBEFED_CLUSTERS: Resource = {
  group: 'core.kubefed.io',
  version: 'v1beta1',
  kind: 'KubeFedCluster',
  plural: 'kubefedclusters',
  namespaced: true,
};

/** Checks of the member's certificate that are left out. `*` stands for all of them, and then stands alone. */
export type TlsValidation = '*' | 'SubjectName' | 'ValidityPeriod';

/** A member of the federation: how its API server is reached, and what was last seen of it. */
export interface KubeFedCluster extends KubeObject {
  spec: KubeFedClusterSpec;
  status?: KubeFedClusterStatus;
}

export interface KubeFedClusterSpec {
  /** URL, host or host:port of the member's API server, as the controller reaches it. */
  apiEndpoint: string;
  /** PEM of the authorities that sign the server's certificate, base64. Missing: the system's own. */
  caBundle?: string;
  /** A Secret in the same namespace whose key `token` holds the bearer token. */
  secretRef: { name: string };
  disabledTLSValidations?: TlsValidation[];
  /** `http://`, `https://` or `socks5://` URL of a proxy on the way to `apiEndpoint`. */
  proxyURL?: string;
  /** Fedmesh: the name to expect in the server's certificate, when it is not the one in `apiEndpoint`. */
  tlsServerName?: string;
}

/** KubeFed's types. Further ones may stand beside them. */
export const CLUSTER_CONDITIONS = { ready: 'Ready', offline: 'Offline', configMalformed: 'ConfigMalformed' } as const;

export interface ClusterCondition {
  /** One of {@link CLUSTER_CONDITIONS}, or any other word. */
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** RFC 3339. Required by KubeFed's CRD. */
  lastProbeTime: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface KubeFedClusterStatus {
  /** Required by KubeFed's CRD, possibly empty. */
  conditions: ClusterCondition[];
  zones?: string[];
  region?: string;
  /** The member's `gitVersion`. */
  kubernetesVersion?: string;
}
