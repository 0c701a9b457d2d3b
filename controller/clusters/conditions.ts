import type { ClusterCondition, KubeFedClusterStatus } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { CLUSTER_CONDITIONS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { conditionAt, type Finding, saysTheSame } from './condition.ts';

/** What one look at a member found. */
export type Probe =
  | { readonly outcome: 'healthy' }
  /** The API server answered, but not that all is well. */
  | { readonly outcome: 'unhealthy'; readonly detail: string }
  /** There was no answer. */
  | { readonly outcome: 'unreachable'; readonly detail: string }
  /** There is no asking: endpoint, certificate authority or credentials cannot be used. */
  | { readonly outcome: 'malformed'; readonly detail: string };

export interface Thresholds {
  /** Failures in a row before a member that was well counts as not ready. */
  readonly failureThreshold: number;
  /** Successes in a row before a member that was not counts as ready. */
  readonly successThreshold: number;
}

/** What is reported of a member, and how many probes in a row have said otherwise. */
export interface Verdict {
  /** Undefined before the first probe of a member that has no status. */
  readonly reported: Probe | undefined;
  readonly successes: number;
  readonly failures: number;
}

/** Where a controller that starts takes up: with what the status says. */
export function verdictOf(status: DeepReadonly<KubeFedClusterStatus> | undefined): Verdict {
  const ready = status?.conditions?.find(({ type }) => type === CLUSTER_CONDITIONS.ready);
  return { reported: ready?.status === 'True' ? { outcome: 'healthy' } : undefined, successes: 0, failures: 0 };
}

/**
 * Counts a probe in. A malformed configuration is a fact and is reported at once; so is the first probe of all, and a
 * change from one kind of failure to another.
 */
export function judge(before: Verdict, probe: Probe, thresholds: Thresholds): Verdict {
  const healthy = probe.outcome === 'healthy';
  const successes = healthy ? before.successes + 1 : 0;
  const failures = healthy ? 0 : before.failures + 1;
  const wasHealthy = before.reported?.outcome === 'healthy';
  const believed =
    before.reported === undefined ||
    probe.outcome === 'malformed' ||
    healthy === wasHealthy ||
    (healthy ? successes >= thresholds.successThreshold : failures >= thresholds.failureThreshold);
  return { reported: believed ? probe : before.reported, successes, failures };
}

const OWN_TYPES: ReadonlySet<string> = new Set(Object.values(CLUSTER_CONDITIONS));

/**
 * The conditions by which KubeFed v0.10.0 tells each outcome (its reasons and messages, with the cause after a colon),
 * and `Ready: False` where KubeFed leaves the `ready` column of an unreachable member blank.
 */
function findings(probe: Probe): Finding[] {
  const { ready, offline, configMalformed } = CLUSTER_CONDITIONS;
  switch (probe.outcome) {
    case 'healthy':
      return [{ type: ready, status: 'True', reason: 'ClusterReady', message: '/healthz responded with ok' }];
    case 'unhealthy':
      return [
        {
          type: ready,
          status: 'False',
          reason: 'ClusterNotReady',
          message: withDetail('/healthz responded without ok', probe.detail),
        },
        { type: offline, status: 'False', reason: 'ClusterReachable', message: 'cluster is reachable' },
      ];
    case 'unreachable': {
      const message = withDetail('cluster is not reachable', probe.detail);
      return [
        { type: offline, status: 'True', reason: 'ClusterNotReachable', message },
        { type: ready, status: 'False', reason: 'ClusterNotReachable', message },
      ];
    }
    case 'malformed': {
      const message = withDetail("cluster's configuration may be malformed", probe.detail);
      return [
        { type: configMalformed, status: 'True', reason: 'ClusterConfigMalformed', message },
        { type: ready, status: 'False', reason: 'ClusterConfigMalformed', message },
      ];
    }
  }
}

function withDetail(message: string, detail: string): string {
  return detail === '' ? message : `${message}: ${detail}`;
}

const CORDONED: Finding = {
  type: CLUSTER_CONDITIONS.cordoned,
  status: 'True',
  reason: 'Unschedulable',
  message: 'what is here stays; no selector and no schedule brings anything new',
};

export interface StatusInput {
  readonly previous: DeepReadonly<KubeFedClusterStatus> | undefined;
  readonly probe: Probe;
  readonly cordoned?: boolean;
  readonly kubernetesVersion: string | undefined;
  /** Wall time of the probe, milliseconds since the epoch. */
  readonly now: number;
  /** How old a `lastProbeTime` may become when nothing else changed: with many members that stand still, writes stay few. */
  readonly refreshAfterMs: number;
}

/** The status to write, or `undefined` when the one that is there will do. Conditions of other types stay as they are. */
export function nextStatus(input: StatusInput): KubeFedClusterStatus | undefined {
  const { previous, probe, kubernetesVersion } = input;
  const now = rfc3339(input.now);
  const had = previous?.conditions ?? [];
  const found = [...findings(probe), ...(input.cordoned === true ? [CORDONED] : [])];
  const conditions = found.map((finding) =>
    conditionAt(
      finding,
      had.find(({ type }) => type === finding.type),
      now,
    ),
  );
  const foreign = had.filter(({ type }) => !OWN_TYPES.has(type));
  const version = kubernetesVersion ?? previous?.kubernetesVersion;
  const unchanged =
    version === previous?.kubernetesVersion &&
    conditions.length + foreign.length === had.length &&
    conditions.every((condition) => had.some((old) => saysTheSame(old, condition))) &&
    conditions.every((condition) => !isStale(had, condition.type, input));
  if (unchanged) return undefined;
  return {
    ...(previous as KubeFedClusterStatus | undefined),
    conditions: [...conditions, ...foreign],
    ...(version === undefined ? {} : { kubernetesVersion: version }),
  };
}

function isStale(had: readonly DeepReadonly<ClusterCondition>[], type: string, input: StatusInput): boolean {
  const probed = Date.parse(had.find((old) => old.type === type)?.lastProbeTime ?? '');
  return Number.isNaN(probed) || input.now - probed >= input.refreshAfterMs;
}
