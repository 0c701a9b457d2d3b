import { describe, expect, test } from 'vitest';
import type { DeepReadonly, KubeObject } from '../../../../../apis/meta/v1.ts';
import { services } from '../core/service.ts';
import { serviceCidrs } from '../networking/service-cidr.ts';
import { TestCluster } from '../testing/cluster.ts';

interface Spec {
  clusterIP?: string;
  clusterIPs?: string[];
  type?: string;
  healthCheckNodePort?: number;
  ports?: { port: number; nodePort?: number; protocol?: string; name?: string }[];
}

const NOW = Date.parse('2026-01-02T03:04:05Z');

function service(name: string, spec: object = {}): object {
  return { metadata: { name, namespace: 'default' }, spec: { ports: [{ port: 80 }], ...spec } };
}

function specOf(object: DeepReadonly<KubeObject>): Spec {
  return object.spec as Spec;
}

describe('ClusterIPs', () => {
  test('each Service gets one of its own, out of the range', () => {
    const cluster = new TestCluster(NOW);
    const addresses = Array.from(
      { length: 50 },
      (_, i) => specOf(cluster.create(services, service(`s${i}`))).clusterIP,
    );
    expect(new Set(addresses).size).toBe(50);
    for (const address of addresses) expect(address).toMatch(/^10\.100\.\d+\.\d+$/);
  });

  test('a free one may be asked for, a taken one is refused in the words of kube-apiserver', () => {
    const cluster = new TestCluster(NOW);
    const first = cluster.create(services, service('a', { clusterIP: '10.100.0.7' }));
    expect(specOf(first)).toMatchObject({ clusterIP: '10.100.0.7', clusterIPs: ['10.100.0.7'] });
    expect(() => cluster.create(services, service('b', { clusterIP: '10.100.0.7' }))).toThrow(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.100.0.7"]: failed to allocate IP 10.100.0.7: provided IP is already allocated',
    );
  });

  test.each(['1.2.3.4', '10.100.0.0', '10.100.255.255'])('%s, which nobody may have, is refused', (clusterIP) => {
    expect(() => new TestCluster(NOW).create(services, service('a', { clusterIP }))).toThrow(
      `failed to allocate IP ${clusterIP}: the provided network does not match the current range`,
    );
  });

  test('what a deleted Service had is free again', () => {
    const cluster = new TestCluster(NOW, '10.100.0.0/30');
    const first = cluster.create(services, service('a'));
    const second = cluster.create(services, service('b'));
    expect(() => cluster.create(services, service('c'))).toThrow('range is full');
    cluster.delete(services, first);
    expect(specOf(cluster.create(services, service('c'))).clusterIP).toBe(specOf(first).clusterIP);
    cluster.delete(services, second);
  });

  test('a ServiceCIDR adds a range to choose from', () => {
    const cluster = new TestCluster(NOW);
    cluster.create(serviceCidrs, { metadata: { name: 'more' }, spec: { cidrs: ['10.250.0.0/24'] } });
    expect(specOf(cluster.create(services, service('a', { clusterIP: '10.250.0.9' }))).clusterIP).toBe('10.250.0.9');
  });

  test('a Service that becomes a name gives its address back', () => {
    const cluster = new TestCluster(NOW);
    const plain = cluster.create(services, service('a', { clusterIP: '10.100.0.7' }));
    cluster.update(services, plain, (stored) => ({
      ...stored,
      spec: { ...(stored.spec as Spec), type: 'ExternalName', externalName: 'x.y' },
    }));
    expect(specOf(cluster.create(services, service('b', { clusterIP: '10.100.0.7' }))).clusterIP).toBe('10.100.0.7');
  });

  test('a dry run takes none', () => {
    const cluster = new TestCluster(NOW);
    cluster.create(services, service('a', { clusterIP: '10.100.0.7' }), true);
    expect(specOf(cluster.create(services, service('b', { clusterIP: '10.100.0.7' }))).clusterIP).toBe('10.100.0.7');
  });
});

describe('node ports', () => {
  test('every port of a NodePort Service gets one; TCP and UDP of one port share theirs', () => {
    const ports = [
      { port: 80, name: 'a' },
      { port: 80, name: 'b', protocol: 'UDP' },
      { port: 81, name: 'c' },
    ];
    const created = new TestCluster(NOW).create(services, service('a', { type: 'NodePort', ports }));
    const [first, second, third] = (specOf(created).ports ?? []).map(({ nodePort }) => nodePort ?? 0);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
    for (const port of [first, third]) expect(port).toSatisfy((value: number) => value >= 30000 && value <= 32767);
  });

  test('one that is taken or out of range is refused in the words of kube-apiserver', () => {
    const cluster = new TestCluster(NOW);
    const wanting = (name: string, nodePort: number) =>
      cluster.create(services, service(name, { type: 'NodePort', ports: [{ port: 80, nodePort }] }));
    wanting('a', 30080);
    expect(() => wanting('b', 30080)).toThrow(
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
    expect(() => wanting('c', 80)).toThrow(
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
  });

  test('a load balancer for local traffic gets a port for health checks, and gives it back', () => {
    const cluster = new TestCluster(NOW);
    const balanced = cluster.create(
      services,
      service('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30555 }),
    );
    expect(specOf(balanced).healthCheckNodePort).toBe(30555);
    const again = () =>
      cluster.create(services, service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30555 }] }));
    expect(again).toThrow('already allocated');
    cluster.delete(services, balanced);
    expect(again).not.toThrow();
  });
});
