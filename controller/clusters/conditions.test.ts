import { describe, expect, it } from 'vitest';
import type { KubeFedClusterStatus } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { judge, nextStatus, type Probe, type Verdict, verdictOf } from './conditions.ts';

const healthy: Probe = { outcome: 'healthy' };
const gone: Probe = { outcome: 'unreachable', detail: 'connect ECONNREFUSED 10.0.0.1:6443' };
const sick: Probe = { outcome: 'unhealthy', detail: '500' };
const broken: Probe = { outcome: 'malformed', detail: 'secret "earth" has no key "token"' };
const thresholds = { failureThreshold: 3, successThreshold: 2 };

function reportedAfter(probes: Probe[], start: Verdict = verdictOf(undefined)): (string | undefined)[] {
  let verdict = start;
  return probes.map((probe) => {
    verdict = judge(verdict, probe, thresholds);
    return verdict.reported?.outcome;
  });
}

describe('judge', () => {
  it('reports the first probe at once', () => {
    expect(reportedAfter([gone])).toEqual(['unreachable']);
    expect(reportedAfter([healthy])).toEqual(['healthy']);
  });

  it('keeps a member ready until it failed as often in a row as configured, however long it was well before', () => {
    const well = Array.from({ length: 20 }, () => healthy);
    expect(reportedAfter([...well, gone, sick, gone]).slice(-3)).toEqual(['healthy', 'healthy', 'unreachable']);
    expect(reportedAfter([healthy, gone, gone, healthy, gone, gone]).at(-1)).toBe('healthy');
  });

  it('takes a member back after as many successes in a row as configured', () => {
    expect(reportedAfter([gone, healthy, gone, healthy, healthy]).slice(-2)).toEqual(['unreachable', 'healthy']);
  });

  it('reports a malformed configuration, and another kind of failure, at once', () => {
    expect(reportedAfter([healthy, broken])).toEqual(['healthy', 'malformed']);
    expect(reportedAfter([gone, sick])).toEqual(['unreachable', 'unhealthy']);
  });

  it('takes up where the controller before it stopped', () => {
    const status: KubeFedClusterStatus = {
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: '2026-01-01T00:00:00Z' }],
    };
    expect(reportedAfter([gone, gone, gone], verdictOf(status))).toEqual(['healthy', 'healthy', 'unreachable']);
  });
});

describe('nextStatus', () => {
  const now = Date.parse('2026-01-01T00:00:10Z');
  const base = { previous: undefined, kubernetesVersion: 'v1.36.3', now, refreshAfterMs: 60_000 };

  it('tells of a cordon beside what it found, as long as there is one', () => {
    const status = nextStatus({ ...base, probe: healthy, cordoned: true });
    expect(status?.conditions.map(({ type, status: word }) => [type, word])).toEqual([
      ['Ready', 'True'],
      ['Cordoned', 'True'],
    ]);
    expect(nextStatus({ ...base, previous: status, probe: healthy, cordoned: true })).toBeUndefined();
    expect(nextStatus({ ...base, previous: status, probe: healthy })?.conditions.map(({ type }) => type)).toEqual([
      'Ready',
    ]);
  });

  it("tells a healthy member in KubeFed's words", () => {
    expect(nextStatus({ ...base, probe: healthy })).toEqual({
      kubernetesVersion: 'v1.36.3',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'ClusterReady',
          message: '/healthz responded with ok',
          lastProbeTime: '2026-01-01T00:00:10Z',
          lastTransitionTime: '2026-01-01T00:00:10Z',
        },
      ],
    });
  });

  it('names the cause of every failure and never leaves the ready column blank', () => {
    const told = (probe: Probe) =>
      nextStatus({ ...base, probe })?.conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
    expect(told(sick)).toEqual(['Ready=False ClusterNotReady', 'Offline=False ClusterReachable']);
    expect(told(gone)).toEqual(['Offline=True ClusterNotReachable', 'Ready=False ClusterNotReachable']);
    expect(told(broken)).toEqual(['ConfigMalformed=True ClusterConfigMalformed', 'Ready=False ClusterConfigMalformed']);
    expect(nextStatus({ ...base, probe: gone })?.conditions[0]?.message).toBe(
      'cluster is not reachable: connect ECONNREFUSED 10.0.0.1:6443',
    );
  });

  it('writes nothing while only the time of the probe would change, until that is old', () => {
    const previous = nextStatus({ ...base, probe: healthy });
    expect(nextStatus({ ...base, previous, probe: healthy, now: now + 59_000 })).toBeUndefined();
    const refreshed = nextStatus({ ...base, previous, probe: healthy, now: now + 60_000 });
    expect(refreshed?.conditions[0]).toMatchObject({
      lastProbeTime: '2026-01-01T00:01:10Z',
      lastTransitionTime: '2026-01-01T00:00:10Z',
    });
  });

  it('moves the transition time when the condition turns, and drops what no longer holds', () => {
    const previous = nextStatus({ ...base, probe: gone });
    const after = nextStatus({ ...base, previous, probe: healthy, now: now + 5_000 });
    expect(after?.conditions).toHaveLength(1);
    expect(after?.conditions[0]?.lastTransitionTime).toBe('2026-01-01T00:00:15Z');
  });

  it('keeps conditions of others, fields of KubeFed and a version that was not asked for this time', () => {
    const other = { type: 'TokenExpiring', status: 'True' as const, lastProbeTime: '2025-12-31T00:00:00Z' };
    const previous: KubeFedClusterStatus = { conditions: [other], region: 'eu', kubernetesVersion: 'v1.35.0' };
    const after = nextStatus({ ...base, previous, probe: healthy, kubernetesVersion: undefined });
    expect(after).toMatchObject({ region: 'eu', kubernetesVersion: 'v1.35.0' });
    expect(after?.conditions[1]).toEqual(other);
    expect(nextStatus({ ...base, previous: after, probe: healthy, kubernetesVersion: undefined })).toBeUndefined();
  });
});
