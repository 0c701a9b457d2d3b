import type { ClusterCondition } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';

/** What a condition of a KubeFedCluster says, without its times. */
export type Finding = Pick<ClusterCondition, 'type' | 'status' | 'reason' | 'message'>;

export function saysTheSame(old: DeepReadonly<Finding> | undefined, finding: DeepReadonly<Finding>): boolean {
  return (
    old !== undefined &&
    old.type === finding.type &&
    old.status === finding.status &&
    old.reason === finding.reason &&
    old.message === finding.message
  );
}

/**
 * The condition for what was found now; `lastTransitionTime` moves only when the status does (a Kubernetes API rule).
 * @param old the condition of this type that is there
 * @param now RFC 3339
 */
export function conditionAt(
  finding: DeepReadonly<Finding>,
  old: DeepReadonly<ClusterCondition> | undefined,
  now: string,
): ClusterCondition {
  const lastTransitionTime = old?.status === finding.status ? (old.lastTransitionTime ?? now) : now;
  return { ...finding, lastProbeTime: now, lastTransitionTime };
}
