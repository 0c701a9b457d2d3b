import { enumerate } from '../../apis/enumeration.ts';
import type { MeshLook } from '../../controller/network/mesh/look.ts';
import type { MemberNetwork, MeshAction } from '../../controller/network/providers/provider.ts';

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** So many nodes of a member are named. */
const NAMED = 3;

/** A plan for people: one line for each step, and what is left to the nodes themselves. */
export function renderPlan(look: MeshLook, nodeRoutes?: readonly MeshAction[]): string {
  const beside = nodeRoutes === undefined ? besideGateways(look.members.networks) : nodeRouteSteps(nodeRoutes);
  return `${stepsOf(look)}${beside}`;
}

/** What the controller does in members, where nodes get their routes by a DaemonSet. */
function nodeRouteSteps(actions: readonly MeshAction[]): string {
  if (actions.length === 0)
    return 'Nothing is to be done now for nodes that are no gateway: their routes follow those of the mesh.\n';
  const lines = actions.map(
    ({ verb, resource, name, summary }) => `  ${SIGNS[verb]} ${resource} ${name}: ${summary}\n`,
  );
  return `In the members, by the controller:\n${lines.join('')}`;
}

/** By member, the nodes whose packets for other members have to go through another node: a provider routes on gateways only. */
export function nodesBesideGateways(networks: readonly MemberNetwork[]): Record<string, string[]> {
  const beside = networks.flatMap(({ cluster, nodes, gatewayNodes }) => {
    const names = nodes.map(({ name }) => name).filter((name) => !gatewayNodes.includes(name));
    return gatewayNodes.length === 0 || names.length === 0 ? [] : [[cluster, names] as const];
  });
  return networks.length < 2 ? {} : Object.fromEntries(beside);
}

function besideGateways(networks: readonly MemberNetwork[]): string {
  const beside = Object.entries(nodesBesideGateways(networks));
  if (beside.length === 0) return '';
  const lines = beside.map(([cluster, names]) => `  ${cluster}: ${enumerate(names, NAMED)}\n`);
  return (
    `Nodes that are no gateway need routes through theirs:\n${lines.join('')}` +
    '`--node-routes daemonset` puts a small DaemonSet into each member that makes and keeps them. Or, once this is applied, `fedctl generate ansible --members --output-dir DIR` writes a role that makes and keeps them, ' +
    '`fedctl generate routes --members` a script for each node.\n'
  );
}

function stepsOf({ plan, capabilities, members }: MeshLook): string {
  const steps = plan.actions.map(
    ({ verb, resource, name, summary }) => `  ${SIGNS[verb]} ${resource} ${name}: ${summary}\n`,
  );
  if (steps.length > 0) return `${steps.length === 1 ? 'One step' : `${steps.length} steps`}:\n${steps.join('')}`;
  if (capabilities.managesRoutes) return 'Nothing is to be done: the routes are as they should be.\n';
  const ranges = members.networks.flatMap(
    ({ cluster, podCIDRs, serviceCIDRs, nodeCIDRs, outboundCIDRs, gatewayNodes }) =>
      [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs, ...outboundCIDRs].map(
        (cidr) => `  ${cidr} to ${cluster}${gatewayNodes.length === 0 ? '' : ` by ${gatewayNodes.join(', else ')}`}\n`,
      ),
  );
  const what = ranges.length === 0 ? '' : `What members have to reach of each other:\n${ranges.join('')}`;
  return `${what}Nothing is routed by Fedmesh with this provider.\n`;
}
