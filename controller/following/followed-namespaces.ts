import {
  defaultFederatedTypeConfig,
  type FederatedTypeConfig,
  federatedResourceOf,
  isNamespaceType,
  targetResourceOf,
  validateFederatedTypeConfig,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { FOLLOW_LABEL } from '../../apis/well-known.ts';
import { isLocalKind } from './leave-out.ts';

/** A kind whose plain objects can be followed. */
export interface FollowableType {
  readonly target: Resource;
  readonly federated: Resource;
}

/** Whether this FederatedNamespace has its namespace followed. One that is on its way out says nothing any more. */
export function asksToFollow({ metadata }: DeepReadonly<KubeObject>): boolean {
  return metadata.labels?.[FOLLOW_LABEL] === 'true' && metadata.deletionTimestamp === undefined;
}

/** Namespaces that hold what runs a cluster, or the members' credentials: never followed. */
export function isNeverFollowed(namespace: string, kubefedNamespace: string): boolean {
  return ['kube-system', 'kube-public', 'kube-node-lease', kubefedNamespace].includes(namespace);
}

/** The namespaced kinds that are federated: what is followed in a namespace. None without the type of namespaces. */
export function followableTypes(configs: Iterable<DeepReadonly<FederatedTypeConfig>>): FollowableType[] {
  const valid = [...configs]
    .map((each) => defaultFederatedTypeConfig(each as FederatedTypeConfig))
    .filter((config) => config.metadata.deletionTimestamp === undefined)
    .filter((config) => validateFederatedTypeConfig(config).length === 0);
  if (!valid.some(isNamespaceType)) return [];
  return valid
    .filter((config) => config.spec.propagation === 'Enabled')
    .map((config) => ({ target: targetResourceOf(config), federated: federatedResourceOf(config) }))
    .filter(({ target }) => target.namespaced && !isLocalKind(target));
}
