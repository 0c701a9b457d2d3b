import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeepReadonly, KubeObject, OwnerReference } from '../../../../apis/meta/v1.ts';
import { startTestCluster, type TestCluster } from './testing/cluster.ts';

let earth: TestCluster;

beforeEach(() => {
  earth = startTestCluster();
  for (const name of ['shop', 'other']) earth.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});

afterEach(() => {
  earth.controllers.close();
  expect(earth.errors).toEqual([]);
});

describe('owners that are deleted', () => {
  it('take what they own along', async () => {
    const owner = configMap('shop/owner');
    const middle = configMap('shop/middle', [ownerOf(owner)]);
    configMap('shop/leaf', [ownerOf(middle)]);
    configMap('shop/free');
    earth.delete('ConfigMap', 'shop/owner', 'Background');
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/free']);
  });

  it('leave what has another owner, without the reference to them', async () => {
    const one = configMap('shop/one');
    const two = configMap('shop/two');
    configMap('shop/shared', [ownerOf(one), ownerOf(two)]);
    earth.delete('ConfigMap', 'shop/one');
    await earth.controllers.settled();
    expect(earth.get('ConfigMap', 'shop/shared')?.metadata.ownerReferences).toEqual([ownerOf(two)]);
  });

  it('release what they own when asked to, and then go', async () => {
    const owner = configMap('shop/owner');
    for (let index = 0; index < 450; index++) configMap(`shop/child-${index}`, [ownerOf(owner)]);
    earth.delete('ConfigMap', 'shop/owner', 'Orphan');
    expect(earth.get('ConfigMap', 'shop/owner')?.metadata.finalizers).toEqual(['orphan']);
    await earth.controllers.settled();
    expect(earth.get('ConfigMap', 'shop/owner')).toBeUndefined();
    expect(own()).toHaveLength(450);
    expect(earth.get('ConfigMap', 'shop/child-0')?.metadata.ownerReferences).toBeUndefined();
  });

  it('wait for those who block them, and for no others, when deleted in the foreground', async () => {
    const owner = configMap('shop/owner');
    configMap('shop/blocking', [{ ...ownerOf(owner), blockOwnerDeletion: true }], ['example.com/hold']);
    configMap('shop/loose', [ownerOf(owner)], ['example.com/hold']);
    earth.delete('ConfigMap', 'shop/owner', 'Foreground');
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/blocking', 'shop/loose', 'shop/owner']);
    expect(earth.get('ConfigMap', 'shop/loose')?.metadata.deletionTimestamp).toBeDefined();

    unhold('shop/blocking');
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/loose']);
  });

  it('go from the leaves up when each level blocks the one above', async () => {
    const top = configMap('shop/top');
    const middle = configMap('shop/middle', [{ ...ownerOf(top), blockOwnerDeletion: true }]);
    configMap('shop/leaf', [{ ...ownerOf(middle), blockOwnerDeletion: true }], ['example.com/hold']);
    earth.delete('ConfigMap', 'shop/top', 'Foreground');
    await earth.controllers.settled();
    expect(earth.get('ConfigMap', 'shop/middle')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    unhold('shop/leaf');
    await earth.controllers.settled();
    const gone = earth.events.filter(({ type }) => type === 'DELETED').map(({ stored }) => stored.name);
    expect(gone).toEqual(['leaf', 'middle', 'top']);
  });

  it('do not wait for one another in a circle', async () => {
    const one = configMap('shop/one');
    const two = configMap('shop/two', [{ ...ownerOf(one), blockOwnerDeletion: true }]);
    earth.update('ConfigMap', 'shop/one', (object) => ({
      ...object,
      metadata: { ...object.metadata, ownerReferences: [{ ...ownerOf(two), blockOwnerDeletion: true }] },
    }));
    await earth.controllers.settled();
    earth.delete('ConfigMap', 'shop/one', 'Foreground');
    await earth.controllers.settled();
    expect(own()).toEqual([]);
  });

  it('stay free to go when a dependent lets go of them', async () => {
    const owner = configMap('shop/owner');
    configMap('shop/child', [{ ...ownerOf(owner), blockOwnerDeletion: true }], ['example.com/hold']);
    earth.delete('ConfigMap', 'shop/owner', 'Foreground');
    await earth.controllers.settled();
    expect(own()).toContain('shop/owner');
    earth.update('ConfigMap', 'shop/child', (object) => {
      const { ownerReferences: _, ...metadata } = object.metadata;
      return { ...object, metadata };
    });
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/child']);
  });
});

describe('owners that are not there', () => {
  it.each([
    ['nobody of that name', { name: 'nobody', uid: 'ffffffff-0000-4000-8000-000000000000' }],
    ['a successor with another UID', { name: 'owner', uid: 'ffffffff-0000-4000-8000-000000000000' }],
  ])('lose what names them: %s', async (_, owner) => {
    configMap('shop/owner');
    configMap('shop/child', [{ apiVersion: 'v1', kind: 'ConfigMap', ...owner }]);
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/owner']);
  });

  it('are not looked for in other namespaces; the mistake is told', async () => {
    const owner = configMap('other/owner');
    configMap('shop/child', [ownerOf(owner)]);
    await earth.controllers.settled();
    expect(own()).toEqual(['other/owner']);
    const [event] = earth.storage.list('events').map(({ object }) => object);
    expect(event).toMatchObject({
      metadata: { namespace: 'shop' },
      involvedObject: { kind: 'ConfigMap', namespace: 'shop', name: 'child', apiVersion: 'v1' },
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [v1/ConfigMap, namespace: shop, name: owner, uid: ${owner.metadata.uid}] does not exist in namespace "shop"`,
      source: { component: 'garbage-collector-controller' },
      type: 'Warning',
    });
  });

  it('cannot be namespaced for what has no namespace: it stays, and the mistake is told', async () => {
    const owner = configMap('shop/owner');
    earth.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'reader', ownerReferences: [ownerOf(owner)] },
    });
    await earth.controllers.settled();
    expect(earth.names('ClusterRole')).toEqual(['reader']);
    expect(earth.storage.list('events')[0]?.object).toMatchObject({
      metadata: { namespace: 'default' },
      message: `ownerRef [v1/ConfigMap, namespace: , name: owner, uid: ${owner.metadata.uid}] does not exist in namespace ""`,
    });
  });

  it('leave things as they are while nobody serves their kind', async () => {
    const uid = 'ffffffff-0000-4000-8000-000000000000';
    configMap('shop/child', [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid }]);
    configMap('shop/other', [{ apiVersion: 'apps/v9', kind: 'Deployment', name: 'd', uid }]);
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/child', 'shop/other']);
  });

  it('may be cluster-scoped', async () => {
    const node = earth.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
    configMap('shop/child', [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: node.metadata.uid ?? '' }]);
    await earth.controllers.settled();
    expect(own()).toEqual(['shop/child']);
    earth.delete('Node', 'n1');
    await earth.controllers.settled();
    expect(own()).toEqual([]);
  });
});

function configMap(
  key: string,
  ownerReferences: OwnerReference[] = [],
  finalizers: string[] = [],
): DeepReadonly<KubeObject> {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = {
    namespace,
    name,
    ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  return earth.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

function ownerOf({ metadata: { name = '', uid = '' } }: DeepReadonly<KubeObject>): OwnerReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
}

function unhold(key: string): void {
  earth.update('ConfigMap', key, (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
}

/** The ConfigMaps but those that every namespace gets. */
function own(): string[] {
  return earth.names('ConfigMap').filter((key) => !key.endsWith('/kube-root-ca.crt'));
}
