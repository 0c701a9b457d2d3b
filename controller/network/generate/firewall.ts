import type { IpRange } from '../../../apis/meta/ip-range.ts';
import type { MemberNetwork } from '../providers/provider.ts';
import { addressesOf, bare, rangesOf, widest } from './addresses.ts';
import { GenerateError } from './generate-error.ts';
import { gatewayOf, type NodePlan, planRoutes } from './route-plan.ts';
import { type Site, type Sites, topologyOf } from './sites.ts';

/** What carries packets between gateways, each with ports of its own. */
export type Tunnel = 'none' | 'netmaker' | 'submariner' | 'cilium';

/** What a network's firewall has to let in. */
export interface FirewallRule {
  /** Within a cluster, for names in clouds. */
  readonly name: string;
  /** To all nodes, or to gateways only. */
  readonly to: 'nodes' | 'gateways';
  readonly protocol: 'all' | 'tcp' | 'udp';
  readonly port?: number;
  readonly from: readonly IpRange[];
  readonly why: string;
}

export interface ClusterFirewall {
  readonly cluster: string;
  readonly rules: readonly FirewallRule[];
  /** Machines that send and get packets of addresses that are not theirs: clouds drop those unless told otherwise. */
  readonly forwarding: { readonly nodes: readonly Forwarder[]; readonly ranges: readonly IpRange[] };
  /** For the cloud's own table, where nodes cannot reach each other without its router. */
  readonly routes: { readonly via?: Forwarder; readonly to: readonly IpRange[] };
}

export interface Forwarder {
  readonly name: string;
  readonly address: string;
}

export interface FirewallOptions {
  readonly tunnel: Tunnel;
  /** From where API servers are reached: the host's control plane, people. */
  readonly apiFrom: readonly IpRange[];
  readonly apiPort: number;
}

interface TunnelPort {
  readonly name: string;
  readonly to: FirewallRule['to'];
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly why: string;
}

/** As their documentation lists them. */
const TUNNEL_PORTS: Readonly<Record<Tunnel, readonly TunnelPort[]>> = {
  none: [],
  // From v0.30 on netclient listens on 443 where that is free.
  netmaker: [
    { name: 'wireguard', to: 'gateways', protocol: 'udp', port: 51_821, why: "netclient's WireGuard" },
    { name: 'wireguard-443', to: 'gateways', protocol: 'udp', port: 443, why: "netclient's WireGuard" },
  ],
  submariner: [
    { name: 'ipsec', to: 'gateways', protocol: 'udp', port: 4500, why: "Submariner's tunnel between gateways" },
    { name: 'nat-discovery', to: 'gateways', protocol: 'udp', port: 4490, why: 'how gateways find out about NAT' },
  ],
  cilium: [
    { name: 'clustermesh', to: 'nodes', protocol: 'tcp', port: 32_379, why: "clustermesh-apiserver's node port" },
    { name: 'health', to: 'nodes', protocol: 'tcp', port: 4240, why: "Cilium's health checks" },
    { name: 'vxlan', to: 'nodes', protocol: 'udp', port: 8472, why: 'pods of other clusters, with VXLAN' },
    { name: 'wireguard', to: 'nodes', protocol: 'udp', port: 51_871, why: 'pods of other clusters, with encryption' },
  ],
};

/**
 * What each cluster's firewall needs, as data.
 * @throws GenerateError where ranges overlap
 */
export function planFirewalls(
  sites: Sites,
  options: FirewallOptions,
): { firewalls: ClusterFirewall[]; warnings: string[] } {
  const topology = topologyOf(sites);
  const plan = planRoutes(topology);
  const overlap = plan.problems.find(({ reason }) => reason === 'RangesOverlap');
  if (overlap !== undefined) {
    throw new GenerateError(
      overlap.message,
      'build one of the two anew with another range (`fedctl network plan-cidrs`)',
      'RangesOverlap',
    );
  }
  const warnings: string[] = [];
  const firewalls = sites.clusters.map((site) => {
    const nodes = plan.nodes.filter(({ cluster }) => cluster === site.cluster);
    const member = topology.members.find(({ cluster }) => cluster === site.cluster);
    return firewallOf(site, member, nodes, sites, options, (text) => warnings.push(text));
  });
  return {
    firewalls: firewalls.toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1)),
    warnings: [...new Set(warnings)],
  };
}

function firewallOf(
  site: Site,
  member: MemberNetwork | undefined,
  nodes: readonly NodePlan[],
  { clusters }: Sites,
  options: FirewallOptions,
  warn: (text: string) => void,
): ClusterFirewall {
  const { cluster } = site;
  const remote = widest(nodes.flatMap((node) => node.remote).filter((range) => !isOwn(site, range)));
  const others = clusters.filter((other) => other !== site);
  const forwarders = site.nodes.map(forwarder).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const gateway = member === undefined ? undefined : gatewayOf(member);
  const via = forwarders.find(({ name }) => name === gateway?.name);
  const rules: FirewallRule[] = [
    {
      name: 'pods',
      to: 'nodes',
      protocol: 'all',
      from: remote,
      why: 'pods of other clusters, under their own addresses',
    },
    ...TUNNEL_PORTS[options.tunnel].map((port) => ({ ...port, from: tunnelSources(port, others, warn) })),
    {
      name: 'api',
      to: 'nodes',
      protocol: 'tcp',
      port: options.apiPort,
      from: options.apiFrom,
      why: 'the API server, for the control plane of the federation',
    },
  ];
  if (options.apiFrom.length === 0) {
    warn('no rule lets the federation in to the API servers: say from where it comes with --api-from RANGE,...');
  }
  return {
    cluster,
    rules: rules.filter(({ from }) => from.length > 0),
    forwarding: { nodes: forwarders, ranges: widest(rangesOf([...site.podCIDRs, ...remote.map(({ text }) => text)])) },
    routes: { ...(via === undefined ? {} : { via }), to: remote },
  };
}

function isOwn({ podCIDRs, nodes }: Site, range: IpRange): boolean {
  return podCIDRs.includes(range.text) || nodes.some((node) => node.podCIDRs.includes(range.text));
}

const ANYWHERE: readonly IpRange[] = [{ family: 4, first: 0n, last: (1n << 32n) - 1n, prefix: 0, text: '0.0.0.0/0' }];

/** Whoever is not known may come from anywhere: a tunnel answers nobody without a key. */
function tunnelSources(port: TunnelPort, others: readonly Site[], warn: (text: string) => void): readonly IpRange[] {
  const known = others.map((other) => {
    const isGateway = (name: string) => other.gateways.includes(name) || other.nodes.length === 1;
    const peers = port.to === 'nodes' ? other.nodes : other.nodes.filter(({ name }) => isGateway(name));
    const addresses = addressesOf(peers.flatMap(({ externalAddresses }) => externalAddresses));
    if (addresses.length === 0) {
      warn(
        `from where packets of ${other.cluster} come is not known, so that ${port.protocol} ${port.port} is open to everybody: name its gateways and their externalAddresses`,
      );
    }
    return addresses;
  });
  return known.some((addresses) => addresses.length === 0) ? ANYWHERE : widest(known.flat());
}

function forwarder({ name, addresses }: Site['nodes'][number]): Forwarder {
  return { name, address: addressesOf(addresses).map(bare)[0] ?? '' };
}
