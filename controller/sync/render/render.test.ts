import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../apis/meta/resource.ts';
import type { KubeObject, ObjectMeta } from '../../../apis/meta/v1.ts';
import type { ClusterOverride, FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { deepFreeze } from '../../kube/deep-freeze.ts';
import { baseOf, renderFor } from './render.ts';

const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const namespaces: Resource = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const pods: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const jobs: Resource = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true };

function federated(spec: FederatedObject['spec'], metadata: ObjectMeta = {}): FederatedObject {
  return deepFreeze({ metadata: { name: 'fedhttp', namespace: 'demo', ...metadata }, spec });
}

/** With overrides for the cluster earth. */
function withOverrides(template: object, ...clusterOverrides: ClusterOverride[]): FederatedObject {
  return federated({ template: { ...template }, overrides: [{ clusterName: 'earth', clusterOverrides }] });
}

function base(object: FederatedObject, resource = deployments) {
  const result = baseOf(object, resource);
  if ('error' in result) throw new Error(result.error);
  return result;
}

function render(object: FederatedObject, resource = deployments, observed?: KubeObject): KubeObject {
  const result = renderFor(base(object, resource), 'earth', observed && deepFreeze(observed));
  if ('error' in result) throw new Error(result.error);
  return result.object;
}

const MANAGED = { 'kubefed.io/managed': 'true' };

describe('rendering a template', () => {
  it('gives the target the name of the federated object, not that of the template', () => {
    const template = { metadata: { name: 'http', namespace: 'elsewhere', generateName: 'x-' }, spec: { replicas: 1 } };
    expect(render(federated({ template }))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'fedhttp', namespace: 'demo', labels: MANAGED },
      spec: { replicas: 1 },
    });
  });

  it('makes of a FederatedNamespace of any name the namespace that it lives in', () => {
    expect(render(federated({}, { name: 'fedns', namespace: 'fedtestns' }), namespaces)).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'fedtestns', labels: MANAGED },
    });
  });

  it("takes the template's apiVersion and the type's kind", () => {
    const object = render(federated({ template: { apiVersion: 'apps/v1beta2', kind: 'Pod' } }));
    expect(object).toMatchObject({ apiVersion: 'apps/v1beta2', kind: 'Deployment' });
  });

  it('leaves out what belongs to the API server that an object lives in', () => {
    const metadata = {
      uid: 'u',
      resourceVersion: '1',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
      managedFields: [{ manager: 'kubectl' }],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1' }],
      labels: { app: 'http' },
    };
    const object = render(federated({ template: { metadata, status: { replicas: 1 }, spec: {} } }));
    expect(object.metadata).toEqual({ name: 'fedhttp', namespace: 'demo', labels: { app: 'http', ...MANAGED } });
    expect(object).not.toHaveProperty('status');
  });

  it('leaves finalizers out with a warning', () => {
    const result = base(federated({ template: { metadata: { finalizers: ['a.io/b'] } } }));
    expect(result.object.metadata).not.toHaveProperty('finalizers');
    expect(result.warnings).toEqual([expect.stringContaining('finalizers cannot be set')]);
    expect(base(federated({ template: { metadata: { finalizers: [] } } })).warnings).toEqual([]);
  });

  it('keeps annotations, and lists them so that they can go again', () => {
    const object = render(federated({ template: { metadata: { annotations: { b: '2', a: '1' } } } }));
    expect(object.metadata.annotations).toEqual({ a: '1', b: '2', 'fedmesh.io/template-annotations': '["a","b"]' });
  });

  it('does not let a template say who created an object', () => {
    const annotations = { 'fedmesh.io/created-by': 'me', 'fedmesh.io/template-annotations': '["x"]' };
    expect(render(federated({ template: { metadata: { annotations } } })).metadata).not.toHaveProperty('annotations');
  });

  it('needs no template', () => {
    expect(render(federated({}))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'fedhttp', namespace: 'demo', labels: MANAGED },
    });
  });

  it('keeps fields that nobody knows', () => {
    expect(render(federated({ template: { spec: { x: { y: [1] } }, more: true } }))).toMatchObject({
      spec: { x: { y: [1] } },
      more: true,
    });
  });

  it.each<[string, unknown]>([
    [' is not an object', 'text'],
    ['.metadata is not an object', { metadata: [] }],
    ['.metadata.labels is not an object', { metadata: { labels: 'a=b' } }],
    ['.metadata.annotations is not an object', { metadata: { annotations: [] } }],
  ])('refuses a template that%s', (error, template) => {
    expect(baseOf(federated({ template: template as Record<string, unknown> }), deployments)).toEqual({
      status: 'ComputeResourceFailed',
      error: `spec.template${error}`,
    });
  });
});

