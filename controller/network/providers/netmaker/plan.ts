import { parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { MemberNetwork, MeshPlan, MeshProblem } from '../provider.ts';
import { action } from './action.ts';
import type { Network } from './api.ts';
import { findGateways } from './gateways.ts';
import { keyTag } from './names.ts';
import { departedFrom, leftovers } from './plan-leftovers.ts';
import { policyActions } from './plan-policies.ts';
import { heldBy, planRanges, type RangePlan } from './plan-ranges.ts';
import { planRelays } from './plan-relays.ts';
import type { NetmakerAction, NetmakerState } from './state.ts';
import { DEFAULT_POOL, poolFor } from './virtual-pool.ts';
import { type Wanted, wantedRanges } from './wanted.ts';

export interface NetmakerSettings {
  /** UID of the control plane: what bears it is ours. */
  readonly owner: string;
  readonly network: string;
  /** For a network that is made. Default 100.64.0.0/16. */
  readonly addressRange?: string;
  readonly addressRange6?: string;
  /** For virtual ranges, where the network has none or too few. Default 198.18.0.0/15. */
  readonly virtualPool?: string;
}

const DEFAULT_RANGE = '100.64.0.0/16';

type Plan = MeshPlan<NetmakerAction>;

/** The difference between what a server has and what the members need. */
export function planNetmaker(
  settings: NetmakerSettings,
  members: readonly MemberNetwork[],
  observed: NetmakerState,
): Plan {
  const { owner } = settings;
  const planned = plannedNetwork(settings);
  const network = observed.network ?? planned;
  const wanted = wantedRanges(members, network, observed.features);
  const { byCluster, problems: gatewayProblems } = findGateways(owner, members, observed.hosts, observed.nodes);
  const relays = planRelays(owner, members, byCluster, observed);
  const pool = poolFor({
    owner,
    network: observed.network,
    egresses: observed.egresses,
    wanted: wanted.ranges.filter(({ virtual }) => virtual),
    held: heldBy({ members, wanted, gateways: byCluster }),
    taken: [...wanted.ranges.filter((range) => !range.virtual).map(({ range }) => range), ...addressesOf(network)],
    pool: settings.virtualPool ?? DEFAULT_POOL,
  });
  const ranges = planRanges({
    owner,
    network: settings.network,
    features: observed.features,
    members,
    wanted,
    egresses: observed.egresses,
    gateways: byCluster,
    relays: relays.marks,
    virtualRoom: typeof pool !== 'string',
  });
  const networkProblem = problemOfNetwork(settings, observed.network);
  // A network that would take members' addresses, or that nobody needs, is not made in the first place.
  const unfit =
    members.length === 0 ||
    networkProblem !== undefined ||
    wanted.problems.some(({ reason }) => reason === 'RangeInMesh');
  const left = leftovers(owner, departedFrom(owner, members, observed), observed);
  const actions =
    observed.network === undefined && unfit
      ? left
      : [
          ...(observed.network === undefined
            ? [createNetwork(planned, pool)]
            : setPool(settings.network, observed.network, pool)),
          ...keyActions(owner, settings.network, members, observed),
          ...removals(ranges),
          ...puts(ranges),
          ...relays.actions,
          ...policyActions(owner, observed, ranges),
          ...left,
        ];
  return {
    actions,
    problems: [
      ...(observed.features.brokerConnected ? [] : [BROKER_DOWN]),
      ...(networkProblem ?? []),
      ...(typeof pool === 'string' ? poolProblems(pool, wanted) : []),
      ...wanted.problems,
      ...gatewayProblems,
      ...relays.problems,
      ...ranges.problems,
    ],
  };
}

/** What there is for one member, wherever it bears the mark. Nobody else's is touched, and the network stays. */
export function planRelease(settings: NetmakerSettings, cluster: string, observed: NetmakerState): Plan {
  const { actions } = planNetmaker(settings, [], observed);
  const ofCluster = actions.filter((each) => each.cluster === cluster && each.verb !== 'create');
  const named = leftovers(settings.owner, [cluster], observed).filter(
    ({ name }) => !ofCluster.some((each) => each.name === name),
  );
  return { actions: [...ofCluster, ...named], problems: [] };
}

const BROKER_DOWN: MeshProblem = {
  reason: 'BrokerDisconnected',
  message:
    "Netmaker's server is not connected to its message broker: what changes there does not reach the gateways. Look at its broker (mosquitto or EMQX)",
};

function plannedNetwork({ network, addressRange, addressRange6 }: NetmakerSettings): Network {
  const range = addressRange ?? (addressRange6 === undefined ? DEFAULT_RANGE : undefined);
  return {
    netid: network,
    ...(range === undefined ? {} : { addressrange: range }),
    ...(addressRange6 === undefined ? {} : { addressrange6: addressRange6 }),
  };
}

function addressesOf(network: Network) {
  return [network.addressrange, network.addressrange6].flatMap((text) => {
    const range = parseIpRange(text ?? '');
    return typeof range === 'string' ? [] : [range];
  });
}

function problemOfNetwork(settings: NetmakerSettings, present: Network | undefined): MeshProblem[] | undefined {
  const problems: MeshProblem[] = [];
  const invalid = (message: string) => problems.push({ reason: 'InvalidNetwork', message });
  if (!/^[a-z0-9-]{1,32}$/.test(settings.network)) {
    invalid(
      `spec.netmaker.network ${JSON.stringify(settings.network)} is no name of a Netmaker network: 1 to 32 small letters, digits and dashes`,
    );
  }
  const asked = [
    ['addressRange', settings.addressRange, present?.addressrange, 4],
    ['addressRange6', settings.addressRange6, present?.addressrange6, 6],
  ] as const;
  for (const [field, text, found, family] of asked) {
    if (text === undefined) continue;
    const range = parseIpRange(text);
    if (typeof range === 'string') invalid(`spec.netmaker.${field} ${JSON.stringify(text)} ${range}`);
    else if (range.family !== family) invalid(`spec.netmaker.${field} ${range.text} is no IPv${family} range`);
    else if (present !== undefined && range.text !== found) {
      const message = `the network ${settings.network} has the addresses ${found || 'none'}, not ${range.text}. They are left as they are: say so in spec.netmaker.${field}, or name another network`;
      problems.push({ reason: 'AddressRangeDiffers', message });
    }
  }
  return problems.length === 0 ? undefined : problems;
}

function poolProblems(message: string, { ranges }: Wanted): MeshProblem[] {
  const clusters = new Set(ranges.filter(({ virtual }) => virtual).map(({ cluster }) => cluster));
  return [...clusters].map((cluster) => ({ cluster, reason: 'VirtualPoolTooSmall', message }));
}

function createNetwork(network: Network, pool: ReturnType<typeof poolFor>): NetmakerAction {
  const ranges = [network.addressrange, network.addressrange6].filter((text) => text !== undefined);
  const virtual =
    typeof pool === 'object'
      ? { virtual_nat_pool_ipv4: pool.pool, virtual_nat_site_prefixlen_ipv4: pool.sitePrefix }
      : {};
  const summary = `make the network ${network.netid} with the addresses ${ranges.join(' and ')}`;
  return action('create', 'network', network.netid, summary, {
    kind: 'create-network',
    network: { ...network, ...virtual },
  });
}

function setPool(name: string, network: Network, pool: ReturnType<typeof poolFor>): NetmakerAction[] {
  if (typeof pool !== 'object') return [];
  const before = `${network.virtual_nat_pool_ipv4 || 'none'} in windows of /${network.virtual_nat_site_prefixlen_ipv4 ?? 0}`;
  const summary = `take virtual ranges from ${pool.pool} in windows of up to /${pool.sitePrefix} (now: ${before})`;
  return [action('update', 'network', name, summary, { kind: 'set-virtual-pool', ...pool })];
}

function keyActions(
  owner: string,
  network: string,
  members: readonly MemberNetwork[],
  { keys }: NetmakerState,
): NetmakerAction[] {
  const wanted = new Map(members.map(({ cluster }) => [keyTag(owner, cluster), cluster]));
  const isGood = (tag: string) => keys.some((key) => key.tag === tag && key.networks.includes(network));
  const isThere = (tag: string) => keys.some((key) => key.tag === tag);
  return [...wanted].flatMap(([tag, cluster]) => {
    if (isGood(tag)) return [];
    const remove = { kind: 'delete-key', tag } as const;
    const stale = isThere(tag)
      ? [action('delete', 'enrollment key', tag, 'it is for another network', remove, cluster)]
      : [];
    const summary = `let the gateways of ${cluster} join the network ${network}`;
    return [...stale, action('create', 'enrollment key', tag, summary, { kind: 'create-key', tag }, cluster)];
  });
}

function removals({ remove }: RangePlan): NetmakerAction[] {
  return remove.map(({ egress, cluster, why }) => {
    const summary = `no longer route ${egress.range} to ${cluster}: ${why}`;
    return action('delete', 'egress', egress.name, summary, { kind: 'delete-egress', id: egress.id }, cluster);
  });
}

function puts({ put }: RangePlan): NetmakerAction[] {
  return put.map(({ spec, present, why }) => {
    const { cluster, name, range, virtual } = spec;
    const to = `route ${range} to ${cluster} through node ${Object.keys(spec.nodes).join(' and ')}`;
    if (present !== undefined) {
      const summary = `${to} (now ${why.join(', ')})`;
      return action('update', 'egress', name, summary, { kind: 'put-egress', egress: spec, id: present.id }, cluster);
    }
    const summary = virtual ? `${to}, under a virtual range of the same size` : to;
    return action('create', 'egress', name, summary, { kind: 'put-egress', egress: spec }, cluster);
  });
}
