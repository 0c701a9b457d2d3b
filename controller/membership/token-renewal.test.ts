import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clusters } from '../clusters/clusters.ts';
import { tokenOf } from '../clusters/endpoint.ts';
import { healthy, refuse, WireApi } from '../clusters/testing/wire-api.ts';
import { type Client, createClient } from '../kube/client.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { TokenRenewal } from './token-renewal.ts';

const NAMESPACE = 'system';
const MEMBERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const TOKEN = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/earth-host/token`;
const START = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;

describe('TokenRenewal', () => {
  const clock = new FakeClock(START);
  let host: WireApi;
  let earth: WireApi;
  let client: Client;
  let clusters: Clusters;
  let renewal: TokenRenewal;
  let told: string[];
  const never = new AbortController().signal;

  beforeEach(async () => {
    host = await WireApi.start([MEMBERS, SECRETS]);
    earth = await WireApi.start();
    healthy(earth, 'earth-uid');
    client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    const health = { periodMs: DAY, timeoutMs: 3_000, failureThreshold: 3, successThreshold: 1 };
    const common = { host: client, clock, random: () => 0, log: silentLog };
    clusters = new Clusters({ ...common, namespace: NAMESPACE, health: () => health });
    told = [];
    const events: EventRecorder = {
      record: (_, type, reason, message) => told.push(`${type} ${reason} ${message}`),
      close: async () => undefined,
    };
    renewal = new TokenRenewal({ ...common, clusters, events });
    await clusters.start(never);
  });

  afterEach(async () => {
    await renewal.close();
    await clusters.close();
    await client.close();
    await host.close();
    await earth.close();
  });

  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (holds() ? resolve() : void setImmediate().then(look));
      look();
    });
  }

  /** Advances by six hours at a time and lets what falls due be done. */
  async function passUntil(holds: () => boolean, most: number): Promise<number> {
    const began = clock.now();
    while (!holds() && clock.now() - began < most) {
      clock.advance(6 * 3_600_000);
      for (let turn = 0; turn < 300 && !holds(); turn++) await setImmediate();
    }
    return clock.now() - began;
  }

  async function joined(token: string): Promise<void> {
    host.put(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'earth-token', namespace: NAMESPACE },
      data: { token: Buffer.from(token).toString('base64') },
    });
    host.put(MEMBERS, {
      metadata: { name: 'earth', namespace: NAMESPACE },
      spec: { apiEndpoint: earth.url, secretRef: { name: 'earth-token' } },
    });
    await until(() => clusters.get('earth')?.ready === true);
    await renewal.start(never);
  }

  const stored = () => tokenOf(host.get(SECRETS, 'earth-token'));

  it('renews a token after two thirds of the life that the member granted it, and uses it at once', async () => {
    const next = jwt(START + 4.7 * DAY, START + 11.7 * DAY);
    earth.answer(TOKEN, (_, response) =>
      answerJson(response, 201, {
        kind: 'TokenRequest',
        metadata: {},
        status: { token: next, expirationTimestamp: new Date(START + 11.7 * DAY).toISOString() },
      }),
    );
    await joined(jwt(clock.now(), clock.now() + 7 * DAY));
    const passed = await passUntil(() => stored() === next, 7 * DAY);
    expect(passed / DAY).toBeGreaterThan(4.6);
    expect(passed / DAY).toBeLessThan(5);
    const request = earth.requests.find(({ path }) => path.startsWith(TOKEN));
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ spec: { expirationSeconds: 604_800 } });
    expect(host.get(SECRETS, 'earth-token')?.metadata.annotations).toMatchObject({
      'fedmesh.io/token-expires': new Date(START + 11.7 * DAY).toISOString(),
    });
    await clusters.get('earth')?.client?.raw('GET', '/version', { signal: never });
    expect(earth.requests.at(-1)?.authorization).toBe(`Bearer ${next}`);
    expect(told).toEqual([]);
  });

  it('keeps trying while the member refuses, and says so on the last day', async () => {
    earth.answer(TOKEN, (_, response) => refuse(response, 403, 'Forbidden'));
    const began = clock.now();
    await joined(jwt(began, began + 7 * DAY));
    const passed = await passUntil(() => told.length > 0, 8 * DAY);
    expect(passed / DAY).toBeGreaterThan(5.9);
    expect(passed / DAY).toBeLessThan(6.3);
    expect(told[0]).toMatch(/^Warning TokenRenewalFailed The token of cluster "earth" ends at .* cannot be renewed: /);
    expect(earth.count('POST', TOKEN)).toBeGreaterThan(3);
  });

  it("leaves a token alone that never ends, as KubeFed's join made it", async () => {
    await joined(jwt(clock.now(), undefined));
    await passUntil(() => false, 2 * DAY);
    expect(earth.count('POST', TOKEN)).toBe(0);
    expect(host.count('PATCH', `${SECRETS}/earth-token`)).toBe(0);
  });
});

function jwt(issuedAt: number, expiresAt: number | undefined): string {
  const payload = {
    sub: `system:serviceaccount:${NAMESPACE}:earth-host`,
    iat: Math.floor(issuedAt / 1_000),
    ...(expiresAt === undefined ? {} : { exp: Math.floor(expiresAt / 1_000) }),
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(payload)}.c2lnbmF0dXJl`;
}
