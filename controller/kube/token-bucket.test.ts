import { expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { TokenBucket } from './token-bucket.ts';

const signal = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('lets a burst through at once and the rest at the rate, in their order', async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ qps: 10, burst: 3, clock });
  const passed: number[] = [];
  const all = Promise.all([0, 1, 2, 3, 4, 5].map((n) => bucket.take(signal).then(() => passed.push(n))));
  await settle();
  expect(passed).toEqual([0, 1, 2]);
  clock.advance(100);
  await settle();
  expect(passed).toEqual([0, 1, 2, 3]);
  clock.advance(200);
  await all;
  expect(passed).toEqual([0, 1, 2, 3, 4, 5]);
});

it('saves up no more than a burst in a quiet time', async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ qps: 10, burst: 2, clock });
  clock.advance(3_600_000);
  let passed = 0;
  const all = Promise.all([1, 2, 3].map(() => bucket.take(signal).then(() => passed++)));
  await settle();
  expect(passed).toBe(2);
  clock.advance(100);
  await all;
});

it('gives back the turn of who does not wait for it', async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ qps: 1, clock });
  await bucket.take(signal);
  const controller = new AbortController();
  const given = bucket.take(controller.signal);
  controller.abort(new Error('not any more'));
  await expect(given).rejects.toThrow('not any more');
  let passed = false;
  const next = bucket.take(signal).then(() => {
    passed = true;
  });
  clock.advance(1_000);
  await next;
  expect(passed).toBe(true);
});
