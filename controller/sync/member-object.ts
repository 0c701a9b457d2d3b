import type { Resource } from '../../apis/meta/resource.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { splitKey } from '../kube/resource.ts';

/** A type that is federated: what people write on the host, and what that becomes in the members. */
export interface FederatedType {
  /** Name of its FederatedTypeConfig: `<plural>[.<group>]` of the target. */
  readonly name: string;
  readonly federated: Resource;
  readonly target: Resource;
  /** The type is Namespace: what a namespace's contents are placed by, and what lives in itself. */
  readonly isNamespace: boolean;
  /** What comparing, retaining and collecting need of the members' objects: caches keep no more. */
  readonly keeps: 'metadata' | 'metadata and status' | 'everything';
  /** Copies are written with server-side apply: what the template does not say belongs to others. */
  readonly applies: boolean;
  /** `status.clusters[].remoteStatus` shows the status of each copy. */
  readonly collectsStatus: boolean;
  /** KubeFed's older way to do so: objects of this kind beside the federated ones. */
  readonly statusObjects?: Resource;
  /** `fedmesh.io/paused` on the type config. */
  readonly paused: boolean;
}

/** Where the target of a federated object lives in each member. A FederatedNamespace's is the namespace it lives in. */
export function targetOf(
  type: FederatedType,
  federated: DeepReadonly<FederatedObject>,
): { name: string; namespace?: string } {
  const { name = '', namespace } = federated.metadata;
  if (type.isNamespace) return { name: namespace ?? '' };
  return namespace === undefined ? { name } : { name, namespace };
}

/** The key of the target in a member's store. */
export function targetKeyOf(type: FederatedType, federatedKey: string): string {
  return type.isNamespace ? (splitKey(federatedKey).namespace ?? '') : federatedKey;
}

/** Namespaces that every cluster has for itself. They are never made, changed or deleted, though their contents may be federated. */
const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'default']);

export function isProtectedNamespace(name: string, kubefedNamespace: string): boolean {
  return SYSTEM_NAMESPACES.has(name) || name === kubefedNamespace;
}
