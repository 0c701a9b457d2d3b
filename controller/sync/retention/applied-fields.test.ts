import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../apis/meta/resource.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { appliedOver, leftToMembers } from './applied-fields.ts';

const kind = (group: string, name: string): Resource => ({
  group,
  version: 'v1',
  kind: name,
  plural: `${name.toLowerCase()}s`,
  namespaced: true,
});
const NOTHING = { retainReplicas: false, retainPaths: [] };

function object(content: object, metadata: KubeObject['metadata'] = {}): KubeObject {
  return { metadata: { name: 'web', ...metadata }, ...content };
}

describe('what is applied over an object that is there', () => {
  it('is what the template says, on condition of what was observed, and not what others put there', () => {
    const desired = object({ data: { a: '1' } }, { labels: { ours: 'yes' }, annotations: { 'example.com/a': '1' } });
    const observed = object(
      { data: { a: '2', theirs: 'yes' } },
      {
        uid: 'u1',
        resourceVersion: '7',
        labels: { theirs: 'yes' },
        annotations: { theirs: 'yes', 'fedmesh.io/created-by': 'me' },
        finalizers: ['theirs'],
      },
    );
    expect(appliedOver(desired, observed, kind('', 'ConfigMap'), NOTHING)).toEqual(
      object(
        { data: { a: '1' } },
        {
          uid: 'u1',
          resourceVersion: '7',
          labels: { ours: 'yes' },
          annotations: { 'example.com/a': '1', 'fedmesh.io/created-by': 'me' },
        },
      ),
    );
  });

  it.each([
    [
      'the address that the member gave a Service, where the template names one',
      kind('', 'Service'),
      { spec: { clusterIP: '10.0.0.1' } },
      { spec: { clusterIP: '10.9.9.9', clusterIPs: ['10.9.9.9'] } },
      { spec: { clusterIP: '10.9.9.9' } },
    ],
    [
      'all tolerations of a Pod, which can only be applied together',
      kind('', 'Pod'),
      { spec: { tolerations: [{ key: 'mine', operator: 'Exists' }] } },
      { spec: { tolerations: [{ key: 'theirs', operator: 'Exists' }] } },
      {
        spec: {
          tolerations: [
            { key: 'theirs', operator: 'Exists' },
            { key: 'mine', operator: 'Exists' },
          ],
        },
      },
    ],
    [
      'the data of a Secret as it is stored',
      kind('', 'Secret'),
      { stringData: { a: 'x' }, data: { b: 'eQ==' } },
      {},
      { data: { a: 'eA==', b: 'eQ==' } },
    ],
    [
      'no rules that a member aggregates',
      kind('rbac.authorization.k8s.io', 'ClusterRole'),
      { aggregationRule: { clusterRoleSelectors: [] }, rules: [] },
      { rules: [{ verbs: ['get'] }] },
      { aggregationRule: { clusterRoleSelectors: [] } },
    ],
  ])('speaks of %s', (_, resource, desired, observed, expected) => {
    expect(appliedOver(object(desired), object(observed), resource, NOTHING)).toEqual(object(expected));
  });

  it('is silent about what is left to the member, and repeats its value inside of lists', () => {
    const retention = { retainReplicas: true, retainPaths: ['/spec/paused', '/spec/list/0/image'] };
    const desired = object({ spec: { replicas: 3, paused: false, list: [{ name: 'a', image: 'ours' }] } });
    const observed = object({ spec: { replicas: 9, paused: true, list: [{ name: 'a', image: 'theirs' }] } });
    expect(appliedOver(desired, observed, kind('apps', 'Deployment'), retention)).toEqual(
      object({ spec: { list: [{ name: 'a', image: 'theirs' }] } }),
    );
    expect(leftToMembers(retention)).toEqual([
      ['spec', 'replicas'],
      ['spec', 'paused'],
    ]);
  });
});
