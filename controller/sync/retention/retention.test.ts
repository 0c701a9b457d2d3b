import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../apis/meta/resource.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { hasContent, needsContent, type Retention, retain, retentionOf } from './retention.ts';

const NOTHING: Retention = { retainReplicas: false, retainPaths: [] };
const deployments = resource('apps', 'Deployment');

function resource(group: string, kind: string): Resource {
  return { group, version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced: true };
}

function object(content: Record<string, unknown>, metadata: KubeObject['metadata'] = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'web', namespace: 'demo', ...metadata }, ...content };
}

function federated(spec: FederatedObject['spec'], annotations: Record<string, string> = {}): FederatedObject {
  return { metadata: { name: 'web', namespace: 'demo', annotations }, spec };
}

describe('retain, metadata', () => {
  const observed = object(
    {},
    {
      uid: 'u',
      generation: 4,
      resourceVersion: '42',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { theirs: 'x' },
      finalizers: ['theirs.io/f'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1' }],
      annotations: {
        'fedmesh.io/created-by': 'us',
        theirs: 'kept',
        shared: 'old',
        gone: 'x',
        'fedmesh.io/template-annotations': '["gone","shared"]',
      },
    },
  );
  const desired = object(
    {},
    { labels: { ours: 'y' }, annotations: { shared: 'new', 'fedmesh.io/template-annotations': '["shared"]' } },
  );
  const { metadata } = retain(desired, observed, deployments, NOTHING);

  it('makes the write conditional on what was observed', () => {
    expect(metadata.resourceVersion).toBe('42');
  });

  it('keeps the finalizers and owners that controllers in the member set', () => {
    expect(metadata.finalizers).toEqual(['theirs.io/f']);
    expect(metadata.ownerReferences).toEqual(observed.metadata.ownerReferences);
  });

  it("keeps others' annotations, who created the object included, and writes the template's over them", () => {
    expect(metadata.annotations).toMatchObject({ 'fedmesh.io/created-by': 'us', theirs: 'kept', shared: 'new' });
  });

  it('takes away the annotations that an earlier template brought', () => {
    expect(metadata.annotations).not.toHaveProperty('gone');
    expect(metadata.annotations?.['fedmesh.io/template-annotations']).toBe('["shared"]');
    const bare = retain(object({}), observed, deployments, NOTHING).metadata.annotations;
    expect(bare).toEqual({ 'fedmesh.io/created-by': 'us', theirs: 'kept' });
  });

  it('takes nothing away when the list of what the template brought was spoilt', () => {
    const spoilt = object({}, { annotations: { a: '1', 'fedmesh.io/template-annotations': 'not json' } });
    expect(retain(object({}), spoilt, deployments, NOTHING).metadata.annotations).toEqual({ a: '1' });
  });

  it('does not keep labels: they are the template alone', () => {
    expect(metadata.labels).toEqual({ ours: 'y' });
  });

  it('keeps the labels of a namespace that was there before, and of that kind alone', () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', tier: 'old' };
    const namespace = resource('', 'Namespace');
    const wanted = object({}, { labels: { tier: 'new' } });
    const adopted = retain(wanted, object({}, { labels }), namespace, NOTHING);
    expect(adopted.metadata.labels).toEqual({ ...labels, tier: 'new' });
    const created = object({}, { labels, annotations: { 'fedmesh.io/created-by': 'us' } });
    expect(retain(wanted, created, namespace, NOTHING).metadata.labels).toEqual({ tier: 'new' });
  });

  it('works on objects of which only the metadata was read', () => {
    const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: { resourceVersion: '1' } };
    const result = retain(object({ spec: { replicas: 1 } }), partial, deployments, NOTHING);
    expect(result.spec).toEqual({ replicas: 1 });
  });
});

