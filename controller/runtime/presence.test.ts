import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { heldLease, LEADER_LEASE, releasedLease } from './lease.ts';
import { readPresence } from './presence.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/system/leases';
const never = new AbortController().signal;

describe('whether a controller lives', () => {
  const clock = new FakeClock();
  let host: WireApi;
  let client: Client;

  beforeEach(async () => {
    host = await WireApi.start([LEASES]);
    client = createClient(endpointAt(host.url), {});
  });

  afterEach(async () => {
    await client.close();
    await host.close();
  });

  const read = () => readPresence(client, 'system', { signal: never, now: clock.now() });
  const held = () =>
    heldLease(undefined, {
      namespace: 'system',
      name: LEADER_LEASE,
      identity: 'vm_1',
      leaseDurationMs: 15_000,
      now: clock.now(),
    });

  it('is seen by the lease that it holds, and by one that it gave up', async () => {
    expect(await read()).toEqual({ running: false, holder: undefined, ageSeconds: undefined });
    host.put(LEASES, held());
    expect(await read()).toEqual({ running: true, holder: 'vm_1', ageSeconds: 0 });
    host.put(LEASES, releasedLease(held(), clock.now()));
    expect(await read()).toEqual({ running: false, holder: undefined, ageSeconds: 0 });
  });

  it('is not believed of one that was killed a while ago', async () => {
    host.put(LEASES, held());
    clock.advance(20_000);
    expect((await read()).running).toBe(true);
    clock.advance(6_000);
    expect(await read()).toEqual({ running: false, holder: 'vm_1', ageSeconds: 26 });
  });
});
