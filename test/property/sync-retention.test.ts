import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { deepFreeze } from '../../controller/kube/deep-freeze.ts';
import { sameContent } from '../../controller/sync/compare/compare.ts';
import { baseOf, renderFor } from '../../controller/sync/render/render.ts';
import { retain } from '../../controller/sync/retention/retention.ts';

const key = fc.constantFrom('a', 'b', 'c', 'example.com/d');
const map = fc.dictionary(key, fc.constantFrom('1', '2'), { maxKeys: 3 });
const port = fc.record(
  {
    name: fc.constantFrom('http', 'dns'),
    port: fc.constantFrom(80, 53),
    protocol: fc.constantFrom('TCP', 'UDP'),
    nodePort: fc.constantFrom(30080, 30053),
  },
  { requiredKeys: ['port'] },
);
const container = fc.record(
  { name: fc.constantFrom('x', 'y'), image: fc.constantFrom('1', '2') },
  { requiredKeys: ['name'] },
);
const spec = fc.record(
  {
    replicas: fc.nat(5),
    clusterIP: fc.constantFrom('', 'None', '10.0.0.1'),
    clusterIPs: fc.constantFrom([], ['10.0.0.1']),
    healthCheckNodePort: fc.constantFrom(0, 30001),
    ports: fc.uniqueArray(port, { maxLength: 3, selector: (each) => `${each.protocol ?? 'TCP'}/${each.port}` }),
    volumeName: fc.constantFrom('', 'pv-1'),
    storageClassName: fc.constantFrom('', 'fast'),
    selector: map,
    suspend: fc.boolean(),
    nodeName: fc.constantFrom('n1', 'n2'),
    containers: fc.uniqueArray(container, { selector: (each) => each.name }),
    tolerations: fc.array(fc.record({ key }, { requiredKeys: [] }), { maxLength: 2 }),
    template: fc.record({ metadata: fc.record({ labels: map }) }),
  },
  { requiredKeys: [] },
);
const content = fc.record(
  {
    spec,
    secrets: fc.array(fc.record({ name: key })),
    data: map,
    type: fc.constant('kubernetes.io/service-account-token'),
  },
  { requiredKeys: [] },
);
const annotations = fc.tuple(map, fc.option(fc.uniqueArray(key), { nil: undefined })).map(([own, brought]) => ({
  ...own,
  ...(brought === undefined ? {} : { 'fedmesh.io/template-annotations': JSON.stringify(brought) }),
  'fedmesh.io/created-by': 'us',
}));
const observed = fc
  .record({
    content,
    metadata: fc.record(
      { labels: map, annotations, finalizers: fc.array(key), resourceVersion: fc.constantFrom('1', '2') },
      { requiredKeys: ['annotations'] },
    ),
  })
  .map((parts) => deepFreeze({ ...parts.content, metadata: { name: 'x', ...parts.metadata } } as KubeObject));
const resource = fc
  .constantFrom(
    ['', 'Service'],
    ['', 'ServiceAccount'],
    ['', 'PersistentVolumeClaim'],
    ['', 'Pod'],
    ['', 'Secret'],
    ['batch', 'Job'],
    ['apps', 'Deployment'],
    ['example.com', 'Widget'],
  )
  .map(([group = '', kind = '']) => ({ group, version: 'v1', kind, plural: 'things', namespaced: true }));
const paths = fc.uniqueArray(
  fc.constantFrom('/spec/replicas', '/spec/selector', '/data/a', '/metadata/labels/a', '/spec/x/y'),
);
const retention = fc.record({ retainReplicas: fc.boolean(), retainPaths: paths });
const desired = fc
  .record({ content, labels: map, annotations: map })
  .map(({ content, ...metadata }) => deepFreeze({ ...content, metadata: { name: 'x', ...metadata } } as KubeObject));

describe('retention', () => {
  it('is idempotent', () => {
    fc.assert(
      fc.property(desired, observed, resource, retention, (own, theirs, of, keep) => {
        const once = retain(own, theirs, of, keep);
        expect(retain(once, theirs, of, keep)).toEqual(once);
      }),
    );
  });

  it('keeps finalizers, and every annotation that we did not bring', () => {
    fc.assert(
      fc.property(desired, observed, resource, retention, (own, theirs, of, keep) => {
        const { metadata } = retain(own, theirs, of, keep);
        const { 'fedmesh.io/template-annotations': list = '[]', ...present } = theirs.metadata.annotations ?? {};
        const brought = new Set(JSON.parse(list) as string[]);
        const others = Object.fromEntries(Object.entries(present).filter(([each]) => !brought.has(each)));
        expect(metadata.finalizers).toEqual(theirs.metadata.finalizers);
        expect(metadata.annotations).toEqual({ ...others, ...own.metadata.annotations });
      }),
    );
  });

  it('ends: what was written is found as it should be, and is written the same way again', () => {
    const federated = fc
      .record({ template: desired, retainReplicas: fc.boolean(), paths, value: fc.constantFrom('1', '2') })
      .map(
        ({ template, retainReplicas, paths, value }): FederatedObject => ({
          metadata: { name: 'x', annotations: { 'fedmesh.io/retain': JSON.stringify(paths) } },
          spec: {
            template,
            retainReplicas,
            overrides: [{ clusterName: 'earth', clusterOverrides: [{ path: '/metadata/annotations/c', value }] }],
          },
        }),
      )
      .map(deepFreeze);
    fc.assert(
      fc.property(federated, observed, resource, (each, theirs, of) => {
        const base = baseOf(each, of);
        if ('error' in base) return expect.unreachable(base.error);
        const first = renderFor(base, 'earth', theirs);
        // What has no content of its own cannot be told from what was read without it.
        fc.pre('object' in first && Object.keys(first.object).length > 3);
        const second = renderFor(base, 'earth', first.object);
        expect(second).toEqual(first);
        expect(sameContent(first.object, first.object)).toEqual({ equal: true, differences: [] });
      }),
    );
  });
});
