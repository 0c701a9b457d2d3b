import type { CustomResourceDefinition, JsonSchema, PrinterColumn } from '../apiextensions/v1.ts';
import { AGE_COLUMN, type Definition, defineCrd } from '../crd/definition.ts';
import { integer, listOf, mapOf, object, text, timestamp } from '../crd/schema.ts';
import { SERVICE_EXPORTS } from './service-export.ts';
import { SERVICE_IMPORTS } from './service-import.ts';

/** The CRDs of the Multi-Cluster Services API: v1beta1 is stored, v1alpha1 has the same fields and is served too. */
export function multiClusterServicesCrds(): CustomResourceDefinition[] {
  return [inBothVersions(EXPORT), inBothVersions(IMPORT)];
}

function inBothVersions(definition: Definition): CustomResourceDefinition {
  const crd = defineCrd(definition);
  const older = crd.spec.versions.map((version) => ({ ...structuredClone(version), name: 'v1alpha1', storage: false }));
  return {
    ...crd,
    spec: { ...crd.spec, conversion: { strategy: 'None' }, versions: [...crd.spec.versions, ...older] },
  };
}

const CONDITIONS: JsonSchema = listOf(
  object(
    'One aspect of the current state.',
    {
      type: text('Name of the aspect.', { maxLength: 316 }),
      status: text('True, False or Unknown.', { enum: ['True', 'False', 'Unknown'] }),
      reason: text('One word for why it is so; several are joined with commas.', {
        minLength: 1,
        maxLength: 1024,
        pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
      }),
      message: text('For people.', { maxLength: 32_768 }),
      lastTransitionTime: timestamp('When the status was last another one.'),
      observedGeneration: integer('The generation of the object that this was said of.', { minimum: 0 }),
    },
    { required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'] },
  ),
  'Current state.',
  { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
);

const EXPORT: Definition = {
  resource: SERVICE_EXPORTS,
  description: 'The Service of the same name and namespace is to be consumed in the other clusters of the set.',
  shortNames: ['svcex', 'svcexport'],
  columns: [AGE_COLUMN],
  statusSubresource: true,
  properties: {
    spec: object('What goes along with the Service.', {
      exportedLabels: mapOf({ type: 'string' }, 'Labels for the ServiceImports.'),
      exportedAnnotations: mapOf({ type: 'string' }, 'Annotations for the ServiceImports.'),
    }),
    status: object('Whether the Service is exported, and what stands in the way. Written by the controller.', {
      conditions: CONDITIONS,
    }),
  },
};

const PORT = object(
  'A port under which the Service is consumed.',
  {
    name: text('Name of the port within the Service, a DNS label. May be left out where there is one port.'),
    protocol: text('TCP, UDP or SCTP. Default: TCP.'),
    appProtocol: text('The application protocol, as in a Service.'),
    port: integer('Number of the port.', { format: 'int32' }),
  },
  { required: ['port'] },
);

const IMPORT_COLUMNS: PrinterColumn[] = [
  { name: 'type', type: 'string', jsonPath: '.spec.type', description: 'ClusterSetIP or Headless' },
  { name: 'ip', type: 'string', jsonPath: '.spec.ips', description: 'Where the Service is consumed' },
  AGE_COLUMN,
];

const IMPORT: Definition = {
  resource: SERVICE_IMPORTS,
  description: 'A Service that clusters of the set export, as it is consumed in this one. Written by the controller.',
  shortNames: ['svcim', 'svcimport'],
  columns: IMPORT_COLUMNS,
  statusSubresource: true,
  properties: {
    spec: object(
      'How the Service is consumed.',
      {
        type: text('ClusterSetIP: by one address. Headless: by the addresses of its Pods.', {
          enum: ['ClusterSetIP', 'Headless'],
        }),
        ports: listOf(PORT, 'The ports of all exported Services; of contradicting ones, those of the oldest export.', {
          'x-kubernetes-list-type': 'atomic',
        }),
        ips: listOf({ type: 'string' }, 'The addresses of a ClusterSetIP.', { maxItems: 2 }),
        sessionAffinity: text('ClientIP or None.'),
        sessionAffinityConfig: object('Of the session affinity.', {
          clientIP: object('Of an affinity by the address of the client.', {
            timeoutSeconds: integer('How long a client stays with an endpoint.', { format: 'int32' }),
          }),
        }),
        ipFamilies: listOf({ type: 'string' }, 'Families of its addresses: IPv4, IPv6.', { maxItems: 2 }),
        internalTrafficPolicy: text('As in a Service: Cluster or Local.'),
        trafficDistribution: text('As in a Service: which endpoints are preferred.'),
      },
      { required: ['ports', 'type'] },
    ),
    status: object('Where the Service comes from.', {
      endpointSliceObjects: text('Whether there are imported EndpointSlices.', { enum: ['Present', 'Absent'] }),
      clusters: listOf(
        object('An exporting cluster.', { cluster: text('Its name, a DNS label.') }, { required: ['cluster'] }),
        'The exporting clusters.',
        { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['cluster'] },
      ),
      conditions: CONDITIONS,
    }),
  },
};
