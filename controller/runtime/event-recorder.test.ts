import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../kube/client.ts';
import { ANONYMOUS } from '../kube/credentials.ts';
import { silentLog } from '../telemetry/log.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { createEventRecorder, type EventRecorder } from './event-recorder.ts';

const SERVER = 'http://host.test';
const SOURCE = 'federateddeployment-controller';
const federated = {
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: 'FederatedDeployment',
  metadata: { name: 'web', namespace: 'demo', uid: 'u1', resourceVersion: '5' },
};

describe('events', () => {
  let client: Client;
  let clock: FakeClock;
  let events: EventRecorder;
  let sent: { method: string; body: Record<string, unknown> }[];

  beforeAll(() => nock.disableNetConnect());
  afterAll(() => nock.enableNetConnect());
  beforeEach(() => {
    sent = [];
    clock = new FakeClock();
    client = createClient({ cluster: 'host', server: SERVER, tls: {}, credentials: ANONYMOUS }, {});
    events = createEventRecorder({ client, clock, log: silentLog });
    const remember = (method: string) => (_: string, body: unknown) => {
      // nock parses application/json only, and a merge patch is something else to it.
      sent.push({ method, body: (typeof body === 'string' ? JSON.parse(body) : body) as Record<string, unknown> });
      return [200, body as Record<string, unknown>] as const;
    };
    nock(SERVER).persist().post('/api/v1/namespaces/demo/events').query(true).reply(remember('POST'));
    nock(SERVER)
      .persist()
      .patch(/\/api\/v1\/namespaces\/demo\/events\/web\./)
      .query(true)
      .reply(remember('PATCH'));
  });
  afterEach(async () => {
    await events.close();
    await client.close();
    nock.cleanAll();
  });

  it("show with kubectl describe, under KubeFed's source", async () => {
    events.record(federated, 'Normal', 'CreateInCluster', 'Creating it', SOURCE);
    await events.close();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body).toMatchObject({
      involvedObject: { kind: 'FederatedDeployment', name: 'web', namespace: 'demo', uid: 'u1' },
      type: 'Normal',
      reason: 'CreateInCluster',
      message: 'Creating it',
      source: { component: SOURCE },
      count: 1,
    });
  });

  it('are counted up instead of told anew while the same thing happens again and again', async () => {
    const record = () => events.record(federated, 'Warning', 'CreateInClusterFailed', 'no', SOURCE);
    for (let n = 0; n < 10; n++) record();
    clock.advance(31_000);
    record();
    await events.close();
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
    expect(sent[1]?.body).toMatchObject({ count: 11 });
  });

  it('lead to the log lines of the run that told them, of the last one while the same thing happens again', async () => {
    const record = (id?: string) => events.record(federated, 'Warning', 'CreateInClusterFailed', 'no', SOURCE, id);
    record('run-1');
    clock.advance(31_000);
    record('run-2');
    await events.close();
    expect(sent.map(({ body }) => body.metadata)).toMatchObject([
      { annotations: { 'fedmesh.io/reconcile-id': 'run-1' } },
      { annotations: { 'fedmesh.io/reconcile-id': 'run-2' } },
    ]);
  });

  it('never compete with the work: past the rate limit they are dropped, warnings last', async () => {
    for (let n = 0; n < 100; n++) {
      const object = { ...federated, metadata: { ...federated.metadata, uid: `u${n}` } };
      events.record(object, 'Normal', 'UpdateInCluster', `number ${n}`, SOURCE);
    }
    events.record(federated, 'Warning', 'UpdateInClusterFailed', 'this one counts', SOURCE);
    await events.close();
    expect(sent.length).toBeLessThanOrEqual(25);
    expect(sent.at(-1)?.body).toMatchObject({ message: 'this one counts' });
  });

  it('of an object that fails a thousand times in other words each are some, the last of which stands for all', async () => {
    for (let n = 0; n < 1_000; n++) {
      events.record(federated, 'Warning', 'UpdateInClusterFailed', `conflict at version ${n}`, SOURCE);
      clock.advance(10_000);
    }
    await events.close();
    const names = new Set(sent.filter(({ method }) => method === 'POST').map(({ body }) => body.message));
    expect(names.size).toBe(11);
    expect([...names].at(-1)).toMatch(/^\(combined from similar events\): conflict at version \d+$/);
    // 25 at once, and then one in five minutes of 10,000 seconds.
    expect(sent.length).toBeLessThanOrEqual(25 + 34);
    expect(sent.at(-1)?.body.count).toBeGreaterThan(900);
  });

  it('are told anew when the server has forgotten them', async () => {
    nock.cleanAll();
    const posts = () => nock(SERVER).post('/api/v1/namespaces/demo/events').query(true).reply(201, {});
    posts();
    events.record(federated, 'Warning', 'CreateInClusterFailed', 'no', SOURCE);
    clock.advance(3_700_000);
    nock(SERVER)
      .patch(/events/)
      .query(true)
      .reply(404, { kind: 'Status', code: 404, reason: 'NotFound' });
    posts();
    events.record(federated, 'Warning', 'CreateInClusterFailed', 'no', SOURCE);
    await events.close();
    expect(nock.isDone()).toBe(true);
  });

  it('that cannot be written stop nobody', async () => {
    nock.cleanAll();
    nock(SERVER)
      .post('/api/v1/namespaces/demo/events')
      .query(true)
      .reply(403, { kind: 'Status', code: 403, reason: 'Forbidden' });
    events.record(federated, 'Normal', 'CreateInCluster', 'Creating it', SOURCE);
    await expect(events.close()).resolves.toBeUndefined();
  });
});
