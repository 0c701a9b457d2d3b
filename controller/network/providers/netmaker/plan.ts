import { parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { MemberNetwork, MeshPlan, MeshProblem } from '../provider.ts';
import type { Network, Policy } from './api.ts';
import { findGateways } from './gateways.ts';
import { clusterOfTag, keyTag, policyName, readMark } from './names.ts';
import { isHeld, planRanges, type RangePlan } from './plan-ranges.ts';
import { planRelays } from './plan-relays.ts';
import type { NetmakerAction, NetmakerState, NetmakerStep } from './state.ts';
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
    held: (cluster, range) => isHeld({ members, wanted, gateways: byCluster }, cluster, range),
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

/** Where the network's default policy is off, nothing reaches an egress that no policy names. */
function policyActions(owner: string, { policies, network }: NetmakerState, { routed }: RangePlan): NetmakerAction[] {
  const own = policies.flatMap((policy) => {
    const cluster = readMark(owner, policy.meta_data)?.cluster;
    return cluster === undefined || policy.default === true ? [] : [{ policy, cluster }];
  });
  const needed = network !== undefined && !isOpen(policies);
  const kept = new Set<Policy>();
  const actions = [...(needed ? routed : [])].flatMap(([cluster, { egresses, ranges }]) => {
    if (egresses.length + ranges.length === 0) return [];
    const present = own.find((each) => each.cluster === cluster)?.policy;
    if (present !== undefined) kept.add(present);
    if (present !== undefined && ranges.length === 0 && lets(present, egresses)) return [];
    const verb = present === undefined ? 'create' : 'update';
    const summary = `let every device of the network reach what is routed to ${cluster}: its default policy is off`;
    const step: NetmakerStep = { kind: 'put-policy', cluster, egresses, ranges };
    return [action(verb, 'policy', policyName(owner, cluster), summary, step, cluster)];
  });
  const removed = own
    .filter(({ policy, cluster }) => !kept.has(policy) && (!needed || !isRouted(routed, cluster)))
    .map(({ policy, cluster }) => {
      const step = { kind: 'delete-policy', id: policy.id } as const;
      return action('delete', 'policy', policy.name, `nothing needs it any more`, step, cluster);
    });
  return [...actions, ...removed];
}

function isRouted(routed: RangePlan['routed'], cluster: string): boolean {
  const found = routed.get(cluster);
  return found !== undefined && found.egresses.length + found.ranges.length > 0;
}

/** Its own default, or any policy from all to all, as the server sees it. */
function isOpen(policies: readonly Policy[]): boolean {
  const isAll = (ends: Policy['src_type']) => (ends ?? []).some(({ value }) => value === '*');
  return policies.some(
    ({ enabled, policy_type, src_type, dst_type }) =>
      enabled === true && policy_type === 'device-policy' && isAll(src_type) && isAll(dst_type),
  );
}

function lets(policy: Policy, egresses: readonly string[]): boolean {
  const ends = (policy.dst_type ?? []).filter(({ id }) => id === 'egress-id').map(({ value }) => value);
  const same = ends.length === egresses.length && egresses.every((id) => ends.includes(id));
  return same && policy.enabled === true && (policy.src_type ?? []).some(({ value }) => value === '*');
}

/** Of members that have left: their keys, and the machines that joined with those, by the name that the manifest gave them. */
function leftovers(owner: string, departed: readonly string[], observed: NetmakerState): NetmakerAction[] {
  return departed.flatMap((cluster) => {
    const tag = keyTag(owner, cluster);
    const hosts = observed.hosts.filter(({ name }) => name.startsWith(`${tag}-`));
    const keys = observed.keys.filter((key) => key.tag === tag);
    const why = `${cluster} has left`;
    return [
      ...keys.map(() => action('delete', 'enrollment key', tag, why, { kind: 'delete-key', tag }, cluster)),
      ...hosts.map(({ id, name }) => action('delete', 'host', name, why, { kind: 'delete-host', id, name }, cluster)),
    ];
  });
}

/** Members that are gone, as what they left behind tells. */
function departedFrom(owner: string, members: readonly MemberNetwork[], observed: NetmakerState): string[] {
  const present = new Set(members.map(({ cluster }) => cluster));
  const tagged = new Set(members.map(({ cluster }) => keyTag(owner, cluster)));
  const { egresses, policies, keys, hosts } = observed;
  const marked = [...egresses.map(({ description }) => description), ...policies.map(({ meta_data }) => meta_data)];
  const named = [...keys.map(({ tag }) => tag), ...hosts.map(({ name }) => name)];
  const found = [
    ...marked.flatMap((text) => readMark(owner, text)?.cluster ?? []),
    ...named.flatMap((text) => clusterOfTag(owner, text) ?? []),
  ];
  // A name of a member that is there may have been changed on its way into a tag.
  return [...new Set(found)].filter((cluster) => !present.has(cluster) && !tagged.has(keyTag(owner, cluster))).sort();
}

export function action(
  verb: NetmakerAction['verb'],
  resource: string,
  name: string,
  summary: string,
  step: NetmakerStep,
  cluster?: string,
): NetmakerAction {
  return { verb, resource, name, ...(cluster === undefined ? {} : { cluster }), summary, step };
}
