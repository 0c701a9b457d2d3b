import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { type FieldSet, setOfPaths } from './field-set.ts';

const STATUS = setOfPaths(['f:status']);
const SPEC = setOfPaths(['f:spec']);
const METADATA_AND_SPEC = setOfPaths(['f:metadata'], ['f:spec']);

/** Where the status endpoint leaves more alone than the spec, after each kind's strategy in Kubernetes. */
const OF_STATUS: Readonly<Record<string, FieldSet>> = {
  'deployments.apps': setOfPaths(['f:spec'], ['f:metadata', 'f:labels']),
  pods: setOfPaths(['f:spec'], ['f:metadata', 'f:deletionTimestamp'], ['f:metadata', 'f:ownerReferences']),
  'servicecidrs.networking.k8s.io': METADATA_AND_SPEC,
  'apiservices.apiregistration.k8s.io': METADATA_AND_SPEC,
};

/**
 * Fields that an endpoint never writes, whatever is sent: the object's own leaves the status alone, `status` the rest. Whoever
 * sends them does not come to own them. `undefined`: there are none.
 */
export function resetFields(
  definition: Pick<ResourceDefinition, 'storageKey' | 'custom' | 'subresources'>,
  subresource = '',
): FieldSet | undefined {
  if (definition.subresources.status === undefined) return undefined;
  if (subresource === '' || subresource === 'finalize') return STATUS;
  if (subresource !== 'status') return undefined;
  return definition.custom ? METADATA_AND_SPEC : (OF_STATUS[definition.storageKey] ?? SPEC);
}
