import { describe, expect, it } from 'vitest';
import type { KubeObject, ObjectMeta } from '../../apis/meta/v1.ts';
import { originalLook, sameOriginal } from './original.ts';

const DEPLOYMENTS = { group: 'apps', kind: 'Deployment', plural: 'deployments' };

function deployment(metadata: ObjectMeta = {}, more: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'demo', uid: 'u1', resourceVersion: '1', generation: 1, ...metadata },
    spec: { replicas: 1 },
    ...more,
  };
}

const look = (object: KubeObject) => originalLook(object, DEPLOYMENTS);

describe('what following sees of a plain object', () => {
  it.each<[string, KubeObject]>([
    ['its status', deployment({ resourceVersion: '2' }, { status: { readyReplicas: 1 } })],
    [
      'the marks that sync puts on a copy it has adopted',
      deployment({
        labels: { 'kubefed.io/managed': 'true' },
        annotations: { 'fedmesh.io/template-annotations': '["a"]' },
      }),
    ],
    ['what its controller notes', deployment({ annotations: { 'deployment.kubernetes.io/revision': '7' } })],
    [
      'how kubectl applied it',
      deployment({ annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } }),
    ],
    ['finalizers', deployment({ finalizers: ['example.com/x'] })],
    ['that following it is wanted', deployment({ labels: { 'fedmesh.io/follow': 'true' } })],
  ])('is not %s', (_what, changed) => {
    expect(sameOriginal(look(deployment()), look(changed))).toBe(true);
  });

  it.each<[string, KubeObject]>([
    ['its spec', deployment({}, { spec: { replicas: 2 } })],
    ['its labels', deployment({ labels: { app: 'web' } })],
    ['its annotations', deployment({ annotations: { 'example.com/owner': 'me' } })],
    ['that it was made anew', deployment({ uid: 'u2' })],
    ['that it is to be left out', deployment({ labels: { 'fedmesh.io/follow': 'false' } })],
    ['that it is going', deployment({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ])('is %s', (_what, changed) => {
    expect(sameOriginal(look(deployment()), look(changed))).toBe(false);
  });

  it('is whether it is to be followed at all', () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'App', name: 'web', uid: 'u' };
    const copy = { labels: { 'kubefed.io/managed': 'true' }, annotations: { 'fedmesh.io/created-by': 'c0ffee' } };
    expect(look(deployment()).standing).toBe('followed');
    expect(look(deployment({ labels: { 'kubefed.io/managed': 'true' } })).standing).toBe('followed');
    expect(look(deployment(copy)).standing).toBe('copy');
    expect(look(deployment({ ownerReferences: [{ ...owner, controller: true }] })).standing).toBe('leftOut');
    expect(look(deployment({ ownerReferences: [owner] })).standing).toBe('followed');
    expect(look(deployment({ labels: { 'fedmesh.io/follow': 'false' } })).standing).toBe('leftOut');
    expect(look(deployment({ deletionTimestamp: '2026-01-01T00:00:00Z' })).standing).toBe('leaving');
  });
});
