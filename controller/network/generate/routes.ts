import { ofFamily, widest } from './addresses.ts';
import { calicoPools } from './calico-pools.ts';
import { GenerateError } from './generate-error.ts';
import type { GeneratedFile } from './generated-file.ts';
import { planRoutes, type RoutePlan } from './route-plan.ts';
import { type RoutesScriptOptions, routesScript } from './routes-script.ts';
import { type Sites, topologyOf } from './sites.ts';

export interface GeneratedRoutes {
  /** First the scripts, in the order of the plan's nodes. */
  readonly files: readonly GeneratedFile[];
  readonly plan: RoutePlan;
}

/**
 * For every node a script with its routes and rules, and for clusters with Calico their pools.
 * @throws GenerateError where ranges overlap: routes to them would mislead packets
 */
export function generateRoutes(sites: Sites, options: RoutesScriptOptions): GeneratedRoutes {
  const plan = planRoutes(topologyOf(sites));
  const overlap = plan.problems.find(({ reason }) => reason === 'RangesOverlap');
  if (overlap !== undefined) {
    throw new GenerateError(
      overlap.message,
      'build one of the two anew with another range (`fedctl network plan-cidrs`), or give both virtual ranges (--virtual CLUSTER=RANGE)',
      'RangesOverlap',
    );
  }
  const pools = sites.clusters
    .filter(({ networkPlugin }) => networkPlugin === 'calico')
    .map(({ cluster }) => {
      const remote = plan.nodes.filter((node) => node.cluster === cluster).flatMap((node) => node.remote);
      return { cluster, remote: widest([...ofFamily(4, remote), ...ofFamily(6, remote)]) };
    })
    .filter(({ remote }) => remote.length > 0)
    .map(({ cluster, remote }) => calicoPools(cluster, remote));
  return { files: [...plan.nodes.map((node) => routesScript(node, options)), ...pools], plan };
}
