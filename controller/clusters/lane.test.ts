import { setImmediate as settle } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../time/clock.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { Lane, LaneClosedError } from './lane.ts';

/** An operation that stays under way until the test lets it go. */
class Held {
  started = false;
  signal: AbortSignal | undefined;
  release: () => void = () => undefined;
  readonly #done = new Promise<string>((resolve) => {
    this.release = () => resolve('done');
  });

  readonly run = (signal: AbortSignal): Promise<string> => {
    this.started = true;
    this.signal = signal;
    return this.#done;
  };
}

function laneWith(options: { concurrency?: number; qps?: number; burst?: number } = {}) {
  const clock = new FakeClock();
  return { clock, lane: new Lane({ cluster: 'earth', clock, ...options }) };
}

describe('Lane', () => {
  it('answers with what the operation answered', async () => {
    const { lane } = laneWith();
    await expect(lane.submit(async () => 42)).resolves.toBe(42);
    await expect(lane.submit(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(
      lane.submit(() => {
        throw new Error('before the first await');
      }),
    ).rejects.toThrow('before the first await');
    expect(lane.inFlight).toBe(0);
  });

  it('runs no more at once than the member was promised, in order of arrival', async () => {
    const { lane } = laneWith({ concurrency: 2 });
    const held = [new Held(), new Held(), new Held(), new Held()];
    const results = held.map(({ run }) => lane.submit(run));
    expect(held.map(({ started }) => started)).toEqual([true, true, false, false]);
    expect([lane.inFlight, lane.depth]).toEqual([2, 2]);
    held[1]?.release();
    await settle();
    expect(held.map(({ started }) => started)).toEqual([true, true, true, false]);
    for (const { release } of held) release();
    await expect(Promise.all(results)).resolves.toEqual(['done', 'done', 'done', 'done']);
    expect([lane.inFlight, lane.depth]).toEqual([0, 0]);
  });

  it('says how long the operation has waited whose turn is next, and not that of one that gave up', async () => {
    const { lane, clock } = laneWith({ concurrency: 1 });
    const held = new Held();
    const results = [lane.submit(held.run)];
    expect(lane.oldestMs).toBe(0);
    const gone = new AbortController();
    const abandoned = lane.submit(async () => 'never', { signal: gone.signal });
    clock.advance(1_000);
    results.push(lane.submit(async () => 'second'));
    clock.advance(500);
    expect(lane.oldestMs).toBe(1_500);
    gone.abort(new Error('not wanted any more'));
    await expect(abandoned).rejects.toThrow('not wanted any more');
    expect(lane.oldestMs).toBe(500);
    held.release();
    await Promise.all(results);
    expect(lane.oldestMs).toBe(0);
  });

  it('keeps its pace when a rate is set and lets a burst through after a quiet time', async () => {
    const { lane, clock } = laneWith({ qps: 10, burst: 3 });
    let finished = 0;
    for (let i = 0; i < 10; i++) void lane.submit(async () => (finished += 1));
    await settle();
    expect(finished).toBe(3);
    clock.advance(100);
    await settle();
    expect(finished).toBe(4);
    clock.advance(600);
    await settle();
    expect(finished).toBe(10);
    clock.advance(10_000);
    await settle();
    const later = Array.from({ length: 5 }, () => lane.submit(async () => (finished += 1)));
    const settled = Promise.allSettled(later);
    await settle();
    expect(finished).toBe(13);
    await lane.close();
    expect((await settled).filter(({ status }) => status === 'rejected')).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('does not blame the member when this process was held up: answers that wait are read first', async () => {
    const clock = new FakeClock();
    let heldUpMs = 3_000;
    const late: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after(ms, callback) {
        const delay = ms + heldUpMs;
        heldUpMs = 0;
        return clock.after(delay, callback);
      },
    };
    const lane = new Lane({ cluster: 'earth', clock: late });
    const answered = new Held();
    const result = lane.submit(answered.run);
    clock.advance(5_000);
    expect(lane.stalled).toBe(false);
    answered.release();
    await result;
    clock.advance(60_000);
    expect(lane.stalled).toBe(false);

    const silent = new Held();
    void lane.submit(silent.run).catch(() => undefined);
    await settle();
    clock.advance(2_000);
    expect(lane.stalled).toBe(true);
    silent.release();
    await lane.close();
  });

  it('tells that it is stalled when nothing finishes, and that it is well again with the next that does', async () => {
    const { lane, clock } = laneWith();
    const told: boolean[] = [];
    lane.onStall((stalled) => told.push(stalled));
    const hanging = new Held();
    const result = lane.submit(hanging.run);
    clock.advance(1_500);
    await settle();
    await lane.submit(async () => undefined);
    clock.advance(1_999);
    await settle();
    expect(lane.stalled).toBe(false);
    clock.advance(1);
    await settle();
    expect(lane.stalled).toBe(true);
    hanging.release();
    await result;
    await settle();
    expect(told).toEqual([true, false]);
    clock.advance(60_000);
    await settle();
    expect(told).toEqual([true, false]);
    expect(clock.pending).toBe(0);
  });

  it('gives up the place of whoever no longer wants it', async () => {
    const { lane } = laneWith({ concurrency: 1 });
    const [first, second, third] = [new Held(), new Held(), new Held()];
    const results = [lane.submit(first.run)];
    const gone = new AbortController();
    const abandoned = lane.submit(second.run, { signal: gone.signal });
    results.push(lane.submit(third.run));
    gone.abort(new Error('not wanted any more'));
    await expect(abandoned).rejects.toThrow('not wanted any more');
    expect(lane.depth).toBe(1);
    first.release();
    third.release();
    await Promise.all(results);
    expect(second.started).toBe(false);
    await expect(lane.submit(second.run, { signal: gone.signal })).rejects.toThrow('not wanted any more');
  });

  it('closes by refusing what waits and aborting what is under way, and waits for it', async () => {
    const { lane, clock } = laneWith({ concurrency: 1 });
    const flying = new Held();
    const result = lane.submit(flying.run);
    const refused = expect(lane.submit(async () => 'never')).rejects.toBeInstanceOf(LaneClosedError);
    let closed = false;
    const closing = lane.close(new Error('the member left')).then(() => {
      closed = true;
    });
    await refused;
    expect(flying.signal?.aborted).toBe(true);
    await settle();
    expect(closed).toBe(false);
    flying.release();
    await closing;
    await expect(result).resolves.toBe('done');
    await expect(lane.submit(async () => 'late')).rejects.toMatchObject({ code: 'LaneClosed', cluster: 'earth' });
    await lane.close();
    expect(clock.pending).toBe(0);
  });

  it('drains without disturbing what is under way, so that nothing follows it to the member', async () => {
    const { lane } = laneWith({ concurrency: 1 });
    const flying = new Held();
    const result = lane.submit(flying.run);
    const refused = expect(lane.submit(async () => 'never')).rejects.toBeInstanceOf(LaneClosedError);
    let drained = false;
    const draining = lane.drain(new Error('the member leaves')).then(() => {
      drained = true;
    });
    await refused;
    await expect(lane.submit(async () => 'late')).rejects.toBeInstanceOf(LaneClosedError);
    expect([drained, flying.signal?.aborted]).toEqual([false, false]);
    flying.release();
    await draining;
    await expect(result).resolves.toBe('done');
  });

  it('takes a hundred thousand waiting operations in its stride', async () => {
    const { lane } = laneWith({ concurrency: 8 });
    const count = 100_000;
    const order: number[] = [];
    await Promise.all(Array.from({ length: count }, (_, i) => lane.submit(async () => order.push(i))));
    expect(order).toEqual(Array.from({ length: count }, (_, i) => i));
  });
});
