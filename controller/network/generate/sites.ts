import type { IpRange } from '../../../apis/meta/ip-range.ts';
import type { MemberNetwork, MeshNode } from '../providers/provider.ts';
import { rangeIn, rangesOf } from './addresses.ts';
import { GenerateError } from './generate-error.ts';
import type { Topology, Translation } from './topology.ts';

export interface SiteNode extends MeshNode {
  /** At which others reach it over the internet. */
  readonly externalAddresses: readonly string[];
}

/** A cluster as routes, rules and firewalls see it: of a file, or of what its API server tells. All ranges are canonical. */
export interface Site {
  readonly cluster: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Ranges outside of any cluster that are reached through its gateway. */
  readonly outboundCIDRs: readonly string[];
  /** One for each of its pod ranges, in their order, under which others reach them; empty: their own. */
  readonly virtualCIDRs: readonly string[];
  readonly nodes: readonly SiteNode[];
  /** By preference. */
  readonly gateways: readonly string[];
  /** Calico masquerades towards all that it does not know as a pool. */
  readonly networkPlugin?: 'calico';
}

/** Clusters, and what is known of the networks around them. */
export interface Sites {
  readonly clusters: readonly Site[];
  readonly layer2: readonly IpRange[];
  readonly withinClusters: boolean;
  readonly meshInterface?: string;
  readonly routes: { readonly services: boolean; readonly nodes: boolean };
}

/**
 * What routes follow from.
 * @throws GenerateError where virtual ranges do not fit to real ones
 */
export function topologyOf(sites: Sites): Topology {
  const { layer2, withinClusters, meshInterface } = sites;
  return {
    members: sites.clusters.map((site) => memberOf(site, sites.routes)),
    layer2,
    withinClusters,
    ...(meshInterface === undefined ? {} : { meshInterface }),
    translations: Object.fromEntries(sites.clusters.map((site) => [site.cluster, translationsOf(site)])),
  };
}

function memberOf(site: Site, routes: Sites['routes']): MemberNetwork {
  const { cluster, podCIDRs, outboundCIDRs, nodes, gateways } = site;
  return {
    cluster,
    podCIDRs,
    serviceCIDRs: routes.services ? site.serviceCIDRs : [],
    nodeCIDRs: routes.nodes ? nodes.flatMap(({ addresses }) => addresses.map(single)) : [],
    outboundCIDRs,
    nodes,
    gatewayNodes: gateways,
    remap: site.virtualCIDRs.length > 0,
  };
}

function single(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function translationsOf({ cluster, podCIDRs, virtualCIDRs }: Site): Translation[] {
  if (virtualCIDRs.length === 0) return [];
  const virtual = virtualCIDRs.map((text) => rangeIn(`virtual range of ${cluster}`, text));
  return rangesOf(podCIDRs).map((real) => {
    const match = virtual.find((range) => range.family === real.family);
    if (match === undefined) {
      throw new GenerateError(
        `${cluster} has no virtual range for its pod range ${real.text}`,
        `name one of IPv${real.family} with the same length of prefix: /${real.prefix}`,
      );
    }
    virtual.splice(virtual.indexOf(match), 1);
    if (match.prefix === real.prefix) return { real, virtual: match };
    throw new GenerateError(
      `${match.text} cannot stand for ${real.text} of ${cluster}: addresses are translated one for one`,
      `give it a virtual range with the same length of prefix: /${real.prefix}`,
    );
  });
}
