import groupBy from 'lodash/groupBy.js';
import { rfc3339 } from '../../../time/rfc3339.ts';
import type { GatewayInfo, MemberNetwork, MeshProblem } from '../provider.ts';
import type { Host, Node } from './api.ts';
import { hostName, keyTag } from './names.ts';

/** A member's gateway node that is in the network. */
export interface FoundGateway {
  readonly cluster: string;
  /** Its name in Kubernetes. */
  readonly node: string;
  /** Its id in Netmaker, which another machine, or the same one joined anew, does not have. */
  readonly id: string;
  readonly state: GatewayInfo['state'];
  readonly relayedBy: string | undefined;
  readonly isGateway: boolean;
  readonly info: GatewayInfo;
}

export interface Gateways {
  /** By member, in the order in which they are preferred. Members of which none was found are missing. */
  readonly byCluster: ReadonlyMap<string, readonly FoundGateway[]>;
  readonly problems: readonly MeshProblem[];
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** How sure it is that a host is a member's node. */
const EVIDENCE = { name: 1, address: 2, ownName: 3 } as const;

interface Candidate {
  readonly cluster: string;
  readonly node: string;
  readonly host: Host;
  readonly membership: Node;
  readonly evidence: number;
}

/**
 * Which of the network's nodes are the gateways that the members name. A host is recognised by the name under which the manifest has it join, by an
 * address of the node, or by the node's name; two members that mean the same one have none of it, unless one has the better claim.
 */
export function findGateways(
  owner: string,
  members: readonly MemberNetwork[],
  hosts: readonly Host[],
  nodes: readonly Node[],
): Gateways {
  const joined = indexed(hosts, nodes);
  const candidates = members.flatMap((member) =>
    member.gatewayNodes.flatMap((node) => best(candidatesFor(owner, member, node, joined)) ?? []),
  );
  const contested = contestedAmong(candidates);
  const byCluster = new Map<string, FoundGateway[]>();
  for (const candidate of candidates) {
    if (contested.has(candidate)) continue;
    const found = byCluster.get(candidate.cluster) ?? [];
    // Two names of one machine are one gateway.
    if (!found.some(({ id }) => id === candidate.membership.id)) found.push(gatewayOf(candidate));
    byCluster.set(candidate.cluster, found);
  }
  return { byCluster, problems: members.flatMap((member) => problemsOf(owner, member, byCluster, contested)) };
}

interface Joined {
  readonly host: Host;
  readonly membership: Node;
}

/** The network's hosts by what they are recognised by: a thousand members are looked for among a thousand hosts. */
interface JoinedHosts {
  readonly byName: ReadonlyMap<string, readonly Joined[]>;
  readonly byAddress: ReadonlyMap<string, readonly Joined[]>;
}

function indexed(hosts: readonly Host[], nodes: readonly Node[]): JoinedHosts {
  const hostsById = new Map(hosts.map((host) => [host.id, host]));
  const byName = new Map<string, Joined[]>();
  const byAddress = new Map<string, Joined[]>();
  const note = (map: Map<string, Joined[]>, key: string, each: Joined) => {
    const present = map.get(key);
    if (present === undefined) map.set(key, [each]);
    else present.push(each);
  };
  for (const membership of nodes) {
    const host = hostsById.get(membership.hostid);
    if (host === undefined) continue;
    note(byName, host.name, { host, membership });
    for (const address of new Set(addressesOf(host))) note(byAddress, address, { host, membership });
  }
  return { byName, byAddress };
}

function candidatesFor(
  owner: string,
  member: MemberNetwork,
  node: string,
  { byName, byAddress }: JoinedHosts,
): Candidate[] {
  const { cluster } = member;
  const addresses = member.nodes.find(({ name }) => name === node)?.addresses ?? [];
  const of = (evidence: number, found: readonly Joined[] = []) =>
    found.map((each) => ({ cluster, node, evidence, ...each }));
  return [
    ...of(EVIDENCE.ownName, byName.get(hostName(owner, cluster, node))),
    ...addresses.flatMap((address) => of(EVIDENCE.address, byAddress.get(address))),
    ...of(EVIDENCE.name, byName.get(node)),
  ];
}

function addressesOf(host: Host): string[] {
  const interfaces = (host.interfaces ?? []).flatMap(({ addressString }) => addressString ?? []);
  return [host.endpointip, host.endpointipv6, ...interfaces]
    .flatMap((address) => address?.split('/')[0] ?? [])
    .filter((address) => address !== '');
}

/** A machine that was replaced is listed twice: the one that is there, or was last, counts. */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  const rank = { Ready: 2, Unknown: 1, NotReady: 0 };
  return candidates.toSorted(
    (a, b) =>
      b.evidence - a.evidence ||
      rank[stateOf(b.membership)] - rank[stateOf(a.membership)] ||
      (b.membership.lastcheckin ?? 0) - (a.membership.lastcheckin ?? 0) ||
      (a.membership.id < b.membership.id ? -1 : 1),
  )[0];
}

