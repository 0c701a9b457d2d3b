import { overlaps, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { Claim } from '../../overlap/claim.ts';
import { overlapsAmong } from '../../overlap/overlaps.ts';
import type { MemberNetwork, MeshProblem } from '../provider.ts';
import type { Egress } from './api.ts';
import type { FoundGateway } from './gateways.ts';
import { describeMark, egressName, isOfOtherControlPlane, readMark } from './names.ts';
import type { ServerFeatures } from './server-features.ts';
import { differences, type EgressSpec, hasWholeVirtualRange, isActive, routedRange } from './state.ts';
import { keyOf, type Wanted, type WantedRange } from './wanted.ts';

/** What is to happen to the egresses. */
export interface RangePlan {
  /** With the egress that is there already. */
  readonly put: readonly {
    readonly spec: EgressSpec;
    readonly present: Egress | undefined;
    readonly why: readonly string[];
  }[];
  readonly remove: readonly { readonly egress: Egress; readonly cluster: string; readonly why: string }[];
  /** What routes each member's ranges once this is done: ids of egresses that stay, and ranges of those that are made. */
  readonly routed: ReadonlyMap<string, { readonly egresses: readonly string[]; readonly ranges: readonly string[] }>;
  readonly problems: readonly MeshProblem[];
}

export interface RangeInputs {
  readonly owner: string;
  readonly network: string;
  readonly features: ServerFeatures;
  readonly members: readonly MemberNetwork[];
  readonly wanted: Wanted;
  readonly egresses: readonly Egress[];
  readonly gateways: ReadonlyMap<string, readonly FoundGateway[]>;
  /** By member: the node that its gateway is to be relayed by, as the mark is to say. */
  readonly relays: ReadonlyMap<string, string>;
  /** False: virtual ranges cannot be had now. */
  readonly virtualRoom: boolean;
}

const METRIC = 256;

export function planRanges(inputs: RangeInputs): RangePlan {
  const { owner, wanted } = inputs;
  const own = inputs.egresses.flatMap((egress) => {
    const mark = readMark(owner, egress.description);
    return mark === undefined ? [] : [{ egress, cluster: mark.cluster }];
  });
  const foreign = inputs.egresses.filter(
    (egress) => readMark(owner, egress.description) === undefined && isActive(egress),
  );
  const leftOut = new Set(
    inputs.members.flatMap((member) => (member.leftOut ?? []).map((range) => keyOf(member.cluster, range))),
  );
  const held = heldBy(inputs);
  const present = presentByKey(own);
  const used = new Set<Egress>();
  const problems: MeshProblem[] = [];
  const put: RangePlan['put'][number][] = [];
  const remove: RangePlan['remove'][number][] = [];
  const routed = new Map<string, { egresses: string[]; ranges: string[] }>();
  const contested = contestedRanges(
    inputs,
    own.filter(({ egress, cluster }) => held(cluster, egress.range)),
  );

  for (const want of wanted.ranges) {
    const { cluster, range } = want;
    const key = keyOf(cluster, range.text);
    if (leftOut.has(key)) continue;
    const mine = present.get(key);
    const other = contested.get(key);
    const conflict = other ?? takenBy(inputs, want, foreign);
    if (conflict !== undefined) problems.push({ cluster, ...conflict });
    if (held(cluster, range.text) || (conflict !== undefined && mine === undefined)) {
      if (mine !== undefined) used.add(mine);
      continue;
    }
    const gateways = inputs.gateways.get(cluster) ?? [];
    const adopted = mine === undefined ? adoptable(want, foreign, gateways) : undefined;
    const entry = routed.get(cluster) ?? { egresses: [], ranges: [] };
    routed.set(cluster, entry);
    if (adopted !== undefined) {
      entry.egresses.push(adopted.id);
      problems.push(...masqueradeProblem(want, adopted));
      continue;
    }
    if (mine !== undefined) used.add(mine);
    if (want.virtual && !inputs.virtualRoom && (mine === undefined || !hasWholeVirtualRange(mine))) continue;
    const spec = specOf(inputs, want, gateways, mine);
    const why = mine === undefined ? [] : differences(mine, spec);
    if (mine !== undefined && mustBeMadeAnew(mine, spec)) {
      remove.push({ egress: mine, cluster, why: `${why.join(', ')}: it is made anew` });
      put.push({ spec, present: undefined, why: [] });
      entry.ranges.push(range.text);
    } else {
      if (mine === undefined || why.length > 0) put.push({ spec, present: mine, why });
      if (mine === undefined) entry.ranges.push(range.text);
      else entry.egresses.push(mine.id);
    }
  }
  for (const { egress, cluster } of own) {
    if (used.has(egress)) continue;
    const isCopy = present.get(keyOf(cluster, egress.range)) !== egress;
    if (held(cluster, egress.range) && !isCopy && !leftOut.has(keyOf(cluster, egress.range))) continue;
    remove.push({ egress, cluster, why: isCopy ? 'there are two of it' : 'nobody needs it any more' });
  }
  return { put: widestVirtualFirst(put), remove, routed, problems };
}

/** So that virtual ranges of small ones do not stand in the way of wide ones'. */
function widestVirtualFirst(put: RangePlan['put']): RangePlan['put'] {
  const prefixOf = (text: string) => Number(text.split('/')[1]);
  const virtual = put.filter(({ spec }) => spec.virtual);
  const direct = put.filter(({ spec }) => !spec.virtual);
  return [...virtual.sort((a, b) => prefixOf(a.spec.range) - prefixOf(b.spec.range)), ...direct];
}

/** What there is for a range of which something is not known, or of a member of which no gateway was found, does not change. */
export function heldBy({
  members,
  wanted,
  gateways,
}: Pick<RangeInputs, 'members' | 'wanted' | 'gateways'>): (cluster: string, range: string) => boolean {
  const unreachable = new Set(
    members.map(({ cluster }) => cluster).filter((cluster) => (gateways.get(cluster) ?? []).length === 0),
  );
  return (cluster, range) =>
    unreachable.has(cluster) || wanted.unknown.has(cluster) || wanted.held.has(keyOf(cluster, range));
}

/** An answer that was lost may have made an egress twice: the one that works is kept. */
function presentByKey(own: readonly { readonly egress: Egress; readonly cluster: string }[]): Map<string, Egress> {
  const present = new Map<string, Egress>();
  for (const { egress, cluster } of own) {
    const key = keyOf(cluster, egress.range);
    const before = present.get(key);
    if (before === undefined || (isActive(egress) && !isActive(before))) present.set(key, egress);
  }
  return present;
}

/** Ranges that two members would have: Netmaker takes both, and one gets the other's packets. Which is there already stays. */
function contestedRanges(
  { wanted }: RangeInputs,
  kept: readonly { readonly egress: Egress; readonly cluster: string }[],
): Map<string, Omit<MeshProblem, 'cluster'>> {
  const claim = (cluster: string, text: string): Claim[] => {
    const range = parseIpRange(text);
    return typeof range === 'string' ? [] : [{ cluster, use: 'pod', range, source: '' }];
  };
  const claims = [
    ...wanted.ranges.filter(({ virtual }) => !virtual).flatMap(({ cluster, range }) => claim(cluster, range.text)),
    ...kept
      .filter(({ egress }) => isActive(egress))
      .flatMap(({ egress, cluster }) => claim(cluster, routedRange(egress))),
  ];
  const found = new Map<string, Omit<MeshProblem, 'cluster'>>();
  for (const { claims: pair } of overlapsAmong(claims, { services: true, nodes: true })) {
    for (const [one, other] of [pair, pair.toReversed()]) {
      if (one === undefined || other === undefined) continue;
      const message = `${one.range.text} overlaps ${other.range.text} of "${other.cluster}": one of them would get the other's packets, and Netmaker does not refuse it. Re-create one cluster with a range of its own (fedctl network plan-cidrs), remap it (spec.network.overlapPolicy: Remap), or leave it out of the mesh`;
      found.set(keyOf(one.cluster, one.range.text), { reason: 'RangeOverlap', message });
    }
  }
  return found;
}

/** What somebody else routes already, elsewhere. */
function takenBy(
  inputs: RangeInputs,
  want: WantedRange,
  foreign: readonly Egress[],
): Omit<MeshProblem, 'cluster'> | undefined {
  if (want.virtual) return undefined;
  const ids = new Set((inputs.gateways.get(want.cluster) ?? []).map(({ id }) => id));
  const taken = foreign.find((egress) => {
    const range = parseIpRange(routedRange(egress));
    const through = Object.keys(egress.nodes ?? {});
    return typeof range !== 'string' && overlaps(range, want.range) && !through.every((id) => ids.has(id));
  });
  if (taken === undefined) return undefined;
  const whose = isOfOtherControlPlane(inputs.owner, taken.description)
    ? 'another control plane made'
    : 'Fedmesh did not make';
  const message = `${want.range.text} overlaps ${routedRange(taken)}, which the egress "${taken.name}" (${taken.id}), which ${whose}, routes through another node. Delete it in Netmaker or give one of them another range`;
  return { reason: 'RangeTaken', message };
}

/** An egress that somebody else made and that does what is needed: it is used, and never changed. */
function adoptable(
  want: WantedRange,
  foreign: readonly Egress[],
  gateways: readonly FoundGateway[],
): Egress | undefined {
  const ids = new Set(gateways.map(({ id }) => id));
  return foreign.find(
    (egress) =>
      egress.range === want.range.text &&
      Object.keys(egress.nodes ?? {}).every((id) => ids.has(id)) &&
      (want.virtual ? egress.mode === 'virtual_nat' && hasWholeVirtualRange(egress) : egress.mode !== 'virtual_nat'),
  );
}

function masqueradeProblem({ cluster, range, virtual }: WantedRange, egress: Egress): MeshProblem[] {
  if (virtual || egress.nat !== true) return [];
  const message = `${range.text} is routed by the egress "${egress.name}", which Fedmesh did not make and which has NAT on: pods see the gateway's address instead of their caller's. Switch NAT off there, or delete it`;
  return [{ cluster, reason: 'EgressMasquerades', message }];
}

function specOf(
  inputs: RangeInputs,
  want: WantedRange,
  gateways: readonly FoundGateway[],
  present: Egress | undefined,
): EgressSpec {
  const { cluster, range, use, virtual } = want;
  const relay = inputs.relays.get(cluster);
  return {
    cluster,
    name: present?.name ?? egressName(cluster, use.replace(/s$/, ''), range.family),
    description: describeMark(
      inputs.owner,
      `${use} of ${cluster}`,
      relay === undefined ? { cluster } : { cluster, relay },
    ),
    range: range.text,
    nodes: routingNodes(inputs.features, gateways, present),
    virtual,
  };
}

/** The most preferred that is up; with none up the one that routes it now. Where the server lets several route a range, all. */
function routingNodes(
  features: ServerFeatures,
  gateways: readonly FoundGateway[],
  present: Egress | undefined,
): Record<string, number> {
  if (features.severalRoutingNodes) {
    return Object.fromEntries(gateways.map(({ id }, index) => [id, METRIC * (index + 1)]));
  }
  const bound = Object.keys(present?.nodes ?? {});
  const chosen =
    gateways.find(({ state }) => state === 'Ready') ??
    gateways.find(({ id }) => bound.includes(id)) ??
    gateways.find(({ state }) => state === 'Unknown') ??
    gateways[0];
  return chosen === undefined ? {} : { [chosen.id]: METRIC };
}

/** A range keeps its virtual one through updates, and a virtual one of the wrong size cannot be exchanged. */
function mustBeMadeAnew(present: Egress, spec: EgressSpec): boolean {
  const virtual = present.mode === 'virtual_nat';
  return virtual !== spec.virtual || (virtual && !hasWholeVirtualRange(present));
}
