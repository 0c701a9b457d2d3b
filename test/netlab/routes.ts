import { generateRoutes } from '../../controller/network/generate/routes.ts';
import type { Sites } from '../../controller/network/generate/sites.ts';
import { readSites } from '../../controller/network/generate/sites-file.ts';
import type { LabCluster, LabNode } from './cluster.ts';

/** Networks of all nodes of a lab. */
export const LAYER2 = ['192.168.0.0/16', 'fd00:192:168::/48'];

export interface RoutesOptions {
  /** Default: true. */
  readonly services?: boolean;
  readonly meshInterface?: string;
  readonly layer2?: readonly string[];
  /** By cluster: a range for each of its pod ranges. */
  readonly virtual?: Readonly<Record<string, readonly string[]>>;
}

/** The clusters as a person writes them into a file for `fedctl generate routes -f`. */
export function sitesOf(clusters: readonly LabCluster[], options: RoutesOptions = {}): Sites {
  const { services = true, meshInterface, layer2 = [], virtual = {} } = options;
  return readSites({
    clusters: clusters.map(({ name, podCIDRs, serviceCIDRs, nodes }) => ({
      name,
      podCIDRs: virtual[name] === undefined ? podCIDRs : podCIDRs.slice(0, virtual[name].length),
      serviceCIDRs,
      virtualCIDRs: virtual[name] ?? [],
      nodes: nodes.map(({ name, addresses, podCIDRs }) => ({ name, addresses, podCIDRs })),
    })),
    gateways: clusters.map(({ name, gateway }) => ({ cluster: name, node: gateway.name })),
    layer2,
    withinClusters: true,
    routes: { services },
    ...(meshInterface === undefined ? {} : { meshInterface }),
  });
}

/** What `fedctl generate routes` writes, run on the nodes that it is for. */
export class RouteScripts {
  readonly #texts: ReadonlyMap<string, string>;

  constructor(sites: Sites) {
    const { files } = generateRoutes(sites, { action: 'apply', forward: 'last' });
    this.#texts = new Map(files.map(({ path, text }) => [path, text]));
  }

  /** What each said, by node. Rejects when one fails. */
  async run(action: 'apply' | 'check' | 'remove', nodes: readonly LabNode[]): Promise<Record<string, string>> {
    const said = await Promise.all(
      nodes.map(async (node) => [node.name, await node.machine.output('sh', ['-s', action], this.#textFor(node))]),
    );
    return Object.fromEntries(said) as Record<string, string>;
  }

  /** Which nodes lack something, as their scripts find. */
  async incomplete(nodes: readonly LabNode[]): Promise<string[]> {
    const codes = await Promise.all(
      nodes.map(async (node) => {
        const { code } = await node.machine.execute('sh', ['-s', 'check'], this.#textFor(node));
        return code === 0 ? [] : [node.name];
      }),
    );
    return codes.flat();
  }

  #textFor({ name }: LabNode): string {
    for (const [path, text] of this.#texts) if (path.endsWith(`/${name}.sh`)) return text;
    throw new Error(`there is no script for ${name}`);
  }
}
