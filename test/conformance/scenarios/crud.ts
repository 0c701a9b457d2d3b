import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, PODS, pod, SECRETS, secret } from '../objects.ts';
import { area, del, get, post, put, raw } from '../scenario.ts';

export const crud = area('crud', {
  'a ConfigMap lives and dies': [
    post(CONFIG_MAPS, configMap('one', { colour: 'blue', 'file.txt': 'a\nb' }), {
      save: { rv: 'metadata.resourceVersion' },
    }),
    get(`${CONFIG_MAPS}/one`),
    put(`${CONFIG_MAPS}/one`, configMap('one', { colour: 'red' }, { resourceVersion: '{rv}', labels: { a: 'b' } })),
    get(CONFIG_MAPS, {
      show: (list: { items: { metadata: { name: string } }[] }) => list.items.map((item) => item.metadata.name),
      until: (list: { items: { metadata: { name: string } }[] }) => list.items.length === 2,
    }),
    get(`${CONFIG_MAPS}?labelSelector=a=b`),
    del(`${CONFIG_MAPS}/one`),
    get(`${CONFIG_MAPS}/one`),
    del(`${CONFIG_MAPS}/one`),
  ],
  'a name is taken once': [
    post(CONFIG_MAPS, configMap('one')),
    post(CONFIG_MAPS, configMap('one')),
    post(DEPLOYMENTS, deployment('web')),
    post(DEPLOYMENTS, deployment('web')),
  ],
  'what is not there': [
    get(`${CONFIG_MAPS}/none`),
    put(`${CONFIG_MAPS}/none`, configMap('none')),
    del(`${CONFIG_MAPS}/none`),
    get(`${DEPLOYMENTS}/none`),
    put(`${DEPLOYMENTS}/none`, deployment('none')),
    get('/api/v1/namespaces/no-such-namespace'),
    get('/api/v1/namespaces/no-such-namespace/configmaps'),
    get('/api/v1/namespaces/no-such-namespace/configmaps/one'),
    post('/api/v1/namespaces/no-such-namespace/configmaps', configMap('one')),
  ],
  'names and namespaces that disagree': [
    post(CONFIG_MAPS, configMap('one', {}, { namespace: 'other' })),
    post(CONFIG_MAPS, configMap('one', {}, { namespace: '{ns}' })),
    put(`${CONFIG_MAPS}/one`, configMap('two')),
    put(`${CONFIG_MAPS}/one`, configMap('one', {}, { namespace: 'other' })),
    put(`${CONFIG_MAPS}/one`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { a: 'b' } }),
    post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', namespace: 'other' } }),
    post('/api/v1/configmaps', configMap('one')),
  ],
  'kinds and versions that disagree with the path': [
    post(CONFIG_MAPS, secret('one')),
    post(CONFIG_MAPS, { ...configMap('one'), apiVersion: 'v2' }),
    post(CONFIG_MAPS, { ...configMap('one'), kind: 'NoSuchKind' }),
    post(DEPLOYMENTS, { ...deployment('one'), apiVersion: 'apps/v1beta1' }),
    post(DEPLOYMENTS, configMap('one')),
    post(CONFIG_MAPS, { metadata: { name: 'without-kind' }, data: { a: 'b' } }),
    post(CONFIG_MAPS, { kind: 'ConfigMap', metadata: { name: 'without-version' } }),
  ],
  'names that no object may have': [
    post(CONFIG_MAPS, configMap('Capital')),
    post(CONFIG_MAPS, configMap('under_score')),
    post(CONFIG_MAPS, configMap('-dash')),
    post(CONFIG_MAPS, configMap('with.dots.is-fine')),
    post(CONFIG_MAPS, configMap('x'.repeat(254))),
    post(CONFIG_MAPS, configMap('')),
    post(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap' }),
    post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'with.dots' } }),
    post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x'.repeat(64) } }),
    post('/api/v1/namespaces/{ns}/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: '1st' },
      spec: { ports: [{ port: 1 }] },
    }),
  ],
  'labels and annotations are checked': [
    post(CONFIG_MAPS, configMap('a', {}, { labels: { 'bad key': 'x' } })),
    post(CONFIG_MAPS, configMap('a', {}, { labels: { key: 'bad value!' } })),
    post(CONFIG_MAPS, configMap('a', {}, { labels: { key: 'x'.repeat(64) } })),
    post(CONFIG_MAPS, configMap('a', {}, { labels: { 'a/b/c': 'x' } })),
    post(CONFIG_MAPS, configMap('a', {}, { annotations: { 'bad key': 'x' } })),
    post(CONFIG_MAPS, configMap('a', {}, { annotations: { key: 'anything goes: {}\n' } })),
    post(CONFIG_MAPS, configMap('b', {}, { labels: { '': 'x' }, annotations: { '/': 'y' } })),
    post(CONFIG_MAPS, configMap('c', {}, { finalizers: ['no-slash'] })),
    post(CONFIG_MAPS, configMap('d', {}, { finalizers: ['bad finalizer/'] })),
    post(CONFIG_MAPS, configMap('e', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }] })),
    post(CONFIG_MAPS, configMap('f', {}, { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] })),
    post(
      CONFIG_MAPS,
      configMap(
        'g',
        {},
        {
          ownerReferences: ['x', 'y'].map((name) => ({
            apiVersion: 'v1',
            kind: 'Pod',
            name,
            uid: name,
            controller: true,
          })),
        },
      ),
    ),
  ],
  'what a client may not set': [
    post(
      CONFIG_MAPS,
      configMap(
        'one',
        {},
        {
          uid: 'mine',
          resourceVersion: '',
          generation: 7,
          creationTimestamp: '2001-01-01T00:00:00Z',
          selfLink: '/mine',
        },
      ),
    ),
    post(CONFIG_MAPS, configMap('two', {}, { resourceVersion: '17' })),
    post(
      CONFIG_MAPS,
      configMap('three', {}, { deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 }),
    ),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: 'b' }, { creationTimestamp: '2001-01-01T00:00:00Z' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: 'b' }, { uid: 'other' })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: 'c' }, { deletionTimestamp: '2001-01-01T00:00:00Z' })),
    post(DEPLOYMENTS, { ...deployment('web', {}, { generation: 9 }), status: { replicas: 4, observedGeneration: 3 } }),
    post(PODS, { ...pod('p'), status: { phase: 'Running', podIP: '1.2.3.4' } }),
  ],
  'generation counts what changes the spec': [
    post(DEPLOYMENTS, deployment('web'), { show: generation }),
    put(`${DEPLOYMENTS}/web`, deployment('web', {}, { labels: { a: 'b' } }), { show: generation }),
    put(`${DEPLOYMENTS}/web`, deployment('web', { replicas: 3 }), { show: generation }),
    put(`${DEPLOYMENTS}/web`, deployment('web', { replicas: 3 }), { show: generation }),
    put(`${DEPLOYMENTS}/web`, { ...deployment('web', { replicas: 3 }), status: { replicas: 9 } }, { show: generation }),
    get(`${DEPLOYMENTS}/web`),
  ],
  'an update that changes nothing': [
    post(CONFIG_MAPS, configMap('one')),
    put(`${CONFIG_MAPS}/one`, configMap('one')),
    put(`${CONFIG_MAPS}/one`, configMap('one'), { headers: { 'user-agent': 'somebody/2' } }),
    get(`${CONFIG_MAPS}/one`),
  ],
  'who manages which field': [
    post(`${CONFIG_MAPS}?fieldManager=first`, configMap('one', { a: '1', b: '1' })),
    put(`${CONFIG_MAPS}/one?fieldManager=second`, configMap('one', { a: '1', b: '2' }, { labels: { x: 'y' } })),
    put(`${CONFIG_MAPS}/one?fieldManager=third`, configMap('one', { a: '1' })),
    put(`${CONFIG_MAPS}/one?fieldManager=${'x'.repeat(129)}`, configMap('one')),
    put(`${CONFIG_MAPS}/one?fieldManager=%01`, configMap('one')),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { managedFields: [] })),
    put(`${CONFIG_MAPS}/one`, configMap('one', { a: '3' }, { managedFields: [{}] })),
    get(`${CONFIG_MAPS}/one`),
  ],
  'YAML is taken and given': [
    raw('POST', CONFIG_MAPS, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  colour: blue\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
    get(`${CONFIG_MAPS}/yaml`, {
      headers: { accept: 'application/yaml' },
      show: (text: string) => text.split('\n').filter((line) => !line.includes('f:')).length,
    }),
    raw('POST', CONFIG_MAPS, 'apiVersion: v1\nkind: ConfigMap\nmetadata: [', {
      headers: { 'content-type': 'application/yaml' },
    }),
    raw('POST', CONFIG_MAPS, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\n  name: twice\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
    raw('POST', CONFIG_MAPS, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: numbers\ndata:\n  a: 1\n', {
      headers: { 'content-type': 'application/yaml' },
    }),
  ],
  'immutable ConfigMaps and Secrets': [
    post(CONFIG_MAPS, { ...configMap('fixed'), immutable: true }),
    put(`${CONFIG_MAPS}/fixed`, { ...configMap('fixed', { colour: 'red' }), immutable: true }),
    put(`${CONFIG_MAPS}/fixed`, configMap('fixed')),
    put(`${CONFIG_MAPS}/fixed`, { ...configMap('fixed', undefined, { labels: { a: 'b' } }), immutable: true }),
    post(SECRETS, { ...secret('fixed'), immutable: true }),
    put(`${SECRETS}/fixed`, { ...secret('fixed', { stringData: { password: 'other' } }), immutable: true }),
    put(`${SECRETS}/fixed`, { ...secret('fixed', { type: 'other' }), immutable: true }),
  ],
  'answers as metadata only': [
    post(CONFIG_MAPS, configMap('one', undefined, { labels: { a: 'b' } })),
    get(`${CONFIG_MAPS}/one`, { headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' } }),
    get(`${CONFIG_MAPS}?labelSelector=a`, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    }),
    get(`${CONFIG_MAPS}/one`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json' },
    }),
    get(`${CONFIG_MAPS}/one`, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    }),
    get(`${CONFIG_MAPS}/one`, { headers: { accept: 'application/json;as=NoSuchThing;g=meta.k8s.io;v=v1' } }),
    get(`${CONFIG_MAPS}/one`, {
      headers: { accept: 'application/json;as=NoSuchThing;g=meta.k8s.io;v=v1,application/json' },
    }),
  ],
});

function generation(object: { metadata: { generation: number } }): number {
  return object.metadata.generation;
}
