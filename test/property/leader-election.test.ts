import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubeObject, List } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { ApiError, ConnectionError } from '../../controller/kube/errors.ts';
import type { Fence } from '../../controller/kube/fence.ts';
import { LeaderElector } from '../../controller/runtime/leader-elector.ts';
import type { Lease } from '../../controller/runtime/lease.ts';
import { silentLog } from '../../controller/telemetry/log.ts';
import { onAbort } from '../../controller/time/abort.ts';
import type { Clock } from '../../controller/time/clock.ts';
import { FakeClock } from '../../controller/time/testing/fake-clock.ts';

/** client-go's rule: clocks may run at rates whose ratio is below that of lease and deadline, here 1.5. */
const TIMING = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 5_000 };

/** An API server with one Lease, and the network to it. */
class Server {
  lease: Lease | undefined;
  readonly watches = new Set<(lease: Lease) => void>();
  #version = 0;

  replace(lease: Lease, isCreate: boolean): Lease {
    const present = this.lease?.metadata.resourceVersion;
    if (isCreate && present !== undefined) throw refusal(409, 'AlreadyExists');
    if (!isCreate && present !== lease.metadata.resourceVersion) throw refusal(409, 'Conflict');
    this.#version += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, uid: 'u', resourceVersion: String(this.#version) } };
    for (const tell of this.watches) tell(this.lease);
    return this.lease;
  }

  read(): Lease {
    if (this.lease === undefined) throw refusal(404, 'NotFound');
    return this.lease;
  }
}

function refusal(code: number, reason: string): ApiError {
  return new ApiError(reason, { code, reason, method: 'PUT', path: '/', cluster: 'host' });
}

/** A machine: its clock goes at its own rate, and its process may be stopped while the world goes on. */
class Machine implements Clock {
  readonly fences: Fence[] = [];
  readonly #stopping = new AbortController();
  readonly #world: FakeClock;
  readonly #server: Server;
  readonly #rate: number;
  readonly #offset: number;
  readonly #random: () => number;
  #frozen = false;
  #held: (() => void)[] = [];
  cutOff = false;
  dead = false;
  leading = false;

  constructor(identity: string, world: FakeClock, server: Server, rate: number, offset: number, random: () => number) {
    this.#world = world;
    this.#server = server;
    this.#rate = rate;
    this.#offset = offset;
    this.#random = random;
    const elector = new LeaderElector({
      client: this.#client(),
      namespace: 'system',
      identity,
      timing: () => TIMING,
      events: { record: () => undefined, close: async () => undefined },
      clock: this,
      random,
      log: silentLog,
      onLeading: (leading) => {
        this.leading = leading;
      },
    });
    void elector.run(this.#stopping.signal, async (fence, signal) => {
      this.fences.push(fence);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        onAbort(signal, resolve);
      });
      // What closes takes its time, and goes on writing for as long as it may.
      await new Promise<void>((resolve) => void this.after(this.#random() * 8_000, resolve));
    });
  }

  now(): number {
    return this.#offset + this.monotonic();
  }

  monotonic(): number {
    return this.#world.monotonic() * this.#rate;
  }

  after(ms: number, callback: () => void): () => void {
    let cancelled = false;
    const cancel = this.#world.after(Math.ceil(ms / this.#rate), () => this.#deliver(() => cancelled || callback()));
    return () => {
      cancelled = true;
      cancel();
    };
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** Timers and what came over the network, in whatever order they are found. */
  async thaw(look: () => void): Promise<void> {
    this.#frozen = false;
    const held = this.#held.splice(0).map((run) => ({ run, order: this.#random() }));
    for (const { run } of held.sort((a, b) => a.order - b.order)) {
      look();
      run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    look();
  }

  /** By any of its terms. A process that is stopped asks nobody whether it may. */
  get mayWrite(): boolean {
    return !this.#frozen && this.fences.some(isOpen);
  }

  stop(): void {
    this.#deliver(() => this.#stopping.abort(new Error('SIGTERM')));
  }

  kill(): void {
    this.dead = true;
    this.#held = [];
    this.#frozen = true;
  }

  #deliver(run: () => void): void {
    if (this.#frozen) this.#held.push(run);
    else run();
  }

  #client(): Pick<Client, 'cluster' | 'get' | 'create' | 'replace' | 'listAll' | 'watch'> {
    const server = this.#server;
    return {
      cluster: 'host',
      get: (_resource, _ref, { signal }) => this.#call(signal, () => server.read()) as Promise<never>,
      create: (_resource, object, { signal }) =>
        this.#call(signal, () => server.replace(object as Lease, true)) as Promise<never>,
      replace: (_resource, object, { signal }) =>
        this.#call(signal, () => server.replace(object as Lease, false)) as Promise<never>,
      listAll: async <T extends KubeObject>(_resource: unknown, { signal }: { signal: AbortSignal }) =>
        ({
          metadata: { resourceVersion: '1' },
          items: (await this.#call(signal, () => [server.lease ?? []].flat())) as unknown as T[],
        }) as List<T>,
      watch: async (_resource, { signal }) => ({ status: 200, headers: {}, body: this.#events(signal) }),
    };
  }

  /** A request takes its time both ways, and may be lost on either. Once it is sent, giving it up takes nothing back. */
  #call<T>(signal: AbortSignal, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      onAbort(signal, () => reject(signal.reason));
      if (signal.aborted) return reject(signal.reason);
      const latency = () => Math.ceil((this.#random() < 0.05 ? 12_000 : 400) * this.#random());
      const lost = () => this.#deliver(() => reject(new ConnectionError('lost', { code: 'ECONNRESET' })));
      if (this.cutOff || this.#random() < 0.1) return void this.#world.after(latency(), lost);
      this.#world.after(latency(), () => {
        let answer: () => void;
        try {
          const done = act();
          answer = () => this.#deliver(() => resolve(done));
        } catch (error) {
          answer = () => this.#deliver(() => reject(error));
        }
        this.#world.after(latency(), this.cutOff || this.#random() < 0.1 ? lost : answer);
      });
    });
  }

  /** Late, and sometimes silent for good. */
  async *#events(signal: AbortSignal): AsyncGenerator<Buffer> {
    const arrived: Lease[] = [];
    let wake: () => void = () => undefined;
    const tell = (object: Lease) => {
      if (this.cutOff || this.#random() < 0.05) return;
      this.#world.after(Math.ceil(this.#random() * 2_000), () =>
        this.#deliver(() => {
          arrived.push(object);
          wake();
        }),
      );
    };
    this.#server.watches.add(tell);
    try {
      while (!signal.aborted) {
        const object = arrived.shift();
        if (object !== undefined) yield Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            onAbort(signal, resolve);
          });
        }
      }
    } finally {
      this.#server.watches.delete(tell);
    }
  }
}

