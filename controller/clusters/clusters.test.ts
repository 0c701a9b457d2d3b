import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { createClient } from '../kube/client.ts';
import type { Resource } from '../kube/resource.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { silentLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import { type ClusterEvent, Clusters } from './clusters.ts';
import type { HealthSettings } from './monitor.ts';
import { healthy, refuse, WireApi } from './testing/wire-api.ts';

const NAMESPACE = 'system';
const MEMBERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const CONFIG_MAPS: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

describe('Clusters', () => {
  let host: WireApi;
  let earth: WireApi;
  let clusters: Clusters;
  let events: ClusterEvent[];
  let reported: string[];
  let health: HealthSettings;
  const stopping = new AbortController();
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    host = await WireApi.start([MEMBERS, SECRETS]);
    earth = await WireApi.start(['/api/v1/configmaps']);
    healthy(earth, 'earth-uid');
    const client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    clusters = new Clusters({
      host: client,
      namespace: NAMESPACE,
      health: () => health,
      lane: { concurrency: 2 },
      clock: systemClock,
      random: () => 0.5,
      log: silentLog,
      onProbe: (_, outcome) => reported.push(outcome),
    });
    events = [];
    reported = [];
    health = { periodMs: 40, timeoutMs: 300, failureThreshold: 3, successThreshold: 1 };
    clusters.subscribe((event) => events.push(event));
    closers.push(
      () => clusters.close(),
      () => client.close(),
      () => host.close(),
      () => earth.close(),
    );
    await clusters.start(stopping.signal);
  });

  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  function member(name: string, server: string): KubeFedCluster {
    return {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: { name, namespace: NAMESPACE },
      spec: { apiEndpoint: server, secretRef: { name: `${name}-token` } },
    };
  }

  function secret(name: string, token: string) {
    const data = { token: Buffer.from(token).toString('base64'), 'ca.crt': 'bm90IG5lZWRlZA==' };
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-token`, namespace: NAMESPACE }, data };
  }

  /** Resolves when the condition holds; fails by the test's own time limit. */
  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (holds() ? resolve() : void setImmediate(look));
      look();
    });
  }

  const conditionsOf = (name: string) =>
    (host.get(MEMBERS, name) as KubeFedCluster | undefined)?.status?.conditions.map(
      ({ type, status, reason }) => `${type}=${status} ${reason}`,
    );

  async function joined(name: string, api: WireApi): Promise<void> {
    host.put(SECRETS, secret(name, `token-of-${name}`));
    host.put(MEMBERS, member(name, api.url));
    await until(() => clusters.get(name)?.ready === true);
  }

  it('connects to a member with the token of its Secret and writes down what it finds', async () => {
    await joined('earth', earth);
    await until(() => conditionsOf('earth') !== undefined);
    expect(conditionsOf('earth')).toEqual(['Ready=True ClusterReady']);
    expect(host.get(MEMBERS, 'earth')).toMatchObject({ status: { kubernetesVersion: 'v1.36.3' } });
    expect(clusters.get('earth')?.uid).toBe('earth-uid');
    expect(earth.requests[0]).toMatchObject({ path: '/healthz', authorization: 'Bearer token-of-earth' });
    expect(events.map(({ type }) => type)).toEqual(['joined', 'ready']);
    expect(clusters.secrets.get('system/earth-token')).toMatchObject({ data: { token: expect.any(String) } });
    expect(JSON.stringify(clusters.secrets.get('system/earth-token'))).not.toContain('ca.crt');
  });

  it('goes by another health check from the next probe on', async () => {
    await joined('earth', earth);
    earth.answer('/healthz', (_, response) => refuse(response, 500, 'InternalError'));
    health = { ...health, failureThreshold: 1_000_000 };
    const probes = earth.count('GET', '/healthz');
    await until(() => earth.count('GET', '/healthz') > probes + 4);
    expect(clusters.get('earth')?.ready).toBe(true);
    health = { ...health, failureThreshold: 2 };
    await until(() => clusters.get('earth')?.ready === false);
  });

  it('writes nothing while nothing changes', async () => {
    await joined('earth', earth);
    await until(() => earth.count('GET', '/healthz') > 10);
    expect(host.count('PATCH', `${MEMBERS}/earth/status`)).toBe(1);
  });

  it('marks a member that it cannot be told how to reach, and goes on with the others', async () => {
    host.put(MEMBERS, member('mars', 'https://mars:6443'));
    host.put(SECRETS, { ...secret('venus', 'x'), data: {} });
    host.put(MEMBERS, member('venus', 'https://venus:6443'));
    host.put(SECRETS, secret('pluto', 'x'));
    host.put(MEMBERS, {
      ...member('pluto', 'https://pluto:6443'),
      spec: { apiEndpoint: 'no such thing', secretRef: { name: 'pluto-token' } },
    });
    await joined('earth', earth);
    await until(() => ['mars', 'venus', 'pluto'].every((name) => conditionsOf(name) !== undefined));
    for (const name of ['mars', 'venus', 'pluto']) {
      expect(conditionsOf(name)).toEqual([
        'ConfigMalformed=True ClusterConfigMalformed',
        'Ready=False ClusterConfigMalformed',
      ]);
    }
    expect(clusters.get('mars')).toMatchObject({ ready: false, client: undefined });
    expect(clusters.get('mars')?.notReadyReason).toContain('secret "mars-token" does not exist');
    expect(clusters.get('venus')?.notReadyReason).toContain('secret "venus-token" has no key "token"');
    host.put(SECRETS, secret('mars', 'late'));
    host.put(MEMBERS, member('mars', earth.url));
    await until(() => clusters.get('mars')?.ready === true);
  });

  it('believes that a member is gone only after as many failures as configured, and takes it back', async () => {
    await joined('earth', earth);
    earth.answer('/healthz', (request) => {
      reported.length = 0;
      earth.answer('/healthz', ({ socket }) => void socket.destroy());
      request.socket.destroy();
    });
    await until(() => clusters.get('earth')?.ready === false);
    expect(reported).toEqual(['healthy', 'healthy', 'unreachable']);
    await until(() => conditionsOf('earth')?.[0] === 'Offline=True ClusterNotReachable');
    expect(conditionsOf('earth')).toContain('Ready=False ClusterNotReachable');
    healthy(earth, 'earth-uid');
    await until(() => conditionsOf('earth')?.[0] === 'Ready=True ClusterReady');
    expect(events.map(({ type }) => type)).toEqual(['joined', 'ready', 'notReady', 'ready']);
  });

  it('tells a member that answers, but not that all is well, from one that does not answer', async () => {
    await joined('earth', earth);
    earth.answer('/healthz', (_, response) => refuse(response, 500, 'InternalError'));
    await until(() => conditionsOf('earth')?.[0] === 'Ready=False ClusterNotReady');
    expect(conditionsOf('earth')).toContain('Offline=False ClusterReachable');
  });

  it('uses a renewed token without a request that fails and without connecting anew', async () => {
    await joined('earth', earth);
    const connections = earth.server.accepted;
    const before = clusters.get('earth')?.client;
    host.put(SECRETS, secret('earth', 'renewed'));
    await until(() => earth.requests.at(-1)?.authorization === 'Bearer renewed');
    const after = earth.requests.findIndex(({ authorization }) => authorization === 'Bearer renewed');
    expect(earth.requests.slice(after).every(({ authorization }) => authorization === 'Bearer renewed')).toBe(true);
    expect(earth.server.accepted).toBe(connections);
    expect(clusters.get('earth')?.client).toBe(before);
    expect(events.map(({ type }) => type)).toEqual(['joined', 'ready']);
  });

  it('reads a token that was refused from the host, once, instead of believing an old copy', async () => {
    await joined('earth', earth);
    const path = `${SECRETS}/earth-token`;
    host.answer(path, (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(secret('earth', 'newest')));
    });
    earth.answer('/healthz', (request, response) => {
      if (request.headers.authorization === 'Bearer newest') response.end('ok');
      else refuse(response, 401, 'Unauthorized');
    });
    await until(() => earth.requests.some(({ authorization }) => authorization === 'Bearer newest'));
    expect(clusters.get('earth')?.ready).toBe(true);
    expect(host.count('GET', path)).toBe(1);
  });

  it('keeps the store of a watch when the member moves to another address', async () => {
    await joined('earth', earth);
    const watch = clusters.get('earth')?.watch(CONFIG_MAPS);
    const again = clusters.get('earth')?.watch(CONFIG_MAPS);
    if (watch === undefined || again === undefined) throw new Error('earth is a member');
    expect(again.store).toBe(watch.store);
    earth.put('/api/v1/configmaps', { metadata: { name: 'a', namespace: 'n' } });
    await until(() => watch.store.has('n/a'));
    expect(earth.requests.filter(({ path }) => path.startsWith('/api/v1/configmaps')).length).toBeLessThanOrEqual(2);
    const moved = await WireApi.start(['/api/v1/configmaps']);
    closers.push(() => moved.close());
    healthy(moved, 'earth-uid');
    moved.put('/api/v1/configmaps', { metadata: { name: 'b', namespace: 'n' } });
    host.put(MEMBERS, member('earth', moved.url));
    await until(() => watch.store.has('n/b'));
    expect(watch.store.has('n/a')).toBe(false);
    await until(() => watch.state === 'synced');
    watch.close();
    expect(again.state).toBe('synced');
    again.close();
    again.close();
    await until(() => moved.server.open.size <= 2);
  });

  it('lets a member that hangs with every write of it under way be probed and watched all the same', async () => {
    earth.answer('/api/v1/namespaces/n/configmaps', () => undefined);
    await joined('earth', earth);
    const accessor = clusters.get('earth');
    const watch = accessor?.watch(CONFIG_MAPS);
    const client = accessor?.client;
    if (accessor === undefined || client === undefined || watch === undefined) throw new Error('earth is a member');
    const giveUp = new AbortController();
    const writes = Array.from({ length: 5 }, () =>
      accessor.lane.submit((signal) =>
        client.create(
          CONFIG_MAPS,
          { metadata: { name: 'x', namespace: 'n' } },
          { signal: AbortSignal.any([signal, giveUp.signal]) },
        ),
      ),
    );
    const ended = Promise.allSettled(writes);
    await until(() => earth.count('POST', '/api/v1/namespaces/n/configmaps') === 2);
    const probes = earth.count('GET', '/healthz');
    earth.put('/api/v1/configmaps', { metadata: { name: 'seen', namespace: 'n' } });
    await until(() => watch.store.has('n/seen') && earth.count('GET', '/healthz') > probes + 2);
    expect([accessor.ready, accessor.lane.inFlight, accessor.lane.depth]).toEqual([true, 2, 3]);
    giveUp.abort(new Error('enough'));
    expect((await ended).map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
  });

  it('stops writing to a member that leaves, and lets go of it when it is gone', async () => {
    await joined('earth', earth);
    const accessor = clusters.get('earth');
    if (accessor === undefined) throw new Error('earth is a member');
    const current = host.get(MEMBERS, 'earth');
    host.put(MEMBERS, {
      ...(current as KubeFedCluster),
      metadata: { ...current?.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await until(() => accessor.leaving);
    expect([accessor.ready, accessor.notReadyReason]).toEqual([false, 'it is leaving the federation']);
    await expect(accessor.lane.submit(async () => 'written')).rejects.toMatchObject({ code: 'LaneClosed' });
    expect(accessor.client).toBeDefined();
    host.remove(MEMBERS, 'earth');
    await until(() => clusters.get('earth') === undefined);
    await earth.server.idle();
    expect(events.map(({ type }) => type)).toEqual(['joined', 'ready', 'notReady', 'changed', 'left']);
  });

  it('closes every connection when it stops', async () => {
    await joined('earth', earth);
    clusters.get('earth')?.watch(CONFIG_MAPS);
    await clusters.close();
    await earth.server.idle();
    await clusters.close();
  });
});
