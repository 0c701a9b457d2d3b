import { describe, expect, it } from 'vitest';
import { type ClusterView, planFor } from './plan.ts';

const deployment = { metadata: { name: 'web', namespace: 'demo' } };
const going = { metadata: { ...deployment.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
const failure = {
  status: 'CreationFailed',
  message: 'no',
  attempts: 1,
  retryAt: 5,
  notBefore: 5,
  attemptToken: '',
} as const;

function view(over: Partial<ClusterView>): ClusterView {
  return {
    cluster: 'vulcan',
    wanted: true,
    deleting: false,
    orphan: false,
    known: false,
    confirmedGone: false,
    connection: { state: 'ready' },
    watch: { state: 'synced' },
    paused: false,
    observed: undefined,
    releaseOnly: false,
    isOriginal: false,
    failure: undefined,
    mayBeSpent: () => false,
    compare: () => 'equal',
    contested: false,
    ...over,
  };
}

const write = (operation: string) => ({ kind: 'write', operation });
const nothing = { kind: 'settled' };

describe('an object that is placed on a cluster', () => {
  it('is created where it is missing', () => {
    expect(planFor(view({}))).toEqual(write('create'));
  });

  it('is not made once more where it was made, did its work and went by itself', () => {
    expect(planFor(view({ mayBeSpent: () => true }))).toEqual({
      kind: 'settled',
      show: { cluster: 'vulcan', status: '' },
    });
  });

  it('is left alone, and shown as fine, where it is as it should be', () => {
    expect(planFor(view({ observed: deployment }))).toEqual({
      kind: 'settled',
      show: { cluster: 'vulcan', status: '' },
    });
  });

  it.each(['update', 'verify'] as const)('is written where the comparison says %s', (verdict) => {
    expect(planFor(view({ observed: deployment, compare: () => verdict }))).toEqual(write(verdict));
  });

  it('waits until it is gone where somebody is deleting it', () => {
    expect(planFor(view({ observed: going }))).toMatchObject({ show: { status: 'WaitingForRemoval' } });
  });

  it('is not fought over with who keeps changing or deleting it', () => {
    const changed = view({ observed: deployment, compare: () => 'update', contested: true });
    expect(planFor(changed)).toMatchObject({ show: { status: 'UpdateFailed' } });
    expect(planFor(view({ contested: true }))).toMatchObject({ show: { status: 'CreationFailed' } });
    expect(planFor(view({ observed: deployment, contested: true }))).toMatchObject({ show: { status: '' } });
  });
});

describe('an object that is not placed on a cluster', () => {
  it('is neither looked for nor shown where it never was', () => {
    expect(planFor(view({ wanted: false }))).toEqual(nothing);
  });

  it('is removed where it is', () => {
    expect(planFor(view({ wanted: false, observed: deployment }))).toEqual(write('remove'));
  });

  it("is only released where it is the host's own namespace", () => {
    const own = { wanted: false, releaseOnly: true };
    expect(planFor(view({ ...own, observed: deployment }))).toEqual(write('release'));
    // It holds the FederatedNamespace that would wait for it.
    expect(planFor(view({ ...own, deleting: true, observed: going }))).toEqual(write('release'));
  });

  it('is shown until it is really gone', () => {
    expect(planFor(view({ wanted: false, observed: going }))).toMatchObject({ show: { status: 'WaitingForRemoval' } });
  });
});

describe('a cluster that cannot be worked with', () => {
  it('says ClusterNotReady at once instead of waiting', () => {
    const step = planFor(view({ connection: { state: 'notReady', reason: 'connection refused' } }));
    expect(step).toMatchObject({ kind: 'settled', show: { status: 'ClusterNotReady', message: 'connection refused' } });
  });

  it('does not show where the object has nothing to do with it', () => {
    expect(planFor(view({ wanted: false, connection: { state: 'notReady', reason: 'gone' } }))).toEqual(nothing);
  });

  it.each([[{ connection: { state: 'connecting' } }], [{ watch: { state: 'starting' } }]] as const)(
    'causes no write while nothing is known of it yet: %j',
    (over) => {
      expect(planFor(view(over))).toEqual({ kind: 'wait' });
    },
  );

  it('has a status of its own when it does not serve the kind', () => {
    const watch = { state: 'unavailable', status: 'NotServed', message: 'vulcan does not serve widgets' } as const;
    expect(planFor(view({ watch }))).toMatchObject({
      show: { status: 'NotServed', message: 'vulcan does not serve widgets' },
    });
  });

  it('holds nobody up by not serving a kind of which it never had an object', () => {
    const watch = { state: 'unavailable', status: 'NotServed', message: 'no' } as const;
    expect(planFor(view({ watch, deleting: true }))).toEqual(nothing);
    expect(planFor(view({ watch, wanted: false }))).toEqual(nothing);
    expect(planFor(view({ watch, deleting: true, known: true }))).toMatchObject({ holds: true });
  });

  it('is left in peace while it is paused', () => {
    expect(planFor(view({ paused: true }))).toMatchObject({ show: { status: 'Paused' } });
  });

  it('is not tried again before the time', () => {
    expect(planFor(view({ failure }))).toMatchObject({ show: { status: 'CreationFailed', message: 'no' } });
  });
});

describe('the deletion of a federated object', () => {
  const deleting = { deleting: true } as const;

  it('removes the object from every cluster that has it, placed there or not', () => {
    expect(planFor(view({ ...deleting, wanted: false, observed: deployment }))).toEqual(write('remove'));
  });

  it('asks the member itself where a cache shows nothing but a record says that it was there', () => {
    expect(planFor(view({ ...deleting, known: true }))).toEqual(write('remove'));
  });

  it('is not held up by a cluster that has confirmed that nothing is there', () => {
    expect(planFor(view({ ...deleting, known: true, confirmedGone: true }))).toEqual(nothing);
  });

  it('is held up by a placed cluster that is away, and not by one that never had it', () => {
    const away = { connection: { state: 'notReady', reason: 'away' } } as const;
    expect(planFor(view({ ...deleting, ...away }))).toMatchObject({ holds: true, show: { status: 'ClusterNotReady' } });
    expect(planFor(view({ ...deleting, ...away, wanted: false }))).toEqual(nothing);
  });

  it('releases instead of removing with orphan, and waits for nobody who is away', () => {
    const orphan = { ...deleting, orphan: true } as const;
    expect(planFor(view({ ...orphan, observed: deployment }))).toEqual(write('release'));
    expect(planFor(view({ ...orphan, observed: deployment, connection: { state: 'notReady', reason: '' } }))).toEqual(
      nothing,
    );
    expect(planFor(view({ ...orphan, known: true }))).toEqual(nothing);
  });
});

describe('the object that a federated one follows, where the host is a member', () => {
  const away = { state: 'notReady', reason: 'off' } as const;

  it('is never written to, and shown as fine', () => {
    const shown = { kind: 'settled', show: { cluster: 'vulcan', status: '', message: expect.any(String) } };
    expect(planFor(view({ isOriginal: true }))).toEqual(shown);
    expect(planFor(view({ isOriginal: true, known: true, connection: away }))).toEqual(shown);
  });

  it('is released, not deleted, where it was looked after like a copy before', () => {
    for (const over of [{}, { wanted: false }, { deleting: true }, { compare: () => 'update' as const }]) {
      expect(planFor(view({ isOriginal: true, observed: deployment, ...over }))).toEqual(write('release'));
    }
  });

  it('holds no deletion up, and outlives it', () => {
    const over = { isOriginal: true, deleting: true, known: true };
    expect(planFor(view(over))).toEqual(nothing);
    expect(planFor(view({ ...over, connection: away }))).toEqual(nothing);
  });
});
