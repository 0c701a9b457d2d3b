import type { AdvertisedRoute, LinkHealth, MemberNetwork } from '../provider.ts';
import type { Egress, NetworkMetrics, Node, NodeStatus } from './api.ts';
import type { NetmakerClient } from './client.ts';
import { findGateways, type Gateways } from './gateways.ts';
import { readMark } from './names.ts';
import { featuresOf, type ServerFeatures } from './server-features.ts';
import { isActive, type NetmakerState } from './state.ts';

/** The community edition itself calls a node offline after so long, seconds. */
const CHECK_IN_SECONDS = 10 * 60;

/** What Netmaker answers where no packet came back, milliseconds. */
const LOST_MS = 999;

export async function readFeatures(client: NetmakerClient, signal: AbortSignal): Promise<ServerFeatures> {
  const [status, flags] = await Promise.all([client.serverStatus(signal), client.featureFlags(signal)]);
  return featuresOf(status, flags);
}

/** Reads one network of a server, whatever made it. `now` in milliseconds since the epoch. */
export async function observeNetmaker(
  client: NetmakerClient,
  settings: { readonly owner: string; readonly network: string },
  members: readonly MemberNetwork[],
  now: number,
  signal: AbortSignal,
): Promise<NetmakerState> {
  const { owner } = settings;
  const features = await readFeatures(client, signal);
  const network = await client.network(settings.network, signal);
  const name = settings.network;
  const none = network === undefined;
  const [hosts, listed, statuses, egresses, policies, keys, clients, metrics] = await Promise.all([
    client.hosts(signal),
    none ? [] : client.nodes(name, signal),
    none ? {} : client.nodeStatuses(name, signal),
    none ? [] : client.egresses(name, signal),
    none ? [] : client.policies(name, signal),
    client.enrollmentKeys(signal),
    none ? [] : client.externalClients(name, signal),
    none || !features.pro ? undefined : client.metrics(name, signal),
  ]);
  const nodes = listed.map((node) => withStatus(node, statuses, now));
  const gateways = findGateways(owner, members, hosts, nodes);
  return {
    features,
    network,
    hosts,
    nodes,
    egresses,
    policies,
    keys: keys.flatMap(({ tags, networks }) => (tags ?? []).map((tag) => ({ tag, networks: networks ?? [] }))),
    clients: clients.map(({ clientid, ingressgatewayid = '' }) => ({ id: clientid, gateway: ingressgatewayid })),
    gateways: [...gateways.byCluster.values()].flat().map(({ info }) => info),
    routes: routesOf(owner, members, egresses, gateways),
    links: metrics === undefined ? [] : linksOf(metrics, gateways),
  };
}

/** What the server says of a node; where it says nothing, by when it was heard of last. */
function withStatus(node: Node, statuses: Readonly<Record<string, NodeStatus>>, now: number): Node {
  const said = statuses[node.id]?.status ?? node.status ?? '';
  if (said !== '') return { ...node, status: said };
  const seen = node.lastcheckin ?? 0;
  if (seen <= 0) return { ...node, status: 'unknown' };
  return { ...node, status: now / 1000 - seen > CHECK_IN_SECONDS ? 'offline' : 'online' };
}

/** Ours, and those that somebody else made for a member's range. */
function routesOf(
  owner: string,
  members: readonly MemberNetwork[],
  egresses: readonly Egress[],
  { byCluster }: Gateways,
): AdvertisedRoute[] {
  return egresses.filter(isActive).flatMap((egress) => {
    const cluster = readMark(owner, egress.description)?.cluster ?? memberOf(egress, members, byCluster);
    if (cluster === undefined) return [];
    const virtual = egress.mode === 'virtual_nat' && (egress.virtual_range ?? '') !== '';
    return {
      cluster,
      cidr: egress.range,
      ...(virtual ? { virtualCIDR: egress.virtual_range ?? '' } : {}),
      gateways: Object.keys(egress.nodes ?? {}),
      masqueraded: egress.nat === true,
    };
  });
}

function memberOf(
  egress: Egress,
  members: readonly MemberNetwork[],
  gateways: Gateways['byCluster'],
): string | undefined {
  const through = Object.keys(egress.nodes ?? {});
  return members.find(({ cluster, podCIDRs, serviceCIDRs, nodeCIDRs, outboundCIDRs }) => {
    const ids = (gateways.get(cluster) ?? []).map(({ id }) => id);
    const ranges = [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs, ...outboundCIDRs];
    return ranges.includes(egress.range) && through.every((id) => ids.includes(id));
  })?.cluster;
}

/** From each member's first gateway to those of the others. */
function linksOf({ nodes }: NetworkMetrics, { byCluster }: Gateways): LinkHealth[] {
  const first = [...byCluster].flatMap(([cluster, [gateway]]) =>
    gateway === undefined ? [] : [{ cluster, id: gateway.id }],
  );
  return first.flatMap((from) =>
    first.flatMap((to): LinkHealth[] => {
      if (from === to) return [];
      const measured = nodes?.[from.id]?.connectivity?.[to.id];
      const ends = { from: from.cluster, to: to.cluster };
      if (measured === undefined) return [{ ...ends, state: 'Unknown', message: 'Netmaker has not measured it' }];
      if (measured.connected !== true || measured.latency === LOST_MS) {
        return [{ ...ends, state: 'Error', message: 'the gateways do not reach each other' }];
      }
      return [
        { ...ends, state: 'Connected', ...(measured.latency === undefined ? {} : { latencyMs: measured.latency }) },
      ];
    }),
  );
}
