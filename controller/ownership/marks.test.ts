import { describe, expect, it } from 'vitest';
import { ownershipOf, releasePatch } from './marks.ts';

const OURS = 'c0ffee';

describe('ownershipOf', () => {
  it('tells what we made from what was there before and from what somebody else made', () => {
    const labels = { 'kubefed.io/managed': 'true' };
    expect(ownershipOf({ labels, annotations: { 'fedmesh.io/created-by': OURS } }, OURS)).toBe('created');
    expect(ownershipOf({ labels, annotations: { 'fedmesh.io/created-by': 'other' } }, OURS)).toBe('foreign');
    expect(ownershipOf({ labels }, OURS)).toBe('adopted');
    expect(ownershipOf({ labels: { app: 'web' } }, OURS)).toBeUndefined();
    expect(ownershipOf({}, OURS)).toBeUndefined();
  });

  it('never counts as ours what somebody has taken over', () => {
    const annotations = { 'fedmesh.io/created-by': OURS };
    expect(ownershipOf({ annotations, labels: { 'kubefed.io/managed': 'false' } }, OURS)).toBe('adopted');
    expect(ownershipOf({ annotations }, OURS)).toBe('adopted');
  });

  it('leaves alone what holds a federation together whose host this member is', () => {
    const annotations = { 'fedmesh.io/token-expires': '2026-01-01T00:00:00Z' };
    expect(ownershipOf({ annotations, finalizers: ['fedmesh.io/membership'] }, OURS)).toBeUndefined();
  });
});

describe('releasePatch', () => {
  it('takes off our marks, and nothing else, from the very object that was looked at', () => {
    const metadata = {
      name: 'web',
      uid: 'u1',
      resourceVersion: '7',
      labels: { app: 'web', 'kubefed.io/managed': 'true' },
      annotations: { note: 'mine', 'fedmesh.io/template-annotations': '["a"]' },
    };
    expect(releasePatch({ metadata })).toEqual({
      metadata: {
        uid: 'u1',
        resourceVersion: '7',
        labels: { 'kubefed.io/managed': null },
        annotations: { 'fedmesh.io/template-annotations': null },
      },
    });
    expect(releasePatch({ metadata: { name: 'web', labels: { app: 'web' } } })).toBeUndefined();
  });
});
