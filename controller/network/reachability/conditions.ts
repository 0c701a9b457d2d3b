import { enumerateSentences } from '../../../apis/enumeration.ts';
import type { ReachabilityProblem } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { Finding } from '../../clusters/condition.ts';
import type { PairDiagnosis, ReachabilityState } from './diagnosis.ts';

/** Of KubeFedCluster; beside `Ready` and `Offline`, and never a reason to move anything. */
export const REACHABILITY_CONDITIONS = { pods: 'PodsReachable', services: 'ServicesReachable' } as const;

/** How many sentences a condition holds. */
const NAMED = 3;

/**
 * What is said of each member. One that nobody exchanges anything with, while others do among each other, is the one that is not reachable:
 * the others are not blamed for it.
 */
export function reachabilityFindings(
  clusters: readonly string[],
  pairs: readonly PairDiagnosis[],
  problems: readonly ReachabilityProblem[],
): Map<string, Finding[]> {
  const byCluster = new Map<string, PairDiagnosis[]>(clusters.map((cluster) => [cluster, []]));
  for (const pair of pairs) {
    byCluster.get(pair.from)?.push(pair);
    byCluster.get(pair.to)?.push(pair);
  }
  const problemOf = new Map(problems.map((problem) => [problem.cluster, problem]));
  const kinds = ['pods', 'services'] as const;
  const cutOff = new Map(kinds.map((kind) => [kind, cutOffIn(kind, byCluster)]));
  return new Map(
    clusters.map((cluster) => [
      cluster,
      kinds.map((kind) => {
        const own = byCluster.get(cluster) ?? [];
        return findingOf(kind, cluster, own, cutOff.get(kind) ?? new Set(), problemOf.get(cluster));
      }),
    ]),
  );
}

type Kind = 'pods' | 'services';

/** Members of which no pair works, where others' do. */
function cutOffIn(kind: Kind, byCluster: ReadonlyMap<string, readonly PairDiagnosis[]>): Set<string> {
  const isCutOff = (pairs: readonly PairDiagnosis[]) =>
    pairs.some((pair) => pair[kind] === 'Unreachable') && pairs.every((pair) => pair[kind] !== 'Reachable');
  const names = [...byCluster].filter(([, pairs]) => isCutOff(pairs)).map(([name]) => name);
  return new Set(names.length <= byCluster.size - 2 ? names : []);
}

function findingOf(
  kind: Kind,
  cluster: string,
  own: readonly PairDiagnosis[],
  cutOff: ReadonlySet<string>,
  problem: ReachabilityProblem | undefined,
): Finding {
  const type = REACHABILITY_CONDITIONS[kind];
  const what = kind === 'pods' ? 'pods' : 'Services';
  const other = ({ from, to }: PairDiagnosis) => (from === cluster ? to : from);
  const state = (pair: PairDiagnosis): ReachabilityState => pair[kind];
  if (kind === 'services' && own.length > 0 && own.every((pair) => state(pair) === 'NotProbed')) {
    const message = 'Services of members are not routed: spec.routes.services of the MeshConfig says otherwise';
    return { type, status: 'Unknown', reason: 'NotRouted', message };
  }
  const failed = own.filter((pair) => state(pair) === 'Unreachable');
  const blamed = cutOff.has(cluster) ? failed : failed.filter((pair) => !cutOff.has(other(pair)));
  const first = blamed[0];
  if (first !== undefined) {
    return { type, status: 'False', reason: first.class, message: sentences(blamed.map(inWords)) };
  }
  const known = own.filter((pair) => state(pair) === 'Reachable');
  if (known.length === 0) {
    if (problem !== undefined) return { type, status: 'Unknown', reason: problem.reason, message: problem.message };
    if (own.length === 0) {
      const message = `there is no other member to be reached`;
      return { type, status: 'Unknown', reason: 'Alone', message };
    }
    return { type, status: 'Unknown', reason: 'Unknown', message: sentences(own.map(inWords)) };
  }
  const others = [...new Set(failed.map(other))].sort();
  const hidden = kind === 'pods' ? known.filter((pair) => pair.class === 'Masqueraded') : [];
  const notes = [
    ...(others.length === 0 ? [] : [`nobody reaches ${others.join(', ')}`]),
    ...(hidden.length === 0 ? [] : [sentences(hidden.map(inWords))]),
  ];
  const reason = hidden.length > 0 ? 'Masqueraded' : 'Reachable';
  const message = `${what} are reached to and from the other members`;
  return { type, status: 'True', reason, message: [message, ...notes].join('; ') };
}

function inWords({ message, wayOut }: PairDiagnosis): string {
  return wayOut === '' ? message : `${message} (${wayOut})`;
}

function sentences(messages: readonly string[]): string {
  return enumerateSentences([...new Set(messages)], NAMED);
}