/** Those that stand behind the same node as another member's, which has as good a claim or a better one. */
function contestedAmong(candidates: readonly Candidate[]): ReadonlyMap<Candidate, string> {
  const contested = new Map<Candidate, string>();
  for (const sharing of Object.values(groupBy(candidates, ({ membership }) => membership.id))) {
    for (const one of sharing) {
      const other = sharing.find(({ cluster, evidence }) => cluster !== one.cluster && evidence >= one.evidence);
      if (other !== undefined) contested.set(one, other.cluster);
    }
  }
  return contested;
}

function gatewayOf({ cluster, node, membership }: Candidate): FoundGateway {
  const relayedBy = membership.relayedby ?? '';
  const state = stateOf(membership);
  const seen = (membership.lastcheckin ?? 0) > 0 ? { lastSeen: rfc3339((membership.lastcheckin ?? 0) * 1000) } : {};
  return {
    cluster,
    node,
    id: membership.id,
    state,
    relayedBy: relayedBy === '' || relayedBy === NIL_UUID ? undefined : relayedBy,
    isGateway: membership.is_gw === true,
    info: {
      cluster,
      id: membership.id,
      node,
      meshAddresses: [membership.address, membership.address6].flatMap((each) => each?.split('/')[0] || []),
      state,
      message: messageOf(membership, state),
      ...seen,
    },
  };
}

function stateOf({ connected, status }: Node): GatewayInfo['state'] {
  if (connected === false) return 'NotReady';
  if (status === 'online' || status === 'warning') return 'Ready';
  return status === 'offline' || status === 'error' || status === 'disconnected' ? 'NotReady' : 'Unknown';
}

function messageOf({ connected, status }: Node, state: GatewayInfo['state']): string {
  if (connected === false) return 'it was disconnected from the network in Netmaker: connect it there again';
  if (state === 'Ready')
    return status === 'warning' ? 'Netmaker warns: it does not reach all others' : 'it checks in with Netmaker';
  if (state === 'NotReady') return `Netmaker says ${status}: see whether netclient runs on it and reaches the server`;
  return 'Netmaker does not tell how it is';
}

function problemsOf(
  owner: string,
  { cluster, gatewayNodes }: MemberNetwork,
  byCluster: ReadonlyMap<string, readonly FoundGateway[]>,
  contested: ReadonlyMap<Candidate, string>,
): MeshProblem[] {
  const found = byCluster.get(cluster) ?? [];
  const shared = [...contested].filter(([candidate]) => candidate.cluster === cluster);
  const problem = (reason: string, message: string) => [{ cluster, reason, message }];
  if (gatewayNodes.length === 0) {
    return problem('GatewayUnset', 'no gateway is named for this member: add one of its nodes to spec.gateways');
  }
  const sharing = shared.flatMap(([{ host, node }, other]) =>
    problem(
      'GatewayShared',
      `Netmaker's host "${host.name}" would be the gateway of "${other}" as well as of this member (node ${node}), and only one of them can be behind it. Have the node join with the key ${keyTag(owner, cluster)} by the netclient manifest, which gives it a name of its own, or name another node`,
    ),
  );
  if (found.length === 0) {
    if (sharing.length > 0) return sharing;
    const message = `none of its gateway nodes (${gatewayNodes.join(', ')}) is in the network. Apply the netclient manifest there (\`fedctl network netclient ${cluster} | kubectl apply -f -\`), and see whether netclient reaches the server`;
    return problem('GatewayMissing', message);
  }
  if (found.some(({ state }) => state === 'Ready')) return sharing;
  const words = found.map(({ node, info }) => `${node}: ${info.message}`).join('; ');
  return [
    ...sharing,
    ...problem(found.some(({ state }) => state === 'Unknown') ? 'GatewayUnknown' : 'GatewayNotReady', words),
  ];
}
