import type { Resource } from '../../../../apis/meta/resource.ts';
import type { KubeObject } from '../../../../apis/meta/v1.ts';

/** Where Submariner's operator keeps its objects. */
export const SUBMARINER_NAMESPACE = 'submariner-operator';

function submariner(kind: string, plural: string): Resource {
  return { group: 'submariner.io', version: 'v1', kind, plural, namespaced: true };
}

export const SUBMARINER_CLUSTERS = submariner('Cluster', 'clusters');
export const SUBMARINER_ENDPOINTS = submariner('Endpoint', 'endpoints');
export const SUBMARINER_GATEWAYS = submariner('Gateway', 'gateways');

/** Fields as Submariner 0.15 and later write them; every one may be missing. */
export interface SubmarinerCluster extends KubeObject {
  spec?: { cluster_id?: string; cluster_cidr?: string[]; service_cidr?: string[]; global_cidr?: string[] };
}

export interface EndpointSpec {
  cluster_id?: string;
  hostname?: string;
  subnets?: string[];
  private_ip?: string;
  public_ip?: string;
  healthCheckIP?: string;
}

export interface SubmarinerEndpoint extends KubeObject {
  spec?: EndpointSpec;
}

export interface SubmarinerGateway extends KubeObject {
  status?: {
    haStatus?: string;
    version?: string;
    statusFailure?: string;
    localEndpoint?: EndpointSpec;
    connections?: {
      status?: string;
      statusMessage?: string;
      endpoint?: EndpointSpec;
      latencyRTT?: { average?: string; last?: string };
    }[];
  };
}

/** What one member shows of Submariner. */
export interface SubmarinerFacts {
  readonly cluster: string;
  readonly clusters: readonly SubmarinerCluster[];
  readonly endpoints: readonly SubmarinerEndpoint[];
  readonly gateways: readonly SubmarinerGateway[];
}
