import { enumerate } from '../../../apis/enumeration.ts';
import { contains, type IpFamily, type IpRange, overlaps } from '../../../apis/meta/ip-range.ts';
import { addressesOf, bare, rangesOf } from '../generate/addresses.ts';
import type { MemberNetwork, MeshNode, MeshProblem, MeshState } from '../providers/provider.ts';
import type { NodeRoute, RouteList } from './route-list.ts';

/** What the nodes of one member are to have. */
export interface MemberRoutes {
  readonly cluster: string;
  readonly list: RouteList;
  /** Names of the nodes that are no gateway. */
  readonly nodes: readonly string[];
  /** The gateway that the routes lead to. */
  readonly gateway: string;
}

export interface NodeRoutesPlan {
  readonly members: readonly MemberRoutes[];
  readonly problems: readonly MeshProblem[];
}

type Seen = Pick<MeshState, 'gateways' | 'routes'>;

/** So many are named of many. */
const NAMED = 3;

/**
 * Routes for the nodes beside the gateways: to every range that the mesh brings to other members, by the gateway's node address of the same
 * family. None leads to addresses that the member has itself: its own pods would become unreachable. Pure.
 */
export function planNodeRoutes(networks: readonly MemberNetwork[], state: Seen): NodeRoutesPlan {
  const problems: MeshProblem[] = [];
  const members = networks.flatMap((network): MemberRoutes[] => {
    const { cluster, nodes, gatewayNodes } = network;
    const beside = nodes.map(({ name }) => name).filter((name) => !gatewayNodes.includes(name));
    const gateway = gatewayInUse(network, state);
    if (gateway === undefined || beside.length === 0) return [];
    const routes = routesOf(network, gateway, state, (problem) => problems.push(problem));
    if (routes.length === 0) return [];
    return [{ cluster, nodes: beside, gateway: gateway.name, list: { gateways: gatewayNodes, routes } }];
  });
  return { members, problems };
}

/** For people, on one line. */
export function describeMemberRoutes({ cluster, list, nodes, gateway }: MemberRoutes): string {
  const ranges = enumerate(
    list.routes.map(({ to }) => to),
    NAMED,
  );
  return `${nodes.length === 1 ? 'one node' : `${nodes.length} nodes`} of ${cluster} (${enumerate(nodes, NAMED)}) send ${ranges} by ${gateway}`;
}

/** The first that is up, by preference; where none is, the first: packets wait for it. */
function gatewayInUse({ cluster, gatewayNodes, nodes }: MemberNetwork, { gateways }: Seen): MeshNode | undefined {
  const named = gatewayNodes.flatMap((name) => nodes.filter((node) => node.name === name));
  const isUp = ({ name }: MeshNode) =>
    gateways.some((each) => each.cluster === cluster && each.node === name && each.state === 'Ready');
  return named.find(isUp) ?? named.find(({ ready }) => ready) ?? named[0];
}

function routesOf(
  network: MemberNetwork,
  gateway: MeshNode,
  { routes }: Seen,
  report: (problem: MeshProblem) => void,
): NodeRoute[] {
  const { cluster, podCIDRs, leftOut = [], serviceCIDRs } = network;
  const pods = rangesOf([...podCIDRs, ...leftOut]);
  const families = new Set(pods.map(({ family }) => family));
  const own = [...pods, ...rangesOf(serviceCIDRs)];
  const nodes = addressesOf(network.nodes.flatMap(({ addresses }) => addresses));
  const wanted = rangesOf(
    routes.flatMap((route) => (route.cluster === cluster ? [] : [route.virtualCIDR ?? route.cidr])),
  ).filter(({ family }) => families.has(family));
  const isOwn = (range: IpRange) =>
    own.some((each) => overlaps(each, range)) || nodes.some((address) => contains(range, address));
  const kept = unique(wanted.filter((range) => !isOwn(range)));
  for (const range of unique(wanted.filter(isOwn))) report(ownRange(cluster, range));
  const lacking = new Set<IpFamily>();
  const made = kept.flatMap((range) => {
    const via = addressesOf(gateway.addresses).find(({ family }) => family === range.family);
    if (via === undefined) lacking.add(range.family);
    return via === undefined ? [] : [{ to: range.text, via: bare(via) }];
  });
  for (const family of lacking) report(withoutAddress(cluster, gateway.name, family));
  return made;
}

function unique(ranges: readonly IpRange[]): IpRange[] {
  return [...new Map(ranges.map((range) => [range.text, range])).values()];
}

function ownRange(cluster: string, { text }: IpRange): MeshProblem {
  const message = `nodes of "${cluster}" get no route to ${text}, which others bring: it overlaps addresses of its own`;
  return { cluster, reason: 'NodeRouteOverlaps', message };
}

function withoutAddress(cluster: string, gateway: string, family: IpFamily): MeshProblem {
  const message = `gateway "${gateway}" of "${cluster}" has no IPv${family} address among its InternalIPs, so that no other node there gets routes of IPv${family}: give it one, or name another node in spec.gateways of the MeshConfig`;
  return { cluster, reason: 'GatewayAddressMissing', message };
}
