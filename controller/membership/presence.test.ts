import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { createLog, silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { Presence, readPresence } from './presence.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/system/leases';
const never = new AbortController().signal;

describe('Presence', () => {
  const clock = new FakeClock();
  let host: WireApi;
  let client: Client;
  let presence: Presence;

  beforeEach(async () => {
    host = await WireApi.start([LEASES]);
    client = createClient(endpointAt(host.url), {});
    presence = new Presence({ host: client, namespace: 'system', identity: 'vm_1', clock, log: silentLog });
  });

  afterEach(async () => {
    await presence.close();
    await client.close();
    await host.close();
  });

  const read = () => readPresence(client, 'system', { signal: never, now: clock.now() });

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await setImmediate();
  }

  const renewals = () => host.requests.filter(({ method }) => method === 'POST' || method === 'PUT').length;

  it('shows that a controller lives, and that it is gone as soon as it stops', async () => {
    expect(await read()).toEqual({ running: false, holder: undefined, ageSeconds: undefined });
    await presence.start(never);
    await until(() => renewals() === 1 && clock.nextIn === 10_000);
    expect(await read()).toEqual({ running: true, holder: 'vm_1', ageSeconds: 0 });
    clock.advance(10_000);
    await until(() => renewals() === 2 && clock.nextIn === 10_000);
    expect(await read()).toEqual({ running: true, holder: 'vm_1', ageSeconds: 0 });
    await presence.close();
    expect((await read()).running).toBe(false);
  });

  it('warns of a second controller, and does not speak for it when it stops', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', destination: { write: (line: string) => lines.push(line) } });
    presence = new Presence({ host: client, namespace: 'system', identity: 'vm_1', clock, log });
    await presence.start(never);
    await until(() => renewals() === 1 && clock.nextIn === 10_000);
    host.put(LEASES, {
      metadata: { name: 'fedmesh-controller-manager', namespace: 'system' },
      spec: { holderIdentity: 'vm_2', leaseDurationSeconds: 30, renewTime: new Date(clock.now()).toISOString() },
    });
    clock.advance(10_000);
    await until(() => renewals() === 2 && clock.nextIn === 10_000);
    expect(lines.join('')).toContain('another controller runs for this control plane');
    await presence.close();
    expect((await read()).running).toBe(true);
  });

  it('does not take a controller for living that was killed a while ago', async () => {
    const renewTime = new Date(clock.now()).toISOString();
    host.put(LEASES, {
      metadata: { name: 'fedmesh-controller-manager', namespace: 'system' },
      spec: { holderIdentity: 'vm_0', leaseDurationSeconds: 30, renewTime },
    });
    expect((await read()).running).toBe(true);
    clock.advance(41_000);
    expect(await read()).toEqual({ running: false, holder: 'vm_0', ageSeconds: 41 });
  });
});
