import { type Command, Option } from 'commander';
import { rangeIn } from '../../controller/network/generate/addresses.ts';
import type { Site, Sites } from '../../controller/network/generate/sites.ts';
import { interfaceName, namedGateways, readSites } from '../../controller/network/generate/sites-file.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';
import { readDocument } from '../input.ts';
import { sitesOfContexts, sitesOfMembers } from './live-sites.ts';

/** What describes the clusters, on the command lines that generate for them. */
export interface SiteOptions {
  file?: string;
  members?: boolean;
  gateway: string[];
  layer2: string[];
  virtual: string[];
  withinClusters?: boolean;
  routed: 'pods' | 'services' | 'nodes' | 'all';
  meshInterface?: string;
}

/** Adds these options to a command. */
export function withSiteOptions(command: Command): Command {
  const collect = (text: string, before: string[]) => [...before, ...text.split(',')];
  return command
    .option('-f, --file <file>', 'clusters and nodes as written down, for what is not there yet (- for standard input)')
    .option('--members', 'members of the federation, by their names, with the gateways of its MeshConfig')
    .option('--gateway <cluster=node,...>', "nodes that carry their cluster's traffic, by preference", collect, [])
    .option('--layer2 <range,...>', 'networks in which machines reach each other without a router', collect, [])
    .option('--within-clusters', "routes to the pods of the same cluster's nodes too: kubenet, or no network plugin")
    .addOption(
      new Option('--routed <what>', 'what is routed besides pods')
        .choices(['pods', 'services', 'nodes', 'all'])
        .default('pods'),
    )
    .option(
      '--mesh-interface <name>',
      "the mesh's interface on gateways, such as nm-fed, where it makes no routes itself",
    )
    .option(
      '--virtual <cluster=range,...>',
      "under which others reach a cluster's pods, where ranges overlap",
      collect,
      [],
    );
}

/** The clusters of `-f`, members, or contexts: those that are named, else all. Flags add to what a file or the MeshConfig says. */
export async function sitesFor(context: CliContext, names: readonly string[], options: SiteOptions): Promise<Sites> {
  if (options.file !== undefined && names.length > 0) {
    throw usageError('clusters come from -f or from contexts, not from both', 'leave out one of them');
  }
  if (options.file !== undefined && options.members) {
    throw usageError('clusters come from -f or from the federation, not from both', 'leave out one of them');
  }
  const sites = await sitesWithoutFlags(context, names, options);
  const { routed, meshInterface } = options;
  const gateways = pairs('--gateway', options.gateway, 'NODE', sites);
  const virtual = pairs('--virtual', options.virtual, 'RANGE', sites);
  return {
    ...sites,
    clusters: sites.clusters.map((site) => withFlags(site, gateways, virtual)),
    layer2: [...sites.layer2, ...options.layer2.map((text) => rangeIn('--layer2', text))],
    withinClusters: sites.withinClusters || options.withinClusters === true,
    ...(meshInterface === undefined ? {} : { meshInterface: interfaceName('--mesh-interface', meshInterface) }),
    routes: {
      services: sites.routes.services || routed === 'services' || routed === 'all',
      nodes: sites.routes.nodes || routed === 'nodes' || routed === 'all',
    },
  };
}

async function sitesWithoutFlags(context: CliContext, names: readonly string[], options: SiteOptions): Promise<Sites> {
  if (options.file !== undefined) return readSites(await readDocument(context, options.file));
  return options.members ? sitesOfMembers(context, names) : sitesOfContexts(context, names);
}

type Pairs = readonly { readonly cluster: string; readonly value: string }[];

function withFlags(site: Site, gateways: Pairs, virtual: Pairs): Site {
  const of = (list: Pairs) => list.filter(({ cluster }) => cluster === site.cluster).map(({ value }) => value);
  const [named, ranges] = [of(gateways), of(virtual)];
  return {
    ...site,
    gateways: named.length === 0 ? site.gateways : namedGateways(site, named),
    virtualCIDRs: ranges.length === 0 ? site.virtualCIDRs : ranges.map((text) => rangeIn('--virtual', text).text),
  };
}

function pairs(flag: string, texts: readonly string[], what: string, { clusters }: Sites): Pairs {
  return texts.map((text) => {
    const [, cluster = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (value === '')
      throw usageError(`${flag} ${text}: it is CLUSTER=${what}`, `several are divided by commas: ${flag} a=x,b=y`);
    if (!clusters.some((site) => site.cluster === cluster)) {
      throw usageError(
        `${flag} ${text}: there is no cluster ${cluster}`,
        `clusters are: ${clusters.map((site) => site.cluster).join(', ')}`,
      );
    }
    return { cluster, value };
  });
}
