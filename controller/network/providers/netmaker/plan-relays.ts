import type { MemberNetwork, MeshProblem } from '../provider.ts';
import { action } from './action.ts';
import type { FoundGateway } from './gateways.ts';
import { readMark } from './names.ts';
import type { NetmakerAction, NetmakerState } from './state.ts';

export interface RelayPlan {
  readonly actions: readonly NetmakerAction[];
  /** By member: the node that relays for it, for the mark on its egresses; that mark alone tells later that Fedmesh did it. */
  readonly marks: ReadonlyMap<string, string>;
  readonly problems: readonly MeshProblem[];
}

type Found = ReadonlyMap<string, readonly FoundGateway[]>;

/** Gateways that no other can reach by themselves, because of NAT, are reached through another member's. */
export function planRelays(
  owner: string,
  members: readonly MemberNetwork[],
  gateways: Found,
  observed: NetmakerState,
): RelayPlan {
  const marks = new Map<string, string>();
  const problems: MeshProblem[] = [];
  const actions: NetmakerAction[] = [];
  const promoted = new Set<string>();
  const ours = assignedByUs(owner, observed);
  const kept = new Set<string>();
  for (const member of members) {
    const { cluster, relayedBy } = member;
    const own = gateways.get(cluster) ?? [];
    if (relayedBy === undefined) continue;
    if (own.length === 0) {
      // It cannot be seen now: whatever relays for it stays.
      for (const [node, by] of ours) if (by.cluster === cluster) kept.add(node);
      continue;
    }
    const relay = relayFor(member, members, gateways);
    if (typeof relay === 'string') {
      problems.push({ cluster, reason: 'RelayMissing', message: relay });
      for (const { id } of own) kept.add(id);
      const before = own.flatMap(({ id }) => ours.get(id)?.relay ?? [])[0];
      if (before !== undefined) marks.set(cluster, before);
      continue;
    }
    const strangers = own.filter(
      ({ id, relayedBy: by }) => by !== undefined && by !== relay.id && ours.get(id)?.relay !== by,
    );
    for (const { node, relayedBy: by } of strangers) {
      const message = `its gateway ${node} is relayed by the node ${by}, which Fedmesh did not decide. Take that away in Netmaker, or name no relay`;
      problems.push({ cluster, reason: 'RelayTaken', message });
    }
    marks.set(cluster, relay.id);
    for (const gateway of own) {
      kept.add(gateway.id);
      if (gateway.relayedBy === relay.id || strangers.includes(gateway)) continue;
      if (!relay.isGateway && !promoted.has(relay.id)) {
        promoted.add(relay.id);
        const summary = `let the gateway of ${relay.cluster} relay for others`;
        actions.push(
          action('create', 'gateway', relay.node, summary, { kind: 'create-gateway', node: relay.id }, relay.cluster),
        );
      }
      if (gateway.relayedBy !== undefined) actions.push(unassign(gateway.id, gateway.relayedBy, gateway.node, cluster));
      const summary = `reach the gateway of ${cluster} through that of ${relay.cluster}`;
      const assign = { kind: 'assign-gateway', node: gateway.id, gateway: relay.id } as const;
      actions.push(action('update', 'gateway', gateway.node, summary, assign, cluster));
    }
  }
  for (const [node, { cluster, relay }] of ours) {
    const current = observed.nodes.find(({ id }) => id === node);
    if (!kept.has(node) && current?.relayedby === relay) actions.push(unassign(node, relay, node, cluster));
  }
  return { actions, marks, problems };
}

/** By node: what an egress that it routes says of its relay. */
function assignedByUs(
  owner: string,
  { egresses }: NetmakerState,
): Map<string, { readonly cluster: string; readonly relay: string }> {
  const found = new Map<string, { cluster: string; relay: string }>();
  for (const { description, nodes } of egresses) {
    const mark = readMark(owner, description);
    if (mark?.relay === undefined) continue;
    for (const id of Object.keys(nodes ?? {})) found.set(id, { cluster: mark.cluster, relay: mark.relay });
  }
  return found;
}

function relayFor(member: MemberNetwork, members: readonly MemberNetwork[], gateways: Found): FoundGateway | string {
  const { cluster, relayedBy = '' } = member;
  if (relayedBy === cluster) return 'a member cannot relay for itself: name another in relayedBy';
  const relaying = members.find((each) => each.cluster === relayedBy);
  if (relaying === undefined)
    return `"${relayedBy}", which is to relay for it, is no member that the mesh routes to. Name one in relayedBy`;
  if (relaying.relayedBy !== undefined)
    return `"${relayedBy}", which is to relay for it, is itself behind a relay ("${relaying.relayedBy}"): name that one in relayedBy`;
  const found = gateways.get(relayedBy) ?? [];
  const relay = found.find(({ state }) => state === 'Ready') ?? found[0];
  return relay ?? `"${relayedBy}", which is to relay for it, has no gateway in the network yet`;
}

function unassign(node: string, gateway: string, name: string, cluster: string): NetmakerAction {
  const summary = `no longer reach the gateway of ${cluster} through the node ${gateway}`;
  return action('update', 'gateway', name, summary, { kind: 'unassign-gateway', node, gateway }, cluster);
}
