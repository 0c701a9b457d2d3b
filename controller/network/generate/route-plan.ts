import { byAddress, contains, type IpRange, overlaps } from '../../../apis/meta/ip-range.ts';
import type { MemberNetwork, MeshNode, MeshProblem } from '../providers/provider.ts';
import { rangesOf, widest } from './addresses.ts';
import { exposedRange, hop, type Topology, type Translation } from './topology.ts';

/** `ip route replace TO via VIA` or, into the mesh, `dev DEV`. */
export interface PlannedRoute {
  readonly to: IpRange;
  readonly via?: string;
  readonly dev?: string;
  /** The cluster it leads to. */
  readonly cluster: string;
}

/** What one node needs so that its pods and those of other nodes reach each other. */
export interface NodePlan {
  readonly cluster: string;
  readonly node: string;
  readonly gateway: boolean;
  readonly routes: readonly PlannedRoute[];
  /** Ranges of its own cluster whose packets are forwarded, and leave under their own address. */
  readonly local: readonly IpRange[];
  /** Ranges of others. */
  readonly remote: readonly IpRange[];
  /** On gateways: what is translated on its way. */
  readonly translations: readonly Translation[];
}

export interface RoutePlan {
  readonly nodes: readonly NodePlan[];
  readonly problems: readonly MeshProblem[];
}

/** Routes and ranges for every node of every member. Pure; the same topology gives the same plan, whatever the order of its members. */
export function planRoutes(topology: Topology): RoutePlan {
  const problems = new Map<string, MeshProblem>();
  const planner = new Planner(topology, (problem) => problems.set(`${problem.cluster} ${problem.message}`, problem));
  planner.assertApart();
  const nodes = topology.members.flatMap((member) => member.nodes.map((node) => planner.planFor(member, node)));
  return {
    nodes: nodes.toSorted((a, b) => compare(a.cluster, b.cluster) || compare(a.node, b.node)),
    problems: [...problems.values()],
  };
}

/** The node that carries a member's packets: the first that is ready, by preference. A member of one node needs none named. */
export function gatewayOf(member: MemberNetwork): MeshNode | undefined {
  const named = member.gatewayNodes.flatMap((name) => member.nodes.filter((node) => node.name === name));
  const only = member.nodes.length === 1 ? member.nodes[0] : undefined;
  return named.find(({ ready }) => ready) ?? named[0] ?? only;
}

class Planner {
  readonly #topology: Topology;
  readonly #report: (problem: MeshProblem) => void;

  constructor(topology: Topology, report: (problem: MeshProblem) => void) {
    this.#topology = topology;
    this.#report = report;
  }

