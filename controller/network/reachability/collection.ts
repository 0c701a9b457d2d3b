import type { ReachabilityProblem } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { Accessor } from '../../clusters/accessor.ts';
import type { Client } from '../../kube/client.ts';
import { countNodes, type FoundProbe, type FoundProbes, findProbes, problemOf, readReport } from './member-probes.ts';
import type { ReportMemory } from './report-memory.ts';

/** Members that are asked side by side: their probes ask each other meanwhile. */
const CONCURRENCY = 16;
/** A round of drops takes some seconds; one over everybody longer. */
const ROUND_TIMEOUT_MS = 25_000;
const FULL_ROUND_TIMEOUT_MS = 90_000;

/** What was found of a member's probes. */
export interface Found extends FoundProbes {
  readonly cluster: string;
  /** Only counted where it matters. */
  readonly nodes?: number;
  readonly problem?: ReachabilityProblem;
}

const NOBODY: FoundProbes = { probes: [], serviceAddresses: [] };

/** Where the probes of each member are. One that cannot be asked keeps what was known of it. */
export function findAll(
  accessors: readonly Accessor[],
  before: ReadonlyMap<string, Found>,
  options: { readonly countsNodes: boolean; readonly signal: AbortSignal },
): Promise<Found[]> {
  const { countsNodes, signal } = options;
  return each(accessors, async ({ name: cluster, ready, client, notReadyReason }) => {
    const last = before.get(cluster) ?? NOBODY;
    if (!ready || client === undefined) {
      return {
        ...last,
        cluster,
        problem: { cluster, reason: 'NotReady', message: `${cluster} is not ready: ${notReadyReason}` },
      };
    }
    try {
      const found = await findProbes(client, signal);
      const nodes = countsNodes ? { nodes: await countNodes(client, signal) } : {};
      return { cluster, ...found, ...nodes, ...(found.probes.length > 0 ? {} : { problem: noProbe(cluster) }) };
    } catch (error) {
      signal.throwIfAborted();
      return { ...last, cluster, problem: problemOf(cluster, error) };
    }
  });
}

export interface AskAllOptions {
  readonly round: 'next' | 'all';
  readonly memory: ReportMemory;
  readonly clientOf: (cluster: string) => Client | undefined;
  readonly signal: AbortSignal;
}

/** Has all probes ask the others, and remembers what they say. Answers with what went wrong, at most one thing a member. */
export async function askProbes(found: readonly Found[], options: AskAllOptions): Promise<ReachabilityProblem[]> {
  const problems = await each(found, async ({ cluster, probes, problem }) => {
    const client = options.clientOf(cluster);
    if (problem !== undefined || client === undefined) return problem;
    const outcomes = await Promise.all(probes.map((probe) => ask(client, cluster, probe, options)));
    return outcomes.find((outcome) => outcome !== undefined);
  });
  return problems.filter((problem) => problem !== undefined);
}

async function ask(
  client: Client,
  cluster: string,
  { pod, nonce }: FoundProbe,
  { round, memory, signal }: AskAllOptions,
): Promise<ReachabilityProblem | undefined> {
  const after = memory.sequenceOf(nonce);
  const timeoutMs = round === 'all' ? FULL_ROUND_TIMEOUT_MS : ROUND_TIMEOUT_MS;
  try {
    const report = await readReport(client, pod, { after, round, timeoutMs, signal });
    if (report.nonce !== nonce || report.cluster !== cluster) return confused(cluster, pod, report.cluster);
    memory.take(report, after);
    return report.directoryError === undefined ? undefined : misled(cluster, pod, report.directoryError);
  } catch (error) {
    signal.throwIfAborted();
    return problemOf(cluster, error);
  }
}

/** As many at a time as are allowed; the order is kept. */
async function each<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}

function noProbe(cluster: string): ReachabilityProblem {
  const message = `no probe of ${cluster} is ready: \`kubectl get pods -n fedmesh-probe\` there says why (spec.probe.image of the MeshConfig names their image)`;
  return { cluster, reason: 'NoProbe', message };
}

function confused(cluster: string, pod: string, says: string): ReachabilityProblem {
  const message = `pod ${pod} of ${cluster} answers as somebody else ("${says}"): it is being replaced, or two Pods have its address`;
  return { cluster, reason: 'ProbeConfused', message };
}

function misled(cluster: string, pod: string, error: string): ReachabilityProblem {
  return { cluster, reason: 'ProbeConfused', message: `pod ${pod} of ${cluster} does not know whom to ask: ${error}` };
}
