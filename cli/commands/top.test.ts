import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerJson, startHttp } from '../../controller/kube/testing/wire.ts';
import { createHealthServer, type HealthServer } from '../../controller/runtime/http-server.ts';
import { createMetrics, type Metrics } from '../../controller/telemetry/metrics.ts';
import { NAMESPACE } from '../testing/objects.ts';
import { NOW, Sandbox } from '../testing/run-fedctl.ts';

const never = new AbortController().signal;
const LEASE = 'kubefed-controller-manager';

function lease(address?: string, renewed = NOW - 4_000) {
  const annotations = address === undefined ? {} : { 'fedmesh.io/metrics-address': address };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: LEASE, namespace: NAMESPACE, annotations },
    spec: { holderIdentity: 'worker-1_x7f', leaseDurationSeconds: 30, renewTime: new Date(renewed).toISOString() },
  };
}

describe('fedctl top', () => {
  let sandbox: Sandbox;
  let metrics: Metrics;
  let server: HealthServer;
  let address: string;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    metrics = createMetrics();
    server = createHealthServer({ address: '127.0.0.1:0', metrics });
    await server.start(never);
    address = `127.0.0.1:${server.address?.port}`;
    metrics.leaderObserver.leading(LEASE, true);
    metrics.clusterObserver.host('host');
    metrics.clientObserver.requested('host', 'get', 200, 0.01);
    member('earth', 'ready');
    member('vulcan', 'offline');
    const lane = { depth: 0, inFlight: 1, oldestMs: 0, stalled: false };
    metrics.showFederation({
      clusters: () => [
        { name: 'earth', lane, credentialsEndInMs: 100 * 3_600_000, credentialsLifeMs: 168 * 3_600_000 },
        {
          name: 'vulcan',
          lane: { depth: 12, inFlight: 32, oldestMs: 4_200, stalled: true },
          credentialsEndInMs: -1,
          credentialsLifeMs: 1,
        },
      ],
      types: () => [
        {
          name: 'configmaps',
          objects: 40,
          copies: [
            { cluster: 'earth', status: 'OK', count: 37 },
            { cluster: 'earth', status: 'UpdateFailed', count: 3 },
            { cluster: 'vulcan', status: 'ClusterNotReady', count: 40 },
          ],
        },
      ],
    });
    for (let n = 0; n < 100; n++) metrics.syncObserver.propagated('configmaps', 'earth', n < 98 ? 0.008 : 2);
  });
  afterEach(async () => {
    await server.close();
    await sandbox.close();
  });

  function member(name: string, state: 'ready' | 'offline'): void {
    metrics.clusterObserver.came(name);
    metrics.clusterObserver.state(name, state);
  }

  it('shows each member: its state, lane, requests, propagation times and token, from where the lease says', async () => {
    sandbox.servers.host.put(lease(address));
    const { code, stdout, stderr } = await sandbox.fedctl('top --once --interval 0.01');
    expect(stderr).toBe('');
    const [head, , ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^controller on worker-1 · 40 federated objects · \d+ MiB · event loop p99 /);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['CLUSTER', 'STATE', 'FAILING', 'WAITING', 'OLDEST', 'REQ/S', 'ERR/S', 'P50', 'P99', 'TOKEN'],
      ['earth', 'Ready', '3', '0', '-', '0.0', '0.0', '8ms', '1.8s', '4d4h'],
      ['vulcan', 'Offline', '0', '12', 'stalled', '0.0', '0.0', '-', '-', 'ended'],
      ['host', 'host', '-', '-', '-', '0.0', '0.0', '-', '-', '-'],
    ]);
    expect(code).toBe(0);
  });

  it('gives rates of what happened between two looks, and times of what was propagated then, to a machine', async () => {
    const lines = setInterval(() => {
      metrics.clientObserver.requested('earth', 'update', 200, 0.01);
      metrics.clientObserver.requested('earth', 'create', 409, 0.01);
      metrics.clientObserver.requested('earth', 'get', 503, 0.01);
      metrics.clientObserver.requested('host', 'watch', 0, 0.01);
      metrics.syncObserver.propagated('configmaps', 'earth', 0.3);
    }, 5);
    const { stdout } = await sandbox.fedctl(`top -o json --interval 0.2 --metrics-addr http://${address}`);
    clearInterval(lines);
    const [earth, , host] = JSON.parse(stdout).clusters;
    expect(earth).toMatchObject({ name: 'earth', state: 'ready', failing: 3, stalled: false, tokenSeconds: 360_000 });
    expect(earth.requestsPerSecond).toBeGreaterThan(earth.errorsPerSecond * 2);
    expect(earth.errorsPerSecond).toBeGreaterThan(0);
    // A 409 is an answer like any other; no answer is none.
    expect(earth.requestsPerSecond / earth.errorsPerSecond).toBeCloseTo(3, 5);
    expect(host.errorsPerSecond).toBe(host.requestsPerSecond);
    expect(earth.propagation).toMatchObject({ over: 'window', p50Seconds: 0.375 });
  });

  it('keeps the table current on a terminal until Ctrl-C', async () => {
    sandbox.servers.host.put(lease(address));
    const stop = new AbortController();
    let drawn = 0;
    const onStdout = (text: string) => {
      if (text.includes('CLUSTER')) drawn += 1;
      if (drawn === 1) member('earth', 'offline');
      if (drawn > 1 && /earth +Offline/.test(text)) stop.abort();
    };
    const { code } = await sandbox.fedctl('top --interval 0.02', { terminal: true, signal: stop.signal, onStdout });
    expect(drawn).toBeGreaterThan(1);
    expect(code).toBe(130);
  });

  it('asks the pod through the API server where the controller runs in the cluster', async () => {
    const text = await metrics.text();
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/worker-1:9191/proxy/metrics`;
    const api = await startHttp((request, response) => {
      if (request.url === path) response.end(text);
      else if (request.url?.endsWith(`/leases/${LEASE}`) === true) answerJson(response, 200, lease(':9191'));
      else answerJson(response, 404, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' });
    });
    const file = join(dirname(sandbox.kubeconfig), 'cluster');
    const entry = { name: 'c', cluster: { server: `http://127.0.0.1:${api.port}` } };
    const context = { name: 'c', context: { cluster: 'c', user: 'c' } };
    const users = [{ name: 'c', user: { token: 't' } }];
    await writeFile(
      file,
      JSON.stringify({ apiVersion: 'v1', clusters: [entry], contexts: [context], users, 'current-context': 'c' }),
    );
    const { code, stdout } = await sandbox.fedctl(`top --once --interval 0.01 --kubeconfig ${file}`);
    await api.close();
    expect(stdout).toContain('earth     Ready');
    expect(code).toBe(0);
  });

  it.each([
    ['no controller leads', undefined, /^error: no fedmesh-controller leads in host: none has ever reported here\n/, 3],
    [
      'it leads no more',
      lease(':9090', NOW - 600_000),
      /^error: no fedmesh-controller leads .*10m ago\nhint: `fedctl status/,
      3,
    ],
    [
      'metrics are switched off',
      lease(''),
      /^error: the controller on worker-1 serves no metrics\nhint: .*--metrics-addr=0/,
      1,
    ],
    [
      'there is no such pod',
      lease(':9090'),
      /^error: there is no pod \S+\/worker-1 in host: .*\nhint: --metrics-addr http/,
      1,
    ],
    [
      'nothing listens there',
      lease('127.0.0.1:65530'),
      /^error: no metrics at http:\S+: nothing listens there\nhint: .*of worker-1/,
      5,
    ],
  ])('says what to do when %s', async (_, present, words, exitCode) => {
    if (present !== undefined) sandbox.servers.host.put(present);
    const { code, stdout, stderr } = await sandbox.fedctl('top --once');
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
    expect(code).toBe(exitCode);
  });

  it('says so when the address is that of a standby, of something else, or none', async () => {
    metrics.leaderObserver.leading(LEASE, false);
    const standby = await sandbox.fedctl(`top --once --metrics-addr ${address}`);
    expect(standby.stderr).toMatch(/^error: the replica at \S+ does not lead, .*\nhint: leave --metrics-addr out/);
    const other = await startHttp((_, response) => response.end('up 1\n'));
    const foreign = await sandbox.fedctl(`top --once --metrics-addr 127.0.0.1:${other.port}`);
    await other.close();
    expect(foreign.stderr).toMatch(/^error: \S+ answers, but not with the metrics of a fedmesh-controller\n/);
    const none = await sandbox.fedctl('top --once --metrics-addr http://');
    expect(none.stderr).toMatch(/^error: --metrics-addr http:\/\/ is no address\nhint: write http:/);
    expect(none.code).toBe(2);
  });
});
