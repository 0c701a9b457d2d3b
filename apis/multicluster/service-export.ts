import type { Resource } from '../meta/resource.ts';
import type { KubeObject } from '../meta/v1.ts';
import type { Condition } from './condition.ts';

export const MULTICLUSTER_GROUP = 'multicluster.x-k8s.io';

/** As stored. v1alpha1 has the same fields and is served beside it. */
export const SERVICE_EXPORTS: Resource = {
  group: MULTICLUSTER_GROUP,
  version: 'v1beta1',
  kind: 'ServiceExport',
  plural: 'serviceexports',
  namespaced: true,
};

/** KEP-1645: the Service of the same name and namespace is to be consumed in other clusters. */
export interface ServiceExport extends KubeObject {
  spec?: {
    exportedLabels?: Record<string, string>;
    exportedAnnotations?: Record<string, string>;
  };
  status?: { conditions?: Condition[] };
}

export const EXPORT_CONDITIONS = { valid: 'Valid', ready: 'Ready', conflict: 'Conflict' } as const;

/** What exports of one Service may disagree about, in the words and the order in which a condition names them. */
export const CONFLICT_REASONS = [
  'PortConflict',
  'TypeConflict',
  'SessionAffinityConflict',
  'SessionAffinityConfigConflict',
  'InternalTrafficPolicyConflict',
  'TrafficDistributionConflict',
  'IPFamilyConflict',
  'LabelsConflict',
  'AnnotationsConflict',
] as const;
export type ConflictReason = (typeof CONFLICT_REASONS)[number];