describe('overrides', () => {
  it('apply to the cluster that they name and to no other', () => {
    const result = base(withOverrides({ spec: { replicas: 1 } }, { path: '/spec/replicas', value: 5 }));
    expect(renderFor(result, 'earth')).toMatchObject({ object: { spec: { replicas: 5 } } });
    expect(renderFor(result, 'vulcan')).toMatchObject({ object: { spec: { replicas: 1 } } });
  });

  it('fail the one cluster when they do not apply there', () => {
    const result = base(withOverrides({ spec: {} }, { op: 'remove', path: '/spec/a' }));
    expect(renderFor(result, 'earth')).toMatchObject({ status: 'ApplyOverridesFailed' });
    expect(renderFor(result, 'vulcan')).toHaveProperty('object');
  });

  it('fail every cluster when they are wrong in themselves', () => {
    const object = withOverrides({}, { path: '/kind', value: 'Pod' });
    expect(baseOf(object, deployments)).toMatchObject({ status: 'ApplyOverridesFailed' });
  });

  it('cannot take the managed label away', () => {
    expect(render(withOverrides({}, { path: '/metadata/labels', value: { a: 'b' } })).metadata.labels).toEqual({
      a: 'b',
      ...MANAGED,
    });
    const off = { path: '/metadata/labels', value: { 'kubefed.io/managed': 'false' } };
    expect(render(withOverrides({}, off)).metadata.labels).toEqual(MANAGED);
  });

  it.each<[string, ClusterOverride]>([
    ['its name', { path: '/metadata', value: { labels: {} } }],
    ['its namespace', { path: '/metadata', value: { name: 'fedhttp' } }],
    ['metadata', { op: 'remove', path: '/metadata' }],
    ['an object of labels', { path: '/metadata/labels', value: 'a' }],
    ['an object of annotations', { path: '/metadata/annotations', value: [] }],
  ])('cannot leave the object without %s', (what, override) => {
    expect(renderFor(base(withOverrides({}, override)), 'earth')).toEqual({
      status: 'ApplyOverridesFailed',
      error: `overrides: cluster "earth": they leave the object without ${what}`,
    });
  });

  it('win over what the member keeps', () => {
    const object = withOverrides({ spec: { replicas: 1 } }, { path: '/spec/replicas', value: 5 });
    const retaining = { ...object, spec: { ...object.spec, retainReplicas: true } };
    const observed = { metadata: { name: 'fedhttp', namespace: 'demo' }, spec: { replicas: 3 } };
    expect(render(retaining, deployments, observed).spec).toEqual({ replicas: 5 });
    expect(renderFor(base(retaining), 'vulcan', observed)).toMatchObject({ object: { spec: { replicas: 3 } } });
  });
});

describe('annotations set by overrides', () => {
  const identity = { name: 'fedhttp', namespace: 'demo' };
  const template = { metadata: { annotations: { fromTemplate: '1' } } };

  it('are ours like the template’s', () => {
    const object = render(
      withOverrides(template, { op: 'add', path: '/metadata/annotations/fromOverride', value: '2' }),
    );
    expect(object.metadata.annotations).toEqual({
      fromTemplate: '1',
      fromOverride: '2',
      'fedmesh.io/template-annotations': '["fromOverride","fromTemplate"]',
    });
  });

  it('go when the override goes', () => {
    const written = render(
      withOverrides(template, { op: 'add', path: '/metadata/annotations/fromOverride', value: '2' }),
    );
    const object = render(withOverrides(template), deployments, written);
    expect(object.metadata.annotations).toEqual({
      fromTemplate: '1',
      'fedmesh.io/template-annotations': '["fromTemplate"]',
    });
  });

  it('are the same whether the object is created or updated, whatever the member has', () => {
    const object = withOverrides(template, { op: 'add', path: '/metadata/annotations/theirs', value: 'x' });
    const observed = {
      metadata: { ...identity, annotations: { theirs: 'x', more: 'y', 'fedmesh.io/created-by': 'us' } },
    };
    const created = render(object).metadata.annotations;
    expect(render(object, deployments, observed).metadata.annotations).toEqual({
      ...created,
      more: 'y',
      'fedmesh.io/created-by': 'us',
    });
  });

  it('may replace all of ours, and leave those of others and who created the object', () => {
    const object = withOverrides(template, { op: 'add', path: '/metadata/annotations', value: { a: '1' } });
    const observed = {
      metadata: { ...identity, annotations: { fromTemplate: '1', theirs: 'y', 'fedmesh.io/created-by': 'us' } },
    };
    expect(render(object, deployments, observed).metadata.annotations).toEqual({
      a: '1',
      theirs: 'y',
      'fedmesh.io/created-by': 'us',
      'fedmesh.io/template-annotations': '["a"]',
    });
  });

  it('cannot forge who created the object', () => {
    const forged = { 'fedmesh.io/created-by': 'me', 'fedmesh.io/template-annotations': '["theirs"]' };
    const object = withOverrides(template, { op: 'add', path: '/metadata/annotations', value: forged });
    expect(render(object).metadata).not.toHaveProperty('annotations');
  });

  it('may remove one that somebody in the member set', () => {
    const object = withOverrides(template, { op: 'remove', path: '/metadata/annotations/theirs' });
    const observed = { metadata: { ...identity, annotations: { theirs: 'y' } } };
    expect(render(object, deployments, observed).metadata.annotations).not.toHaveProperty('theirs');
  });
});

