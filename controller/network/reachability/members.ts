import type { KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { GATEWAY_CONDITION } from '../mesh/gateway-condition.ts';
import type { Claim } from '../overlap/claim.ts';
import { claimsOf } from '../overlap/claims-of.ts';
import { overlapsAmong } from '../overlap/overlaps.ts';
import type { Found } from './collection.ts';
import type { GatewayState, MatrixEvidence, MemberEvidence } from './evidence.ts';
import type { ReportMemory } from './report-memory.ts';
import type { ProbeSettings } from './settings.ts';

/** What the host knows of the members, beside what their probes said. */
export function evidenceOf(
  found: readonly Found[],
  clusterOf: (name: string) => DeepReadonly<KubeFedCluster> | undefined,
  memory: ReportMemory,
  settings: ProbeSettings,
  staleAfterMs: number,
): MatrixEvidence {
  const claims = found.flatMap(({ cluster }) => claimsOf(cluster, clusterOf(cluster)?.status?.network ?? {}));
  const pods = claims.filter(({ use }) => use === 'pod');
  const routed = { services: false, nodes: false };
  const overlapping = overlapsAmong(pods, routed).map(({ claims: both }) => both.map(({ cluster }) => cluster).sort());
  return {
    members: found.map((member) => memberEvidence(member, clusterOf(member.cluster), pods, memory, settings)),
    overlapping,
    services: settings.services,
    staleAfterMs,
  };
}

function memberEvidence(
  { cluster, probes, serviceAddresses }: Found,
  object: DeepReadonly<KubeFedCluster> | undefined,
  pods: readonly Claim[],
  memory: ReportMemory,
  { masquerading }: ProbeSettings,
): MemberEvidence {
  return {
    cluster,
    podRanges: pods.filter((claim) => claim.cluster === cluster).map(({ range }) => range),
    probes,
    serviceAddresses,
    gateway: gatewayOf(object),
    masquerades: masquerading.has(cluster),
    reports: probes.flatMap(({ nonce }) => memory.of(nonce) ?? []),
  };
}

function gatewayOf(cluster: DeepReadonly<KubeFedCluster> | undefined): GatewayState {
  const condition = cluster?.status?.conditions.find(({ type }) => type === GATEWAY_CONDITION);
  const message = condition?.message ?? '';
  if (condition?.status === 'False') return { state: 'NotReady', message };
  return { state: condition?.status === 'True' ? 'Ready' : 'Unknown', message };
}
