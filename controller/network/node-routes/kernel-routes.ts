import { type IpFamily, parseIpAddress, parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { NodeRoute, RouteList } from './route-list.ts';

/**
 * Number of the routing protocol that these routes bear in the kernel (`ip route show proto 198`), by which they are told from everybody
 * else's, those of `fedctl generate routes` (199) among them. Nobody has it: /etc/iproute2/rt_protos ends with 192.
 */
export const NODE_ROUTES_PROTOCOL = '198';

/** A route as the kernel has it in its main table. */
export interface KernelRoute {
  /** In canonical form. */
  readonly to: string;
  /** Missing: it leads to an interface, to several neighbours, or nowhere. */
  readonly via?: string;
  readonly ours: boolean;
  /** For people. */
  readonly text: string;
}

/** What brings a node from what it has to what it is to have. */
export interface RouteSteps {
  readonly remove: readonly NodeRoute[];
  readonly add: readonly NodeRoute[];
  /** Routes that cannot be had, because somebody else's leads to the same addresses another way. */
  readonly blocked: readonly { readonly route: NodeRoute; readonly by: string }[];
}

/** The routes that a node is to have: none, where it is a gateway. */
export function routesFor(node: string, { gateways, routes }: RouteList): readonly NodeRoute[] {
  return gateways.includes(node) ? [] : routes;
}

/**
 * Pure; done once, the next answer has nothing to remove and nothing to add. Only what is ours is removed, and nothing is added where somebody
 * else has a route to the same range: one that leads the same way serves as well as ours, another one is named.
 */
export function routeSteps(wanted: readonly NodeRoute[], present: readonly KernelRoute[]): RouteSteps {
  const ways = new Map(wanted.map(({ to, via }) => [to, via]));
  const foreign = present.filter(({ ours }) => !ours);
  const taken = new Set(foreign.map(({ to }) => to));
  const own = new Set(present.filter(({ ours }) => ours).map(({ to, via }) => `${to} ${via}`));
  const elsewhere = (route: NodeRoute) => foreign.find(({ to, via }) => to === route.to && via !== route.via);
  const lacking = wanted.filter((route) => !own.has(`${route.to} ${route.via}`) && !taken.has(route.to));
  return {
    remove: present.flatMap(({ ours, to, via }) =>
      ours && via !== undefined && ways.get(to) !== via ? [{ to, via }] : [],
    ),
    add: lacking,
    blocked: wanted.flatMap((route) => {
      const by = elsewhere(route);
      return by === undefined ? [] : [{ route, by: by.text }];
    }),
  };
}

/**
 * What `ip -json -N route show table main` printed. Routes that are no ranges of one family (`default`) are left out.
 * @throws Error when it is no list of routes
 */
export function parseKernelRoutes(family: IpFamily, json: string): KernelRoute[] {
  const entries: unknown = json.trim() === '' ? [] : JSON.parse(json);
  if (!Array.isArray(entries)) throw new Error('`ip` printed no list of routes: is it that of iproute2?');
  return entries.flatMap((entry: Partial<Record<'dst' | 'gateway' | 'dev' | 'protocol' | 'type', unknown>>) => {
    const to = rangeOf(family, entry.dst);
    if (to === undefined) return [];
    const via = typeof entry.gateway === 'string' ? canonicalAddress(entry.gateway) : undefined;
    const ours = String(entry.protocol) === NODE_ROUTES_PROTOCOL;
    const way = [
      ...(via === undefined ? [] : [`via ${via}`]),
      ...(typeof entry.dev === 'string' ? [`dev ${entry.dev}`] : []),
    ];
    const text = [to, ...(way.length === 0 ? ['another way'] : way)].join(' ');
    return [{ to, ours, text, ...(via === undefined ? {} : { via }) }];
  });
}

function rangeOf(family: IpFamily, text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const range = text.includes('/') ? parseIpRange(text) : parseIpAddress(text);
  return typeof range === 'string' || range.family !== family ? undefined : range.text;
}

function canonicalAddress(text: string): string | undefined {
  const address = parseIpAddress(text);
  return typeof address === 'string' ? undefined : address.text.replace(/\/\d+$/, '');
}