describe('retain, by kind', () => {
  const cases: { name: string; of: Resource; desired: object; observed: object; expected: object }[] = [
    {
      name: 'a Service keeps its addresses, whatever the template says',
      of: resource('', 'Service'),
      desired: { spec: { clusterIP: '10.0.0.9' } },
      observed: { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], healthCheckNodePort: 30001 } },
      expected: { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], healthCheckNodePort: 30001 } },
    },
    {
      name: 'a Service without addresses gets none',
      of: resource('', 'Service'),
      desired: { spec: { type: 'ExternalName' } },
      observed: { spec: { clusterIP: '', healthCheckNodePort: 0 } },
      expected: { spec: { type: 'ExternalName' } },
    },
    {
      name: 'a Service keeps the node ports of ports with the same name, protocol and number',
      of: resource('', 'Service'),
      desired: {
        spec: {
          ports: [
            { name: 'http', port: 80 },
            { name: 'dns', port: 53, protocol: 'UDP' },
            { name: 'dns-tcp', port: 53, protocol: 'TCP' },
            { name: 'new', port: 81 },
          ],
        },
      },
      observed: {
        spec: {
          ports: [
            { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 },
            { name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 },
            { name: 'renamed', port: 53, protocol: 'TCP', nodePort: 30054 },
            { name: 'new', port: 82, protocol: 'TCP', nodePort: 30082 },
          ],
        },
      },
      expected: {
        spec: {
          ports: [
            { name: 'http', port: 80, nodePort: 30080 },
            { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 },
            { name: 'dns-tcp', port: 53, protocol: 'TCP' },
            { name: 'new', port: 81 },
          ],
        },
      },
    },
    {
      name: 'a Service keeps its IP families where the template is silent',
      of: resource('', 'Service'),
      desired: { spec: { ipFamilyPolicy: 'RequireDualStack' } },
      observed: { spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] } },
      expected: { spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4'] } },
    },
    {
      name: 'a headless Service that gets a selector gives up the second family that it was given without asking',
      of: resource('', 'Service'),
      desired: { spec: { clusterIP: 'None', selector: { app: 'web' } } },
      observed: { spec: { clusterIP: 'None', ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] } },
      expected: { spec: { clusterIP: 'None', selector: { app: 'web' }, ipFamilyPolicy: 'SingleStack' } },
    },
    {
      name: 'a headless Service without a selector keeps both families that it was given',
      of: resource('', 'Service'),
      desired: { spec: { clusterIP: 'None' } },
      observed: { spec: { clusterIP: 'None', ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] } },
      expected: { spec: { clusterIP: 'None', ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] } },
    },
    {
      name: 'a ServiceAccount keeps its secrets when the template lists none',
      of: resource('', 'ServiceAccount'),
      desired: { secrets: [] },
      observed: { secrets: [{ name: 'token-1' }], imagePullSecrets: [{ name: 'registry' }] },
      expected: { secrets: [{ name: 'token-1' }], imagePullSecrets: [{ name: 'registry' }] },
    },
    {
      name: "a ServiceAccount gets the template's secrets when it lists some",
      of: resource('', 'ServiceAccount'),
      desired: { secrets: [{ name: 'mine' }] },
      observed: { secrets: [{ name: 'token-1' }] },
      expected: { secrets: [{ name: 'mine' }] },
    },
    {
      name: 'a PersistentVolumeClaim keeps its volume and its class',
      of: resource('', 'PersistentVolumeClaim'),
      desired: { spec: { resources: { requests: { storage: '2Gi' } } } },
      observed: {
        spec: { volumeName: 'pv-1', storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
        status: { phase: 'Bound' },
      },
      expected: { spec: { volumeName: 'pv-1', storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } } },
    },
    {
      name: 'a PersistentVolumeClaim of no class keeps none',
      of: resource('', 'PersistentVolumeClaim'),
      desired: { spec: { storageClassName: '' } },
      observed: { spec: { storageClassName: 'fast' } },
      expected: { spec: { storageClassName: '' } },
    },
    {
      name: 'a PersistentVolume keeps its claim',
      of: resource('', 'PersistentVolume'),
      desired: { spec: {} },
      observed: { spec: { claimRef: { name: 'c' } } },
      expected: { spec: { claimRef: { name: 'c' } } },
    },
    {
      name: 'a Job keeps its selector, and stays suspended by a queue in the member',
      of: resource('batch', 'Job'),
      desired: { spec: { parallelism: 2 } },
      observed: { spec: { selector: { matchLabels: { 'controller-uid': '1' } }, suspend: true, parallelism: 1 } },
      expected: { spec: { parallelism: 2, selector: { matchLabels: { 'controller-uid': '1' } }, suspend: true } },
    },
    {
      name: 'a token Secret keeps the token that the member issued',
      of: resource('', 'Secret'),
      desired: { type: 'kubernetes.io/service-account-token' },
      observed: { type: 'kubernetes.io/service-account-token', data: { token: 'eA==' } },
      expected: { type: 'kubernetes.io/service-account-token', data: { token: 'eA==' } },
    },
    {
      name: "any other Secret is the template's",
      of: resource('', 'Secret'),
      desired: { type: 'Opaque' },
      observed: { type: 'Opaque', data: { a: 'eA==' } },
      expected: { type: 'Opaque' },
    },
    {
      name: 'an aggregated ClusterRole keeps the rules that were gathered',
      of: resource('rbac.authorization.k8s.io', 'ClusterRole'),
      desired: { aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] },
      observed: { rules: [{ verbs: ['get'] }] },
      expected: { aggregationRule: { clusterRoleSelectors: [{}] }, rules: [{ verbs: ['get'] }] },
    },
    {
      name: 'a custom resource keeps its status, which may have no subresource to protect it',
      of: resource('example.com', 'Widget'),
      desired: { spec: { size: 2 } },
      observed: { spec: { size: 1 }, status: { ready: true } },
      expected: { spec: { size: 2 }, status: { ready: true } },
    },
    {
      name: 'a Deployment keeps nothing of its content',
      of: deployments,
      desired: { spec: { replicas: 1 } },
      observed: { spec: { replicas: 3, clusterIP: 'x' }, status: {} },
      expected: { spec: { replicas: 1 } },
    },
    {
      name: 'a custom resource called Service is no Service',
      of: resource('example.com', 'Service'),
      desired: { spec: {} },
      observed: { spec: { clusterIP: '10.0.0.1' } },
      expected: { spec: {} },
    },
  ];
  it.each(cases)('$name', ({ of, desired, observed, expected }) => {
    expect(retain(object({ ...desired }), object({ ...observed }), of, NOTHING)).toEqual(object({ ...expected }));
  });
});

