import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { createClient } from '../kube/client.ts';
import type { Fence } from '../kube/fence.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { LeaderElector } from './leader-elector.ts';
import { LEADER_LEASE, type Lease } from './lease.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/system/leases';
const LEASE = `${LEASES}/${LEADER_LEASE}`;
const TIMING = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 5_000 };

let host: WireApi;
const replicas: Replica[] = [];

beforeEach(async () => {
  host = await WireApi.start([LEASES]);
});

afterEach(async () => {
  for (const replica of replicas.splice(0)) await replica.close();
  await host.close();
});

/** A candidate on a machine of its own, with that machine's clock. */
class Replica {
  readonly clock: FakeClock;
  readonly terms: Fence[] = [];
  readonly told: string[] = [];
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #close: () => Promise<void>;
  /** How long a term's components take to close: until this is called. */
  closed: Promise<void> = Promise.resolve();
  leading = false;
  timing = TIMING;

  constructor(identity: string, options: { start?: number } = {}) {
    const clock = new FakeClock(options.start);
    this.clock = clock;
    const client = createClient(endpointAt(host.url, { cluster: 'host' }), { clock });
    this.#close = () => client.close();
    const elector = new LeaderElector({
      client,
      namespace: 'system',
      identity,
      timing: () => this.timing,
      events: {
        record: (about, type, reason, message, source) =>
          this.told.push(`${about.kind} ${type} ${reason} ${message} (${source})`),
        close: async () => undefined,
      },
      clock,
      random: () => 0.5,
      log: silentLog,
      onLeading: (leading) => {
        this.leading = leading;
      },
    });
    this.#running = elector.run(this.#stopping.signal, async (fence, signal) => {
      this.terms.push(fence);
      await aborted(signal);
      await this.closed;
    });
    replicas.push(this);
  }

  /** By its current fence. */
  get mayWrite(): boolean {
    try {
      this.terms.at(-1)?.check();
      return this.terms.length > 0;
    } catch {
      return false;
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('SIGTERM'));
    await this.#running;
  }

  /** Whatever it still says is not heard, and it hears nothing. */
  async kill(): Promise<void> {
    await this.#close();
  }

  async close(): Promise<void> {
    await this.#close();
    await this.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

const lease = () => host.get(LEASES, LEADER_LEASE) as Lease | undefined;
const holder = () => lease()?.spec?.holderIdentity;
const renewed = () => lease()?.spec?.renewTime;
const watched = () => host.requests.filter(({ path }) => path.includes('watch=true')).length;

async function leading(identity: string): Promise<Replica> {
  const replica = new Replica(identity);
  await until(() => replica.leading && watched() > 0);
  return replica;
}

/** A candidate that has seen who leads. */
async function standingBy(identity: string): Promise<Replica> {
  const before = watched();
  const replica = new Replica(identity);
  await until(() => watched() > before && replica.clock.nextIn === TIMING.leaseDurationMs);
  return replica;
}

/** Time passes for both, in steps that leave requests the time to be answered. */
async function passes(ms: number, ...all: Replica[]): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    for (const { clock } of all) clock.advance(Math.min(500, left));
    for (let turns = 0; turns < 20; turns++) await setImmediate();
  }
}

