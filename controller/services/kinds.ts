import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject, ObjectMeta } from '../../apis/meta/v1.ts';
import type { IpFamily, SessionAffinityConfig } from '../../apis/multicluster/service-import.ts';

export const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
};

/** The parts of a Service that are read and written here. */
export interface Service extends KubeObject {
  spec?: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    ipFamilies?: IpFamily[];
    ipFamilyPolicy?: string;
    ports?: ServicePort[];
    selector?: Record<string, string>;
    sessionAffinity?: string;
    sessionAffinityConfig?: SessionAffinityConfig;
    internalTrafficPolicy?: string;
    trafficDistribution?: string;
    [field: string]: unknown;
  };
}

export interface ServicePort {
  name?: string;
  protocol?: string;
  appProtocol?: string;
  port: number;
  [field: string]: unknown;
}

export interface EndpointSlice extends KubeObject {
  addressType: IpFamily | 'FQDN';
  endpoints: Endpoint[] | null;
  ports?: EndpointPort[] | null;
}

export interface Endpoint {
  addresses: string[];
  conditions?: EndpointConditions;
  hostname?: string;
  nodeName?: string;
  zone?: string;
  [field: string]: unknown;
}

export interface EndpointConditions {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
}

export interface EndpointPort {
  name?: string;
  protocol?: string;
  port?: number;
  appProtocol?: string;
}

/** Label of an EndpointSlice: its Service. kube-proxy and DNS go by it. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
/** What our EndpointSlices say of who looks after them: Kubernetes' own controllers then let them be. */
export const MANAGED_BY = 'services.fedmesh.io';
/** Label of whatever is made here: UID of the control plane that made it. It alone changes and removes it. */
export const OWNER_LABEL = 'services.fedmesh.io/control-plane';
/** Annotation on a KubeFedCluster: `enabled`, and multi-cluster Services are exported from it and imported into it. */
export const SERVICES_ANNOTATION = 'fedmesh.io/services';

export function isOurs(
  metadata: { readonly labels?: Readonly<ObjectMeta['labels']> },
  controlPlaneUid: string,
): boolean {
  return metadata.labels?.[OWNER_LABEL] === controlPlaneUid;
}
