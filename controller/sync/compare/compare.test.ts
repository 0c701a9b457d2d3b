import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { diffForAdoption, needsUpdate, sameContent } from './compare.ts';

const MANAGED = { 'kubefed.io/managed': 'true' };

function object(metadata: KubeObject['metadata'], content: object = {}): KubeObject {
  return { metadata: { ...metadata, labels: { ...MANAGED, ...metadata.labels } }, ...content };
}

describe('needsUpdate', () => {
  const desired = object({ labels: { app: 'web' }, annotations: { ours: '1' } });
  const observed = object({
    generation: 3,
    resourceVersion: '99',
    labels: { app: 'web' },
    annotations: { ours: '1', theirs: '2' },
  });
  const config = object({ resourceVersion: '99' });
  const unmanaged = { metadata: { generation: 3, labels: { app: 'web' } } };

  it.each<[string, string, Parameters<typeof needsUpdate>[0]]>([
    ['the recorded generation', 'equal', { desired, recorded: 'gen:3', observed }],
    ['the recorded resourceVersion', 'equal', { desired, recorded: 'rv:99', observed: config }],
    ['another generation', 'compareContent', { desired, recorded: 'gen:2', observed }],
    ['another resourceVersion', 'compareContent', { desired, recorded: 'rv:98', observed: config }],
    ['no record', 'compareContent', { desired, recorded: undefined, observed }],
    ['no managed label', 'update', { desired, recorded: 'gen:3', observed: unmanaged }],
    ['nothing known of the desired metadata', 'equal', { recorded: 'gen:3', observed }],
    ['a label of others', 'update', { desired: object({}), recorded: 'gen:3', observed }],
    ['a label missing', 'update', { desired: object({ labels: { app: 'web', b: '' } }), recorded: 'gen:3', observed }],
    ['an annotation of others', 'equal', { desired: object({ labels: { app: 'web' } }), recorded: 'gen:3', observed }],
    [
      'an annotation changed',
      'update',
      { desired: object({ labels: { app: 'web' }, annotations: { ours: '2' } }), recorded: 'gen:3', observed },
    ],
    [
      'an annotation that an override of KubeFed set, and no list of them',
      'equal',
      {
        desired: object({
          labels: { app: 'web' },
          annotations: { theirs: '2', 'fedmesh.io/template-annotations': '["theirs"]' },
        }),
        recorded: 'gen:3',
        observed,
      },
    ],
    [
      'the label that every namespace bears',
      'equal',
      {
        desired: object({}),
        recorded: 'gen:1',
        observed: object({ generation: 1, labels: { 'kubernetes.io/metadata.name': 'demo' } }),
      },
    ],
  ])('with %s: %s', (_name, expected, options) => {
    expect(needsUpdate(options)).toBe(expected);
  });
});

