import { afterEach, describe, expect, it } from 'vitest';
import { type Fence, FencedError } from '../kube/fence.ts';
import { silentLog } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { Leadership } from './leadership.ts';
import type { Component } from './manager.ts';

const never = new AbortController().signal;
const open: Leadership[] = [];

afterEach(async () => {
  for (const leadership of open.splice(0)) await leadership.close().catch(() => undefined);
});

/** An election that a test decides. */
class Election {
  readonly calls: string[] = [];
  #lose: () => void = () => undefined;
  #win: () => void = () => undefined;
  #won = this.#another();

  win(): void {
    this.#win();
  }

  lose(): void {
    this.#lose();
  }

  #another(): Promise<void> {
    return new Promise((resolve) => {
      this.#win = resolve;
    });
  }

  async run(signal: AbortSignal, lead: (fence: Fence, signal: AbortSignal) => Promise<void>): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      onAbort(signal, resolve);
    });
    while (!signal.aborted) {
      await Promise.race([this.#won, stopped]);
      if (signal.aborted) break;
      this.#won = this.#another();
      const term = new AbortController();
      this.#lose = () => term.abort(new FencedError('lost'));
      onAbort(signal, () => term.abort(signal.reason));
      this.calls.push('leads');
      try {
        await lead({ check: () => undefined, signal: term.signal }, term.signal);
      } finally {
        this.calls.push('leads no more');
      }
    }
  }
}

function component(name: string, calls: string[], override: Partial<Component> = {}): Component {
  return {
    name,
    start: async () => void calls.push(`start ${name}`),
    close: async () => void calls.push(`close ${name}`),
    ...override,
  };
}

function leadershipOf(componentsOf: (calls: string[], term: number) => Component[]) {
  let rebuild: (() => void) | undefined;
  const election = new Election();
  const clock = new FakeClock();
  let terms = 0;
  const leadership = new Leadership({
    elector: election,
    components() {
      terms += 1;
      return componentsOf(election.calls, terms);
    },
    onRebuild(listener) {
      rebuild = listener;
      return () => {
        rebuild = undefined;
      };
    },
    clock,
    log: silentLog,
  });
  open.push(leadership);
  return { election, leadership, clock, calls: election.calls, rebuild: () => rebuild?.() };
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('a replica', () => {
  it('waits for no election to be up, and runs nothing before it has won one', async () => {
    const { leadership, election, calls } = leadershipOf((calls) => [component('a', calls), component('b', calls)]);
    await leadership.start(never);
    await turns();
    expect(calls).toEqual([]);
    election.win();
    await turns();
    expect(calls).toEqual(['leads', 'start a', 'start b']);
    await leadership.close();
    expect(calls.slice(3)).toEqual(['close b', 'close a', 'leads no more']);
  });

  it('makes what it runs anew without giving the lead up when a setting asks for that', async () => {
    const { leadership, election, calls, rebuild } = leadershipOf((calls, build) => [component(`a${build}`, calls)]);
    await leadership.start(never);
    rebuild();
    election.win();
    await turns();
    rebuild();
    await turns();
    expect(calls).toEqual(['leads', 'start a1', 'close a1', 'start a2']);
    election.lose();
    await turns();
    rebuild();
    await turns();
    expect(calls.slice(4)).toEqual(['close a2', 'leads no more']);
  });

  it('makes what it runs anew though it has not all started yet', async () => {
    const slow = (calls: string[], build: number) =>
      component(`a${build}`, calls, {
        start: (signal) =>
          build > 1 ? Promise.resolve() : new Promise((_, reject) => onAbort(signal, () => reject(signal.reason))),
      });
    const { leadership, election, calls, rebuild } = leadershipOf((calls, build) => [slow(calls, build)]);
    await leadership.start(never);
    election.win();
    await turns();
    rebuild();
    await turns();
    expect(calls).toEqual(['leads', 'close a1']);
    await leadership.close();
    expect(calls.slice(2)).toEqual(['close a2', 'leads no more']);
  });

  it('that loses closes everything, is a candidate again, and begins its next term with new components', async () => {
    const { leadership, election, calls } = leadershipOf((calls, term) => [component(`a${term}`, calls)]);
    await leadership.start(never);
    election.win();
    await turns();
    election.lose();
    await turns();
    election.win();
    await turns();
    expect(calls).toEqual(['leads', 'start a1', 'close a1', 'leads no more', 'leads', 'start a2']);
  });

  it('that loses while it is still starting gives the start up', async () => {
    const { leadership, election, calls } = leadershipOf((calls) => [
      component('slow', calls, {
        start: (stop) =>
          new Promise((_, reject) => {
            onAbort(stop, () => reject(stop.reason));
          }),
      }),
      component('b', calls),
    ]);
    await leadership.start(never);
    election.win();
    await turns();
    election.lose();
    await turns();
    expect(calls).toEqual(['leads', 'close slow', 'leads no more']);
  });

  it('ends when its components cannot start', async () => {
    const { leadership, election, calls } = leadershipOf((calls) => [
      component('a', calls, { start: () => Promise.reject(new Error('no such kind')) }),
    ]);
    await leadership.start(never);
    election.win();
    await expect(leadership.failed).rejects.toThrow('no such kind');
    expect(calls).toEqual(['leads', 'close a', 'leads no more']);
  });

  it('ends when something of a lost term does not close: what may still run must not meet the next term', async () => {
    const { leadership, election, clock } = leadershipOf((calls) => [
      component('a', calls, { close: () => new Promise(() => undefined) }),
    ]);
    await leadership.start(never);
    election.win();
    await turns();
    election.lose();
    await turns();
    clock.advance(5_000);
    await expect(leadership.failed).rejects.toThrow('1 components did not close cleanly');
  });

  it('that stops waits no longer than a second for what does not close: others wait for its lease', async () => {
    const { leadership, election, clock, calls } = leadershipOf((calls) => [
      component('a', calls, { close: () => new Promise(() => undefined) }),
    ]);
    await leadership.start(never);
    election.win();
    await turns();
    const closing = leadership.close();
    await turns();
    expect(calls.at(-1)).toBe('start a');
    clock.advance(1_000);
    await closing;
    expect(calls.at(-1)).toBe('leads no more');
  });
});
