import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

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

type ReadableTypeConfig = { readonly spec: { readonly federatedType: ApiResource; readonly targetType: ApiResource } };

/** The `Federated<Kind>` that people write on the host. */
export function federatedResourceOf(config: ReadableTypeConfig): Resource {
  return resourceOf(config.spec.federatedType);
}

/** The kind that is written to the members. */
export function targetResourceOf(config: ReadableTypeConfig): Resource {
  return resourceOf(config.spec.targetType);
}