function isOpen(fence: Fence): boolean {
  try {
    fence.check();
    return true;
  } catch {
    return false;
  }
}

function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const machineOf = fc.record({
  rate: fc.double({ min: 0.85, max: 1.2, noNaN: true }),
  offset: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
});
const eventOf = fc.record({
  afterMs: fc.integer({ min: 0, max: 25_000 }),
  who: fc.constantFrom(0, 1),
  what: fc.constantFrom('freeze', 'thaw', 'kill', 'stop', 'cut off', 'reconnect'),
});

it('whatever happens, and however clocks differ, two replicas may never write at the same time; left in peace, one leads', async () => {
  let handovers = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(machineOf, machineOf),
      fc.array(eventOf, { minLength: 4, maxLength: 12 }),
      fc.integer(),
      async (kinds, events, seed) => {
        const world = new FakeClock();
        const server = new Server();
        const random = randomOf(seed);
        const all: Machine[] = [];
        const boot = (who: number): Machine => {
          const { rate, offset } = kinds[who === 0 ? 0 : 1];
          const machine = new Machine(`replica-${all.length}`, world, server, rate, offset, random);
          all.push(machine);
          return machine;
        };
        const slots = [boot(0), boot(1)];
        const look = () => expect(all.filter((machine) => !machine.dead && machine.mayWrite).length).toBeLessThan(2);
        const passes = async (ms: number) => {
          const until = world.monotonic() + ms;
          while (world.monotonic() < until) {
            world.advance(Math.min(world.nextIn ?? 250, 250, until - world.monotonic()));
            await new Promise((resolve) => setImmediate(resolve));
            look();
          }
        };
        for (const { afterMs, who, what } of events) {
          await passes(afterMs);
          const machine = slots[who];
          if (machine === undefined) continue;
          if (what === 'freeze') machine.freeze();
          else if (what === 'thaw') await machine.thaw(look);
          else if (what === 'cut off') machine.cutOff = true;
          else if (what === 'reconnect') machine.cutOff = false;
          else {
            if (what === 'kill') machine.kill();
            else machine.stop();
            slots[who] = boot(who);
          }
        }
        for (const machine of all) {
          machine.cutOff = false;
          if (!machine.dead) await machine.thaw(look);
        }
        for (let waited = 0; waited < 200_000 && !slots.some(({ leading }) => leading); waited += 1_000) {
          await passes(1_000);
        }
        expect(slots.some(({ leading }) => leading)).toBe(true);
        handovers += all.reduce((sum, { fences }) => sum + fences.length, 0);
        for (const machine of all) machine.kill();
      },
    ),
    { numRuns: 300 },
  );
  expect(handovers).toBeGreaterThan(500);
});
