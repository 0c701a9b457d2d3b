import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import type { Storage } from '../storage/storage.ts';
import type { AdmissionAttributes } from './attributes.ts';
import { checkNamespaceLifecycle } from './namespace-lifecycle.ts';

const CONFIG_MAPS = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  storageKey: 'configmaps',
};
const NAMESPACES = {
  ...CONFIG_MAPS,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  storageKey: 'namespaces',
};

function attributes(over: Partial<AdmissionAttributes>): AdmissionAttributes {
  return {
    operation: 'CREATE',
    definition: CONFIG_MAPS,
    subresource: '',
    namespace: 'shop',
    name: 'cart',
    object: { metadata: { name: 'cart' } },
    oldObject: undefined,
    dryRun: false,
    ...over,
  };
}

function clusterWith(...namespaces: KubeObject[]): Pick<Storage, 'get'> {
  return {
    get: (storageKey, namespace, name) => {
      const object = namespaces.find(({ metadata }) => metadata.name === name);
      return object === undefined ? undefined : { storageKey, namespace, name, object, revision: 1, json: '' };
    },
  };
}

function refusal(over: Partial<AdmissionAttributes>, cluster: Pick<Storage, 'get'>): unknown {
  try {
    checkNamespaceLifecycle(attributes(over), cluster);
    return undefined;
  } catch (error) {
    return error instanceof StatusError ? error.status : error;
  }
}

const active = clusterWith({ metadata: { name: 'shop' }, status: { phase: 'Active' } });
const ending = clusterWith({ metadata: { name: 'shop' }, status: { phase: 'Terminating' } });

describe('a namespace', () => {
  it('takes objects while it is there', () => {
    expect(refusal({}, active)).toBeUndefined();
  });

  it('that is missing is what a create hears of', () => {
    expect(refusal({}, clusterWith())).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "shop" not found',
      details: { name: 'shop', kind: 'namespaces' },
    });
  });

  it('that ends takes nothing new, and says so to machines too', () => {
    expect(refusal({}, ending)).toMatchObject({
      code: 403,
      message:
        'configmaps "cart" is forbidden: unable to create new content in namespace shop because it is being terminated',
      details: {
        name: 'cart',
        kind: 'configmaps',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace shop is being terminated',
            field: 'metadata.namespace',
          },
        ],
      },
    });
  });

  it('that ends names what has no name yet by what its name will begin with', () => {
    const object = { metadata: { generateName: 'cart-' } };
    expect(refusal({ name: '', object }, ending)).toMatchObject({ details: { name: 'cart-' } });
  });

  it('that ends can be emptied and changed', () => {
    expect(refusal({ operation: 'DELETE' }, ending)).toBeUndefined();
    expect(refusal({ operation: 'UPDATE' }, ending)).toBeUndefined();
  });

  it('is not told about by access reviews', () => {
    const storageKey = 'localsubjectaccessreviews.authorization.k8s.io';
    expect(refusal({ definition: { ...CONFIG_MAPS, storageKey } }, clusterWith())).toBeUndefined();
  });

  it.each(['default', 'kube-system', 'kube-public'])('%s cannot be deleted', (name) => {
    const deletion = { operation: 'DELETE', definition: NAMESPACES, namespace: name, name } as const;
    expect(refusal(deletion, active)).toMatchObject({
      code: 403,
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });

  it('of one’s own can be deleted', () => {
    expect(refusal({ operation: 'DELETE', definition: NAMESPACES, name: 'shop' }, active)).toBeUndefined();
  });
});
