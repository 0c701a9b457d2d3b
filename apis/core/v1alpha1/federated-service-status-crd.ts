import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { defineCrd } from '../../crd/definition.ts';
import { anyObject, listOf, object, text } from '../../crd/schema.ts';
import { FEDERATED_SERVICE_STATUSES } from './federated-service-status.ts';

export function federatedServiceStatusCrd(): CustomResourceDefinition {
  const entry = object(
    'The Service in one member.',
    { clusterName: text('Name of the member.'), status: anyObject("The Service's own status there.") },
    { required: ['clusterName', 'status'] },
  );
  return defineCrd({
    resource: FEDERATED_SERVICE_STATUSES,
    description: 'The status of a Service in each member.',
    properties: { clusterStatus: listOf(entry, 'One entry per member.') },
  });
}
