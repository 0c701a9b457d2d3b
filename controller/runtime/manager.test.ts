import { describe, expect, it } from 'vitest';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { type Component, Manager } from './manager.ts';

function component(name: string, calls: string[], override: Partial<Component> = {}): Component {
  return {
    name,
    start: async () => void calls.push(`start ${name}`),
    close: async () => void calls.push(`close ${name}`),
    ...override,
  };
}

function managerOf(...components: Component[]) {
  const clock = new FakeClock();
  const manager = new Manager({ log: silentLog, clock, closeTimeoutMs: 1_000 });
  for (const each of components) manager.add(each);
  return { manager, clock };
}

const { signal } = new AbortController();

describe('a manager', () => {
  it('starts in order, is ready once all run, and closes in reverse, once', async () => {
    const calls: string[] = [];
    const { manager } = managerOf(component('a', calls), component('b', calls), component('c', calls));
    expect(manager.ready).toBe(false);
    await manager.start(signal);
    expect(manager.ready).toBe(true);
    await Promise.all([manager.close(), manager.close()]);
    expect(manager.ready).toBe(false);
    expect(calls).toEqual(['start a', 'start b', 'start c', 'close c', 'close b', 'close a']);
    expect(() => manager.add(component('d', calls))).toThrow('component d comes after the start');
  });

  it('closes what had started when a start fails, that component included', async () => {
    const calls: string[] = [];
    const broken = component('b', calls, { start: () => Promise.reject(new Error('port taken')) });
    const { manager } = managerOf(component('a', calls), broken, component('c', calls));
    await expect(manager.start(signal)).rejects.toThrow('port taken');
    expect(calls).toEqual(['start a', 'close b', 'close a']);
    await manager.close();
    expect(calls).toHaveLength(3);
  });

  it('gives up a start that is under way when it is closed', async () => {
    const calls: string[] = [];
    const slow = component('slow', calls, {
      start: (stop) =>
        new Promise((_, reject) => {
          stop.addEventListener('abort', () => reject(stop.reason), { once: true });
        }),
    });
    const { manager } = managerOf(component('a', calls), slow, component('c', calls));
    const starting = manager.start(signal);
    await Promise.resolve();
    await manager.close();
    await expect(starting).rejects.toThrow('the manager is stopping');
    expect(calls).toEqual(['start a', 'close slow', 'close a']);
  });

  it('starts nothing when it is told to stop beforehand', async () => {
    const calls: string[] = [];
    const { manager } = managerOf(component('a', calls));
    await expect(manager.start(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(calls).toEqual([]);
  });

  it('leaves a component behind that does not close, and one that fails to, and says so', async () => {
    const calls: string[] = [];
    const stuck = component('stuck', calls, { close: () => new Promise(() => undefined) });
    const broken = component('broken', calls, { close: () => Promise.reject(new Error('lost')) });
    const { manager, clock } = managerOf(component('a', calls), stuck, broken);
    await manager.start(signal);
    const closing = manager.close();
    const failures = closing.catch((error: AggregateError) => error.errors.map(String));
    while (clock.pending === 0 || !calls.includes('close a')) {
      clock.advance(1_000);
      await Promise.resolve();
    }
    expect(await failures).toEqual(['Error: lost', 'Error: component stuck did not close within 1000 ms']);
    expect(calls.filter((call) => call.startsWith('close'))).toEqual(['close a']);
  });
});
