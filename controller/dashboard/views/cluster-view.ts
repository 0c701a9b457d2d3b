import type { DiscoveredRange } from '../../../apis/core/v1beta1/cluster-network.ts';
import { CLUSTER_CONDITIONS, isCordoned, type KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import type { ClusterSummary, MemberState, ShownCondition } from '../../../apis/dashboard/v1.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { PAUSED_ANNOTATION } from '../../../apis/well-known.ts';

/** What only the process that works with a member knows of it. */
export interface ClusterMeasures {
  readonly lane?: ClusterSummary['lane'];
  readonly latencyMs?: number;
  /** Milliseconds since the epoch. */
  readonly credentialsExpireAt?: number;
}

export function memberState({ metadata, status }: DeepReadonly<KubeFedCluster>): MemberState {
  if (metadata.deletionTimestamp !== undefined) return 'leaving';
  const ready = status?.conditions?.find(({ type }) => type === CLUSTER_CONDITIONS.ready)?.status;
  const offline = status?.conditions?.find(({ type }) => type === CLUSTER_CONDITIONS.offline)?.status;
  if (ready === 'True') return 'ready';
  return ready === 'False' || offline === 'True' ? 'notReady' : 'unknown';
}

/** @param now milliseconds since the epoch */
export function clusterSummary(
  cluster: DeepReadonly<KubeFedCluster>,
  objects: ClusterSummary['objects'],
  measures: ClusterMeasures,
  now: number,
): ClusterSummary {
  const { metadata, spec, status } = cluster;
  const state = memberState(cluster);
  const message = state === 'ready' ? undefined : whyNot(cluster);
  const { lane, latencyMs, credentialsExpireAt } = measures;
  const network = status?.network;
  return {
    name: metadata.name ?? '',
    state,
    ...(message ? { message } : {}),
    cordoned: isCordoned(cluster),
    paused: metadata.annotations?.[PAUSED_ANNOTATION] === 'true',
    labels: metadata.labels ?? {},
    apiEndpoint: withoutUserInfo(spec?.apiEndpoint ?? ''),
    ...(status?.kubernetesVersion ? { kubernetesVersion: status.kubernetesVersion } : {}),
    ...(status?.region ? { region: status.region } : {}),
    ...(status?.zones?.length ? { zones: status.zones } : {}),
    conditions: conditionsOf(status?.conditions),
    ranges: {
      pods: rangesOf(network?.podCIDRs),
      services: rangesOf(network?.serviceCIDRs),
      nodes: rangesOf(network?.nodeCIDRs),
    },
    ...(credentialsExpireAt === undefined
      ? {}
      : { credentialsExpireIn: Math.max(0, Math.round((credentialsExpireAt - now) / 1_000)) }),
    ...(lane === undefined ? {} : { lane }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    objects,
  };
}

/** Conditions of any kind of object, without what only machines go by. */
export function conditionsOf(
  conditions:
    | readonly {
        readonly type: string;
        readonly status: string;
        readonly reason?: string;
        readonly message?: string;
        readonly lastTransitionTime?: string;
      }[]
    | undefined,
): ShownCondition[] {
  return (conditions ?? []).map(({ type, status, reason, message, lastTransitionTime }) => ({
    type,
    status,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    ...(lastTransitionTime ? { lastTransitionTime } : {}),
  }));
}

function whyNot({ metadata, status }: DeepReadonly<KubeFedCluster>): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'it is leaving the federation';
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return 'it has not been probed yet';
  const { configMalformed, offline, ready } = CLUSTER_CONDITIONS;
  const bad = [configMalformed, offline].flatMap((type) =>
    conditions.filter((each) => each.type === type && each.status === 'True'),
  );
  const said = [...bad, ...conditions.filter(({ type }) => type === ready)].find(({ message }) => message);
  return said?.message;
}

function rangesOf(ranges: readonly DeepReadonly<DiscoveredRange>[] | undefined): string[] {
  return (ranges ?? []).map(({ cidr }) => cidr);
}

function withoutUserInfo(endpoint: string): string {
  return endpoint.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}
