import { contains, type IpRange, parseIpAddress } from '../../../apis/meta/ip-range.ts';
import type { ProbeReport, TargetKind, TargetResult } from '../probe/report.ts';

/** A probe as the member's API server lists its Pod. */
export interface KnownProbe {
  /** The Pod's UID, which it says in its answers. */
  readonly nonce: string;
  readonly node: string;
  readonly addresses: readonly string[];
  /** RFC 3339: what was found at its address before was found of another Pod. */
  readonly startedAt?: string;
}

export interface GatewayState {
  readonly state: 'Ready' | 'NotReady' | 'Unknown';
  /** Why, for people. */
  readonly message: string;
}

/** A member, as far as it says what an answer ought to look like. */
export interface MemberEvidence {
  readonly cluster: string;
  /** Empty: not known. */
  readonly podRanges: readonly IpRange[];
  readonly probes: readonly KnownProbe[];
  readonly serviceAddresses: readonly string[];
  readonly gateway: GatewayState;
  /** The mesh is told to put this member's gateway's address on what comes in: then that is no fault. */
  readonly masquerades: boolean;
  /** What its probes say, as far as they could be asked. */
  readonly reports: readonly ProbeReport[];
}

export interface MatrixEvidence {
  readonly members: readonly MemberEvidence[];
  /** Members whose ranges are known to overlap, in groups. */
  readonly overlapping: readonly (readonly string[])[];
  /** Whether the mesh is to route Service ranges. False: Services do not count. */
  readonly services: boolean;
  /** What was found longer ago counts for nothing, milliseconds. */
  readonly staleAfterMs: number;
}

/** What became of one address when it was asked from one Pod. */
export type Outcome = 'ok' | 'masqueraded' | 'noRoute' | 'dropped' | 'refused' | 'size' | 'wrongIdentity' | 'broken';

/** One address, asked by one Pod, and what that says. */
export interface Sight {
  readonly from: string;
  readonly to: string;
  readonly kind: TargetKind;
  readonly family: 4 | 6;
  readonly askedFrom: string;
  /** The node of the Pod that was asked; missing for a Service. */
  readonly askedNode?: string;
  readonly address: string;
  readonly outcome: Outcome;
  /** Of the small question, milliseconds. */
  readonly ms: number;
  /** RFC 3339, by the asking probe's clock. */
  readonly at: string;
  /** Who answered, for a wrong identity: a cluster's name, or nothing when it was no probe. */
  readonly answeredBy?: string;
  /** The address that the other side saw, where it is none of the asking member's Pods. */
  readonly seenAs?: string;
  /** The errno of what failed. */
  readonly error?: string;
}

/** Longer than a router's answer takes: an unreachable that comes later was no router's, but an address that nobody answers for. */
const AT_ONCE_MS = 1_000;

const NO_ROUTE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const REFUSED = new Set(['ECONNREFUSED', 'ECONNRESET', 'EACCES', 'EPERM']);
const DROPPED = new Set(['ETIMEDOUT', 'EHOSTDOWN', ...NO_ROUTE]);

/** Everything fresh that one member's probes say of the others'; addresses that nobody has any more are left out. */
export function sightsFrom(
  member: MemberEvidence,
  others: ReadonlyMap<string, MemberEvidence>,
  staleAfterMs: number,
): Sight[] {
  return member.reports.flatMap((report) => {
    const since = Date.parse(report.now) - staleAfterMs;
    return report.results
      .filter(({ at }) => Date.parse(at) >= since)
      .flatMap((result) => {
        const other = others.get(result.cluster);
        return other === undefined ? [] : (sightOf(member, report, other, result) ?? []);
      });
  });
}

function sightOf(
  member: MemberEvidence,
  report: ProbeReport,
  other: MemberEvidence,
  result: TargetResult,
): Sight | undefined {
  const { kind, address, small, at } = result;
  const probe = kind === 'pod' ? other.probes.find(({ addresses }) => addresses.includes(address)) : undefined;
  if (kind === 'pod' ? probe === undefined : !other.serviceAddresses.includes(address)) return undefined;
  if (probe?.startedAt !== undefined && Date.parse(at) < Date.parse(probe.startedAt)) return undefined;
  const expected = probe === undefined ? other.probes.map(({ nonce }) => nonce) : [probe.nonce];
  return {
    from: member.cluster,
    to: other.cluster,
    kind,
    family: address.includes(':') ? 6 : 4,
    askedFrom: report.node,
    ...(probe === undefined ? {} : { askedNode: probe.node }),
    address,
    ms: small.ms,
    at,
    ...judge(member, report, other.cluster, expected, result),
  };
}

type Judgement = Pick<Sight, 'outcome' | 'answeredBy' | 'seenAs' | 'error'>;

function judge(
  member: MemberEvidence,
  report: ProbeReport,
  cluster: string,
  expected: readonly string[],
  { kind, small, big }: TargetResult,
): Judgement {
  const { answer } = small;
  if (answer === undefined) return failure(small.error ?? 'EUNKNOWN', small.ms);
  if (answer.cluster !== cluster || !expected.includes(answer.nonce))
    return { outcome: 'wrongIdentity', answeredBy: answer.cluster };
  if (big?.error !== undefined) {
    return { outcome: DROPPED.has(big.error) ? 'size' : failure(big.error, big.ms).outcome, error: big.error };
  }
  // kube-proxy may well put a node's address on what comes in for a Service, and then has its reasons.
  if (kind === 'service' || isOwn(member, report, answer.peer)) return { outcome: 'ok' };
  return { outcome: 'masqueraded', seenAs: answer.peer };
}

function failure(error: string, ms: number): Judgement {
  if (error === 'EBADANSWER') return { outcome: 'wrongIdentity', error };
  if (NO_ROUTE.has(error) && ms < AT_ONCE_MS) return { outcome: 'noRoute', error };
  if (DROPPED.has(error)) return { outcome: 'dropped', error };
  return { outcome: REFUSED.has(error) ? 'refused' : 'broken', error };
}

function isOwn({ probes, podRanges }: MemberEvidence, { nonce }: ProbeReport, peer: string): boolean {
  const own = probes.find((probe) => probe.nonce === nonce)?.addresses ?? [];
  if (own.includes(peer)) return true;
  // Nothing to compare with: a probe whose Pod is no longer listed.
  if (own.length === 0 && podRanges.length === 0) return true;
  const address = parseIpAddress(peer);
  return typeof address !== 'string' && podRanges.some((range) => contains(range, address));
}
