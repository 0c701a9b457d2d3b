import { duplicate, type FieldError, invalid, notSupported, required } from '../../field-error.ts';
import { validateLabelSelector } from '../../meta/label-selector.ts';
import type { DeepReadonly } from '../../meta/v1.ts';
import type { ClusterOverride, ClusterOverrides, FederatedObject, Placement } from './federated-object.ts';

/** KubeFed refuses to override what says which object it is. */
export const UNOVERRIDABLE_PATHS: readonly string[] = [
  '/metadata/namespace',
  '/metadata/name',
  '/metadata/generateName',
  '/kind',
];

const OPERATIONS = ['add', 'remove', 'replace', ''];

/**
 * What would make KubeFed answer `ComputePlacementFailed` or `ApplyOverridesFailed` for every cluster, said before it comes to that.
 * KubeFed itself lets any such object in, so these are warnings wherever its objects must load.
 */
export function validateFederatedObject(object: DeepReadonly<FederatedObject>): FieldError[] {
  const spec = object.spec as DeepReadonly<FederatedObject['spec']> | undefined;
  if (spec === undefined) return [required('spec')];
  return [...validatePlacement(spec.placement), ...validateOverrides(spec.overrides ?? [])];
}

function validatePlacement(placement: DeepReadonly<Placement> | undefined): FieldError[] {
  const clusters = placement?.clusters ?? [];
  const selector = placement?.clusterSelector;
  return [
    ...clusters.flatMap((cluster, index) => (cluster.name ? [] : [required(`spec.placement.clusters[${index}].name`)])),
    ...(selector ? validateLabelSelector(selector, 'spec.placement.clusterSelector') : []),
  ];
}

function validateOverrides(overrides: readonly DeepReadonly<ClusterOverrides>[]): FieldError[] {
  return overrides.flatMap((entry, index) => {
    const path = `spec.overrides[${index}]`;
    const first = overrides.findIndex((other) => other.clusterName === entry.clusterName);
    return [
      ...(entry.clusterName ? [] : [required(`${path}.clusterName`)]),
      ...(first < index ? [duplicate(`${path}.clusterName`, entry.clusterName)] : []),
      ...validateClusterOverrides(entry.clusterOverrides ?? [], `${path}.clusterOverrides`),
    ];
  });
}

function validateClusterOverrides(overrides: readonly DeepReadonly<ClusterOverride>[], path: string): FieldError[] {
  return overrides.flatMap((override, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (!OPERATIONS.includes(override.op ?? '')) errors.push(notSupported(`${at}.op`, override.op, OPERATIONS));
    if (!override.path) return [...errors, required(`${at}.path`)];
    if (!override.path.startsWith('/')) errors.push(invalid(`${at}.path`, override.path, 'must begin with "/"'));
    if (UNOVERRIDABLE_PATHS.includes(override.path)) {
      errors.push(invalid(`${at}.path`, override.path, 'says which object it is and cannot be overridden'));
    }
    if (overrides.findIndex((other) => other.path === override.path) < index) {
      errors.push(duplicate(`${at}.path`, override.path));
    }
    return errors;
  });
}
