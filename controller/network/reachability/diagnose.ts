import * as causes from './causes.ts';
import type { Cause, PairDiagnosis, ReachabilityState } from './diagnosis.ts';
import { type MatrixEvidence, type MemberEvidence, type Sight, sightsFrom } from './evidence.ts';

/**
 * Every ordered pair of members, with exactly one cause each. What one pair shows explains others: a wrong answer explains whatever is lost
 * around the members whose addresses it mixed up, a missing route those whose answers it swallows.
 */
export function diagnoseMatrix(evidence: MatrixEvidence): PairDiagnosis[] {
  const context = contextOf(evidence);
  return evidence.members.flatMap((from) =>
    evidence.members.filter((to) => to !== from).map((to) => diagnosePair(from, to, context)),
  );
}

interface Context {
  readonly sights: ReadonlyMap<string, readonly Sight[]>;
  /** Groups of members whose addresses are mixed up. */
  readonly overlaps: readonly (readonly string[])[];
  /** Members with which nobody exchanges anything, where the others do among each other. */
  readonly alone: ReadonlySet<string>;
  /** Members whose packets were seen with an address that is not their own. */
  readonly masquerading: ReadonlyMap<string, string | undefined>;
  /** By member: its nodes that were told that there is no route, to whomever. */
  readonly withoutRoute: ReadonlyMap<string, readonly string[]>;
  readonly services: boolean;
}

function contextOf({ members, overlapping, services, staleAfterMs }: MatrixEvidence): Context {
  const byName = new Map(members.map((member) => [member.cluster, member]));
  const all = members.flatMap((member) => sightsFrom(member, byName, staleAfterMs));
  const sights = new Map<string, Sight[]>();
  for (const sight of all) {
    const key = pairKey(sight.from, sight.to);
    const own = sights.get(key);
    if (own === undefined) sights.set(key, [sight]);
    else own.push(sight);
  }
  const mixedUp = all
    .filter(({ outcome }) => outcome === 'wrongIdentity')
    .map(({ to, answeredBy }) => [...new Set([to, ...(answeredBy === undefined ? [] : [answeredBy])])].sort());
  const masquerading = new Map(
    all
      .filter(({ outcome, to }) => outcome === 'masqueraded' && byName.get(to)?.masquerades === false)
      .map(({ from, seenAs }) => [from, seenAs]),
  );
  return {
    sights,
    overlaps: [...mixedUp, ...overlapping],
    alone: aloneAmong(members, sights),
    masquerading,
    withoutRoute: new Map(members.map(({ cluster }) => [cluster, nodesWithoutRoute(all, cluster)])),
    services,
  };
}

function nodesWithoutRoute(sights: readonly Sight[], cluster: string): string[] {
  const told = sights.filter(({ from, outcome }) => from === cluster && outcome === 'noRoute');
  return [...new Set(told.map(({ askedFrom }) => askedFrom))].sort();
}

function aloneAmong(members: readonly MemberEvidence[], sights: ReadonlyMap<string, readonly Sight[]>): Set<string> {
  const linked = new Set<string>();
  const tried = new Set<string>();
  for (const list of sights.values()) {
    for (const { from, to, outcome } of list) {
      for (const name of [from, to]) {
        tried.add(name);
        if (outcome !== 'dropped' && outcome !== 'noRoute') linked.add(name);
      }
    }
  }
  const alone = members.map(({ cluster }) => cluster).filter((name) => tried.has(name) && !linked.has(name));
  return new Set(linked.size >= 2 ? alone : []);
}

