import type {
  ReachabilityMatrixStatus,
  ReachabilityPair,
  ReachabilityProblem,
} from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { PairDiagnosis } from './diagnosis.ts';

/** What the list of pairs takes at most, characters of JSON: etcd holds 1.5 MB. */
const MOST_CHARACTERS = 900_000;
const MOST_PROBLEMS = 250;
/** A sentence is cut here. */
const MOST_WORDS = 400;

export interface MatrixInput {
  readonly pairs: readonly PairDiagnosis[];
  readonly problems: readonly ReachabilityProblem[];
  readonly previous: DeepReadonly<ReachabilityMatrixStatus> | undefined;
  /** RFC 3339. */
  readonly now: string;
  /** Id of a request that this answers. */
  readonly answered?: string;
}

/** What the ReachabilityMatrix says of this round: failing pairs first, cut to what one object may hold. */
export function matrixStatus({ pairs, problems, previous, now, answered }: MatrixInput): ReachabilityMatrixStatus {
  const before = new Map(previous?.pairs.map((pair) => [keyOf(pair), pair]));
  const rows = pairs.map((pair) => {
    const old = before.get(keyOf(pair));
    return rowOf(pair, old?.class === pair.class ? old.since : now);
  });
  rows.sort((a, b) => rank(a) - rank(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
  const kept = fitting(rows);
  const count = (state: number) => rows.filter((row) => rank(row) === state).length;
  const id = answered ?? previous?.answered;
  return {
    observedAt: now,
    ...(id === undefined ? {} : { answered: id }),
    summary: { pairs: rows.length, reachable: count(2), unreachable: count(0), unknown: count(1) },
    problems: problems.slice(0, MOST_PROBLEMS).map((problem) => ({ ...problem, message: cut(problem.message) })),
    pairs: kept,
    ...(kept.length < rows.length ? { omitted: rows.length - kept.length } : {}),
  };
}

/** Whether somebody who reads both would learn anything from the second: times and milliseconds are no news. */
export function saysAnother(
  before: DeepReadonly<ReachabilityMatrixStatus> | undefined,
  after: ReachabilityMatrixStatus,
): boolean {
  if (before === undefined || before.answered !== after.answered) return true;
  return newsOf(before) !== newsOf(after);
}

function newsOf({ pairs, problems = [], omitted = 0 }: DeepReadonly<ReachabilityMatrixStatus>): string {
  return JSON.stringify([
    omitted,
    problems.map(({ cluster, reason, message }) => [cluster, reason, message]),
    pairs.map((pair) => [pair.from, pair.to, pair.class, pair.pods, pair.services, pair.message ?? '']),
  ]);
}

function rowOf({ message, wayOut, latencyMs, ...pair }: PairDiagnosis, since: string): ReachabilityPair {
  return {
    ...pair,
    ...(message === '' ? {} : { message: cut(message) }),
    ...(wayOut === '' ? {} : { wayOut: cut(wayOut) }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    since,
  };
}

function fitting(rows: readonly ReachabilityPair[]): ReachabilityPair[] {
  let left = MOST_CHARACTERS;
  const end = rows.findIndex((row) => {
    left -= JSON.stringify(row).length + 1;
    return left < 0;
  });
  return end < 0 ? [...rows] : rows.slice(0, end);
}

/** 0: something is wrong; 1: nothing is known; 2: all is well. */
function rank(pair: Pick<ReachabilityPair, 'class'>): 0 | 1 | 2 {
  if (pair.class === 'Reachable') return 2;
  return pair.class === 'Unknown' ? 1 : 0;
}

function keyOf({ from, to }: Pick<PairDiagnosis, 'from' | 'to'>): string {
  return `${from}\n${to}`;
}

function cut(words: string): string {
  return words.length <= MOST_WORDS ? words : `${words.slice(0, MOST_WORDS - 1)}…`;
}
