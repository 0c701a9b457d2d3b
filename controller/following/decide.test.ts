import { describe, expect, it } from 'vitest';
import { type CopyFacts, decide, type OriginalFacts } from './decide.ts';

const original = (over: Partial<OriginalFacts> = {}): OriginalFacts => ({
  uid: 'u1',
  standing: 'followed',
  digest: 'd1',
  ...over,
});
const copy = (over: Partial<CopyFacts> = {}): CopyFacts => ({ mark: 'u1', digest: 'd1', deleting: false, ...over });

describe('a plain object in a followed namespace', () => {
  it('gets a federated object, which then follows it', () => {
    expect(decide(original(), undefined)).toBe('create');
    expect(decide(original(), copy())).toBe('leave');
    expect(decide(original({ digest: 'd2' }), copy())).toBe('update');
  });

  it('that was made anew under its name is followed on, not deleted', () => {
    expect(decide(original({ uid: 'u2' }), copy())).toBe('update');
    expect(decide(original({ uid: 'u2', digest: 'd2' }), copy())).toBe('update');
  });

  it('takes its federated object along when it is gone, and not before', () => {
    expect(decide(original({ standing: 'leaving' }), copy())).toBe('leave');
    expect(decide(undefined, copy())).toBe('delete');
  });

  it('that is left out from now on lets its federated object go, which stays', () => {
    expect(decide(original({ standing: 'leftOut' }), copy())).toBe('letGo');
    expect(decide(original({ standing: 'leftOut' }), copy({ mark: '' }))).toBe('leave');
    expect(decide(original({ standing: 'leftOut', digest: 'd2' }), copy({ mark: '' }))).toBe('leave');
    expect(decide(undefined, copy({ mark: '' }))).toBe('leave');
  });

  it('that is no longer left out is followed again', () => {
    expect(decide(original({ digest: 'd2' }), copy({ mark: '' }))).toBe('update');
    expect(decide(original(), copy({ mark: '' }))).toBe('update');
  });

  it('is not federated when it is left out, on its way out, or a copy itself', () => {
    for (const standing of ['leftOut', 'leaving', 'copy'] as const) {
      expect(decide(original({ standing }), undefined)).toBe('leave');
    }
  });
});

describe('a federated object', () => {
  it('that a person made is never touched', () => {
    for (const over of [{}, { digest: 'd2' }, { standing: 'leftOut' }, { standing: 'leaving' }] as const) {
      expect(['leave', 'notOurs']).toContain(decide(original(over), copy({ mark: undefined })));
    }
    expect(decide(undefined, copy({ mark: undefined }))).toBe('leave');
    expect(decide(original({ digest: 'd2' }), copy({ mark: undefined }))).toBe('notOurs');
  });

  it('that is being deleted is waited for', () => {
    for (const each of [undefined, original(), original({ uid: 'u2', digest: 'd2' })]) {
      expect(decide(each, copy({ deleting: true }))).toBe('leave');
    }
  });

  it('of which the plain object is a copy that sync made is left alone', () => {
    expect(decide(original({ standing: 'copy', digest: 'd2' }), copy())).toBe('leave');
    expect(decide(original({ standing: 'copy', digest: 'd2' }), copy({ mark: '' }))).toBe('leave');
  });
});
