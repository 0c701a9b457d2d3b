import { describe, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { CachedCredentials } from './cached-credentials.ts';

const signal = new AbortController().signal;

/** A source that gives `token-1`, `token-2`, … */
function source(options: { lifetimeMs?: number; maxAgeMs?: number } = {}) {
  const clock = new FakeClock();
  const state = { reads: 0, failure: undefined as Error | undefined };
  const credentials = new CachedCredentials({
    clock,
    ...(options.maxAgeMs === undefined ? {} : { maxAgeMs: options.maxAgeMs }),
    read: async () => {
      state.reads++;
      if (state.failure !== undefined) throw state.failure;
      const credential = { authorization: `token-${state.reads}` };
      return options.lifetimeMs === undefined ? { credential } : { credential, lifetimeMs: options.lifetimeMs };
    },
  });
  const get = async () => (await credentials.get(signal)).authorization;
  return { clock, state, credentials, get };
}

it('reads once for all who ask at the same time, and keeps what it read', async () => {
  const { state, get } = source();
  expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1']);
  expect([await get(), state.reads]).toEqual(['token-1', 1]);
});

it('reads again what is older than it may be', async () => {
  const { clock, get } = source({ maxAgeMs: 60_000 });
  expect(await get()).toBe('token-1');
  clock.advance(59_999);
  expect(await get()).toBe('token-1');
  clock.advance(1);
  expect(await get()).toBe('token-2');
});

describe('what was refused', () => {
  it('is read again once, however many were refused with it', async () => {
    const { state, credentials, get } = source();
    const used = await credentials.get(signal);
    for (let i = 0; i < 100; i++) credentials.invalidate(used);
    expect(await Promise.all([get(), get()])).toEqual(['token-2', 'token-2']);
    // One of the hundred comes late: it speaks of a credential that is gone already.
    credentials.invalidate(used);
    expect([await get(), state.reads]).toEqual(['token-2', 2]);
  });

  it('is not used again when its successor cannot be read', async () => {
    const { state, credentials, get } = source();
    credentials.invalidate(await credentials.get(signal));
    state.failure = new Error('gone');
    await expect(get()).rejects.toThrow('gone');
    state.failure = undefined;
    expect(await get()).toBe('token-3');
  });
});

describe('what ends at a known time', () => {
  it('is renewed shortly before', async () => {
    const { clock, get } = source({ lifetimeMs: 600_000 });
    expect(await get()).toBe('token-1');
    clock.advance(569_999);
    expect(await get()).toBe('token-1');
    clock.advance(1);
    expect(await get()).toBe('token-2');
  });

  it('is used to its end when it cannot be renewed', async () => {
    const { clock, state, get } = source({ lifetimeMs: 600_000 });
    await get();
    state.failure = new Error('no network');
    clock.advance(575_000);
    expect([await get(), await get(), state.reads]).toEqual(['token-1', 'token-1', 2]);
    clock.advance(10_000);
    expect([await get(), state.reads]).toEqual(['token-1', 3]);
    clock.advance(15_000);
    await expect(get()).rejects.toThrow('no network');
  });

  it('does not make its source run for each request when it has ended already', async () => {
    const { clock, state, get } = source({ lifetimeMs: 0 });
    await get();
    await get();
    expect(state.reads).toBe(1);
    clock.advance(1_000);
    await get();
    expect(state.reads).toBe(2);
  });
});

describe('who goes away', () => {
  it('takes nothing from those who stay, and the last one ends the reading', async () => {
    let aborted: unknown;
    const release: ((token: string) => void)[] = [];
    const credentials = new CachedCredentials({
      clock: new FakeClock(),
      read: (reading) =>
        new Promise((resolve, reject) => {
          release.push((authorization) => resolve({ credential: { authorization } }));
          reading.addEventListener('abort', () => {
            aborted = reading.reason;
            reject(reading.reason);
          });
        }),
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const one = credentials.get(first.signal);
    const two = credentials.get(second.signal);
    first.abort(new Error('first left'));
    await expect(one).rejects.toThrow('first left');
    expect(aborted).toBeUndefined();
    second.abort(new Error('second left'));
    await expect(two).rejects.toThrow('second left');
    expect(aborted).toEqual(new Error('second left'));
    const three = credentials.get(signal);
    release[1]?.('late');
    expect(await three).toEqual({ authorization: 'late' });
  });

  it('before asking is told so', async () => {
    const { state, credentials } = source();
    await expect(credentials.get(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(state.reads).toBe(0);
  });
});