describe('rendering over an observed object', () => {
  it('keeps what the member wrote into the metadata', () => {
    const observed = {
      metadata: {
        name: 'fedhttp',
        namespace: 'demo',
        resourceVersion: '7',
        finalizers: ['a.io/b'],
        labels: { x: 'y' },
      },
    };
    expect(render(federated({}), deployments, observed).metadata).toEqual({
      name: 'fedhttp',
      namespace: 'demo',
      resourceVersion: '7',
      finalizers: ['a.io/b'],
      labels: MANAGED,
    });
  });

  it('refuses to guess what the member is to keep when only metadata was read', () => {
    const partial = { kind: 'PartialObjectMetadata', metadata: { name: 'fedhttp', namespace: 'demo' } };
    expect(renderFor(base(federated({ retainReplicas: true })), 'earth', partial)).toMatchObject({
      status: 'FieldRetentionFailed',
    });
    expect(renderFor(base(federated({})), 'earth', partial)).toHaveProperty('object');
  });

  it('knows an empty ConfigMap from one of which only metadata was read', () => {
    const configMaps: Resource = { ...pods, kind: 'ConfigMap', plural: 'configmaps' };
    const filledByMember = federated(
      { template: { data: { a: '1' } } },
      { annotations: { 'fedmesh.io/retain': '["/data"]' } },
    );
    const observed = { kind: 'ConfigMap', metadata: { name: 'fedhttp', namespace: 'demo' } };
    expect(render(filledByMember, configMaps, observed)).not.toHaveProperty('data');
  });

  it('fails every cluster when what is to be kept cannot be read', () => {
    expect(baseOf(federated({}, { annotations: { 'fedmesh.io/retain': '?' } }), deployments)).toMatchObject({
      status: 'FieldRetentionFailed',
    });
  });

  it('keeps in a Job what its controller labelled, even when an override replaces the labels', () => {
    const template = { spec: { template: { metadata: { labels: { app: 'x' } } } } };
    const object = withOverrides(template, { path: '/spec/template/metadata/labels', value: { app: 'y' } });
    const labels = { app: 'x', 'controller-uid': '1', 'batch.kubernetes.io/job-name': 'fedhttp' };
    const observed = { metadata: {}, spec: { template: { metadata: { labels } } } };
    expect(render(object, jobs, observed).spec).toEqual({
      template: { metadata: { labels: { ...labels, app: 'y' } } },
    });
  });

  it('keeps in a Pod what admission and the scheduler added, and writes what the template says', () => {
    const token = { name: 'kube-api-access-x', projected: {} };
    const mount = { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    const data = { name: 'data', mountPath: '/data' };
    const observed = {
      metadata: { name: 'fedhttp', namespace: 'demo' },
      spec: {
        nodeName: 'node-1',
        serviceAccountName: 'default',
        containers: [
          { name: 'app', image: 'old', imagePullPolicy: 'Always', volumeMounts: [data, mount] },
          { name: 'added' },
        ],
        volumes: [{ name: 'data', emptyDir: {} }, token],
        tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
      },
    };
    const template = {
      spec: {
        containers: [{ name: 'app', image: 'new', volumeMounts: [data] }],
        volumes: [{ name: 'data', emptyDir: {} }],
        tolerations: [{ key: 'mine', value: 'x' }],
        activeDeadlineSeconds: 60,
      },
    };
    expect(render(federated({ template }), pods, observed).spec).toEqual({
      ...observed.spec,
      containers: [
        { name: 'app', image: 'new', imagePullPolicy: 'Always', volumeMounts: [data, mount] },
        { name: 'added' },
      ],
      tolerations: [...observed.spec.tolerations, { key: 'mine', value: 'x' }],
      activeDeadlineSeconds: 60,
    });
  });

  it('does not add to a Pod a second time what an override added before', () => {
    const template = { spec: { containers: [{ name: 'app' }] } };
    const object = withOverrides(template, { op: 'add', path: '/spec/containers/-', value: { name: 'side' } });
    const first = render(object, pods);
    expect(render(object, pods, first).spec).toEqual({ containers: [{ name: 'app' }, { name: 'side' }] });
  });
});

describe('cost', () => {
  it('shares the content with the template: nothing is cloned per cluster', () => {
    const object = federated({ template: { spec: { a: {} } } });
    const result = base(object);
    const [one, other] = [renderFor(result, 'earth'), renderFor(result, 'vulcan')];
    expect('object' in one && one.object.spec).toBe(object.spec.template?.spec);
    expect('object' in other && other.object.spec).toBe(object.spec.template?.spec);
  });
});
