import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { createLog, silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { SecretCertificate, WEBHOOK_SECRET } from './secret-certificate.ts';
import { isSame, isTrustedBy, leafOf, type ServingCertificate, usable } from './serving-certificate.ts';

const SECRETS = '/api/v1/namespaces/system/secrets';
const DAY = 24 * 3_600_000;
const never = new AbortController().signal;

describe('SecretCertificate', () => {
  const clock = new FakeClock(Date.now());
  let api: WireApi;
  let host: Client;

  beforeEach(async () => {
    api = await WireApi.start([SECRETS]);
    host = createClient(endpointAt(api.url, { cluster: 'host' }), {});
  });

  afterEach(async () => {
    await host.close();
    await api.close();
  });

  const replica = (names = ['fedmesh-webhook.system.svc', '10.0.0.7']) =>
    new SecretCertificate({ host, namespace: 'system', names, clock, log: silentLog });
  const read = async (source = replica()) => (await source.read(never)) as ServingCertificate;
  const stored = () => (api.get(SECRETS, WEBHOOK_SECRET)?.data ?? {}) as Record<string, string>;

  it('makes a certificate for its names, which its authority vouches for, and keeps it where every replica finds it', async () => {
    const made = await read();
    const leaf = leafOf(made);
    expect(leaf?.checkHost('fedmesh-webhook.system.svc')).toBeDefined();
    expect(leaf?.checkIP('10.0.0.7')).toBeDefined();
    expect(usable(made)).toEqual(made);
    expect(leaf?.checkIssued(leafOf({ certPem: made.caPem ?? '', keyPem: '' }) as never)).toBe(true);
    expect(isSame(await read(), made)).toBe(true);
    expect(Object.keys(stored()).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  });

  it('is made once by however many replicas that start together', async () => {
    const made = await Promise.all([replica(), replica(), replica()].map((each) => each.read(never)));
    const kept = await read();
    // Who came too late has none yet, and reads the first one's the next time.
    expect(made.every((each) => each === undefined || isSame(each, kept))).toBe(true);
    expect(made.some((each) => each !== undefined)).toBe(true);
  });

  it('is made anew, with an authority of its own, when a third of its life is left', async () => {
    const first = await read();
    clock.advance(59 * DAY);
    expect(isSame(await read(), first)).toBe(true);
    clock.advance(2 * DAY);
    const second = await read();
    expect(isSame(second, first)).toBe(false);
    expect(isTrustedBy(first.caPem ?? '', second.caPem ?? '')).toBe(false);
    expect(isSame(await read(), second)).toBe(true);
  });

  it.each([
    ['was emptied, which asks for another', {}],
    ['was spoilt', { 'tls.crt': 'bm8=', 'tls.key': 'bm8=', 'ca.crt': 'bm8=' }],
  ])('is made anew when the Secret %s', async (_, data) => {
    const first = await read();
    api.put(SECRETS, { metadata: { name: WEBHOOK_SECRET, namespace: 'system' }, data });
    expect(isSame(await read(), first)).toBe(false);
    expect(stored()['tls.crt']).not.toBe('bm8=');
  });

  it('is made anew when it is for other names', async () => {
    await read(replica(['old.svc']));
    expect(leafOf(await read())?.checkHost('fedmesh-webhook.system.svc')).toBeDefined();
  });

  it('tells nobody the key', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
    const names = ['x'];
    const { keyPem } = await read(new SecretCertificate({ host, namespace: 'system', names, clock, log }));
    await setImmediate();
    expect(lines.join('')).toContain(WEBHOOK_SECRET);
    expect(lines.join('')).not.toContain(keyPem.split('\n')[1]);
  });
});
