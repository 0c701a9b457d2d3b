import type { ApiResource } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { templateOf } from './template.ts';

export interface FederatedPair {
  readonly targetType: ApiResource;
  readonly federatedType: ApiResource;
}

/** Everywhere, as KubeFed writes it: a selector that every cluster matches, so that whatever joins later is included. */
export function placementFor(clusters: readonly string[] | undefined): Placement {
  return clusters === undefined
    ? { clusterSelector: { matchLabels: {} } }
    : { clusters: clusters.map((name) => ({ name })) };
}

/** The federated object for one that exists. A namespace's own lives inside that namespace. */
export function federate(object: KubeObject, type: FederatedPair, placement: Placement): FederatedObject {
  const { name = '', namespace } = object.metadata;
  const { federatedType, targetType } = type;
  const home = targetType.kind === 'Namespace' && (targetType.group ?? '') === '' ? name : namespace;
  return {
    apiVersion: `${federatedType.group ?? ''}/${federatedType.version}`,
    kind: federatedType.kind,
    metadata: { name, ...(home === undefined ? {} : { namespace: home }) },
    spec: { template: templateOf(object, { group: targetType.group ?? '', kind: targetType.kind }), placement },
  };
}