function diagnosePair(from: MemberEvidence, to: MemberEvidence, context: Context): PairDiagnosis {
  const sights = context.sights.get(pairKey(from.cluster, to.cluster)) ?? [];
  const pods = sights.filter(({ kind }) => kind === 'pod');
  const services = sights.filter(({ kind }) => kind === 'service');
  const podState = stateOf(pods);
  const podCause = podsCause(from, to, pods, context);
  const known = { cause: podCause, state: podState };
  const serviceCause = context.services ? servicesCause(from, to, services, known, context) : undefined;
  const serviceState = serviceCause === undefined ? 'NotProbed' : stateOf(services);
  const answered = pods.filter(({ outcome }) => outcome === 'ok' || outcome === 'masqueraded');
  const oldest = sights.map(({ at }) => at).sort()[0];
  return {
    from: from.cluster,
    to: to.cluster,
    pods: podState,
    services: serviceState,
    ...(podState !== 'Unreachable' && serviceCause !== undefined && serviceState !== 'Reachable'
      ? serviceCause
      : podCause),
    ...(answered.length === 0 ? {} : { latencyMs: Math.min(...answered.map(({ ms }) => ms)) }),
    ...(oldest === undefined ? {} : { probedAt: oldest }),
  };
}

function podsCause(from: MemberEvidence, to: MemberEvidence, sights: readonly Sight[], context: Context): Cause {
  const a = from.cluster;
  const b = to.cluster;
  if (sights.length === 0) return causes.unknown(a, b);
  const wrong = sights.find(({ outcome }) => outcome === 'wrongIdentity');
  if (wrong !== undefined) return causes.wrongIdentity(a, b, wrong);
  const failed = sights.filter(isFailure);
  if (failed.length === 0) {
    const hidden = to.masquerades ? undefined : sights.find(({ outcome }) => outcome === 'masqueraded');
    return hidden === undefined ? causes.REACHABLE : causes.masqueraded(a, b, hidden.seenAs);
  }
  const known = knownCause(from, to, failed, context);
  if (known !== undefined) return known;
  // Where one address family is all well, the other one has a cause of its own.
  const families = new Set(failed.map(({ family }) => family));
  const concerned = sights.filter(({ family }) => families.has(family));
  const cause = lostCause(from, to, concerned, context);
  if (concerned.length === sights.length) return cause;
  return { ...cause, message: `IPv${concerned[0]?.family}: ${cause.message}` };
}

/** What somebody else knows already. */
function knownCause(
  from: MemberEvidence,
  to: MemberEvidence,
  failed: readonly Sight[],
  { overlaps }: Context,
): Cause | undefined {
  // A gateway that is down and a range that is not its own make packets vanish; neither of them refuses any, nor minds their size.
  if (!failed.every(isLost)) return undefined;
  const down = downGateway(from, to);
  if (down !== undefined) return down;
  const group = overlaps.find((names) => names.includes(from.cluster) || names.includes(to.cluster));
  return group === undefined ? undefined : causes.overlapped(from.cluster, to.cluster, group);
}

function downGateway(from: MemberEvidence, to: MemberEvidence): Cause | undefined {
  const member = [to, from].find(({ gateway }) => gateway.state === 'NotReady');
  return member === undefined ? undefined : causes.gatewayDown(member.cluster, member.gateway.message);
}

/** Some or all of the ways fail, and nobody said why. */
function lostCause(from: MemberEvidence, to: MemberEvidence, sights: readonly Sight[], context: Context): Cause {
  const a = from.cluster;
  const b = to.cluster;
  const failed = sights.filter(isFailure);
  if (failed.every(({ outcome }) => outcome === 'size')) return causes.packetSize(a, b);
  const refusal = failed.find(({ outcome }) => outcome === 'refused' || outcome === 'broken');
  const hidden = to.masquerades ? undefined : hiddenSight(sights, failed);
  if (hidden !== undefined) return causes.masqueraded(a, b, hidden.seenAs);
  if (failed.length < sights.length) return someCause(a, b, sights, failed);
  if (refusal !== undefined) return causes.refused(a, b, refusal);
  const families = new Set(sights.map(({ family }) => family));
  const back = (context.sights.get(pairKey(b, a)) ?? []).filter(
    ({ kind, family }) => kind === 'pod' && families.has(family),
  );
  if (back.length > 0 && back.every((sight) => !isFailure(sight) && sight.outcome !== 'wrongIdentity')) {
    return context.masquerading.has(a) && !to.masquerades
      ? causes.masqueraded(a, b, context.masquerading.get(a))
      : causes.oneWay(a, b);
  }
  const without = nodesWithoutRoute(failed, a);
  if (without.length > 0) return causes.noRoute(a, b, without);
  if (back.every(isLost) && back.some(({ outcome }) => outcome === 'noRoute')) return causes.noRouteBack(a, b);
  // Routers say so only some times a second: whoever reaches nobody hears it for some of those that it asks.
  const toldOf = (name: string) => (context.alone.has(name) ? (context.withoutRoute.get(name) ?? []) : []);
  if (toldOf(a).length > 0) return causes.noRoute(a, b, toldOf(a));
  if (toldOf(b).length > 0) return causes.noRouteBack(a, b);
  return causes.dropped(
    a,
    b,
    [b, a].find((name) => context.alone.has(name)),
  );
}

