import { Agent, request } from 'node:https';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../kube/certificates.ts';
import { silentLog } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import type { AdmissionRequest, Verdict } from './admission-review.ts';
import { bundleWith, leafOf, type ServingCertificate } from './serving-certificate.ts';
import { WebhookServer } from './webhook-server.ts';

const HOUR = 3_600_000;
const never = new AbortController().signal;

function issued(notAfter = new Date(Date.now() + 90 * 24 * HOUR)): ServingCertificate {
  const authority = createCertificateAuthority('CA');
  const request = { commonName: 'webhook', usage: 'server' as const, ipAddresses: ['127.0.0.1'], notAfter };
  return { ...authority.issue(request), caPem: authority.certPem };
}

describe('WebhookServer', () => {
  const clock = new FakeClock(Date.now());
  let certificate: ServingCertificate | undefined;
  let bundle: string | undefined;
  let server: WebhookServer;
  let agent: Agent;
  const seen: AdmissionRequest[] = [];

  let metrics: Metrics;

  beforeEach(async () => {
    certificate = issued();
    bundle = certificate.caPem;
    agent = new Agent({ keepAlive: true });
    metrics = createMetrics();
    server = serverOn(0);
    await server.start(never);
  });

  afterEach(async () => {
    agent.destroy();
    await server.close();
  });

  function serverOn(port: number): WebhookServer {
    return new WebhookServer({
      port,
      host: '127.0.0.1',
      reviewers: {
        '/review': (asked): Verdict => {
          seen.push(asked);
          if (asked.object?.spec === 'broken') throw new Error('cannot read it');
          return asked.object?.spec === 'bad'
            ? { allowed: false, message: 'spec: is bad' }
            : { allowed: true, warnings: ['beware'], patch: [{ op: 'replace', path: '/spec', value: 1 }] };
        },
      },
      certificates: { read: async () => certificate },
      registeredBundle: async () => bundle,
      clock,
      log: silentLog,
      observer: metrics.webhookObserver,
    });
  }

  interface Answer {
    status: number;
    body: string;
    /** Of the certificate. */
    fingerprint: string;
  }

  /** As an API server does it: by the bundle, over connections that stay open unless told otherwise. */
  function post(path: string, body: string, options: { fresh?: boolean; type?: string } = {}): Promise<Answer> {
    const { port = 0 } = server.address ?? {};
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': options.type ?? 'application/json' };
      const ca = bundle ?? '';
      const call = request(
        { host: '127.0.0.1', port, path, method: 'POST', headers, ca, agent: options.fresh ? false : agent },
        (response) => {
          const socket = response.socket as import('node:tls').TLSSocket;
          const { fingerprint256 } = socket.getPeerCertificate();
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: text, fingerprint: fingerprint256 }),
          );
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  const review = (spec: unknown) =>
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: { uid: 'u-1', operation: 'CREATE', resource: { resource: 'things' }, object: { metadata: {}, spec } },
    });

  async function until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 10_000 && !holds(); turn++) await setImmediate();
    expect(holds()).toBe(true);
  }

  /** Lets the server look for a certificate as often as it does in that time. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250);
      for (let turn = 0; turn < 20; turn++) await setImmediate();
    }
  }

  const shown = () => (server.certificate === undefined ? undefined : leafOf(server.certificate)?.fingerprint256);
  const fingerprintOf = (each: ServingCertificate) => leafOf(each)?.fingerprint256;

  it('answers a review with the verdict, as Kubernetes wants it', async () => {
    await until(() => server.certificate !== undefined);
    const allowed = await post('/review', review('good'));
    expect(JSON.parse(allowed.body)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'u-1',
        allowed: true,
        warnings: ['beware'],
        patchType: 'JSONPatch',
        patch: Buffer.from('[{"op":"replace","path":"/spec","value":1}]').toString('base64'),
      },
    });
    const refused = await post('/review', review('bad'));
    expect(JSON.parse(refused.body).response).toEqual({
      uid: 'u-1',
      allowed: false,
      status: { status: 'Failure', message: 'spec: is bad', reason: 'Forbidden', code: 403 },
    });
  });

  it('says no more than needed to what is no review, and goes on', async () => {
    await until(() => server.certificate !== undefined);
    expect(await post('/review', '{')).toMatchObject({ status: 400 });
    expect(await post('/review', '{"kind":"Pod"}')).toMatchObject({ status: 400, body: expect.stringContaining('v1') });
    expect(await post('/review', review('good'), { type: 'text/plain' })).toMatchObject({ status: 400 });
    expect(await post('/elsewhere', review('good'))).toMatchObject({ status: 404 });
    expect(await post('/review', review('broken'))).toMatchObject({ status: 500, body: 'the review failed' });
    expect(await post('/review', review('x'.repeat(3_000_000)))).toMatchObject({ status: 200 });
    await post('/review', review('bad'));
    const counted = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('fedmesh_admission_reviews_total{'));
    // What is no review is nobody's verdict, and a path that is not served has no series.
    expect(counted.sort()).toEqual([
      'fedmesh_admission_reviews_total{path="/review",outcome="allowed"} 1',
      'fedmesh_admission_reviews_total{path="/review",outcome="denied"} 1',
      'fedmesh_admission_reviews_total{path="/review",outcome="failed"} 1',
    ]);
  });

  it('waits for its first certificate, and serves it at once', async () => {
    await server.close();
    certificate = undefined;
    server = serverOn(0);
    await server.start(never);
    await pass(5_000);
    expect(server.certificate).toBeUndefined();
    await expect(post('/review', review('good'))).rejects.toThrow();
    certificate = issued();
    bundle = certificate.caPem;
    await pass(1_000);
    expect(await post('/review', review('good'))).toMatchObject({ status: 200 });
  });

  it('serves a new certificate when its authority has been in the bundle for long enough, not before', async () => {
    await until(() => server.certificate !== undefined);
    const old = certificate as ServingCertificate;
    const renewed = issued();
    certificate = renewed;
    await pass(60_000);
    expect(shown()).toBe(fingerprintOf(old));
    bundle = bundleWith(old.caPem ?? '', renewed.caPem ?? '', clock.now());
    await pass(9_000);
    expect(shown()).toBe(fingerprintOf(old));
    await pass(3_000);
    expect(shown()).toBe(fingerprintOf(renewed));
    expect((await post('/review', review('good'), { fresh: true })).fingerprint).toBe(fingerprintOf(renewed));
  });

  it('serves it at once when nothing is registered, or when the old one is of no use any more', async () => {
    await until(() => server.certificate !== undefined);
    bundle = undefined;
    certificate = issued(new Date(clock.now() + HOUR));
    await pass(10_500);
    expect(shown()).toBe(fingerprintOf(certificate));
    bundle = issued().caPem;
    await pass(HOUR);
    certificate = issued();
    await pass(10_500);
    expect(shown()).toBe(fingerprintOf(certificate));
  }, 60_000);

  it('loses not one of the reviews that come in while the certificate changes, over old connections or new ones', async () => {
    await until(() => server.certificate !== undefined);
    const renewed = issued();
    bundle = bundleWith(bundle ?? '', renewed.caPem ?? '', clock.now());
    const answers: Promise<Answer>[] = [];
    const old = fingerprintOf(certificate as ServingCertificate);
    for (let turn = 0; turn < 80; turn++) {
      if (turn === 20) certificate = renewed;
      for (let each = 0; each < 5; each++) answers.push(post('/review', review('good'), { fresh: each % 2 === 0 }));
      await pass(500);
      await answers.at(-1);
    }
    const settled = await Promise.all(answers);
    expect(settled.every(({ status }) => status === 200)).toBe(true);
    expect(new Set(settled.map(({ fingerprint }) => fingerprint))).toEqual(new Set([old, fingerprintOf(renewed)]));
  }, 60_000);

  it('says which flag helps when the port is taken', async () => {
    const other = serverOn(server.address?.port ?? 0);
    await expect(other.start(never)).rejects.toThrow(/cannot listen for webhooks on port \d+: .*--webhook-port/);
    await other.close();
  });
});
