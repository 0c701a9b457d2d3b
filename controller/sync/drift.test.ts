import { describe, expect, it } from 'vitest';
import { isContestNear, nextLook, otherManager, recordRepair, settleDrift } from './drift.ts';
import type { Drift } from './ledger.ts';

function repaired(times: number, everyMs: number): Drift {
  let drift: Drift | undefined;
  for (let n = 0; n < times; n++) drift = recordRepair(drift, n * everyMs, 'flux');
  if (drift === undefined) throw new Error('no repair was asked for');
  return drift;
}

describe('somebody who changes an object back', () => {
  it('is simply repaired, as often as it happens now and then', () => {
    expect(repaired(20, 30_000).contested).toBeUndefined();
  });

  it('is named and made to wait after six repairs within a minute', () => {
    expect(repaired(5, 100).contested).toBeUndefined();
    expect(isContestNear(repaired(5, 100))).toBe(true);
    expect(repaired(6, 100).contested).toMatchObject({ by: 'flux', delayMs: 5_000 });
  });

  it('is repaired at longer and longer intervals, up to five minutes', () => {
    let drift = repaired(6, 100);
    for (let n = 0; n < 10; n++) drift = recordRepair(drift, (drift.contested?.resumeAt ?? 0) + 1, 'flux');
    expect(drift.contested?.delayMs).toBe(300_000);
  });

  it('is forgiven after a peace as long as the last delay', () => {
    const drift = repaired(6, 100);
    const end = (drift.contested?.resumeAt ?? 0) + 5_000;
    expect(nextLook(drift, end - 6_000)).toBe(end - 5_000);
    expect(nextLook(drift, end - 1)).toBe(end);
    expect(settleDrift(drift, end - 1)).toBe(drift);
    expect(settleDrift(drift, end)?.contested).toBeUndefined();
    expect(settleDrift(drift, end + 60_000)).toBeUndefined();
  });
});

describe('the other writer', () => {
  it('is the last manager in managedFields that is not Fedmesh and wrote more than a status', () => {
    const managedFields = [
      { manager: 'kubectl-scale', time: '2026-01-01T00:00:02Z' },
      { manager: 'kubectl-create', time: '2026-01-01T00:00:01Z' },
      { manager: 'fedmesh', time: '2026-01-01T00:00:09Z' },
      { manager: 'kube-controller-manager', subresource: 'status', time: '2026-01-01T00:00:08Z' },
    ];
    expect(otherManager({ metadata: { managedFields } })).toBe('kubectl-scale');
  });

  it('may be an autoscaler, which writes through the subresource scale', () => {
    const autoscaler = { manager: 'kube-controller-manager', subresource: 'scale', time: '2026-01-01T00:00:02Z' };
    const managedFields = [{ manager: 'kubectl', time: '2026-01-01T00:00:01Z' }, autoscaler];
    expect(otherManager({ metadata: { managedFields } })).toBe('kube-controller-manager');
  });

  it('has a name even when the member keeps no managedFields', () => {
    expect(otherManager({ metadata: {} })).toBe('another writer');
  });
});