describe('a candidate', () => {
  it('that is alone leads at once, and writes the record and the event that client-go writes', async () => {
    const one = await leading('vm-1_a');
    expect(lease()).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'kubefed-controller-manager', namespace: 'system' },
      spec: {
        holderIdentity: 'vm-1_a',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseTransitions: 0,
      },
    });
    expect(one.told).toEqual(['Lease Normal LeaderElection vm-1_a became leader (kubefed-controller-manager)']);
    one.clock.advance(5_000);
    await until(() => renewed() === '2026-01-01T00:00:05.000000Z');
    expect(lease()?.spec).toMatchObject({ acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 });
  });

  it('goes by another timing from its next renewal on, without an end of its term', async () => {
    const one = await leading('one');
    one.timing = { leaseDurationMs: 60_000, renewDeadlineMs: 50_000, retryPeriodMs: 20_000 };
    await passes(5_000, one);
    expect(lease()?.spec?.leaseDurationSeconds).toBe(60);
    await passes(19_500, one);
    expect([renewed(), one.mayWrite, one.terms.length]).toEqual(['2026-01-01T00:00:05.000000Z', true, 1]);
    await passes(1_000, one);
    expect(renewed()).toBe('2026-01-01T00:00:25.000000Z');
  });

  it('waits while another renews, asking nothing, whatever the clocks of the two say', async () => {
    const one = await leading('one');
    const two = new Replica('two', { start: Date.UTC(2031, 0, 1) });
    await until(() => two.clock.nextIn === TIMING.leaseDurationMs);
    const asked = () => host.count('GET', LEASE);
    const before = asked();
    await passes(60_000, one, two);
    expect([two.terms.length, one.mayWrite, holder()]).toEqual([0, true, 'one']);
    expect(asked() - before).toBe(0);
  });

  it('takes over from one that died when the lease has run out, counted from when it saw the last renewal', async () => {
    const one = await leading('one');
    const two = await standingBy('two');
    await one.kill();
    await passes(14_500, two);
    expect(two.leading).toBe(false);
    await passes(500, two);
    await until(() => two.leading);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
    expect(lease()?.spec?.acquireTime).toBe(renewed());
  });

  it('takes over at once from one that stops, whose lease is free then', async () => {
    const one = await leading('one');
    const two = await standingBy('two');
    await one.stop();
    await until(() => two.leading);
    expect(one.mayWrite).toBe(false);
    expect(one.told.at(-1)).toBe('Lease Normal LeaderElection one stopped leading (kubefed-controller-manager)');
    expect([holder(), two.clock.monotonic()]).toEqual(['two', 0]);
  });

  it('waits until nothing runs any more of one that stops', async () => {
    const one = await leading('one');
    const two = await standingBy('two');
    let close = () => {};
    one.closed = new Promise((resolve) => {
      close = resolve;
    });
    const stopping = one.stop();
    await passes(6_000, one, two);
    expect([two.leading, one.mayWrite, holder()]).toEqual([false, true, 'one']);
    close();
    await stopping;
    await until(() => two.leading);
  });

  it('looks every retryPeriod where it may not watch', async () => {
    host.answer(LEASES, (request, response) => {
      if (request.method === 'GET') return refuse(response, 403, 'Forbidden');
      answerJson(response, 201, host.put(LEASES, JSON.parse(host.requests.at(-1)?.body ?? '')));
    });
    const one = new Replica('one');
    await until(() => one.leading);
    const two = new Replica('two');
    await until(() => host.count('GET', LEASE) === 2);
    await passes(6_000, one, two);
    expect(host.count('GET', LEASE)).toBeGreaterThan(2);
    await one.stop();
    await passes(6_000, two);
    await until(() => two.leading);
  });

  it('does not take a lease that somebody deleted while its holder may still believe in it', async () => {
    const one = await leading('one');
    const two = await standingBy('two');
    host.answer(LEASE, (_, response) => refuse(response, 404, 'NotFound'));
    host.remove(LEASES, LEADER_LEASE);
    await until(() => holder() !== undefined);
    expect([holder(), one.mayWrite, two.leading]).toEqual(['one', true, false]);
  });
});

describe('a leader', () => {
  it('that cannot renew writes nothing from renewDeadline on, and leads again when the API server is back', async () => {
    const one = await leading('one');
    let away = true;
    host.answer(LEASE, (request, response) => {
      if (away) request.socket.destroy();
      else if (request.method === 'GET') response.end(JSON.stringify(lease()));
      else response.end(JSON.stringify({ ...lease(), spec: { holderIdentity: 'one' } }));
    });
    await passes(9_500, one);
    expect(one.mayWrite).toBe(true);
    await passes(500, one);
    expect([one.mayWrite, one.leading]).toEqual([false, false]);
    expect(one.terms[0]?.signal.aborted).toBe(true);
    expect(one.told).toHaveLength(1);
    away = false;
    await passes(2_000, one);
    await until(() => one.leading);
    expect([one.terms.length, one.mayWrite]).toEqual([2, true]);
    expect(() => one.terms[0]?.check()).toThrow('nothing may be written any more');
  });

  it('whose lease was taken by force stops as soon as it hears of it', async () => {
    const one = await leading('one');
    const spec = { ...lease()?.spec, holderIdentity: 'intruder' };
    host.put(LEASES, { metadata: { name: LEADER_LEASE, namespace: 'system' }, spec });
    await until(() => !one.leading);
    expect([one.mayWrite, holder(), one.clock.monotonic()]).toEqual([false, 'intruder', 0]);
  });

  it('that slept without noticing writes nothing when it wakes up', async () => {
    const one = await leading('one');
    const fence = one.terms[0];
    // The wall clock has gone on, the monotonic one stood still, as in a suspended machine.
    const now = one.clock.now();
    one.clock.now = () => now + 11_000;
    expect(() => fence?.check()).toThrow('nothing may be written any more');
    expect(fence?.signal.aborted).toBe(true);
  });

  it('gives the lease up that it may have got while it was told to stop', async () => {
    let arrived = false;
    host.answer(LEASES, (request, response) => {
      if (request.method !== 'POST') return refuse(response, 403, 'Forbidden');
      // It is done, and nobody says so.
      host.put(LEASES, JSON.parse(host.requests.at(-1)?.body ?? '{}'));
      arrived = true;
    });
    const one = new Replica('one');
    await until(() => arrived);
    expect(holder()).toBe('one');
    await one.stop();
    expect([holder(), one.terms.length]).toEqual(['', 0]);
  });
});
