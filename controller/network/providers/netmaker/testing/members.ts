import type { MemberNetwork, MeshPlan } from '../../provider.ts';
import type { NetmakerProvider } from '../provider.ts';
import type { NetmakerAction } from '../state.ts';

export const OWNER = '5f0c7a52-7b1e-4f43-9c55-2f0c9f1d7e11';

/** A member with one gateway node, `NAME-gw`, and one range for pods. */
export function member(cluster: string, podCIDR: string, more: Partial<MemberNetwork> = {}): MemberNetwork {
  return {
    cluster,
    podCIDRs: [podCIDR],
    serviceCIDRs: [],
    nodeCIDRs: [],
    outboundCIDRs: [],
    nodes: [{ name: `${cluster}-gw`, addresses: [], podCIDRs: [], ready: true }],
    gatewayNodes: [`${cluster}-gw`],
    remap: false,
    ...more,
  };
}

/** Looks, plans and applies once. */
export async function round(
  provider: NetmakerProvider,
  members: readonly MemberNetwork[],
  signal: AbortSignal,
): Promise<MeshPlan<NetmakerAction>> {
  const plan = provider.plan(members, await provider.observe(members, signal));
  for (const action of plan.actions) await provider.apply(action, signal);
  return plan;
}

export function reasonsOf({ problems }: MeshPlan<NetmakerAction>): string[] {
  return problems.map(({ cluster, reason }) => (cluster === undefined ? reason : `${cluster} ${reason}`));
}

export function stepsOf({ actions }: MeshPlan<NetmakerAction>): string[] {
  return actions.map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
}
