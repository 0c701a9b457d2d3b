import type { ClusterCondition, KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { conditionAt, saysTheSame } from '../clusters/condition.ts';
import { patchStatus } from '../clusters/monitor.ts';
import type { Client } from '../kube/client.ts';
import { rfc3339 } from '../time/rfc3339.ts';

/** Condition on a KubeFedCluster that is being deleted: how far its unjoining is, and what it waits for. */
export const LEAVING_CONDITION = 'Leaving';

export function leavingCondition(
  cluster: KubeFedCluster,
  { reason, message, now }: { reason: string; message: string; now: number },
): ClusterCondition {
  const before = cluster.status?.conditions?.find(({ type }) => type === LEAVING_CONDITION);
  return conditionAt({ type: LEAVING_CONDITION, status: 'True', reason, message }, before, rfc3339(now));
}

/** Writes a condition beside the others, when it says something new. */
export async function writeCondition(
  host: Client,
  cluster: KubeFedCluster,
  condition: ClusterCondition,
  signal: AbortSignal,
): Promise<void> {
  const conditions = cluster.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === condition.type);
  if (saysTheSame(before, condition)) return;
  const others = conditions.filter(({ type }) => type !== condition.type);
  await patchStatus(host, cluster, { ...cluster.status, conditions: [...others, condition] }, signal);
}
