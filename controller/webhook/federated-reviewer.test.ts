import { describe, expect, it } from 'vitest';
import { defaultFederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import type { AdmissionRequest } from './admission-review.ts';
import { FederatedReviewer } from './federated-reviewer.ts';

const DEPLOYMENTS = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
const typeConfigs = [defaultFederatedTypeConfig(typeConfigFor(DEPLOYMENTS))];
const reviewer = new FederatedReviewer({
  namespace: 'system',
  typeConfigs: () => typeConfigs,
  unknownFields: async (template, { kind }) =>
    template !== undefined && 'spce' in template ? [`spec.template.spce is no field of ${kind}`] : [],
});

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { replicas: 2, template: { spec: { containers: [] } } },
};

function deployment(spec: object, metadata: object = {}): KubeObject {
  return { kind: 'FederatedDeployment', metadata: { name: 'web', namespace: 'demo', ...metadata }, spec };
}

async function judge(object: KubeObject, more: Partial<AdmissionRequest> = {}) {
  const verdict = await reviewer.review({
    uid: 'u',
    operation: more.oldObject === undefined ? 'CREATE' : 'UPDATE',
    resource: { group: 'types.kubefed.io', version: 'v1beta1', resource: 'federateddeployments' },
    userInfo: { username: 'ann', groups: ['system:authenticated'] },
    object,
    ...more,
  });
  return 'message' in verdict ? verdict.message : verdict;
}

const overriding = (...clusterOverrides: object[]) =>
  deployment({ template, overrides: [{ clusterName: 'earth', clusterOverrides }] });

describe('a federated object is refused', () => {
  it.each([
    [
      'an operation that nobody knows',
      overriding({ op: 'move', path: '/spec/replicas' }),
      'spec.overrides[0].clusterOverrides[0].op: "move" is not one of "add", "remove", "replace"',
    ],
    [
      'a path that leads nowhere',
      overriding({ path: 'spec.replicas', value: 1 }),
      'spec.overrides[0].clusterOverrides[0].path: "spec.replicas" is not a JSON pointer, such as /spec/replicas',
    ],
    [
      'a path twice',
      overriding({ path: '/spec/replicas', value: 1 }, { path: '/spec/replicas', value: 2 }),
      'spec.overrides[0].clusterOverrides[1].path: "/spec/replicas" stands there twice',
    ],
    [
      'what says which object it is',
      overriding({ path: '/metadata/name', value: 'x' }),
      'spec.overrides[0].clusterOverrides[0].path: "/metadata/name" says which object it is and cannot be overridden',
    ],
    [
      'a cluster twice',
      deployment({ overrides: [{ clusterName: 'earth' }, { clusterName: 'earth' }] }),
      'spec.overrides[1].clusterName: "earth" stands there twice',
    ],
    [
      'fewer than no replicas',
      overriding({ path: '/spec/replicas', value: -1 }),
      'spec.overrides[0].clusterOverrides[0].value: -1 must not be negative',
    ],
    [
      'a selector that does not parse',
      deployment({ placement: { clusterSelector: { matchExpressions: [{ key: 'tier', operator: 'Like' }] } } }),
      'spec.placement.clusterSelector.matchExpressions[0].operator: "Like" is not one of "In", "NotIn", "Exists", "DoesNotExist"',
    ],
    [
      'a template that is none',
      deployment({ template: { metadata: { labels: 'app=web' } } }),
      'spec.template.metadata.labels is not an object',
    ],
    [
      'fields to retain that are none',
      deployment({ template }, { annotations: { 'fedmesh.io/retain': 'replicas' } }),
      'annotation fedmesh.io/retain: must be a JSON array of JSON pointers, such as ["/spec/replicas"]',
    ],
  ])('for %s', async (_, object, message) => {
    expect(await judge(object)).toBe(message);
    expect(await judge(object, { oldObject: deployment({ template }) })).toBe(message);
  });
});

describe('a federated object is let in', () => {
  it('when nothing is wrong', async () => {
    const object = deployment({
      template,
      placement: { clusters: [{ name: 'earth' }] },
      overrides: [{ clusterName: 'earth', clusterOverrides: [{ path: '/spec/replicas', value: 0 }] }],
    });
    expect(await judge(object)).toEqual({ allowed: true });
    expect(await judge(deployment({}))).toEqual({ allowed: true });
  });

  const faulty = overriding({ op: 'move', path: '/a' });

  it('with its old faults, which are told again', async () => {
    const withFinalizer = { ...faulty, metadata: { ...faulty.metadata, finalizers: ['kubefed.io/sync-controller'] } };
    expect(await judge(withFinalizer, { oldObject: faulty })).toMatchObject({
      allowed: true,
      warnings: [expect.stringContaining('"move" is not one of')],
    });
    const second = { clusterName: 'vulcan' };
    const moved = { ...faulty, spec: { ...(faulty.spec as object), overrides: [second, ...overridesOf(faulty)] } };
    expect(await judge(moved, { oldObject: faulty })).toMatchObject({ allowed: true });
  });

  it('while it is being deleted, when its status is written, and when the controller writes it', async () => {
    const going = { ...faulty, metadata: { ...faulty.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(await judge(going)).toEqual({ allowed: true });
    expect(await judge(faulty, { subResource: 'status' })).toEqual({ allowed: true });
    const groups = ['system:serviceaccounts', 'system:serviceaccounts:system', 'system:authenticated'];
    expect(await judge(faulty, { userInfo: { groups } })).toEqual({ allowed: true });
    expect(await judge(faulty, { userInfo: { groups: ['system:serviceaccounts:demo'] } })).toContain('"move"');
  });

  it('and warned of when an override does not fit the template: a new member could not have it', async () => {
    expect(await judge(overriding({ op: 'remove', path: '/spec/paused' }))).toEqual({
      allowed: true,
      warnings: ['could not be created: overrides: cluster "earth": remove "/spec/paused": there is nothing to remove'],
    });
  });

  it('and warned of when its template has finalizers, or fields that its kind does not know', async () => {
    const spec = { template: { ...template, metadata: { finalizers: ['a/b'] }, spce: {} } };
    expect(await judge(deployment(spec))).toEqual({
      allowed: true,
      warnings: [
        expect.stringContaining('metadata.finalizers cannot be set via template'),
        'spec.template.spce is no field of Deployment',
      ],
    });
  });
});

function overridesOf(object: KubeObject): object[] {
  return (object.spec as { overrides: object[] }).overrides;
}

describe('a ReplicaSchedulingPreference', () => {
  const preference = (spec: object): KubeObject => ({ metadata: { name: 'web', namespace: 'demo' }, spec });
  const resource = { group: 'scheduling.kubefed.io', version: 'v1alpha1', resource: 'replicaschedulingpreferences' };

  it('is refused when nobody could plan by it', async () => {
    const good = { targetKind: 'FederatedDeployment', totalReplicas: 3, clusters: { '*': { weight: 1 } } };
    expect(await judge(preference(good), { resource })).toEqual({ allowed: true });
    expect(await judge(preference({ ...good, totalReplicas: -3 }), { resource })).toBe(
      'spec.totalReplicas: -3 must be a whole number from 0 to 2147483647',
    );
    expect(
      await judge(preference({ ...good, clusters: { earth: { minReplicas: 5, maxReplicas: 2 } } }), { resource }),
    ).toBe('spec.clusters[earth].maxReplicas: 2 is less than minReplicas, 5');
    expect(await judge(preference({ ...good, targetKind: 'Deployment' }), { resource })).toBe(
      'spec.targetKind: "Deployment" is not one of "FederatedDeployment", "FederatedReplicaSet"',
    );
  });
});
