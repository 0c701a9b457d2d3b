import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';

/**
 * Whether a member is on its way out: it is no target of any placement any more, and nothing is written to it but what
 * its unjoining takes. Its lane refuses all else.
 */
export function isLeaving(cluster: DeepReadonly<KubeFedCluster>): boolean {
  return cluster.metadata.deletionTimestamp !== undefined;
}

/** Why the lane of a leaving member refuses. */
export class ClusterLeavingError extends Error {
  override readonly name = 'ClusterLeavingError';
  readonly code = 'ClusterLeaving';
  readonly cluster: string;

  constructor(cluster: string) {
    super(`cluster "${cluster}" is leaving the federation`);
    this.cluster = cluster;
  }
}