describe('retain, as the federated object declares', () => {
  it.each([
    ['retained when retainReplicas is true', true, 2],
    ['not retained otherwise', false, 1],
  ])('replicas are %s', (_name, retainReplicas, expected) => {
    const result = retain(object({ spec: { replicas: 1 } }), object({ spec: { replicas: 2 } }), deployments, {
      ...NOTHING,
      retainReplicas,
    });
    expect(result.spec).toEqual({ replicas: expected });
  });

  it('replicas are retained even when a member scaled to zero', () => {
    const retention = { ...NOTHING, retainReplicas: true };
    const result = retain(object({ spec: { replicas: 1 } }), object({ spec: { replicas: 0 } }), deployments, retention);
    expect(result.spec).toEqual({ replicas: 0 });
  });

  it.each<[string, string, object, object, object]>([
    ['a value', '/spec/a', { spec: { a: 1, b: 1 } }, { spec: { a: 2, b: 2 } }, { spec: { a: 2, b: 1 } }],
    ['a value the template lacks', '/spec/a/b', { spec: {} }, { spec: { a: { b: 1 } } }, { spec: { a: { b: 1 } } }],
    ['absence', '/spec/a', { spec: { a: 1, b: 1 } }, { spec: { b: 2 } }, { spec: { b: 1 } }],
    ['absence of what the template lacks too', '/spec/a/b', { spec: {} }, { spec: {} }, { spec: {} }],
    ['a value in a list', '/l/0/v', { l: [{ v: 1, w: 1 }] }, { l: [{ v: 2, w: 2 }] }, { l: [{ v: 2, w: 1 }] }],
    ['a name with a slash', '/data/a~1b', { data: { 'a/b': 1 } }, { data: { 'a/b': 2 } }, { data: { 'a/b': 2 } }],
  ])('paths: %s stays the member’s own', (_name, path, desired, observed, expected) => {
    const retention = { ...NOTHING, retainPaths: [path] };
    expect(retain(object({ ...desired }), object({ ...observed }), deployments, retention)).toEqual(
      object({ ...expected }),
    );
  });
});

describe('retentionOf', () => {
  it('reads what the federated object declares', () => {
    const annotations = { 'fedmesh.io/retain': '["/spec/replicas","/metadata/labels/a"]' };
    expect(retentionOf(federated({ retainReplicas: true }, annotations))).toEqual({
      retainReplicas: true,
      retainPaths: ['/spec/replicas', '/metadata/labels/a'],
    });
    expect(retentionOf(federated({}))).toEqual(NOTHING);
  });

  it.each(['no json', '"/spec"', '[1]', '{}', '["spec.replicas"]', '[""]', '["/a~2"]'])(
    'says what is wrong with %s',
    (annotation) => {
      expect(retentionOf(federated({}, { 'fedmesh.io/retain': annotation }))).toEqual({
        error: expect.stringContaining('annotation fedmesh.io/retain: '),
      });
    },
  );
});

describe('needsContent', () => {
  it.each([
    ['', 'Service', true],
    ['', 'ConfigMap', true],
    ['', 'Pod', true],
    ['', 'ReplicationController', false],
    ['batch', 'Job', true],
    ['batch', 'CronJob', false],
    ['rbac.authorization.k8s.io', 'ClusterRole', true],
    ['storage.k8s.io', 'StorageClass', true],
    ['apps', 'Deployment', false],
    ['apps', 'ReplicaSet', false],
    ['networking.k8s.io', 'Ingress', false],
    ['apiextensions.k8s.io', 'CustomResourceDefinition', false],
    ['example.com', 'Widget', false],
  ])('of %s/%s: %s', (group, kind, expected) => {
    expect(needsContent(resource(group, kind))).toBe(expected);
  });

  it('is so for a custom resource that is known to have no status subresource', () => {
    const widgets = resource('example.com', 'Widget');
    expect(needsContent({ ...widgets, subresources: [] })).toBe(true);
    expect(needsContent({ ...widgets, subresources: ['status'] })).toBe(false);
  });

  it.each<[string, FederatedObject, boolean]>([
    ['nothing', federated({}), false],
    ['its replicas', federated({ retainReplicas: true }), true],
    ['a path in the content', federated({}, { 'fedmesh.io/retain': '["/spec/a"]' }), true],
    ['paths in the metadata only', federated({}, { 'fedmesh.io/retain': '["/metadata/labels/a"]' }), false],
    ['something malformed, which is not written anyway', federated({}, { 'fedmesh.io/retain': '?' }), false],
  ])('follows what an object declares: %s', (_name, declaring, expected) => {
    expect(needsContent(deployments, declaring)).toBe(expected);
  });
});

describe('hasContent', () => {
  it('tells whole objects from metadata', () => {
    expect(hasContent(object({ spec: {} }))).toBe(true);
    expect(hasContent(object({}))).toBe(false);
    expect(hasContent({ kind: 'PartialObjectMetadata', metadata: {} })).toBe(false);
  });
});
