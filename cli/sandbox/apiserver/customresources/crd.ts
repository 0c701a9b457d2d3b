import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { Schema } from '../schema/schema.ts';

/** A CustomResourceDefinition as it is decoded: fields may be missing until validation has passed. */
export interface Crd extends KubeObject {
  spec: CrdSpec;
  status?: CrdStatus;
}

export interface CrdSpec {
  group: string;
  scope: string;
  names: CrdNames;
  versions: CrdVersion[];
  conversion?: { strategy?: string; webhook?: { clientConfig?: unknown; conversionReviewVersions?: string[] } };
  preserveUnknownFields?: boolean;
}

export interface CrdNames {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Schema };
  subresources?: { status?: object; scale?: ScaleDescription };
  additionalPrinterColumns?: PrinterColumnDescription[];
  selectableFields?: { jsonPath: string }[];
}

export interface ScaleDescription {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface PrinterColumnDescription {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

export interface CrdCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface CrdStatus {
  conditions?: CrdCondition[] | null;
  acceptedNames?: CrdNames;
  storedVersions?: string[] | null;
}

/** Decoding has checked it against the kind's schema. */
export function asCrd(object: object): Crd {
  return object as Crd;
}

export function asReadonlyCrd(object: object): DeepReadonly<Crd> {
  return object as DeepReadonly<Crd>;
}

export function conditionOf(crd: DeepReadonly<Crd>, type: string): DeepReadonly<CrdCondition> | undefined {
  return crd.status?.conditions?.find((condition) => condition.type === type);
}

export function isEstablished(crd: DeepReadonly<Crd>): boolean {
  return conditionOf(crd, 'Established')?.status === 'True';
}
