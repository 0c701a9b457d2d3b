import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { templateOf } from './template.ts';

function object(rest: Omit<KubeObject, 'metadata'>, metadata: object = {}): KubeObject {
  return {
    metadata: {
      name: 'web',
      namespace: 'demo',
      uid: 'u',
      resourceVersion: '7',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{ manager: 'kubectl' }],
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }],
      finalizers: ['example.com/hold'],
      ...metadata,
    },
    ...rest,
  };
}

describe('the template of a federated object', () => {
  it('keeps labels, annotations and what a person wrote, and nothing that one cluster gave', () => {
    const template = templateOf(
      object(
        { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 2 }, status: { replicas: 2 } },
        {
          labels: { app: 'web' },
          annotations: {
            'example.com/owner': 'eve',
            'kubectl.kubernetes.io/last-applied-configuration': '{}',
            'deployment.kubernetes.io/revision': '4',
            'kubefed.io/orphan': 'true',
          },
        },
      ),
      { group: 'apps', kind: 'Deployment' },
    );

    expect(template).toEqual({
      metadata: { labels: { app: 'web' }, annotations: { 'example.com/owner': 'eve' } },
      spec: { replicas: 2 },
    });
  });

  it('keeps fields that nobody here knows', () => {
    const template = templateOf(object({ data: { a: 'b' }, immutable: true, novel: { field: [1] } }), {
      group: '',
      kind: 'ConfigMap',
    });
    expect(template).toEqual({ data: { a: 'b' }, immutable: true, novel: { field: [1] } });
  });

  it('leaves the object as it was', () => {
    const original = object({ spec: { clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30080 }] } });
    const before = structuredClone(original);
    templateOf(original, { group: '', kind: 'Service' });
    expect(original).toEqual(before);
  });

  it.each<[string, string, string, object, object]>([
    [
      "a Service's addresses and node ports",
      '',
      'Service',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '10.0.0.1',
          clusterIPs: ['10.0.0.1'],
          healthCheckNodePort: 31000,
          ports: [{ port: 80, nodePort: 30080 }],
        },
      },
      { spec: { type: 'NodePort', ports: [{ port: 80 }] } },
    ],
    [
      'nothing of a headless Service: None is a choice',
      '',
      'Service',
      { spec: { clusterIP: 'None', clusterIPs: ['None'] } },
      { spec: { clusterIP: 'None', clusterIPs: ['None'] } },
    ],
    [
      "a ServiceAccount's token Secrets",
      '',
      'ServiceAccount',
      { secrets: [{ name: 't' }], imagePullSecrets: [{ name: 'p' }] },
      { imagePullSecrets: [{ name: 'p' }] },
    ],
    [
      'the volume that a claim is bound to',
      '',
      'PersistentVolumeClaim',
      { spec: { volumeName: 'pv-1', storageClassName: 'fast' } },
      { spec: { storageClassName: 'fast' } },
    ],
    ["a namespace's own finalizer", '', 'Namespace', { spec: { finalizers: ['kubernetes'] } }, {}],
    [
      'the node of a Pod and its token volume',
      '',
      'Pod',
      {
        spec: {
          nodeName: 'n1',
          serviceAccount: 'default',
          serviceAccountName: 'default',
          volumes: [{ name: 'kube-api-access-x2x' }],
          containers: [{ name: 'c', volumeMounts: [{ name: 'data' }, { name: 'kube-api-access-x2x' }] }],
        },
      },
      { spec: { serviceAccountName: 'default', containers: [{ name: 'c', volumeMounts: [{ name: 'data' }] }] } },
    ],
    [
      'the selector and labels by which a Job finds its Pods',
      'batch',
      'Job',
      {
        spec: {
          selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
          template: {
            metadata: {
              creationTimestamp: null,
              labels: {
                'batch.kubernetes.io/controller-uid': 'u',
                'controller-uid': 'u',
                'job-name': 'web',
                app: 'web',
              },
            },
          },
        },
      },
      { spec: { template: { metadata: { labels: { app: 'web' } } } } },
    ],
    [
      'nothing of a Job whose selector a person chose',
      'batch',
      'Job',
      { spec: { manualSelector: true, selector: { matchLabels: { mine: 'yes' } } } },
      { spec: { manualSelector: true, selector: { matchLabels: { mine: 'yes' } } } },
    ],
  ])('leaves out %s', (_what, group, kind, fields, expected) => {
    expect(templateOf(object({ ...fields }), { group, kind })).toEqual(expected);
  });

  it('does not copy the label by which each cluster names a namespace', () => {
    const namespace = object({}, { labels: { 'kubernetes.io/metadata.name': 'demo' } });
    expect(templateOf(namespace, { group: '', kind: 'Namespace' })).toEqual({});
  });
});
