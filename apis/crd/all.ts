import type { CustomResourceDefinition } from '../apiextensions/v1.ts';
import { federatedServiceStatusCrd } from '../core/v1alpha1/federated-service-status-crd.ts';
import { propagatedVersionCrds } from '../core/v1alpha1/propagated-version-crd.ts';
import { federatedTypeConfigCrd } from '../core/v1beta1/federated-type-config-crd.ts';
import { kubeFedClusterCrd } from '../core/v1beta1/kubefed-cluster-crd.ts';
import { kubeFedConfigCrd } from '../core/v1beta1/kubefed-config-crd.ts';
import { meshConfigCrd } from '../fedmesh/v1alpha1/mesh-config-crd.ts';
import { reachabilityMatrixCrd } from '../fedmesh/v1alpha1/reachability-matrix-crd.ts';
import { unjoinReceiptCrd } from '../fedmesh/v1alpha1/unjoin-receipt-crd.ts';
import { replicaSchedulingPreferenceCrd } from '../scheduling/v1alpha1/replica-scheduling-preference-crd.ts';
import { federatedCrdOf, KUBEFED_TYPES } from '../types/v1beta1/known-types.ts';

/** The CRDs without which there is no control plane. */
export function coreCrds(): CustomResourceDefinition[] {
  return [
    federatedTypeConfigCrd(),
    kubeFedClusterCrd(),
    kubeFedConfigCrd(),
    ...propagatedVersionCrds(),
    federatedServiceStatusCrd(),
    replicaSchedulingPreferenceCrd(),
    unjoinReceiptCrd(),
    meshConfigCrd(),
    reachabilityMatrixCrd(),
  ];
}

/** Those, and the `Federated<Kind>`s of KubeFed's chart: what `manifests/crds` holds. */
export function allCrds(): CustomResourceDefinition[] {
  return [...coreCrds(), ...KUBEFED_TYPES.map(federatedCrdOf)];
}
