import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { federated, member, NAMESPACE, namespaceNamed, propagated, readyStatus } from '../testing/objects.ts';
import { NOW, Sandbox } from '../testing/run-fedctl.ts';

const TOKEN = Buffer.from('token-of-the-controller').toString('base64');

function lease(renewed: number, holderIdentity = 'worker-1_x7f') {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'kubefed-controller-manager', namespace: NAMESPACE },
    spec: { holderIdentity, leaseDurationSeconds: 30, renewTime: new Date(renewed).toISOString() },
  };
}

describe('fedctl status', () => {
  let sandbox: Sandbox<'host' | 'earth' | 'vulcan'>;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host', 'earth', 'vulcan');
    await sandbox.fedctl('init --types namespaces,deployments.apps,services');
    namespaceNamed(sandbox.servers.host, 'demo');
  });
  afterEach(() => sandbox.close());

  /** Joins a stand-in, so that it can be asked with the token in the host. */
  function join(name: 'earth' | 'vulcan', status: object = readyStatus()): void {
    const { host } = sandbox.servers;
    const secret = { metadata: { name: `${name}-token`, namespace: NAMESPACE }, data: { token: TOKEN } };
    host.put({ apiVersion: 'v1', kind: 'Secret', ...secret });
    host.put(member(name, status, { apiEndpoint: sandbox.servers[name].url }));
  }

  function controllerRuns(): void {
    sandbox.servers.host.put(lease(NOW - 4_000));
  }

  it('does not call a namespace well that is misspelt', async () => {
    const { code, stdout, stderr } = await sandbox.fedctl('status -n dmeo --exit-code');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: there is no namespace "dmeo" in host\n');
  });

  it('says that nothing will happen while no controller is running', async () => {
    const { code, stdout, stderr } = await sandbox.fedctl('status');

    expect(stdout).toBe(`Control plane: kube-federation-system in host (Kubernetes v1.36.3)
Controller:    NOT RUNNING: none has ever reported here

No cluster has joined.

Nothing is federated.

What is wrong:
  no controller is running (none has ever reported here): nothing is propagated or repaired
  no cluster has joined: \`fedctl join\`
`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('says when the controller was last heard, or that it was stopped', async () => {
    const { host } = sandbox.servers;
    host.put(lease(NOW - 600_000));
    expect((await sandbox.fedctl('status')).stdout).toContain(
      'Controller:    NOT RUNNING: the one on worker-1 was last heard 10m ago\n',
    );
    host.put(lease(NOW - 60_000, ''));
    expect((await sandbox.fedctl('status')).stdout).toContain('Controller:    NOT RUNNING: it was stopped 60s ago\n');
  });

  it('shows on one page what runs where, at which address and port', async () => {
    const { host, earth, vulcan } = sandbox.servers;
    controllerRuns();
    join('earth');
    join('vulcan');
    host.put(federated('Namespace', 'demo', 'demo', { status: propagated({ vulcan: '', earth: '' }) }));
    host.put(federated('Deployment', 'web', 'demo', { status: propagated({ vulcan: '', earth: '' }) }));
    host.put(federated('Service', 'web', 'demo', { status: propagated({ vulcan: '', earth: '' }) }));
    const service = (spec: object, status: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'demo', labels: { 'kubefed.io/managed': 'true' } },
      spec: { ports: [{ port: 80, nodePort: 31080, protocol: 'TCP' }], ...spec },
      status,
    });
    namespaceNamed(earth, 'demo');
    earth.put(service({ type: 'NodePort', clusterIPs: ['10.0.0.7'] }));
    for (const [index, ready] of ['True', 'False', 'True'].entries()) {
      const addresses = [{ type: 'InternalIP', address: `192.0.2.1${index}` }];
      const conditions = [{ type: 'Ready', status: ready }];
      earth.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: `n${index}` }, status: { addresses, conditions } });
    }
    namespaceNamed(vulcan, 'demo');
    vulcan.put(
      service(
        { type: 'LoadBalancer', clusterIPs: ['10.9.0.7'] },
        { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } },
      ),
    );

    const { code, stdout, stderr } = await sandbox.fedctl('status --exit-code');

    expect(stderr).toBe('');
    expect(stdout).toBe(
      `Control plane: kube-federation-system in host (Kubernetes v1.36.3)
Controller:    running: on worker-1, heard 4s ago

CLUSTER   READY   VERSION   AGE   WHY NOT
earth     True    v1.36.3   60m
vulcan    True    v1.36.3   60m

KIND         NAMESPACE/NAME   PROPAGATED   CLUSTERS   RUNS IN
Namespace    demo/demo        True         2/2        earth, vulcan
Deployment   demo/web         True         2/2        earth, vulcan
Service      demo/web         True         2/2        earth, vulcan

SERVICE    CLUSTER   TYPE           CLUSTER-IP   ADDRESS                 PORTS
demo/web   earth     NodePort       10.0.0.7     192.0.2.10,192.0.2.12   80:31080/TCP
demo/web   vulcan    LoadBalancer   10.9.0.7     lb.example.com          80:31080/TCP

All is well: 3 objects, 2 clusters.
`,
    );
    expect(code).toBe(0);
  });

  it('shows the node port although the nodes may not be listed', async () => {
    controllerRuns();
    join('earth');
    const { host, earth } = sandbox.servers;
    host.put(federated('Service', 'web', 'demo', { status: propagated({ earth: '' }) }));
    namespaceNamed(earth, 'demo');
    earth.put({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'demo', labels: { 'kubefed.io/managed': 'true' } },
      spec: { type: 'NodePort', clusterIPs: ['10.0.0.7'], ports: [{ port: 80, nodePort: 31080 }] },
    });
    earth.answer(/nodes/, { code: 403, reason: 'Forbidden', message: 'no' });

    const { stdout } = await sandbox.fedctl('status');

    expect(stdout).toMatch(/^demo\/web +earth +NodePort +10\.0\.0\.7 +any node +80:31080\/TCP$/m);
  });

  it('names what is wrong, in which cluster and why, and answers 3 when asked for an exit code', async () => {
    controllerRuns();
    join('earth');
    join('vulcan', {
      conditions: [
        {
          type: 'Offline',
          status: 'True',
          reason: 'ClusterNotReachable',
          message: 'no route to host',
          lastProbeTime: '2026-01-01T00:59:55Z',
        },
      ],
    });
    const status = propagated({ earth: ['CreationFailed', 'denied by policy'], vulcan: 'ClusterNotReady' });
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo', { status }));
    const unplaced = {
      observedGeneration: 1,
      conditions: [
        { type: 'Propagation', status: 'False', reason: 'NamespaceNotFederated', message: 'no FederatedNamespace' },
      ],
    };
    sandbox.servers.host.put(federated('Deployment', 'other', 'demo', { status: unplaced }));

    const { code, stdout } = await sandbox.fedctl('status --exit-code');

    expect(stdout).toContain(`CLUSTER   READY   VERSION   AGE   WHY NOT
earth     True    v1.36.3   60m
vulcan    False   -         60m   ClusterNotReachable: no route to host

KIND         NAMESPACE/NAME   PROPAGATED   CLUSTERS   RUNS IN
Deployment   demo/other       False        0/0        -
Deployment   demo/web         False        0/2        -

What is wrong:
  cluster vulcan is not ready: ClusterNotReachable: no route to host
  Deployment demo/other: NamespaceNotFederated: no FederatedNamespace
  Deployment demo/web in earth: CreationFailed: denied by policy
  Deployment demo/web in vulcan: ClusterNotReady
`);
    expect(code).toBe(3);
  });

  it('does not pass off as the truth what nobody has looked at since', async () => {
    join('earth', readyStatus('2026-01-01T00:00:00Z'));

    const { stdout } = await sandbox.fedctl('status');

    expect(stdout).toContain('earth     Unknown   v1.36.3   60m   was ready 60m ago; nobody has probed it since\n');
  });

  it('tells what is under way from what is wrong', async () => {
    controllerRuns();
    join('earth');
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo'));

    const { code, stdout } = await sandbox.fedctl('status --exit-code');

    expect(stdout).toContain('Deployment   demo/web         Pending      -          -\n');
    expect(stdout).toContain('\nUnder way: 1 object of 1 not propagated yet.\n');
    expect(code).toBe(3);
  });

  it('does not let a member that hangs hold up the others for long', async () => {
    controllerRuns();
    join('earth');
    join('vulcan');
    const { host, earth, vulcan } = sandbox.servers;
    host.put(federated('Service', 'web', 'demo', { status: propagated({ earth: '', vulcan: '' }) }));
    namespaceNamed(earth, 'demo');
    earth.put({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'demo', labels: { 'kubefed.io/managed': 'true' } },
      spec: { type: 'ClusterIP', clusterIPs: ['10.0.0.7'], ports: [{ port: 80 }] },
    });
    vulcan.answer(/./, 'hang');

    const { stdout } = await sandbox.fedctl('status', { speed: 20 });

    expect(stdout).toMatch(/^demo\/web +earth +ClusterIP +10\.0\.0\.7 +- +80\/TCP$/m);
    expect(stdout).toMatch(/^demo\/web +vulcan +\? +- +\? \(.*\) +-$/m);
  });

  it('shows one namespace only, when asked', async () => {
    controllerRuns();
    namespaceNamed(sandbox.servers.host, 'other');
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo'));
    sandbox.servers.host.put(federated('Deployment', 'web', 'other'));

    const { stdout } = await sandbox.fedctl('status -n other');

    expect(stdout).toContain('other/web');
    expect(stdout).not.toContain('demo/web');
  });

  it('goes on with what it can read', async () => {
    controllerRuns();
    join('earth');
    sandbox.servers.host.answer(/federatedservices$/, { code: 403, reason: 'Forbidden', message: 'not for you' });

    const { code, stdout } = await sandbox.fedctl('status');

    expect(stdout).toMatch(
      /What is wrong:\n {2}federatedservices\.types\.kubefed\.io cannot be listed: .*not for you\n/,
    );
    expect(code).toBe(0);
  });

  it('gives scripts everything as JSON, alone on stdout', async () => {
    controllerRuns();
    join('earth');
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo', { status: propagated({ earth: '' }) }));

    const { stdout } = await sandbox.fedctl('status -o json');

    expect(JSON.parse(stdout)).toEqual({
      host: { context: 'host', namespace: NAMESPACE, version: 'v1.36.3' },
      controller: { running: true, detail: 'on worker-1', lastSeen: '2026-01-01T00:59:56.000Z' },
      clusters: [
        {
          name: 'earth',
          ready: 'True',
          version: 'v1.36.3',
          joined: '2026-01-01T00:00:00Z',
          lastProbe: '2026-01-01T00:59:55Z',
        },
      ],
      objects: [
        {
          kind: 'Deployment',
          type: 'deployments.apps',
          namespace: 'demo',
          name: 'web',
          propagation: 'True',
          clusters: [{ name: 'earth', ok: true }],
        },
      ],
      services: [],
      problems: [],
    });
  });

  it('keeps showing it until Ctrl-C, in place on a terminal', async () => {
    const interruption = new AbortController();
    controllerRuns();
    join('earth');

    const { code, stdout, stderr } = await sandbox.fedctl('status -w', {
      signal: interruption.signal,
      terminal: true,
      onStdout: (text) => text.includes('CLUSTER') && interruption.abort(new Error('interrupted')),
    });

    expect(stdout.startsWith('\u001b[2J\u001b[HControl plane: kube-federation-system in host')).toBe(true);
    expect(stderr).toBe('');
    expect(code).toBe(130);
  });

  it('says where there is no control plane', async () => {
    const { code, stderr } = await sandbox.fedctl('status --host-cluster-context vulcan');

    expect(stderr).toBe(
      'error: there is no control plane in vulcan\nhint: `fedctl init` installs one; --host-cluster-context names another host\n',
    );
    expect(code).toBe(1);
  });
});
