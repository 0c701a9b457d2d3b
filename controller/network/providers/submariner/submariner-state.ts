import { parseDuration } from '../../../../apis/duration.ts';
import { contains, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { AdvertisedRoute, GatewayInfo, LinkHealth, MemberNetwork, MeshProblem } from '../provider.ts';
import type { WatchedState } from '../watching-provider.ts';
import type { SubmarinerFacts, SubmarinerGateway } from './submariner-objects.ts';

/** What Submariner's objects in the members say of the mesh. Pure. */
export function submarinerState(members: readonly MemberNetwork[], facts: readonly SubmarinerFacts[]): WatchedState {
  const names = memberNames(facts);
  return {
    gateways: facts.flatMap(gatewaysOf),
    routes: facts.flatMap(routesOf),
    links: facts.flatMap((each) => linksOf(each, names)),
    problems: facts.flatMap((each) => [
      ...rangeProblems(
        each,
        members.find(({ cluster }) => cluster === each.cluster),
      ),
      ...endpointProblems(each, facts),
    ]),
  };
}

/** Submariner's own names of the clusters: their members', where a gateway there tells. */
function memberNames(facts: readonly SubmarinerFacts[]): ReadonlyMap<string, string> {
  return new Map(
    facts.flatMap(({ cluster, gateways }) =>
      gateways.flatMap(({ status }) => {
        const id = status?.localEndpoint?.cluster_id;
        return id === undefined ? [] : [[id, cluster] as const];
      }),
    ),
  );
}

function isActive({ status }: SubmarinerGateway): boolean {
  return status?.haStatus === 'active';
}

function idOf({ gateways }: SubmarinerFacts): string | undefined {
  return gateways.map(({ status }) => status?.localEndpoint?.cluster_id).find((id) => id !== undefined);
}

function gatewaysOf({ cluster, gateways }: SubmarinerFacts): GatewayInfo[] {
  return gateways.map((gateway) => {
    const node = gateway.metadata.name ?? '';
    const { haStatus = 'unknown', statusFailure = '', localEndpoint, connections = [] } = gateway.status ?? {};
    const known = {
      cluster,
      id: node,
      node,
      meshAddresses: [localEndpoint?.healthCheckIP].filter((ip) => ip !== undefined && ip !== '') as string[],
    };
    if (statusFailure !== '') return { ...known, state: 'NotReady', message: statusFailure };
    if (haStatus === 'passive')
      return { ...known, state: 'Unknown', message: 'passive: it takes over when the active one is gone' };
    if (haStatus !== 'active') return { ...known, state: 'Unknown', message: `its haStatus is ${haStatus}` };
    const broken = connections.filter(({ status }) => status !== 'connected');
    const up = `active, connected to ${connections.length - broken.length} of ${connections.length} clusters`;
    const allDown = connections.length > 0 && broken.length === connections.length;
    return { ...known, state: allDown ? 'NotReady' : 'Ready', message: up };
  });
}

/** What the active gateway's endpoint brings to the others: the member's own ranges, or with Globalnet those in their place. */
function routesOf(facts: SubmarinerFacts): AdvertisedRoute[] {
  const { cluster, gateways } = facts;
  const active = gateways.find(isActive);
  const subnets = active?.status?.localEndpoint?.subnets ?? [];
  const global = globalRanges(facts);
  const by = active?.metadata.name === undefined ? [] : [active.metadata.name];
  if (global.length === 0) return subnets.map((cidr) => ({ cluster, cidr, gateways: by, masqueraded: false }));
  // Single addresses out of it are given to what Submariner exports: no pod's address can be translated into one.
  return global.map((cidr) => ({ cluster, cidr, gateways: by, masqueraded: true }));
}

function globalRanges(facts: SubmarinerFacts): readonly string[] {
  const id = idOf(facts);
  return facts.clusters.find(({ spec }) => spec?.cluster_id === id)?.spec?.global_cidr ?? [];
}

const LINK_STATES: Readonly<Record<string, LinkHealth['state']>> = {
  connected: 'Connected',
  connecting: 'Connecting',
  error: 'Error',
};

function linksOf({ cluster, gateways }: SubmarinerFacts, names: ReadonlyMap<string, string>): LinkHealth[] {
  return gateways.filter(isActive).flatMap(({ status }) =>
    (status?.connections ?? []).map((connection) => {
      const id = connection.endpoint?.cluster_id ?? '';
      const latencyMs = parseDuration(connection.latencyRTT?.average ?? '');
      const { statusMessage = '' } = connection;
      return {
        from: cluster,
        to: names.get(id) ?? id,
        state: LINK_STATES[connection.status ?? ''] ?? 'Unknown',
        ...(latencyMs === undefined || latencyMs === 0 ? {} : { latencyMs }),
        ...(statusMessage === '' ? {} : { message: statusMessage }),
      };
    }),
  );
}

/** On one node Submariner has been seen to take the node's own range for the cluster's. */
function rangeProblems(facts: SubmarinerFacts, member: MemberNetwork | undefined): MeshProblem[] {
  const subnets = (facts.gateways.find(isActive)?.status?.localEndpoint?.subnets ?? []).flatMap((text) => {
    const range = parseIpRange(text);
    return typeof range === 'string' ? [] : [range];
  });
  const global = globalRanges(facts);
  if (global.length > 0) {
    const message = `pods of "${facts.cluster}" are reached only under addresses of Globalnet (${global.join(', ')}), which Submariner gives to what it exports itself: \`subctl export service\` there; no address of a pod can be translated into one, so that Services of Fedmesh are not reached across`;
    return [{ cluster: facts.cluster, reason: 'GlobalnetAddresses', message }];
  }
  if (subnets.length === 0) return [];
  return (member?.podCIDRs ?? []).flatMap((text) => {
    const range = parseIpRange(text);
    if (typeof range === 'string' || subnets.some((subnet) => contains(subnet, range))) return [];
    const told = subnets.map((subnet) => subnet.text).join(', ');
    const message = `Submariner does not route ${range.text} of "${facts.cluster}" whole (it knows ${told}): \`subctl join --clustercidr ${range.text}\` tells it`;
    return [{ cluster: facts.cluster, reason: 'RangeNotRouted', message }];
  });
}

/** An endpoint whose ranges overlap is left out by Submariner with nothing but a line in a log. */
function endpointProblems(facts: SubmarinerFacts, all: readonly SubmarinerFacts[]): MeshProblem[] {
  if (facts.gateways.length === 0) {
    const message = `Submariner has no gateway in "${facts.cluster}": label a node there with submariner.io/gateway=true`;
    return [{ cluster: facts.cluster, reason: 'GatewayMissing', message }];
  }
  const known = new Set(facts.endpoints.map(({ spec }) => spec?.cluster_id));
  return all.flatMap((other) => {
    const id = idOf(other);
    if (other === facts || id === undefined || known.has(id)) return [];
    const message = `"${facts.cluster}" does not know the endpoint of "${other.cluster}" (${id}): its ranges may overlap there without Globalnet, or it has not reached the broker; \`subctl diagnose all\` tells`;
    return [{ cluster: facts.cluster, reason: 'EndpointMissing', message }];
  });
}