/**
 * Where the nodes' addresses are on what gets through, the rest is lost for the same reason: gateways drop them, and other nodes have no way back.
 * A node from which something gets through under its own address has another cause.
 */
function hiddenSight(sights: readonly Sight[], failed: readonly Sight[]): Sight | undefined {
  const losing = new Set(failed.map(({ askedFrom }) => askedFrom));
  const isHonest = sights.some(({ outcome, askedFrom }) => outcome === 'ok' && losing.has(askedFrom));
  if (isHonest || failed.some(({ outcome }) => outcome !== 'dropped')) return undefined;
  return sights.find(({ outcome }) => outcome === 'masqueraded');
}

/** Some ways work: which nodes the others have in common. */
function someCause(a: string, b: string, sights: readonly Sight[], failed: readonly Sight[]): Cause {
  const worked = sights.filter((sight) => !isFailure(sight));
  const without = (nodeOf: (sight: Sight) => string | undefined) => {
    const good = new Set(worked.map(nodeOf));
    return [...new Set(failed.map(nodeOf))]
      .flatMap((node) => (node === undefined || good.has(node) ? [] : [node]))
      .sort();
  };
  const askers = without(({ askedFrom }) => askedFrom);
  const asked = without(({ askedNode }) => askedNode);
  const explained = failed.every(
    (sight) =>
      isLost(sight) &&
      (askers.includes(sight.askedFrom) || (sight.askedNode !== undefined && asked.includes(sight.askedNode))),
  );
  return explained ? causes.nodeRoutes(a, b, askers, asked) : causes.partial(a, b, failed, sights.length);
}

function servicesCause(
  from: MemberEvidence,
  to: MemberEvidence,
  sights: readonly Sight[],
  pods: { readonly cause: Cause; readonly state: ReachabilityState },
  context: Context,
): Cause {
  const a = from.cluster;
  const b = to.cluster;
  if (sights.length === 0) return causes.unknown(a, b);
  const wrong = sights.find(({ outcome }) => outcome === 'wrongIdentity');
  if (wrong !== undefined) return causes.wrongIdentity(a, b, wrong);
  const failed = sights.filter(isFailure);
  if (failed.length === 0) return causes.REACHABLE;
  // Who does not reach pods reaches no Service for the same reason.
  if (pods.state === 'Unreachable') return pods.cause;
  if (failed.every(({ outcome }) => outcome === 'size')) return causes.packetSize(a, b);
  if (failed.length < sights.length) return someCause(a, b, sights, failed);
  const refusal = failed.find(({ outcome }) => outcome === 'refused' || outcome === 'broken');
  if (refusal !== undefined) return causes.refused(a, b, refusal);
  return knownCause(from, to, failed, { ...context, overlaps: [] }) ?? causes.serviceRange(a, b);
}

function stateOf(sights: readonly Sight[]): PairDiagnosis['pods'] {
  if (sights.length === 0) return 'Unknown';
  return sights.some(isFailure) ? 'Unreachable' : 'Reachable';
}

function isFailure({ outcome }: Sight): boolean {
  return outcome !== 'ok' && outcome !== 'masqueraded';
}

/** Neither answered nor refused. */
function isLost({ outcome }: Sight): boolean {
  return outcome === 'dropped' || outcome === 'noRoute';
}

function pairKey(from: string, to: string): string {
  return `${from}\n${to}`;
}
