import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
  type CustomResourceVersion,
  type JsonSchema,
  type PrinterColumn,
} from '../apiextensions/v1.ts';
import type { Resource } from '../meta/resource.ts';

export interface Definition {
  resource: Resource;
  description: string;
  /** `spec`, `status` and whatever else stands at the top, beside apiVersion, kind and metadata. */
  properties: Record<string, JsonSchema>;
  required?: string[];
  shortNames?: string[];
  /** Words for `kubectl get <word>`. Every kind has `fedmesh`. */
  categories?: string[];
  /** None: `kubectl get` shows the age alone. */
  columns?: PrinterColumn[];
  statusSubresource?: boolean;
}

/** Lower case, as KubeFed wrote its columns. */
export const AGE_COLUMN: PrinterColumn = { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The label of the CRDs that Fedmesh made; KubeFed's own that were widened do not bear it. */
export const CRD_LABELS: Readonly<Record<string, string>> = { 'app.kubernetes.io/part-of': 'fedmesh' };

/** A whole CustomResourceDefinition of one version. */
export function defineCrd(definition: Definition): CustomResourceDefinition {
  const { resource, shortNames = [], categories = [] } = definition;
  return {
    apiVersion: `${CUSTOM_RESOURCE_DEFINITIONS.group}/${CUSTOM_RESOURCE_DEFINITIONS.version}`,
    kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
    metadata: { name: `${resource.plural}.${resource.group}`, labels: { ...CRD_LABELS } },
    spec: {
      group: resource.group,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
        categories: [...categories, 'fedmesh'],
      },
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      versions: [versionOf(definition)],
    },
  };
}

function versionOf(definition: Definition): CustomResourceVersion {
  const { resource, description, properties, required = [], columns = [] } = definition;
  return {
    name: resource.version,
    served: true,
    storage: true,
    ...(definition.statusSubresource ? { subresources: { status: {} } } : {}),
    ...(columns.length > 0 ? { additionalPrinterColumns: [...columns] } : {}),
    schema: {
      openAPIV3Schema: {
        description,
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          ...properties,
        },
        ...(required.length > 0 ? { required: [...required] } : {}),
      },
    },
  };
}
