import type { MeshLook } from '../../controller/network/mesh/look.ts';

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** A plan for people: one line for each step. */
export function renderPlan({ plan, capabilities, members }: MeshLook): string {
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
