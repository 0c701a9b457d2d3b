import type { ClusterCondition } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import type { MeshProviderName } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { GatewayInfo, MemberNetwork, MeshProblem } from '../providers/provider.ts';

/** Of KubeFedCluster; beside `Ready` and `Offline`, and never a reason to move anything. */
export const GATEWAY_CONDITION = 'GatewayReady';

export type GatewayCondition = Pick<ClusterCondition, 'status' | 'reason' | 'message'>;

/** What is known of a member's way into the mesh. */
export interface GatewayView {
  readonly provider: MeshProviderName;
  readonly member: Pick<MemberNetwork, 'cluster' | 'gatewayNodes'>;
  readonly gateways: readonly GatewayInfo[];
  readonly problems: readonly MeshProblem[];
}

/** Whether a member's traffic to others has a gateway, why not, and what mends it. */
export function gatewayCondition({ provider, member, gateways, problems }: GatewayView): GatewayCondition {
  const { cluster } = member;
  if (provider === 'none') {
    const message =
      'no mesh provider is configured that would tell: `fedctl network setup` does, and `fedctl network verify` shows what is reached';
    return { status: 'Unknown', reason: 'NoProvider', message };
  }
  const own = gateways.filter((gateway) => gateway.cluster === cluster);
  const ready = own.filter(({ state }) => state === 'Ready');
  const about = problems.filter((problem) => problem.cluster === cluster);
  // A gateway that carries for two members carries for neither surely.
  const blocking = about.find(({ reason }) => reason === 'GatewayShared');
  if (blocking !== undefined) return { status: 'False', ...named(blocking) };
  if (ready.length > 0) {
    const down = own.filter(({ state }) => state !== 'Ready').map(describe);
    const message = [...ready.map(describe), ...down].join('; ');
    return { status: 'True', reason: 'GatewayReady', message };
  }
  const problem = about.find(({ reason }) => reason.startsWith('Gateway')) ?? about[0];
  const down = own.find(({ state }) => state === 'NotReady');
  if (down !== undefined) return { status: 'False', reason: 'GatewayDown', message: withWayOut(own, problem) };
  if (own.length > 0) {
    return { status: 'Unknown', reason: 'GatewayUnknown', message: own.map(describe).join('; ') };
  }
  if (problem !== undefined) {
    return { status: NOTHING_KNOWN.includes(problem.reason) ? 'Unknown' : 'False', ...named(problem) };
  }
  if (provider === 'static' && member.gatewayNodes.length === 0) {
    const message =
      'no gateway is named in spec.gateways of the MeshConfig: right where nodes of all members share a network, or a router knows the way';
    return { status: 'Unknown', reason: 'NoGateway', message };
  }
  const message =
    member.gatewayNodes.length === 0
      ? `no node of "${cluster}" is a gateway: \`fedctl network setup --gateway ${cluster}=NODE\` names one`
      : `none of ${member.gatewayNodes.join(', ')} is in the mesh yet`;
  return { status: 'False', reason: 'GatewayMissing', message };
}

/** Reasons for which a member could not be looked at. */
const NOTHING_KNOWN: readonly string[] = ['MemberAway', 'Forbidden', 'MemberUnseen', 'RangesUnknown'];

function withWayOut(gateways: readonly GatewayInfo[], problem: MeshProblem | undefined): string {
  const what = gateways.map(describe).join('; ');
  return problem === undefined ? what : `${what}; ${problem.message}`;
}

function describe({ node, id, message }: GatewayInfo): string {
  return message === '' ? `gateway ${node ?? id}` : `gateway ${node ?? id}: ${message}`;
}

function named({ reason, message }: MeshProblem): Pick<GatewayCondition, 'reason' | 'message'> {
  return { reason, message };
}
