import { type Command, Option } from 'commander';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { discover } from '../../controller/network/discovery/discover.ts';
import type { NetworkFacts, Node } from '../../controller/network/discovery/facts.ts';
import { readFacts } from '../../controller/network/discovery/read-facts.ts';
import { addressesOf, bare, rangeIn } from '../../controller/network/generate/addresses.ts';
import type { Site, SiteNode, Sites } from '../../controller/network/generate/sites.ts';
import { interfaceName, namedGateways, readSites } from '../../controller/network/generate/sites-file.ts';
import { podsUseNodeRanges } from '../../controller/network/overlap/within-cluster.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { readDocument } from '../input.ts';
import { contextsToSurvey } from '../network/contexts.ts';

const CLUSTERS_AT_A_TIME = 16;

/** What describes the clusters, on the command lines that generate for them. */
export interface SiteOptions {
  file?: string;
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

/** The clusters of `-f`, else of the contexts that are named, else of all. Flags add to what a file says. */
export async function sitesFor(context: CliContext, names: readonly string[], options: SiteOptions): Promise<Sites> {
  if (options.file !== undefined && names.length > 0) {
    throw usageError('clusters come from -f or from contexts, not from both', 'leave out one of them');
  }
  const sites =
    options.file === undefined
      ? await sitesOfContexts(context, names)
      : readSites(await readDocument(context, options.file));
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

async function sitesOfContexts(context: CliContext, names: readonly string[]): Promise<Sites> {
  const contexts = await contextsToSurvey(context, names);
  const clusters = await mapConcurrently(contexts, CLUSTERS_AT_A_TIME, async (name) => {
    const { facts, forbidden } = await readFacts(await context.clientFor(name), { signal: context.signal });
    if (forbidden.includes('list nodes')) {
      throw new CliError(`${name}: its nodes may not be listed, and routes are for nodes`, {
        hint: 'ask for list on nodes, or write the clusters down and name the file with -f',
      });
    }
    return siteOf(name, facts);
  });
  return { clusters, layer2: [], withinClusters: false, routes: { services: false, nodes: false } };
}

function siteOf(cluster: string, facts: NetworkFacts): Site {
  const { podCIDRs = [], serviceCIDRs = [] } = discover(facts).network;
  if (podCIDRs.length === 0) {
    throw new CliError(`nothing in ${cluster} tells the range of its pods`, {
      hint: 'write the clusters down and name the file with -f',
    });
  }
  const texts = (ranges: typeof podCIDRs) => ranges.map(({ cidr }) => cidr);
  const perNode = podsUseNodeRanges(facts);
  return {
    cluster,
    podCIDRs: texts(podCIDRs),
    serviceCIDRs: texts(serviceCIDRs),
    outboundCIDRs: [],
    virtualCIDRs: [],
    nodes: (facts.nodes ?? []).map((node) => nodeOf(node, perNode)),
    gateways: [],
    ...((facts.calicoIpPools ?? []).length > 0 ? { networkPlugin: 'calico' } : {}),
  };
}

function nodeOf({ metadata, spec, status }: DeepReadonly<Node>, perNode: boolean): SiteNode {
  const addresses = (wanted: string) =>
    addressesOf((status?.addresses ?? []).filter(({ type }) => type === wanted).map(({ address }) => address)).map(
      bare,
    );
  return {
    name: metadata.name ?? '',
    addresses: addresses('InternalIP'),
    externalAddresses: addresses('ExternalIP'),
    podCIDRs: perNode ? (spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])) : [],
    ready: (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  };
}
