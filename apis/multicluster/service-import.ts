import type { Resource } from '../meta/resource.ts';
import type { KubeObject } from '../meta/v1.ts';
import type { Condition } from './condition.ts';
import { MULTICLUSTER_GROUP } from './service-export.ts';

/** As stored. v1alpha1 has the same fields and is served beside it. */
export const SERVICE_IMPORTS: Resource = {
  group: MULTICLUSTER_GROUP,
  version: 'v1beta1',
  kind: 'ServiceImport',
  plural: 'serviceimports',
  namespaced: true,
};

/** KEP-1645: a Service that clusters of the set export, as one of them sees it. */
export interface ServiceImport extends KubeObject {
  spec: ServiceImportSpec;
  status?: ServiceImportStatus;
}

export type IpFamily = 'IPv4' | 'IPv6';

export interface SessionAffinityConfig {
  clientIP?: { timeoutSeconds?: number };
}

export interface ImportedPort {
  /** May be left out where there is one port. */
  name?: string;
  protocol?: string;
  appProtocol?: string;
  port: number;
}

export interface ServiceImportSpec {
  type: 'ClusterSetIP' | 'Headless';
  ports: ImportedPort[];
  /** At most one of each family; none when headless. */
  ips?: string[];
  sessionAffinity?: string;
  sessionAffinityConfig?: SessionAffinityConfig;
  ipFamilies?: IpFamily[];
  internalTrafficPolicy?: string;
  trafficDistribution?: string;
}

export interface ServiceImportStatus {
  endpointSliceObjects?: 'Present' | 'Absent';
  /** The exporting ones. */
  clusters?: { cluster: string }[];
  conditions?: Condition[];
}
