import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog, silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { Controller, type ControllerOptions, type ReconcileOutcome, TerminalError } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A controller whose runs a test sees end one by one. */
function running(reconcile: ControllerOptions['reconcile'], options: Partial<ControllerOptions> = {}) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const ended = new EventTarget();
  const outcomes: ReconcileOutcome[] = [];
  const controller = new Controller({
    name: 'test',
    queue,
    reconcile,
    concurrency: 1,
    log: silentLog,
    clock,
    observer: {
      reconcileStarted: () => undefined,
      reconcileEnded(_, outcome) {
        outcomes.push(outcome);
        ended.dispatchEvent(new Event('end'));
      },
    },
    ...options,
  });
  const stop = new AbortController();
  controller.start(stop.signal);
  cleanups.push(() => controller.close());
  const run = async (key: string) => {
    const end = once(ended, 'end');
    queue.add(key);
    await end;
  };
  return { clock, queue, controller, stop, outcomes, run };
}

describe('a reconcile', () => {
  it('that fails comes back after a delay of its own that grows, and starts anew after a success', async () => {
    let fail = true;
    const { queue, clock, run, outcomes } = running(async () => {
      if (fail) throw new Error('no');
    });
    await run('a');
    expect([queue.failures('a'), clock.nextIn]).toEqual([1, 5]);
    await run('a');
    expect(queue.failures('a')).toBe(2);
    fail = false;
    await run('a');
    expect(queue.failures('a')).toBe(0);
    expect(outcomes).toEqual(['error', 'error', 'success']);
  });

  it('that fails for good is not tried again', async () => {
    const { queue, run, outcomes } = running(async () => {
      throw new TerminalError('never');
    });
    await run('a');
    expect([queue.length, queue.delayed, queue.failures('a')]).toEqual([0, 0, 0]);
    expect(outcomes).toEqual(['terminal_error']);
  });

  it('that asks to be looked at again is, after that time, and not as a failure', async () => {
    const { queue, clock, run, outcomes } = running(async () => ({ requeueAfterMs: 3_000 }));
    await run('a');
    expect([clock.nextIn, queue.failures('a')]).toEqual([3_000, 0]);
    expect(outcomes).toEqual(['requeue_after']);
  });

  it('is told in the log with the id that it was given itself', async () => {
    const lines: string[] = [];
    const log = createLog({ destination: { write: (line) => void lines.push(line) } });
    const ids: string[] = [];
    const { run } = running(
      async (_key, _signal, { reconcileId }) => {
        ids.push(reconcileId);
        throw new Error('no');
      },
      { log },
    );
    await run('a');
    await run('a');
    const logged = lines.map((line) => JSON.parse(line));
    expect(logged[0]).toMatchObject({ controller: 'test', key: 'a', reconcileId: ids[0], err: { message: 'no' } });
    expect(logged[1]).toMatchObject({ reconcileId: ids[1], failures: 2 });
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('that takes too long has its signal aborted and is tried again', async () => {
    const { clock, queue, run } = running((_key, signal) => rejectOnAbort(signal), { timeoutMs: 1_000 });
    const end = run('a');
    await Promise.resolve();
    await Promise.resolve();
    clock.advance(1_000);
    await end;
    expect(queue.failures('a')).toBe(1);
  });

  it('runs beside as many others as there are workers, and no more', async () => {
    const release: (() => void)[] = [];
    let most = 0;
    let now = 0;
    const { queue, outcomes } = running(
      async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => {
          release.push(resolve);
        });
        now -= 1;
      },
      { concurrency: 3 },
    );
    for (let n = 0; n < 10; n += 1) queue.add(`k${n}`);
    while (outcomes.length < 10) {
      release.shift()?.();
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(most).toBe(3);
  });
});

describe('close', () => {
  it('aborts what runs, waits for it, and begins nothing more', async () => {
    const seen: string[] = [];
    let finished = false;
    const { queue, controller, outcomes } = running(async (key, signal) => {
      seen.push(key);
      await rejectOnAbort(signal).catch(() => undefined);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      finished = true;
    });
    queue.add('a');
    queue.add('b');
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).toEqual(['a']);
    await controller.close();
    expect(finished).toBe(true);
    await controller.close();
    queue.add('c');
    expect([seen, outcomes, queue.length]).toEqual([['a'], ['success'], 0]);
  });

  it('comes with the signal that it was started with', async () => {
    const { queue, controller, stop } = running((_key, signal) => rejectOnAbort(signal));
    queue.add('a');
    stop.abort(new Error('stopping'));
    await controller.close();
    expect(await queue.get(new AbortController().signal)).toBeUndefined();
  });
});

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