describe('sameContent', () => {
  it.each<[string, object, object, string[]]>([
    ['defaults', { spec: { a: 1 } }, { spec: { a: 1, b: 2, c: { d: [] } }, status: {} }, []],
    ['a changed value', { spec: { a: 1, b: { c: 1 } } }, { spec: { a: 1, b: { c: 2 } } }, ['/spec/b/c']],
    ['a missing value', { spec: { a: 1, b: { c: 1 } } }, { spec: { a: 1 } }, ['/spec/b']],
    ['a value of another type', { spec: { a: 1 } }, { spec: { a: '1' } }, ['/spec/a']],
    ['a value in place of an object', { spec: { a: { b: 1 } } }, { spec: { a: [1] } }, ['/spec/a']],
    ['values that are not stored', { spec: { a: false, b: 0, c: '', d: null, e: [], labels: {} } }, { spec: {} }, []],
    [
      'an empty object that is a choice',
      { spec: { emptyDir: {} } },
      { spec: { hostPath: { path: '/' } } },
      ['/spec/emptyDir'],
    ],
    ['false where there is true', { spec: { paused: false } }, { spec: { paused: true } }, ['/spec/paused']],
    ['null where the server has its default', { spec: { a: null } }, { spec: { a: 5 } }, []],
    ['a name to escape', { data: { 'a/b~c': '1' } }, { data: { 'a/b~c': '2' } }, ['/data/a~1b~0c']],
    ['a data key too many', { data: { a: '1' } }, { data: { a: '1', b: '' } }, ['/data/b']],
    ['a data key missing', { data: { a: '1', b: '' } }, { data: { a: '1' } }, ['/data/b']],
    ['data where there should be none', {}, { data: { a: '1' }, immutable: true }, ['/data']],
    [
      'pod labels too many',
      { spec: { labels: { a: '1' } } },
      { spec: { labels: { a: '1', b: '2' } } },
      ['/spec/labels/b'],
    ],
    ['a list too long', { spec: { args: ['a'] } }, { spec: { args: ['a', 'b'] } }, ['/spec/args/1']],
    ['a list too short', { spec: { args: ['a', 'b'] } }, { spec: { args: ['a'] } }, ['/spec/args']],
    [
      'a list in another order',
      { spec: { args: ['a', 'b'] } },
      { spec: { args: ['b', 'a'] } },
      ['/spec/args/0', '/spec/args/1'],
    ],
    [
      'containers in another order, with defaults',
      { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }] } },
      {
        spec: {
          containers: [
            { name: 'b', tty: false },
            { name: 'a', image: 'x', imagePullPolicy: 'Always' },
          ],
        },
      },
      [],
    ],
    [
      'a change in one of several containers',
      { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }] } },
      { spec: { containers: [{ name: 'b' }, { name: 'a', image: 'y' }] } },
      ['/spec/containers/1/image'],
    ],
    [
      'a container too many',
      { spec: { containers: [{ name: 'a' }] } },
      { spec: { containers: [{ name: 'side' }, { name: 'a' }] } },
      ['/spec/containers/0'],
    ],
    [
      'ports, whose protocol is filled in',
      { spec: { ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] } },
      {
        spec: {
          ports: [
            { port: 53, protocol: 'TCP', targetPort: 53 },
            { port: 53, protocol: 'UDP' },
          ],
        },
      },
      [],
    ],
    [
      'names that are not unique, by position',
      {
        spec: {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      },
      {
        spec: {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '3' },
          ],
        },
      },
      ['/spec/env/1/value'],
    ],
    [
      'quantities written in another way',
      { spec: { resources: { limits: { cpu: 0.5, memory: '1024Mi' }, requests: { cpu: '1000m' } } } },
      { spec: { resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '1' } } } },
      [],
    ],
    [
      'another quantity',
      { spec: { resources: { limits: { cpu: 1 } } } },
      { spec: { resources: { limits: { cpu: '2' } } } },
      ['/spec/resources/limits/cpu'],
    ],
    ['a text that only looks like a quantity', { data: { cpu: '1' } }, { data: { cpu: '1000m' } }, ['/data/cpu']],
  ])('%s', (_name, desired, observed, differences) => {
    const result = sameContent(object({}, desired), object({}, observed));
    expect(result).toEqual({ equal: differences.length === 0, differences });
  });

  it('reads stringData of a Secret as the data that it becomes', () => {
    const desired = object({}, { kind: 'Secret', stringData: { a: 'x' }, data: { b: 'eQ==' } });
    const observed = object({}, { kind: 'Secret', data: { a: 'eA==', b: 'eQ==' }, type: 'Opaque' });
    expect(sameContent(desired, observed).equal).toBe(true);
    expect(sameContent(desired, object({}, { kind: 'Secret', data: { a: 'eg==', b: 'eQ==' } })).differences).toEqual([
      '/data/a',
    ]);
  });

  it('sees labels, our annotations, and annotations that we brought once and want no more', () => {
    const desired = object({ labels: { a: '1' }, annotations: { ours: '1' } });
    const observed = object({
      labels: { b: '2' },
      annotations: { ours: '2', once: 'x', theirs: 'y', 'fedmesh.io/template-annotations': '["once","ours"]' },
    });
    expect(sameContent(desired, observed).differences).toEqual([
      '/metadata/labels/a',
      '/metadata/labels/b',
      '/metadata/annotations/ours',
      '/metadata/annotations/once',
      '/metadata/annotations/fedmesh.io~1template-annotations',
    ]);
  });

  it('names no more than 20 differences', () => {
    const data = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'x']));
    expect(sameContent(object({}, { data }), object({}, { data: {} })).differences).toHaveLength(20);
    expect(sameContent(object({}, { data: {} }), object({}, { data })).differences).toHaveLength(20);
  });
});

describe('diffForAdoption', () => {
  it('finds an equal object equal, though it is not managed yet', () => {
    const desired = object(
      { labels: { app: 'web' }, annotations: { a: '1', 'fedmesh.io/template-annotations': '["a"]' } },
      { spec: { replicas: 1 } },
    );
    const observed = {
      metadata: { labels: { app: 'web' }, annotations: { a: '1', theirs: '2' } },
      spec: { replicas: 1, revisionHistoryLimit: 10 },
    };
    expect(diffForAdoption(desired, observed)).toEqual([]);
  });

  it('names the fields that would change', () => {
    const desired = object({ labels: { app: 'web' } }, { spec: { replicas: 1, paused: true } });
    const observed = { metadata: { labels: { app: 'other' } }, spec: { replicas: 2 } };
    expect(diffForAdoption(desired, observed)).toEqual(['/metadata/labels/app', '/spec/replicas', '/spec/paused']);
  });
});

describe('an object that others may write too', () => {
  const shared = { shared: true };
  const ports = (...numbers: number[]) => numbers.map((port) => ({ port, protocol: 'TCP' }));

  it.each([
    ['a label', { metadata: { labels: { a: '1' } } }, { metadata: { labels: { a: '1', theirs: 'yes' } } }],
    ['a key', { metadata: {}, data: { a: '1' } }, { metadata: {}, data: { a: '1', theirs: 'yes' } }],
    [
      'an element that has a key',
      { metadata: {}, spec: { ports: ports(80) } },
      { metadata: {}, spec: { ports: ports(80, 443) } },
    ],
  ])('differs in nothing when they add %s', (_, desired, observed) => {
    expect(sameContent(desired, observed, shared).equal).toBe(true);
    expect(sameContent(desired, observed).equal).toBe(false);
  });

  it('differs where they change what is ours, or take it away', () => {
    expect(sameContent({ metadata: {}, data: { a: '1' } }, { metadata: {}, data: { a: '2' } }, shared).equal).toBe(
      false,
    );
    expect(sameContent({ metadata: {}, data: { a: '1' } }, { metadata: {}, data: {} }, shared).equal).toBe(false);
    const list = { metadata: {}, spec: { command: ['a'] } };
    expect(sameContent(list, { metadata: {}, spec: { command: ['a', 'b'] } }, shared).equal).toBe(false);
  });
});
