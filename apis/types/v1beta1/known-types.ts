import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import type { FederatedTypeConfig } from '../../core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../meta/resource.ts';
import { federatedCrdFor, typeConfigFor } from './federated-type.ts';

/** A kind that can be enabled without asking an API server about it. */
export interface KnownType {
  readonly target: Resource;
  readonly shortNames: readonly string[];
  readonly hasReplicas: boolean;
}

/** The ten types of KubeFed's chart. */
export const KUBEFED_TYPES: readonly KnownType[] = [
  known({ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }, ['ns']),
  known(
    { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
    ['deploy'],
    true,
  ),
  known({ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true }, ['svc']),
  known({ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }, ['cm']),
  known({ group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true }, ['sa']),
  known({ group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', plural: 'ingresses', namespaced: true }, ['ing']),
  known({ group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true }, []),
  known({ group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true }, ['rs'], true),
  known({ group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }, []),
  known(
    {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      kind: 'ClusterRole',
      plural: 'clusterroles',
      namespaced: false,
    },
    [],
  ),
];

/** What a new installation enables: KubeFed's types but for those that carry credentials and rights. */
export const DEFAULT_TYPES: readonly KnownType[] = KUBEFED_TYPES.filter(
  ({ target }) => target.kind !== 'Secret' && target.kind !== 'ClusterRole',
);

export function typeConfigOf(type: KnownType): FederatedTypeConfig {
  return typeConfigFor(type.target);
}

export function federatedCrdOf(type: KnownType): CustomResourceDefinition {
  return federatedCrdFor(typeConfigOf(type), { shortNames: type.shortNames, targetHasReplicas: type.hasReplicas });
}

function known(target: Resource, shortNames: readonly string[], hasReplicas = false): KnownType {
  return { target, shortNames, hasReplicas };
}
