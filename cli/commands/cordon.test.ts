import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { federated, member, NAMESPACE, namespaceNamed, propagated, readyStatus, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';

const CLUSTERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const DRAIN = 'fedmesh.io/drain';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.start('host');
  const { host } = sandbox.servers;
  await sandbox.fedctl('init --types namespaces,deployments.apps,configmaps');
  for (const name of ['earth', 'vulcan']) host.put(member(name));
  namespaceNamed(host, 'shop');
  host.put(federated('Namespace', 'shop', 'shop'));
  host.requests.length = 0;
});
afterEach(() => sandbox.close());

const cluster = (name: string) =>
  sandbox.servers.host.get('kubefedclusters.core.kubefed.io', name, NAMESPACE) as KubeFedCluster;

describe('fedctl cordon', () => {
  it('speaks as kubectl does of nodes, and does a thing once', async () => {
    const said = [];
    for (const words of ['cordon vulcan earth', 'cordon vulcan', 'uncordon vulcan', 'uncordon vulcan']) {
      said.push((await sandbox.fedctl(words)).stdout);
    }
    expect(said).toEqual([
      'kubefedcluster.core.kubefed.io/vulcan cordoned\nkubefedcluster.core.kubefed.io/earth cordoned\n',
      'kubefedcluster.core.kubefed.io/vulcan already cordoned\n',
      'kubefedcluster.core.kubefed.io/vulcan uncordoned\n',
      'kubefedcluster.core.kubefed.io/vulcan already uncordoned\n',
    ]);
    expect(writes(sandbox.servers.host)).toHaveLength(3);
    expect([cluster('earth').spec.unschedulable, cluster('vulcan').spec]).toEqual([
      true,
      { apiEndpoint: 'https://192.0.2.1:6443', secretRef: { name: 'vulcan-token' } },
    ]);
  });

  it('changes nothing when one of the names is unknown', async () => {
    const { code, stderr } = await sandbox.fedctl('cordon vulcan pluto');
    expect([code, stderr]).toEqual([1, 'error: no member is called "pluto"\nhint: members are: earth, vulcan\n']);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('says with --dry-run what it would do', async () => {
    const { stdout } = await sandbox.fedctl('cordon vulcan --dry-run');
    expect(stdout).toBe('kubefedcluster.core.kubefed.io/vulcan cordoned (dry run)\n');
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('tells machines', async () => {
    const { stdout } = await sandbox.fedctl('cordon vulcan -o json');
    expect(JSON.parse(stdout)).toEqual([{ name: 'vulcan', unschedulable: true, changed: true }]);
  });

  it("notices that KubeFed's own CustomResourceDefinition drops the field, and says what to do", async () => {
    const pruned = { ...cluster('vulcan'), code: 200, reason: '', message: '' };
    sandbox.servers.host.answer(/^PATCH .*\/kubefedclusters\/vulcan$/, pruned);
    const { code, stderr } = await sandbox.fedctl('cordon vulcan');
    expect([code, stderr]).toEqual([
      1,
      "error: host drops spec.unschedulable: its CustomResourceDefinition of KubeFedClusters is KubeFed's own\n" +
        'hint: `fedctl init` widens it, and changes nothing else; then run this again\n',
    ]);
  });

  it('is counted out where fedctl federate says where an object goes', async () => {
    sandbox.servers.host.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'limits', namespace: 'shop' } });
    await sandbox.fedctl('cordon vulcan');
    const { stdout } = await sandbox.fedctl('federate configmap limits -n shop');
    expect(stdout).toBe(
      'federatedconfigmap.types.kubefed.io/limits in shop created → earth (cordoned, so left out: vulcan)\n',
    );
  });

  it('is shown by status, and a drain is', async () => {
    await sandbox.fedctl('cordon vulcan');
    expect((await sandbox.fedctl('status')).stdout).toMatch(/^vulcan +True \(cordoned\)/m);
    sandbox.servers.host.put({
      ...cluster('vulcan'),
      metadata: { ...cluster('vulcan').metadata, annotations: { [DRAIN]: 'true' } },
    });
    expect((await sandbox.fedctl('status')).stdout).toMatch(/^vulcan +True \(draining\)/m);
    const { clusters } = JSON.parse((await sandbox.fedctl('status -o json')).stdout) as { clusters: object[] };
    expect(clusters).toMatchObject([{ name: 'earth' }, { name: 'vulcan', cordoned: true, draining: true }]);
  });
});

/** A Deployment of which vulcan was told to run so many, and a preference for all of them. */
function scheduled(counts: Record<string, number>, spec: object = {}): void {
  const placement = { clusters: Object.keys(counts).map((name) => ({ name })) };
  const overrides = Object.entries(counts).map(([clusterName, value]) => ({
    clusterName,
    clusterOverrides: [{ path: '/spec/replicas', value }],
  }));
  const status = propagated(Object.fromEntries(Object.keys(counts).map((name) => [name, ''])));
  sandbox.servers.host.put(federated('Deployment', 'web', 'shop', { spec: { placement, overrides }, status }));
  sandbox.servers.host.put({
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { targetKind: 'FederatedDeployment', totalReplicas: 4, ...spec },
  });
}

/** The controller's word. */
function says(status: 'True' | 'False', message: string, reason = 'Moving'): void {
  const { conditions } = readyStatus() as { conditions: object[] };
  const condition = { type: 'Drained', status, reason, message, lastProbeTime: '2026-01-01T00:59:55Z' };
  sandbox.servers.host.put({
    ...cluster('vulcan'),
    status: { conditions: [...conditions, condition] },
  } as KubeFedCluster);
}

describe('fedctl drain', () => {
  it('of a member with nothing to move is a cordon', async () => {
    sandbox.servers.host.put(
      federated('ConfigMap', 'limits', 'shop', { status: propagated({ earth: '', vulcan: '' }) }),
    );
    const { code, stdout, stderr } = await sandbox.fedctl('drain vulcan');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'kubefedcluster.core.kubefed.io/vulcan cordoned\nkubefedcluster.core.kubefed.io/vulcan drained\n',
      stderr: '',
    });
    expect(cluster('vulcan')).toMatchObject({
      metadata: { annotations: { [DRAIN]: 'true' } },
      spec: { unschedulable: true },
    });
  });

  it('says with --dry-run what would go where, and what has no place there', async () => {
    scheduled({ earth: 2, vulcan: 2 }, { clusters: { '*': { weight: 1, maxReplicas: 3 } } });
    const { stdout } = await sandbox.fedctl('drain vulcan --dry-run');
    expect(stdout).toBe(
      'Deployment shop/web: 2 replicas → earth 1; 1 stay: the other clusters are at maxReplicas, without weight, cordoned, not ready or not selected\n' +
        'kubefedcluster.core.kubefed.io/vulcan cordoned (dry run)\n' +
        'kubefedcluster.core.kubefed.io/vulcan drained (dry run)\n',
    );
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('refuses to leave behind what nothing schedules, unless it is told to', async () => {
    sandbox.servers.host.put(
      federated('Deployment', 'alone', 'shop', { status: propagated({ earth: '', vulcan: '' }) }),
    );
    const refused = await sandbox.fedctl('drain vulcan');
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatchInlineSnapshot(`
      "warning: Deployment shop/alone stays in vulcan: its placement selects the cluster, and nothing schedules it (change its spec.placement, or let a ReplicaSchedulingPreference share out its replicas)
      error: workloads in "vulcan" that no drain moves: 1
      hint: mend each as it says above, or --ignore-unscheduled leaves them there; nothing was changed
      "
    `);
    expect(writes(sandbox.servers.host)).toEqual([]);
    const { code, stdout } = await sandbox.fedctl('drain vulcan --ignore-unscheduled -o json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'vulcan',
      drained: true,
      moves: [],
      stays: [{ kind: 'Deployment', namespace: 'shop', name: 'alone' }],
    });
  });

  it('refuses as well where the schedule cannot move anything', async () => {
    scheduled({ earth: 2, vulcan: 2 });
    const { host } = sandbox.servers;
    const object = host.get('federateddeployments.types.kubefed.io', 'web', 'shop');
    host.put({ ...object, spec: { ...(object?.spec as object), retainReplicas: true } } as never);
    const { code, stderr } = await sandbox.fedctl('drain vulcan');
    expect(code).toBe(4);
    expect(stderr).toContain('Deployment shop/web stays in vulcan: spec.retainReplicas');
  });

  it('shows how far the controller is, and ends when nothing is left', async () => {
    scheduled({ earth: 2, vulcan: 2 });
    const steps = [
      () => says('False', 'scheduled replicas here: 2, of shop/web 2'),
      // Left from an earlier drain: the host says otherwise.
      () => says('True', 'no scheduled replica is here', 'Drained'),
      () => says('False', 'scheduled replicas here: 1, of shop/web 1'),
      () => {
        scheduled({ earth: 4, vulcan: 0 });
        says('True', 'no scheduled replica is here', 'Drained');
      },
    ];
    sandbox.servers.host.onRequest = (request) => {
      if (request === `GET ${CLUSTERS}/vulcan`) steps.shift()?.();
    };
    const { code, stdout } = await sandbox.fedctl('drain vulcan', { speed: 100 });
    expect(code).toBe(0);
    expect(stdout).toBe(
      'kubefedcluster.core.kubefed.io/vulcan cordoned\n' +
        'controller: scheduled replicas here: 2, of shop/web 2\n' +
        'controller: scheduled replicas here: 1, of shop/web 1\n' +
        'kubefedcluster.core.kubefed.io/vulcan drained\n',
    );
  });

  it('gives up waiting in time and says what to do; the controller goes on', async () => {
    scheduled({ earth: 2, vulcan: 2 });
    says('False', 'scheduled replicas here: 2, of shop/web 2 (2 without a place elsewhere)', 'Blocked');
    const { code, stderr } = await sandbox.fedctl('drain vulcan --timeout 2', { speed: 100 });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error: "vulcan" is not drained yet: scheduled replicas here: 2, of shop/web 2 (2 without a place elsewhere)\nhint: make room elsewhere',
    );
    expect(cluster('vulcan').metadata.annotations?.[DRAIN]).toBe('true');
  });

  it('ends with the cordon', async () => {
    await sandbox.fedctl('drain vulcan');
    await sandbox.fedctl('cordon vulcan');
    expect(cluster('vulcan').metadata.annotations?.[DRAIN]).toBe('true');
    const { stdout } = await sandbox.fedctl('uncordon vulcan');
    expect(stdout).toBe('kubefedcluster.core.kubefed.io/vulcan uncordoned\n');
    expect(cluster('vulcan').metadata.annotations?.[DRAIN]).toBeUndefined();
  });
});
