import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { createCertificateAuthority } from '../../../../controller/kube/certificates.ts';
import { type ApiServer, startApiServer } from '../api-server.ts';
import { AS_API_SERVER, builtIn } from './controller.ts';

// A server with another CA would have to tell every namespace.
const authority = createCertificateAuthority('earth');
let dataDir: string;
let earth: ApiServer;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fedmesh-controllers-'));
  earth = await startApiServer({ name: 'earth', dataDir, authority });
});

afterEach(async () => {
  await earth.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a cluster that was stopped and started again', () => {
  it('goes on with what was under way', async () => {
    create('Namespace', { name: 'shop' });
    create('ConfigMap', { name: 'held', namespace: 'shop', finalizers: ['example.com/hold'] });
    const owner = create('ConfigMap', { name: 'owner', namespace: 'default', finalizers: ['example.com/hold'] });
    const { uid = '' } = owner.metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion: true }];
    create('Secret', { name: 'child', namespace: 'default', ownerReferences, finalizers: ['example.com/hold'] });
    remove('Namespace', '', 'shop');
    remove('ConfigMap', 'default', 'owner', 'Foreground');
    await until(
      () => earth.storage.get('secrets', 'default', 'child')?.object.metadata.deletionTimestamp !== undefined,
    );
    await earth.close();

    earth = await startApiServer({ name: 'earth', dataDir, authority });
    release('ConfigMap', 'shop', 'held');
    await until(() => earth.storage.get('namespaces', '', 'shop') === undefined);
    release('Secret', 'default', 'child');
    await until(() => finalizers('configmaps', 'default', 'owner').join() === 'example.com/hold');
    release('ConfigMap', 'default', 'owner');
    expect(earth.storage.get('configmaps', 'default', 'owner')).toBeUndefined();
  });

  it('writes nothing when nothing was under way', async () => {
    await until(
      () =>
        earth.storage.list('serviceaccounts').length === 4 &&
        earth.storage.list('ipaddresses.networking.k8s.io').length === 1,
    );
    await earth.close();
    const before = earth.storage.revision;
    earth = await startApiServer({ name: 'earth', dataDir, authority });
    create('ConfigMap', { name: 'after', namespace: 'default' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(earth.storage.revision).toBe(before + 1);
  });
});

function create(kind: string, metadata: KubeObject['metadata']) {
  const object = { apiVersion: 'v1', kind, metadata };
  return earth.cluster.registry.create(builtIn(earth.cluster, '', kind), object, AS_API_SERVER);
}

function remove(kind: string, namespace: string, name: string, propagationPolicy?: 'Foreground'): void {
  const options = { ...AS_API_SERVER, ...(propagationPolicy === undefined ? {} : { propagationPolicy }) };
  earth.cluster.registry.delete(builtIn(earth.cluster, '', kind), { namespace, name }, options);
}

function release(kind: string, namespace: string, name: string): void {
  const free = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      finalizers: (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== 'example.com/hold'),
    },
  });
  earth.cluster.registry.update(builtIn(earth.cluster, '', kind), { namespace, name }, free, AS_API_SERVER);
}

function finalizers(storageKey: string, namespace: string, name: string): readonly string[] {
  return earth.storage.get(storageKey, namespace, name)?.object.metadata.finalizers ?? [];
}

/** Resolves with the write that makes it true. */
function until(holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = earth.storage.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
