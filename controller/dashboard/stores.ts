import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { ReachabilityMatrix } from '../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { UnjoinReceipt } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { Store } from '../kube/store.ts';
import type { ClusterMeasures } from './views/cluster-view.ts';
import type { ShownType } from './views/shown-type.ts';

/** As much of a store as showing it takes. */
export type ShownStore<T extends KubeObject> = Pick<Store<T>, 'get' | 'keys' | 'values' | 'onShown' | 'synced'>;

export interface ShownTypeStore {
  readonly type: ShownType;
  readonly store: ShownStore<FederatedObject>;
}

/** What a controller that leads holds anyway, and one that does not reads for the dashboard alone. */
export interface FederationStores {
  readonly clusters: ShownStore<KubeFedCluster>;
  readonly types: readonly ShownTypeStore[];
  readonly mesh: ShownStore<MeshConfig> | undefined;
  readonly measures: (cluster: string) => ClusterMeasures;
}

/** What nobody but the dashboard watches. */
export interface HostStores {
  readonly matrices: ShownStore<ReachabilityMatrix>;
  readonly receipts: ShownStore<UnjoinReceipt>;
  /** Why what is shown may be old, and since when, milliseconds since the epoch; undefined while all is well. */
  readonly trouble: () => { readonly since: number; readonly why: string } | undefined;
}
