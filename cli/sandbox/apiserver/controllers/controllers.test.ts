import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from './testing/cluster.ts';

let earth: TestCluster;

beforeEach(() => {
  earth = startTestCluster({ bootstrap: true });
});

afterEach(() => {
  earth.controllers.close();
  expect(earth.errors).toEqual([]);
});

describe('a fresh cluster', () => {
  it('holds what a fresh control plane holds', async () => {
    await earth.controllers.settled();
    const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
    expect(earth.names('Namespace')).toEqual(namespaces);
    expect(earth.names('ServiceAccount')).toEqual(namespaces.map((name) => `${name}/default`));
    expect(earth.names('ConfigMap')).toEqual([
      'default/kube-root-ca.crt',
      'kube-node-lease/kube-root-ca.crt',
      'kube-public/kube-root-ca.crt',
      'kube-system/extension-apiserver-authentication',
      'kube-system/kube-apiserver-legacy-service-account-token-tracking',
      'kube-system/kube-root-ca.crt',
    ]);
    expect(earth.get('Service', 'default/kubernetes')?.spec).toMatchObject({
      clusterIP: '10.100.0.1',
      clusterIPs: ['10.100.0.1'],
      ipFamilies: ['IPv4'],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 26774 }],
      type: 'ClusterIP',
    });
    expect(earth.get('ServiceCIDR', 'kubernetes')).toMatchObject({
      metadata: { finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
      spec: { cidrs: ['10.100.0.0/16'] },
      status: { conditions: [{ type: 'Ready', status: 'True', message: 'Kubernetes Service CIDR is ready' }] },
    });
    expect(earth.get('IPAddress', '10.100.0.1')).toMatchObject({
      metadata: { labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4' } },
      spec: { parentRef: { resource: 'services', namespace: 'default', name: 'kubernetes' } },
    });
    expect(earth.get('APIService', 'v1.apps')).toMatchObject({
      spec: { group: 'apps', groupPriorityMinimum: 17_800, version: 'v1', versionPriority: 15 },
      status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
    });
    expect(earth.names('PriorityClass')).toEqual(['system-cluster-critical', 'system-node-critical']);
  });

  it('gets back what it cannot be without', async () => {
    await earth.controllers.settled();
    earth.delete('Service', 'default/kubernetes');
    earth.delete('Namespace', 'kube-public');
    await earth.controllers.settled();
    expect(earth.get('Service', 'default/kubernetes')?.spec).toMatchObject({ clusterIP: '10.100.0.1' });
    expect(earth.get('Namespace', 'kube-public')).toMatchObject({ status: { phase: 'Active' } });
    expect(earth.get('ConfigMap', 'kube-public/kube-root-ca.crt')).toBeDefined();
    expect(earth.names('IPAddress')).toEqual(['10.100.0.1']);
  });

  it('writes nothing more, and has no timers, once it has settled', async () => {
    await earth.controllers.settled();
    const { revision } = earth.storage;
    await earth.controllers.settled();
    expect(earth.storage.revision).toBe(revision);
    expect(earth.clock.pending).toBe(0);
  });
});

describe('a token Secret', () => {
  it('is filled, and goes with its ServiceAccount', async () => {
    earth.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'join', namespace: 'default' } });
    tokenSecret('join');
    await earth.controllers.settled();
    const secret = earth.get('Secret', 'default/join-token');
    const data = secret?.data as Record<string, string>;
    expect(decode(data.namespace)).toBe('default');
    expect(decode(data['ca.crt'])).toBe(earth.cluster.caPem);
    expect(claimsOf(decode(data.token))).toMatchObject({
      iss: 'kubernetes/serviceaccount',
      sub: 'system:serviceaccount:default:join',
      'kubernetes.io/serviceaccount/secret.name': 'join-token',
    });
    const account = earth.get('ServiceAccount', 'default/join');
    expect(secret?.metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(account?.metadata.uid);

    earth.delete('ServiceAccount', 'default/join');
    await earth.controllers.settled();
    expect(earth.get('Secret', 'default/join-token')).toBeUndefined();
  });

  it('of a ServiceAccount that is not there goes at once', async () => {
    tokenSecret('nobody');
    await earth.controllers.settled();
    expect(earth.get('Secret', 'default/nobody-token')).toBeUndefined();
  });
});

describe('a ClusterRole with an aggregationRule', () => {
  it('has the rules of those that it selects, also of such that come later', async () => {
    await earth.controllers.settled();
    const rule = { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] };
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    const identity = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
    earth.create({ ...identity, metadata: { name: 'widgets', labels }, rules: [rule] });
    await earth.controllers.settled();
    for (const name of ['view', 'edit', 'admin']) expect(earth.get('ClusterRole', name)?.rules).toContainEqual(rule);
    earth.delete('ClusterRole', 'widgets');
    await earth.controllers.settled();
    for (const name of ['view', 'edit', 'admin']) {
      expect(earth.get('ClusterRole', name)?.rules).not.toContainEqual(rule);
    }
  });
});

describe('a Service', () => {
  it('has its address shown as long as it has it', async () => {
    const spec = { ports: [{ port: 80 }], clusterIP: '10.100.7.7', clusterIPs: ['10.100.7.7'] };
    earth.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec });
    await earth.controllers.settled();
    expect(earth.names('IPAddress')).toEqual(['10.100.0.1', '10.100.7.7']);
    earth.delete('Service', 'default/web');
    await earth.controllers.settled();
    expect(earth.names('IPAddress')).toEqual(['10.100.0.1']);
  });
});

describe('a ServiceCIDR', () => {
  it('becomes ready, and stays while addresses in it are in use', async () => {
    const identity = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR' };
    earth.create({ ...identity, metadata: { name: 'more' }, spec: { cidrs: ['10.101.0.0/24'] } });
    await earth.controllers.settled();
    expect(earth.get('ServiceCIDR', 'more')?.status).toMatchObject({ conditions: [{ type: 'Ready', status: 'True' }] });
    earth.create({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: { name: '10.101.0.7' },
      spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
    });
    earth.delete('ServiceCIDR', 'more');
    await earth.controllers.settled();
    expect(earth.get('ServiceCIDR', 'more')?.status).toMatchObject({
      conditions: [
        { status: 'False', reason: 'Terminating', message: expect.stringMatching(/^There are still IPAddr/) },
      ],
    });
    earth.delete('IPAddress', '10.101.0.7');
    await earth.controllers.settled();
    expect(earth.get('ServiceCIDR', 'more')).toBeUndefined();
  });
});

function tokenSecret(account: string): void {
  earth.create({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: {
      name: `${account}-token`,
      namespace: 'default',
      annotations: { 'kubernetes.io/service-account.name': account },
    },
  });
}

function decode(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
