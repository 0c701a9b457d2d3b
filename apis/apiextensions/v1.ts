import type { Resource } from '../meta/resource.ts';
import type { KubeObject } from '../meta/v1.ts';

/** The parts of `apiextensions.k8s.io/v1` that Fedmesh writes and widens. */
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

export interface CustomResourceDefinition extends KubeObject {
  spec: CustomResourceDefinitionSpec;
  status?: CustomResourceDefinitionStatus;
}

export interface CustomResourceDefinitionSpec {
  group: string;
  names: CustomResourceNames;
  scope: 'Cluster' | 'Namespaced';
  versions: CustomResourceVersion[];
  [field: string]: unknown;
}

export interface CustomResourceNames {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CustomResourceVersion {
  name: string;
  served: boolean;
  storage: boolean;
  schema?: { openAPIV3Schema?: JsonSchema };
  subresources?: { status?: Record<string, never>; [field: string]: unknown };
  additionalPrinterColumns?: PrinterColumn[];
  [field: string]: unknown;
}

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  jsonPath: string;
  description?: string;
  format?: string;
  /** Above 0: shown by `kubectl get -o wide` only. */
  priority?: number;
}

export interface CustomResourceDefinitionStatus {
  /** What the API server granted; a short name that another kind holds is missing here. */
  acceptedNames?: Partial<CustomResourceNames>;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  storedVersions?: string[];
  [field: string]: unknown;
}

/** A structural schema, as `JSONSchemaProps` allows it. */
export interface JsonSchema {
  description?: string;
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  maxLength?: number;
  nullable?: boolean;
  default?: unknown;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  [keyword: string]: unknown;
}
