import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { createCertificateAuthority } from '../kube/certificates.ts';
import { type Client, createClient } from '../kube/client.ts';
import { answerJson, endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { isTrustedBy, type ServingCertificate } from './serving-certificate.ts';
import { bundleOf, type Reach, registrationsFor, type WebhookConfiguration } from './webhook-configurations.ts';
import { REPLACED_ANNOTATION, registeredBundle, WebhookRegistration } from './webhook-registration.ts';
import { WebhookRemoval } from './webhook-removal.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const VALIDATING = `${GROUP}/validatingwebhookconfigurations`;
const MUTATING = `${GROUP}/mutatingwebhookconfigurations`;
const SERVICES = '/api/v1/namespaces/system/services';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/system/deployments';
const URL_REACH: Reach = { url: 'https://laptop:8443/' };
const SERVICE_REACH: Reach = { service: { namespace: 'system' } };
const never = new AbortController().signal;

function certificate(): ServingCertificate {
  const authority = createCertificateAuthority('CA');
  return { ...authority.issue({ commonName: 'x', usage: 'server' }), caPem: authority.certPem };
}

describe('what is registered', () => {
  const plan = { namespace: 'system', scope: 'Cluster' as const, reach: SERVICE_REACH, typeConfigs: [] };

  it('judges status where KubeFed does, and nowhere else', () => {
    const rules = registrationsFor(plan).flatMap(({ configuration }) =>
      configuration.webhooks.flatMap(({ name, rules }) => rules.map(({ resources }) => [name, ...resources])),
    );
    expect(rules).toEqual([
      ['kubefedconfigs.core.kubefed.io', 'kubefedconfigs'],
      ['federatedtypeconfigs.core.kubefed.io', 'federatedtypeconfigs', 'federatedtypeconfigs/status'],
      ['kubefedclusters.core.kubefed.io', 'kubefedclusters', 'kubefedclusters/status'],
      ['kubefedconfigs.core.kubefed.io', 'kubefedconfigs'],
      ['federated.fedmesh.io', '*'],
      ['federated.fedmesh.io', 'replicaschedulingpreferences'],
      ['meshconfigs.fedmesh.io', 'meshconfigs'],
    ]);
  });

  it('covers federated kinds in groups of their own, and nothing else there', () => {
    const target = { group: 'example.com', version: 'v1', kind: 'Balloon', plural: 'balloons', namespaced: true };
    const typeConfigs = [typeConfigFor(target, { federatedGroup: 'fed.example.com' })];
    const rules = registrationsFor({ ...plan, typeConfigs }).at(-1)?.configuration.webhooks[0]?.rules;
    expect(rules?.at(-1)).toMatchObject({ apiGroups: ['fed.example.com'], resources: ['federatedballoons'] });
  });

  it('is limited to its own namespace, by name and by selector, where the control plane is', () => {
    const limited = registrationsFor({ ...plan, scope: 'Namespaced' });
    expect(limited.map(({ configuration }) => configuration.metadata.name)).toEqual([
      'mutation.core.kubefed.io-system',
      'validations.core.kubefed.io-system',
      'validations.fedmesh.io-system',
    ]);
    for (const { configuration } of limited) {
      for (const { namespaceSelector } of configuration.webhooks) {
        expect(namespaceSelector).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': 'system' } });
      }
    }
  });

  it('is reached by the Service, or by the URL', () => {
    const clientConfigs = (reach: Reach) =>
      registrationsFor({ ...plan, reach })[1]?.configuration.webhooks[1]?.clientConfig;
    expect(clientConfigs(SERVICE_REACH)).toEqual({
      service: { namespace: 'system', name: 'fedmesh-webhook', path: '/validate-kubefedcluster', port: 443 },
    });
    expect(clientConfigs(URL_REACH)).toEqual({ url: 'https://laptop:8443/validate-kubefedcluster' });
  });
});

describe('WebhookRegistration', () => {
  const clock = new FakeClock(Date.now());
  let api: WireApi;
  let host: Client;
  let current: ServingCertificate | undefined;
  let registration: WebhookRegistration;

  const metrics = createMetrics();

  beforeEach(async () => {
    api = await WireApi.start([VALIDATING, MUTATING, SERVICES, DEPLOYMENTS]);
    host = createClient(endpointAt(api.url, { cluster: 'host' }), {});
    current = certificate();
  });

  afterEach(async () => {
    await registration.close();
    await host.close();
    await api.close();
  });

  async function start(reach: Reach): Promise<void> {
    registration = new WebhookRegistration({
      ...{ host, namespace: 'system', scope: 'Cluster', reach, clock, log: silentLog },
      observer: metrics.webhookObserver,
      typeConfigs: () => [],
      certificate: async () => current,
    });
    await registration.start(never);
  }

  const ready = async () => /^fedmesh_webhooks_ready (\d)$/m.exec(await metrics.text())?.[1];
  const read = (path: string, name: string) => api.get(path, name) as WebhookConfiguration | undefined;
  const core = () => read(VALIDATING, 'validations.core.kubefed.io');
  const all = () => [core(), read(VALIDATING, 'validations.fedmesh.io'), read(MUTATING, 'mutation.core.kubefed.io')];

  async function until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 5_000 && !holds(); turn++) {
      await setImmediate();
      if (turn % 20 === 19) clock.advance(1_000);
    }
    expect(holds()).toBe(true);
  }

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500);
      for (let turn = 0; turn < 30; turn++) await setImmediate();
    }
  }

  const foreign = (more: object = {}): KubeObject => ({
    metadata: { name: 'validations.core.kubefed.io' },
    webhooks: [{ name: 'theirs', clientConfig: { caBundle: 'dGhlaXJz' } }],
    ...more,
  });

  it('registers nothing before a review could be answered', async () => {
    const later = current;
    current = undefined;
    await start(URL_REACH);
    await pass(5_000);
    expect(all()).toEqual([undefined, undefined, undefined]);
    expect(await ready()).toBe('0');
    current = later;
    await until(() => all().every((each) => each !== undefined));
    await pass(500);
    expect(await ready()).toBe('1');
    expect(bundleOf(core() ?? { metadata: {} }).trim()).toBe(later?.caPem?.trim());
  });

  it('takes away what it registered for a URL when it stops', async () => {
    await start(URL_REACH);
    await until(() => all().every((each) => each !== undefined));
    await registration.close();
    expect(all()).toEqual([undefined, undefined, undefined]);
  });

  it('leaves it for the other replicas behind a Service, but not when the Service has gone', async () => {
    api.put(SERVICES, { metadata: { name: 'fedmesh-webhook', namespace: 'system' } });
    await start(SERVICE_REACH);
    await until(() => all().every((each) => each !== undefined));
    await registration.close();
    expect(core()).toBeDefined();

    api.remove(SERVICES, 'fedmesh-webhook');
    await start(SERVICE_REACH);
    await until(() => all().every((each) => each === undefined));
    await pass(500);
    expect(await ready()).toBeUndefined();
  });

  it('trusts the old certificate and the new one while they change, and writes nothing when nothing changes', async () => {
    await start(URL_REACH);
    await until(() => all().every((each) => each !== undefined));
    const old = current;
    current = certificate();
    await until(() => isTrustedBy(bundleOf(core() ?? { metadata: {} }), current?.caPem ?? ''));
    expect(isTrustedBy(bundleOf(core() ?? { metadata: {} }), old?.caPem ?? '')).toBe(true);
    await pass(20_000);
    const plan = { namespace: 'system', scope: 'Cluster' as const, reach: URL_REACH, typeConfigs: [] };
    expect(await registeredBundle(host, plan, never)).toBe(bundleOf(core() ?? { metadata: {} }));
    const writes = () => api.requests.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    await pass(60_000);
    expect(writes()).toBe(before);
  });

  it("leaves KubeFed's webhooks alone while they run, and takes them over once they are stopped, remembering them", async () => {
    api.put(VALIDATING, foreign());
    api.put(DEPLOYMENTS, {
      metadata: { name: 'kubefed-admission-webhook', namespace: 'system' },
      spec: { replicas: 1 },
    });
    await start(URL_REACH);
    await until(() => read(VALIDATING, 'validations.fedmesh.io') !== undefined);
    await pass(20_000);
    expect(core()?.webhooks).toEqual(foreign().webhooks);

    api.put(DEPLOYMENTS, {
      metadata: { name: 'kubefed-admission-webhook', namespace: 'system' },
      spec: { replicas: 0 },
    });
    await until(() => core()?.webhooks?.length === 3);
    expect(JSON.parse(core()?.metadata.annotations?.[REPLACED_ANNOTATION] ?? '')).toEqual(foreign().webhooks);
    expect(bundleOf(core() ?? { metadata: {} }).trim()).toBe(current?.caPem?.trim());
  });

  it('leaves what the control plane of another namespace registered, whether it answers reviews itself or not', async () => {
    await start(URL_REACH);
    await until(() => all().every((each) => each !== undefined));
    const before = structuredClone(all());
    const theirs = { host, namespace: 'other', scope: 'Cluster' as const, clock, log: silentLog };
    const asked = () => api.requests.filter(({ method }) => method === 'GET').length;
    const others = [
      new WebhookRegistration({
        ...theirs,
        reach: { url: 'https://elsewhere:8443' },
        typeConfigs: () => [],
        certificate: async () => certificate(),
      }),
      new WebhookRemoval({ ...theirs, switchedOff: true }),
    ];
    for (const other of others) {
      const looked = asked() + 6; // theirs and ours
      await other.start(never);
      await until(() => asked() >= looked);
      await pass(1_000);
      await other.close();
      expect(all()).toEqual(before);
    }
  });

  it('keeps the bundle that somebody else looks after, when the certificate comes without one', async () => {
    const { caPem: _, ...without } = certificate();
    current = without;
    const labels = { 'app.kubernetes.io/part-of': 'fedmesh' };
    const name = 'federatedtypeconfigs.core.kubefed.io';
    const webhooks = [{ name, clientConfig: { caBundle: 'dGhlaXJz' } }];
    api.put(VALIDATING, foreign({ metadata: { name: 'validations.core.kubefed.io', labels }, webhooks }));
    await start(URL_REACH);
    await until(() => core()?.webhooks?.length === 3);
    expect(core()?.webhooks?.[0]).toMatchObject({ name, clientConfig: { caBundle: 'dGhlaXJz' } });
  });

  it('goes on when the API server refuses, and tries again', async () => {
    let refusals = 0;
    api.answer(MUTATING, (_, response) => {
      refusals += 1;
      answerJson(response, 403, { kind: 'Status', apiVersion: 'v1', code: 403, reason: 'Forbidden', message: 'no' });
    });
    await start(URL_REACH);
    await until(() => refusals > 2);
  });

  describe('a controller without webhooks', () => {
    const remove = async (switchedOff: boolean) => {
      const removal = new WebhookRemoval({ host, namespace: 'system', scope: 'Cluster', switchedOff, log: silentLog });
      const asked = () => api.requests.filter(({ method }) => method === 'GET').length;
      const before = asked();
      await removal.start(never);
      await until(() => asked() === before + 3);
      for (let turn = 0; turn < 100; turn++) await setImmediate();
      await removal.close();
    };

    it('takes away what one at a URL left behind when it died', async () => {
      await start(URL_REACH);
      await until(() => all().every((each) => each !== undefined));
      await pass(1_000);
      const left = all().map((each) => structuredClone(each));
      await registration.close();
      for (const each of left)
        if (each !== undefined) api.put(each.kind === 'MutatingWebhookConfiguration' ? MUTATING : VALIDATING, each);
      await remove(false);
      expect(all()).toEqual([undefined, undefined, undefined]);
    });

    it("leaves what others answer behind a Service, and KubeFed's, unless webhooks were switched off", async () => {
      api.put(SERVICES, { metadata: { name: 'fedmesh-webhook', namespace: 'system' } });
      api.put(VALIDATING, foreign());
      api.put(DEPLOYMENTS, { metadata: { name: 'kubefed-admission-webhook', namespace: 'system' } });
      await start(SERVICE_REACH);
      await until(() => read(MUTATING, 'mutation.core.kubefed.io') !== undefined);
      await until(() => read(VALIDATING, 'validations.fedmesh.io') !== undefined);
      await registration.close();
      await remove(false);
      expect(all().every((each) => each !== undefined)).toBe(true);
      await remove(true);
      expect(all()).toEqual([expect.objectContaining({ webhooks: foreign().webhooks }), undefined, undefined]);
    });
  });
});
