import { contains, overlaps, parseIpRange } from '../../../apis/meta/ip-range.ts';
import { addressesOf, rangesOf } from '../generate/addresses.ts';
import type { MemberNetwork, MeshProblem, MeshState } from '../providers/provider.ts';

type Seen = Pick<MeshState, 'gateways' | 'routes'>;

/** What a mesh does that no plan of ours can undo, and a person has to know. */
export function meshHazards(networks: readonly MemberNetwork[], state: Seen): MeshProblem[] {
  return [...networks.flatMap((network) => misledGateways(network, state)), ...untranslatable(state)];
}

/** Every gateway in a mesh gets the routes of all: one of a member that was left out too, also those that take its own packets. */
function misledGateways({ cluster, leftOut = [], nodes }: MemberNetwork, { gateways, routes }: Seen): MeshProblem[] {
  const own = rangesOf(leftOut);
  if (own.length === 0) return [];
  const addresses = addressesOf(nodes.flatMap((node) => node.addresses));
  const names = gateways.filter((each) => each.cluster === cluster).map(({ node, id }) => node ?? id);
  if (names.length === 0) return [];
  const taking = routes.filter((route) => {
    const [range] = rangesOf([route.virtualCIDR ?? route.cidr]);
    if (route.cluster === cluster || range === undefined) return false;
    return own.some((each) => overlaps(each, range)) || addresses.some((address) => contains(range, address));
  });
  const [first] = taking;
  if (first === undefined) return [];
  const what = `${first.virtualCIDR ?? first.cidr} of "${first.cluster}"`;
  const message = `${names.join(', ')} of "${cluster}" is in the mesh and so gets the route to ${what}, which overlaps addresses of its own cluster: packets for its own pods may go there; stop netclient on it (\`kubectl delete daemonset fedmesh-netclient\` there, or leave the network by hand) until one of the two has another range`;
  return [{ cluster, reason: 'GatewayMisled', message }];
}

/** Addresses are translated one to one: a range of another size has none for some of them. */
function untranslatable({ routes }: Seen): MeshProblem[] {
  return routes.flatMap(({ cluster, cidr, virtualCIDR }) => {
    if (virtualCIDR === undefined) return [];
    const [own, virtual] = [parseIpRange(cidr), parseIpRange(virtualCIDR)];
    const isOneToOne =
      typeof own !== 'string' &&
      typeof virtual !== 'string' &&
      own.family === virtual.family &&
      own.prefix === virtual.prefix;
    if (isOneToOne) return [];
    const message = `${cidr} of "${cluster}" is reached under ${virtualCIDR}, which is not of its size and family, so that addresses of its pods cannot be translated one to one: Services of it are not reached by the mesh until the virtual range has the same prefix length`;
    return [{ cluster, reason: 'VirtualRangeDiffers', message }];
  });
}
