import type { DeepReadonly, OwnerReference } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';

/** By which what belongs to a federated object goes with it. As KubeFed writes it: no controller, and nothing is blocked. */
export function ownerReferenceOf(federated: DeepReadonly<FederatedObject>): OwnerReference {
  const { apiVersion = '', kind = '', metadata } = federated;
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '' };
}