  /** Ranges that collide get no route: packets for the one would reach the other. */
  assertApart(): void {
    const { members } = this.#topology;
    members.forEach((a, index) => {
      for (const b of members.slice(index + 1)) {
        for (const [mine, theirs] of this.#collisions(a, b)) {
          this.#report({
            cluster: a.cluster,
            reason: 'RangesOverlap',
            message: `${mine.text} of ${a.cluster} overlaps ${theirs.text} of ${b.cluster}: packets for the one would reach the other`,
          });
        }
      }
    });
  }

  planFor(member: MemberNetwork, node: MeshNode): NodePlan {
    const { cluster } = member;
    const others = this.#topology.members.filter((other) => other !== member);
    const gateway = gatewayOf(member)?.name === node.name;
    const routes = [
      ...(this.#topology.withinClusters ? this.#toSiblings(member, node) : []),
      ...others.flatMap((other) => this.#toMember(member, node, other)),
    ];
    const siblings = this.#topology.withinClusters
      ? member.nodes.filter((other) => other !== node).flatMap((other) => rangesOf(other.podCIDRs))
      : [];
    const isTranslated = gateway && member.remap;
    return {
      cluster,
      node: node.name,
      gateway,
      routes: unique(routes),
      local: widest(rangesOf([...member.podCIDRs, ...member.nodeCIDRs])),
      remote: widest([...siblings, ...others.flatMap((other) => this.#reachable(member, other))]),
      translations: isTranslated ? (this.#topology.translations[cluster] ?? []) : [],
    };
  }

  /** Kubenet: every node's pods lie behind that node. */
  #toSiblings(member: MemberNetwork, node: MeshNode): PlannedRoute[] {
    return member.nodes
      .filter((other) => other !== node)
      .flatMap((other) => {
        if (other.podCIDRs.length === 0) this.#report(withoutRange(member.cluster, other));
        return rangesOf(other.podCIDRs).flatMap((to) => {
          const via = hop(this.#topology, to.family, node, other, true);
          if (via === undefined) {
            this.#report(apart(member.cluster, node, other.name, to));
            return [];
          }
          return [{ to, via, cluster: member.cluster }];
        });
      });
  }

  #toMember(member: MemberNetwork, node: MeshNode, other: MemberNetwork): PlannedRoute[] {
    const routes: PlannedRoute[] = [];
    for (const range of this.#reachable(member, other)) {
      const direct = other.remap ? { routes: [], whole: false } : this.#toNodes(node, other, range);
      routes.push(...direct.routes);
      const next = this.#throughGateways(member, node, other, range);
      if (next !== undefined) routes.push({ to: range, ...next, cluster: other.cluster });
      else if (!direct.whole) this.#reportUnreached(member, node, other, range);
    }
    return routes;
  }

  /** Where nodes share a network, each is the next hop for its own pods. `whole`: nothing of the range lies elsewhere. */
  #toNodes(node: MeshNode, other: MemberNetwork, range: IpRange): { routes: PlannedRoute[]; whole: boolean } {
    const within = other.nodes.map((peer) => ({
      peer,
      ranges: rangesOf(peer.podCIDRs).filter((own) => contains(range, own)),
    }));
    const routes = within.flatMap(({ peer, ranges }) =>
      ranges.flatMap((to) => {
        const via = hop(this.#topology, to.family, node, peer, false);
        return via === undefined ? [] : [{ to, via, cluster: other.cluster }];
      }),
    );
    const whole = within.length > 0 && within.every(({ ranges }) => ranges.length > 0);
    return { routes, whole: whole && routes.length === within.flatMap(({ ranges }) => ranges).length };
  }

  #throughGateways(
    member: MemberNetwork,
    node: MeshNode,
    other: MemberNetwork,
    range: IpRange,
  ): { via: string } | { dev: string } | undefined {
    const far = gatewayOf(other);
    const direct = far === undefined ? undefined : hop(this.#topology, range.family, node, far, false);
    if (direct !== undefined) return { via: direct };
    const own = gatewayOf(member);
    if (own === undefined) return undefined;
    const { meshInterface } = this.#topology;
    if (own.name === node.name) return meshInterface === undefined ? undefined : { dev: meshInterface };
    const via = hop(this.#topology, range.family, node, own, true);
    return via === undefined ? undefined : { via };
  }

  #reportUnreached({ cluster, nodes }: MemberNetwork, node: MeshNode, other: MemberNetwork, range: IpRange): void {
    const member = this.#topology.members.find((each) => each.cluster === cluster);
    const own = member === undefined ? undefined : gatewayOf(member);
    if (own?.name === node.name) {
      this.#report({
        cluster,
        reason: 'GatewayRoutesElsewhere',
        message: `gateway ${cluster}/${node.name} gets no route to ${range.text} of ${other.cluster} from here: the mesh brings it; else name its interface (--mesh-interface), declare a network that both share (--layer2), or put the route into the router's table`,
      });
    } else if (own === undefined) {
      this.#report({
        cluster,
        reason: 'GatewayMissing',
        message: `no node of ${cluster} is named as gateway to ${other.cluster}: name one (--gateway ${cluster}=NODE; nodes are ${nodes.map(({ name }) => name).join(', ')})`,
      });
    } else this.#report(apart(cluster, node, own.name, range));
  }

  /** What a member's pods send packets to: of an address family that they have not they send none. */
  #reachable({ cluster, podCIDRs }: MemberNetwork, other: MemberNetwork): IpRange[] {
    const families = new Set(rangesOf(podCIDRs).map(({ family }) => family));
    const pods = rangesOf(other.podCIDRs).map((range) => exposedRange(this.#topology, other.cluster, range));
    const rest = rangesOf([...other.serviceCIDRs, ...other.nodeCIDRs, ...other.outboundCIDRs]);
    // Networks of nodes that lie within a shared one are there without a route.
    const isThere = (range: IpRange) => this.#topology.layer2.some((net) => contains(net, range));
    const ranges = [...pods, ...rest.filter((range) => !isThere(range))];
    return cluster === other.cluster ? [] : ranges.filter(({ family }) => families.has(family));
  }

  #collisions(a: MemberNetwork, b: MemberNetwork): [IpRange, IpRange][] {
    const pairs = (mine: readonly IpRange[], theirs: readonly IpRange[]) =>
      mine.flatMap((one) =>
        theirs.filter((other) => overlaps(one, other)).map((other): [IpRange, IpRange] => [one, other]),
      );
    const own = (member: MemberNetwork) => rangesOf([...member.podCIDRs, ...member.serviceCIDRs]);
    // What a cluster reaches under others' addresses may be none of its own, nor of a third one's.
    return uniquePairs([
      ...pairs(this.#reachable(b, a), this.#reachable(a, b)),
      ...pairs(own(a), this.#reachable(a, b)),
      ...pairs(this.#reachable(b, a), own(b)),
    ]);
  }
}

function withoutRange(cluster: string, node: MeshNode): MeshProblem {
  return {
    cluster,
    reason: 'NodeWithoutPodRange',
    message: `node ${cluster}/${node.name} has no pod range, so that no route leads to its pods: give it one (\`fedctl network plan-cidrs ${cluster} --for kubenet\`)`,
  };
}

function apart(cluster: string, node: MeshNode, next: string, range: IpRange): MeshProblem {
  return {
    cluster,
    reason: 'NoSharedNetwork',
    message: `${cluster}/${node.name} cannot send packets for ${range.text} to ${next}: they share no layer-2 network of IPv${range.family}; declare it (--layer2 RANGE), or put the route into the router's or the cloud's table`,
  };
}

/** Of two routes to one range the first one stands. */
function unique(routes: readonly PlannedRoute[]): PlannedRoute[] {
  const byRange = new Map<string, PlannedRoute>();
  for (const route of routes) if (!byRange.has(route.to.text)) byRange.set(route.to.text, route);
  return [...byRange.values()].toSorted((a, b) => byAddress(a.to, b.to));
}

function uniquePairs(pairs: readonly [IpRange, IpRange][]): [IpRange, IpRange][] {
  return [...new Map(pairs.map((pair) => [`${pair[0].text} ${pair[1].text}`, pair])).values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
