import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from './testing/cluster.ts';

let earth: TestCluster;

beforeEach(() => {
  earth = startTestCluster();
});

afterEach(() => {
  earth.controllers.close();
  expect(earth.errors).toEqual([]);
});

describe('a namespace', () => {
  it('gets its ServiceAccount and the CA, and gets them again', async () => {
    namespace('shop');
    await earth.controllers.settled();
    expect(earth.get('ConfigMap', 'shop/kube-root-ca.crt')).toMatchObject({
      data: { 'ca.crt': earth.cluster.caPem },
      metadata: { annotations: { 'kubernetes.io/description': expect.stringMatching(/^Contains a CA bundle/) } },
    });
    expect(earth.names('ServiceAccount')).toEqual(['shop/default']);

    earth.delete('ServiceAccount', 'shop/default');
    earth.delete('ConfigMap', 'shop/kube-root-ca.crt');
    await earth.controllers.settled();
    expect(earth.names('ServiceAccount')).toEqual(['shop/default']);

    earth.update('ConfigMap', 'shop/kube-root-ca.crt', (object) => ({ ...object, data: { 'ca.crt': 'forged' } }));
    await earth.controllers.settled();
    expect(earth.get('ConfigMap', 'shop/kube-root-ca.crt')?.data).toEqual({ 'ca.crt': earth.cluster.caPem });
  });

  it('goes with all that is in it, and tells each step', async () => {
    namespace('shop');
    await earth.controllers.settled();
    for (let index = 0; index < 700; index++) configMap(`shop/c${index}`);
    service('shop', 'web');
    earth.delete('Namespace', 'shop');
    expect(earth.get('Namespace', 'shop')).toMatchObject({ status: { phase: 'Terminating' } });
    await earth.controllers.settled();
    expect(earth.get('Namespace', 'shop')).toBeUndefined();
    expect([...earth.names('ConfigMap'), ...earth.names('ServiceAccount'), ...earth.names('Service')]).toEqual([]);
    const told = earth.events.filter(({ stored }) => stored.storageKey === 'namespaces');
    expect(told.map(({ type, stored }) => [type, conditionsOf(stored.object.status).length])).toEqual([
      ['ADDED', 0],
      ['MODIFIED', 0],
      ['MODIFIED', 5],
      ['DELETED', 5],
    ]);
    expect(conditionsOf(told.at(-1)?.stored.object.status).map(({ status, reason }) => [status, reason])).toEqual([
      ['False', 'ResourcesDiscovered'],
      ['False', 'ParsedGroupVersions'],
      ['False', 'ContentDeleted'],
      ['False', 'ContentRemoved'],
      ['False', 'ContentHasNoFinalizers'],
    ]);
  });

  it('waits for finalizers, and says for which and where', async () => {
    namespace('shop');
    configMap('shop/held', ['example.com/x']);
    configMap('shop/too', ['example.com/x', 'example.com/y']);
    earth.delete('Namespace', 'shop');
    await earth.controllers.settled();
    const conditions = conditionsOf(earth.get('Namespace', 'shop')?.status);
    expect(
      conditions.filter(({ status }) => status === 'True').map(({ reason, message }) => [reason, message]),
    ).toEqual([
      ['SomeResourcesRemain', 'Some resources are remaining: configmaps. has 2 resource instances'],
      [
        'SomeFinalizersRemain',
        'Some content in the namespace has finalizers remaining: example.com/x in 2 resource instances, example.com/y in 1 resource instances',
      ],
    ]);
    expect(earth.names('ConfigMap')).toEqual(['shop/held', 'shop/too']);
    release('shop/held');
    await earth.controllers.settled();
    expect(conditionsOf(earth.get('Namespace', 'shop')?.status)[3]?.message).toBe(
      'Some resources are remaining: configmaps. has 1 resource instances',
    );
    release('shop/too');
    await earth.controllers.settled();
    expect(earth.get('Namespace', 'shop')).toBeUndefined();
  });

  it('deletes Pods first, and nothing else before they are gone', async () => {
    namespace('shop');
    await earth.controllers.settled();
    const container = { name: 'web', image: 'web' };
    earth.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { containers: [container], nodeName: 'node-1', terminationGracePeriodSeconds: 30 },
    });
    configMap('shop/config');
    earth.delete('Namespace', 'shop');
    await earth.controllers.settled();
    expect(earth.get('Pod', 'shop/web')?.metadata.deletionTimestamp).toBeDefined();
    expect(earth.get('ConfigMap', 'shop/config')?.metadata.deletionTimestamp).toBeUndefined();

    const { cluster } = earth;
    const pods = cluster.definitionOfKind('', 'Pod');
    if (pods === undefined) throw new Error('no Pods');
    const user = { username: 'kubelet', groups: [] };
    cluster.registry.delete(pods, { namespace: 'shop', name: 'web' }, { user, gracePeriodSeconds: 0 });
    await earth.controllers.settled();
    expect(earth.get('Namespace', 'shop')).toBeUndefined();
  });

  it('stays for finalizers of its own when it is empty', async () => {
    earth.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', finalizers: ['example.com/guard'] },
    });
    earth.delete('Namespace', 'shop');
    await earth.controllers.settled();
    expect(earth.get('Namespace', 'shop')).toMatchObject({ spec: {}, status: { phase: 'Terminating' } });
    earth.update('Namespace', 'shop', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
    await earth.controllers.settled();
    expect(earth.get('Namespace', 'shop')).toBeUndefined();
  });
});

interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function conditionsOf(status: unknown): readonly Condition[] {
  return (status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
}

function namespace(name: string): void {
  earth.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

function configMap(key: string, finalizers: string[] = []): void {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = { namespace, name, ...(finalizers.length === 0 ? {} : { finalizers }) };
  earth.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

function service(namespace: string, name: string): void {
  const spec = { ports: [{ port: 80 }], selector: { app: name } };
  earth.create({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec });
}

function release(key: string): void {
  earth.update('ConfigMap', key, (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
}
