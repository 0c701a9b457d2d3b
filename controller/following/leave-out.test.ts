import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { isLocalKind, reasonToLeaveOut } from './leave-out.ts';

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9', uid: 'u' };

function object(name: string, rest: object = {}, metadata: object = {}): KubeObject {
  return { metadata: { name, namespace: 'demo', ...metadata }, ...rest };
}

describe("what is left out of a namespace's contents", () => {
  it.each<[string, string, KubeObject, string | undefined]>([
    [
      'what a controller made',
      'pods',
      object('web-1', {}, { ownerReferences: [{ ...owner, controller: true }] }),
      'made by ReplicaSet web-5d9',
    ],
    ['what is going away', 'pods', object('web-1', {}, { deletionTimestamp: 'now' }), 'being deleted'],
    ['the CA of this cluster', 'configmaps', object('kube-root-ca.crt'), 'every namespace gets it'],
    ['the default ServiceAccount', 'serviceaccounts', object('default'), 'every namespace gets it'],
    [
      "a ServiceAccount's token",
      'secrets',
      object('t', { type: 'kubernetes.io/service-account-token' }),
      "a token of this cluster's ServiceAccount",
    ],
    [
      'the quota that counts',
      'resourcequotas',
      object('fedmesh-count'),
      'counts what is in the namespace for a moment',
    ],
    [
      'not: what merely is garbage-collected with something',
      'pods',
      object('web-1', {}, { ownerReferences: [owner] }),
      undefined,
    ],
    ['not: a ConfigMap of a person', 'configmaps', object('settings'), undefined],
    ['not: a Pod of a person', 'pods', object('debug'), undefined],
  ])('%s', (_what, plural, each, reason) => {
    expect(reasonToLeaveOut(each, { group: '', plural })).toBe(reason);
  });

  it("the controller's own right to follow the namespace", () => {
    const roleBindings = { group: 'rbac.authorization.k8s.io', plural: 'rolebindings' };
    expect(reasonToLeaveOut(object('fedmesh-following'), roleBindings)).toBe(
      'lets the controller follow the namespace',
    );
    expect(reasonToLeaveOut(object('team'), roleBindings)).toBeUndefined();
  });

  it.each([
    ['', 'events', true],
    ['events.k8s.io', 'events', true],
    ['', 'endpoints', true],
    ['discovery.k8s.io', 'endpointslices', true],
    ['coordination.k8s.io', 'leases', true],
    ['types.kubefed.io', 'federateddeployments', true],
    ['core.kubefed.io', 'propagatedversions', true],
    ['fedmesh.io', 'unjoinreceipts', true],
    ['apps', 'deployments', false],
    ['example.com', 'leases', false],
  ])('kinds: %s %s → %s', (group, plural, local) => {
    expect(isLocalKind({ group, plural })).toBe(local);
  });
});
