import { duplicate, type FieldError, invalid, notSupported, required } from '../../field-error.ts';
import { parsePointer } from '../../meta/json-pointer.ts';
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

/** An empty or missing word is `replace`. */
export const OVERRIDE_OPERATIONS = ['add', 'remove', 'replace'] as const;

/** Of targets whose `spec.replicas` no API server takes below zero. */
const REPLICATED_KINDS = ['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'].map(
  (kind) => `Federated${kind}`,
);

/**
 * What can never work: it would make KubeFed answer `ComputePlacementFailed` or `ApplyOverridesFailed` for every cluster, or
 * every member refuse it. KubeFed itself lets any such object in.
 */
export function validateFederatedObject(object: DeepReadonly<FederatedObject>): FieldError[] {
  const spec = object.spec as DeepReadonly<FederatedObject['spec']> | undefined;
  if (spec === undefined) return [required('spec')];
  return [
    ...validatePlacement(spec.placement),
    ...validateOverrides(spec.overrides ?? []),
    ...(REPLICATED_KINDS.includes(object.kind ?? '') ? validateReplicas(spec) : []),
  ];
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
    return [
      ...validateTarget(entry, overrides.slice(0, index), path),
      ...validateClusterOverrides(entry.clusterOverrides ?? [], `${path}.clusterOverrides`),
    ];
  });
}

function validateTarget(
  { clusterName, clusterSelector }: DeepReadonly<ClusterOverrides>,
  before: readonly DeepReadonly<ClusterOverrides>[],
  path: string,
): FieldError[] {
  if (clusterSelector) {
    return clusterName
      ? [invalid(`${path}.clusterSelector`, clusterSelector, 'cannot stand beside clusterName')]
      : validateLabelSelector(clusterSelector, `${path}.clusterSelector`);
  }
  if (!clusterName) return [required(`${path}.clusterName`)];
  const again = before.some((other) => other.clusterName === clusterName);
  return again ? [duplicate(`${path}.clusterName`, clusterName)] : [];
}

function validateClusterOverrides(overrides: readonly DeepReadonly<ClusterOverride>[], path: string): FieldError[] {
  return overrides.flatMap((override, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (override.op && !OVERRIDE_OPERATIONS.includes(override.op)) {
      errors.push(notSupported(`${at}.op`, override.op, OVERRIDE_OPERATIONS));
    }
    if (!override.path) return [...errors, required(`${at}.path`)];
    if (parsePointer(override.path) === undefined) {
      errors.push(invalid(`${at}.path`, override.path, 'is not a JSON pointer, such as /spec/replicas'));
    }
    if (UNOVERRIDABLE_PATHS.includes(override.path)) {
      errors.push(invalid(`${at}.path`, override.path, 'says which object it is and cannot be overridden'));
    }
    if (overrides.findIndex((other) => other.path === override.path) < index) {
      errors.push(duplicate(`${at}.path`, override.path));
    }
    return errors;
  });
}

function validateReplicas(spec: DeepReadonly<FederatedObject['spec']>): FieldError[] {
  const template = spec.template?.spec as DeepReadonly<{ replicas?: unknown }> | null | undefined;
  return [
    ...negative('spec.template.spec.replicas', template?.replicas),
    ...(spec.overrides ?? []).flatMap(({ clusterOverrides }, entry) =>
      (clusterOverrides ?? []).flatMap(({ op, path, value }, index) =>
        path === '/spec/replicas' && op !== 'remove'
          ? negative(`spec.overrides[${entry}].clusterOverrides[${index}].value`, value)
          : [],
      ),
    ),
  ];
}

function negative(path: string, value: unknown): FieldError[] {
  return typeof value === 'number' && value < 0 ? [invalid(path, value, 'must not be negative')] : [];
}
