import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

/** `apps/v1`, or `v1` of the core group. */
export function apiVersionOf({ group, version }: Pick<ResourceDefinition, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Whether the objects of this version are kept as they are served. */
export function isStoredVersion(definition: ResourceDefinition): boolean {
  return definition.conversion === undefined && definition.storageApiVersion === apiVersionOf(definition);
}

/** A stored object as this version shows it: the very same, where it can be. */
export function fromStored(definition: ResourceDefinition, stored: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> {
  if (isStoredVersion(definition)) return stored;
  const converted = definition.conversion?.fromStored(stored) ?? stored;
  return { ...converted, apiVersion: apiVersionOf(definition), kind: definition.kind };
}

/** An object of this version as it is kept. */
export function toStored(definition: ResourceDefinition, object: KubeObject): KubeObject {
  if (isStoredVersion(definition)) return object;
  const converted = definition.conversion?.toStored(object) ?? object;
  return { ...converted, apiVersion: definition.storageApiVersion };
}
