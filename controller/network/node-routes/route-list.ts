import { byAddress, parseIpAddress, parseIpRange } from '../../../apis/meta/ip-range.ts';

/** A way that a node lacks: to the addresses of other members, by a neighbour of its own cluster. Both in canonical form, of one family. */
export interface NodeRoute {
  readonly to: string;
  readonly via: string;
}

/** What all nodes of a member are to have that are no gateway. */
export interface RouteList {
  /** Names of nodes that have routes of the mesh itself: they get none of these. */
  readonly gateways: readonly string[];
  readonly routes: readonly NodeRoute[];
}

/** As it is handed to the nodes: the same content is the same text. */
export function formatRouteList({ gateways, routes }: RouteList): string {
  return JSON.stringify({ gateways: [...gateways].sort(), routes: sorted(routes) });
}

/** What the controller wrote, or what is wrong with it. */
export function parseRouteList(text: string): RouteList | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`;
  }
  if (!isRecord(value)) return 'is no JSON object';
  const { gateways, routes } = value;
  if (!Array.isArray(gateways) || gateways.some((name) => typeof name !== 'string')) return 'has no list of gateways';
  if (!Array.isArray(routes)) return 'has no list of routes';
  const parsed: NodeRoute[] = [];
  for (const route of routes) {
    const read = readRoute(route);
    if (typeof read === 'string') return read;
    if (parsed.some(({ to }) => to === read.to)) return `names ${read.to} twice`;
    parsed.push(read);
  }
  return { gateways: gateways as string[], routes: parsed };
}

function readRoute(route: unknown): NodeRoute | string {
  if (!isRecord(route) || typeof route.to !== 'string' || typeof route.via !== 'string')
    return 'has a route that is not made of "to" and "via"';
  const to = parseIpRange(route.to);
  if (typeof to === 'string') return `${JSON.stringify(route.to)} ${to}`;
  const via = parseIpAddress(route.via);
  if (typeof via === 'string') return `${JSON.stringify(route.via)} ${via}`;
  if (via.family !== to.family) return `leads to ${to.text} by ${route.via}, which is of the other address family`;
  return { to: to.text, via: via.text.replace(/\/\d+$/, '') };
}

function sorted(routes: readonly NodeRoute[]): NodeRoute[] {
  const ranges = routes.map(({ to, via }) => ({ to, via, range: parseIpRange(to) }));
  return ranges
    .toSorted((a, b) => {
      if (typeof a.range === 'string' || typeof b.range === 'string') return a.to < b.to ? -1 : 1;
      return byAddress(a.range, b.range);
    })
    .map(({ to, via }) => ({ to, via }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
