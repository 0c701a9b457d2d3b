import { describe, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

const { signal } = new AbortController();

function queueWithClock(options: { baseDelayMs?: number; maxDelayMs?: number } = {}) {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock, ...options }) };
}

async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const key = await queue.get(signal);
    if (key === undefined) break;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('keys', () => {
  it('come out in the order in which they were added, each once', async () => {
    const { queue } = queueWithClock();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    expect(await drain(queue)).toEqual(['a', 'b', 'c']);
  });

  it('added while they are worked on come once more afterwards, never to two workers at a time', async () => {
    const { queue } = queueWithClock();
    queue.add('a');
    expect(await queue.get(signal)).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await drain(queue)).toEqual(['a']);
  });

  it('go to the worker that has waited longest', async () => {
    const { queue } = queueWithClock();
    const first = queue.get(signal);
    const second = queue.get(signal);
    queue.add('a');
    queue.add('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  it('are not lost to a worker that gave up waiting', async () => {
    const { queue } = queueWithClock();
    const giveUp = new AbortController();
    const gone = queue.get(giveUp.signal);
    giveUp.abort();
    queue.add('a');
    expect(await gone).toBeUndefined();
    expect(await queue.get(giveUp.signal)).toBeUndefined();
    expect(await drain(queue)).toEqual(['a']);
  });

  it('come out in order however adding and taking alternate', async () => {
    const { queue } = queueWithClock();
    const out: string[] = [];
    for (let round = 0; round < 300; round += 1) {
      for (let i = 0; i < 7; i += 1) queue.add(`${round}/${i}`);
      for (let i = 0; i < 5; i += 1) out.push((await queue.get(signal)) ?? '');
    }
    out.push(...(await drain(queue)));
    expect(out).toEqual(Array.from({ length: 2100 }, (_, n) => `${Math.floor(n / 7)}/${n % 7}`));
  });
});

describe('delays', () => {
  it('end in order of their time, with one timer for all of them', async () => {
    const { queue, clock } = queueWithClock();
    for (let n = 0; n < 200; n += 1) queue.addAfter(`k${n}`, ((n * 37) % 200) + 1);
    expect([clock.pending, queue.delayed, queue.length]).toEqual([1, 200, 0]);
    clock.advance(200);
    const keys = await drain(queue);
    const due = keys.map((key) => ((Number(key.slice(1)) * 37) % 200) + 1);
    expect(due).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    expect(clock.pending).toBe(0);
  });

  it('of one key: the earlier time counts', async () => {
    const { queue, clock } = queueWithClock();
    queue.addAfter('a', 100);
    queue.addAfter('a', 10);
    queue.addAfter('a', 50);
    clock.advance(10);
    expect(await drain(queue)).toEqual(['a']);
    clock.advance(1000);
    expect(queue.length).toBe(0);
  });

  it('of zero or less are none', async () => {
    const { queue } = queueWithClock();
    queue.addAfter('a', 0);
    queue.addAfter('b', -1);
    expect(await drain(queue)).toEqual(['a', 'b']);
  });
});

describe('failures', () => {
  it('double the delay of their key, up to the longest, until it is forgotten', () => {
    const { queue, clock } = queueWithClock({ baseDelayMs: 5, maxDelayMs: 35 });
    const delayOf = (key: string) => {
      queue.addRateLimited(key);
      const delay = clock.nextIn ?? -1;
      clock.advance(delay);
      return delay;
    };
    expect([delayOf('a'), delayOf('a'), delayOf('a'), delayOf('a'), delayOf('a')]).toEqual([5, 10, 20, 35, 35]);
    expect([delayOf('b'), queue.failures('a')]).toEqual([5, 5]);
    queue.forget('a');
    expect(delayOf('a')).toBe(5);
  });
});

describe('close', () => {
  it('ends every wait and drops what is queued and delayed', async () => {
    const { queue, clock } = queueWithClock();
    const waiting = queue.get(signal);
    queue.addAfter('later', 10);
    queue.close();
    queue.close();
    queue.add('a');
    queue.addRateLimited('b');
    expect(await waiting).toBeUndefined();
    expect(await queue.get(signal)).toBeUndefined();
    expect([queue.length, queue.delayed, clock.pending]).toEqual([0, 0, 0]);
  });

  it('does not bring back a key that was added while it was worked on', async () => {
    const { queue } = queueWithClock();
    queue.add('a');
    await queue.get(signal);
    queue.add('a');
    queue.close();
    queue.done('a');
    expect(queue.length).toBe(0);
  });
});
