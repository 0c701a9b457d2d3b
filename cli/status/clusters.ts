import {
  CLUSTER_CONDITIONS,
  isCordoned,
  isDraining,
  type KubeFedCluster,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { humanDuration } from '../output/age.ts';
import type { ClusterReport } from './model.ts';

/** Without a controller, what a status says is history after this long. */
const STALE_AFTER_MS = 60_000;

/** What the host knows of a member. A verdict that nobody renews is `Unknown`, not what it was. */
export function clusterReport(cluster: KubeFedCluster, world: { now: number; controllerRuns: boolean }): ClusterReport {
  const { metadata, status } = cluster;
  const find = (type: string) => status?.conditions.find((condition) => condition.type === type);
  const ready = find(CLUSTER_CONDITIONS.ready);
  const offline = find(CLUSTER_CONDITIONS.offline);
  const malformed = find(CLUSTER_CONDITIONS.configMalformed);
  const bad = [malformed, offline].find((condition) => condition?.status === 'True') ?? notTrue(ready);
  const lastProbe = ready?.lastProbeTime ?? bad?.lastProbeTime;
  const report: ClusterReport = {
    name: metadata.name ?? '',
    ready: bad !== undefined ? 'False' : ready?.status === 'True' ? 'True' : 'Unknown',
    ...(status?.kubernetesVersion === undefined ? {} : { version: status.kubernetesVersion }),
    ...(metadata.creationTimestamp === undefined ? {} : { joined: metadata.creationTimestamp }),
    ...(bad?.reason === undefined ? {} : { reason: bad.reason }),
    ...(bad?.message === undefined ? {} : { message: bad.message }),
    ...(lastProbe === undefined ? {} : { lastProbe }),
    ...(metadata.deletionTimestamp === undefined ? {} : { leaving: true }),
    ...(isCordoned(cluster) ? { cordoned: true } : {}),
    ...(isDraining(cluster) ? { draining: true } : {}),
  };
  if (report.ready === 'Unknown') return { ...report, message: neverProbed(world.controllerRuns) };
  const age = lastProbe === undefined ? 0 : world.now - Date.parse(lastProbe);
  if (world.controllerRuns || age < STALE_AFTER_MS) return report;
  const before = report.ready === 'True' ? 'was ready' : `was not ready (${bad?.reason ?? 'no reason given'})`;
  const { reason: _reason, ...rest } = report;
  return { ...rest, ready: 'Unknown', message: `${before} ${humanDuration(age)} ago; nobody has probed it since` };
}

function notTrue<Condition extends { status: string }>(condition: Condition | undefined): Condition | undefined {
  return condition?.status === 'False' ? condition : undefined;
}

function neverProbed(controllerRuns: boolean): string {
  return controllerRuns ? 'not probed yet' : 'never probed: no controller is running';
}
