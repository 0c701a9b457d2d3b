import { type FieldError, fault, invalid, oneOf, required } from '../../field-error.ts';
import { dns1035LabelFault, dns1123SubdomainFault } from '../../meta/names.ts';
import type { Resource } from '../../meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../meta/v1.ts';

export const FEDERATED_TYPE_CONFIGS: Resource = {
  group: 'core.kubefed.io',
  version: 'v1beta1',
  kind: 'FederatedTypeConfig',
  plural: 'federatedtypeconfigs',
  namespaced: true,
};

/** KubeFed's `APIResource`. */
export interface ApiResource {
  /** Missing or empty for the core group. */
  group?: string;
  version: string;
  kind: string;
  pluralName: string;
  scope: 'Cluster' | 'Namespaced';
}

export type EnabledOrDisabled = 'Enabled' | 'Disabled';
export type RunningOrNot = 'Running' | 'NotRunning';

/** Says that one kind is federated, and as what. Its name is `<plural>[.<group>]` of the target. */
export interface FederatedTypeConfig extends KubeObject {
  spec: FederatedTypeConfigSpec;
  status?: FederatedTypeConfigStatus;
}

export interface FederatedTypeConfigSpec {
  /** What is written to the members. */
  targetType: ApiResource;
  /** `Disabled` stops the sync and leaves everything as it is. */
  propagation: EnabledOrDisabled;
  /** What people write on the host. */
  federatedType: ApiResource;
  statusType?: ApiResource;
  statusCollection?: EnabledOrDisabled;
}

export interface FederatedTypeConfigStatus {
  observedGeneration: number;
  propagationController: RunningOrNot;
  statusController?: RunningOrNot;
}

export function resourceOf(type: ApiResource): Resource {
  return {
    group: type.group ?? '',
    version: type.version,
    kind: type.kind,
    plural: type.pluralName,
    namespaced: type.scope === 'Namespaced',
  };
}

export type ReadableTypeConfig = {
  readonly spec: { readonly federatedType: ApiResource; readonly targetType: ApiResource };
};

/** Namespaces are what placement in them is crossed with, so FederatedNamespace lives in the namespace it speaks of. */
export function isNamespaceType(config: ReadableTypeConfig): boolean {
  const target = config.spec.targetType;
  return target.kind === 'Namespace' && (target.group ?? '') === '';
}

/**
 * The `Federated<Kind>` that people write on the host. As in KubeFed its scope is the target's, whatever `federatedType.scope` says, but
 * for FederatedNamespace, which is namespaced.
 */
export function federatedResourceOf(config: ReadableTypeConfig): Resource {
  const namespaced = isNamespaceType(config) || config.spec.targetType.scope === 'Namespaced';
  return { ...resourceOf(config.spec.federatedType), namespaced };
}

/** The kind that is written to the members. */
export function targetResourceOf(config: ReadableTypeConfig): Resource {
  return resourceOf(config.spec.targetType);
}

/** KubeFed's guess of a plural from a kind. */
export function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(?:s|x|ch|sh|z|o)$/.test(lower)) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** KubeFed's defaults: the target's plural and group from the name, the other plurals from the kinds, the status type's group and version from the federated type's. */
export function defaultFederatedTypeConfig(config: FederatedTypeConfig): FederatedTypeConfig {
  const [plural = '', ...group] = (config.metadata.name ?? '').split('.');
  const { targetType, federatedType, statusType } = config.spec;
  const target = { ...targetType, pluralName: targetType.pluralName || plural };
  if (!target.group && group.length > 0) target.group = group.join('.');
  const federated = { ...federatedType, pluralName: federatedType.pluralName || pluralOf(federatedType.kind) };
  const spec: FederatedTypeConfigSpec = { ...config.spec, targetType: target, federatedType: federated };
  if (statusType !== undefined) {
    spec.statusType = {
      ...statusType,
      group: statusType.group || federated.group || '',
      version: statusType.version || federated.version,
      pluralName: statusType.pluralName || pluralOf(statusType.kind),
    };
  }
  return { ...config, spec };
}

/** KubeFed's rules for what a person writes. */
export function validateFederatedTypeConfig(config: DeepReadonly<FederatedTypeConfig>): FieldError[] {
  const spec = config.spec as DeepReadonly<FederatedTypeConfigSpec> | undefined;
  if (spec?.targetType === undefined) return [required('spec.targetType')];
  if (spec.federatedType === undefined) return [required('spec.federatedType')];
  const { targetType, federatedType, statusType, statusCollection } = spec;
  const expected = targetType.group ? `${targetType.pluralName}.${targetType.group}` : targetType.pluralName;
  const name = config.metadata.name;
  return [
    ...(name === expected
      ? []
      : [invalid('metadata.name', name, `must be <plural>[.<group>] of the target: ${expected}`)]),
    ...validateApiResource(targetType, 'spec.targetType'),
    ...oneOf('spec.propagation', spec.propagation, ['Enabled', 'Disabled']),
    ...validateOwnGroup(federatedType, 'spec.federatedType'),
    ...validateApiResource(federatedType, 'spec.federatedType'),
    ...(statusType === undefined
      ? []
      : [...validateOwnGroup(statusType, 'spec.statusType'), ...validateApiResource(statusType, 'spec.statusType')]),
    ...(statusCollection === undefined
      ? []
      : oneOf('spec.statusCollection', statusCollection, ['Enabled', 'Disabled'])),
  ];
}

/** KubeFed's rules for what the controller writes. */
export function validateFederatedTypeConfigStatus(config: DeepReadonly<FederatedTypeConfig>): FieldError[] {
  const status = config.status;
  if (status === undefined) return [];
  const states = ['Running', 'NotRunning'];
  return [
    ...(status.observedGeneration >= 0
      ? []
      : [invalid('status.observedGeneration', status.observedGeneration, 'must not be negative')]),
    ...oneOf('status.propagationController', status.propagationController, states),
    ...(status.statusController === undefined ? [] : oneOf('status.statusController', status.statusController, states)),
  ];
}

function validateOwnGroup(type: DeepReadonly<ApiResource>, path: string): FieldError[] {
  if (!type.group) return [required(`${path}.group`)];
  return type.group.includes('.')
    ? []
    : [invalid(`${path}.group`, type.group, 'must be a domain with at least one dot')];
}

function validateApiResource(type: DeepReadonly<ApiResource>, path: string): FieldError[] {
  const label = (field: string, value: string | undefined, inspected = value) =>
    value ? fault(`${path}.${field}`, value, dns1035LabelFault(inspected ?? '')) : [required(`${path}.${field}`)];
  return [
    ...(type.group ? fault(`${path}.group`, type.group, dns1123SubdomainFault(type.group)) : []),
    ...label('version', type.version),
    ...label('kind', type.kind, type.kind?.toLowerCase()),
    ...label('pluralName', type.pluralName),
    ...oneOf(`${path}.scope`, type.scope, ['Cluster', 'Namespaced']),
  ];
}
