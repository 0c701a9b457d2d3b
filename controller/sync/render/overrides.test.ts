import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { ClusterOverride } from '../../../apis/types/v1beta1/federated-object.ts';
import { deepFreeze } from '../../kube/deep-freeze.ts';
import { applyOverrides, conflictsIn, overridesFor, validateOverrides } from './overrides.ts';

const deployment: KubeObject = deepFreeze({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'demo', labels: { app: 'web' } },
  spec: {
    replicas: 1,
    paused: null,
    template: { spec: { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] } },
  },
});
const containers = '/spec/template/spec/containers';

function names(object: KubeObject): unknown {
  const spec = object.spec as { template: { spec: { containers: { name: string }[] } } };
  return spec.template.spec.containers.map((container) => container.name).join('');
}

function apply(...overrides: ClusterOverride[]): KubeObject {
  const result = applyOverrides(deployment, overrides, 'earth');
  if ('error' in result) throw new Error(result.error);
  return result.object;
}

describe('applyOverrides', () => {
  it.each<[string, ClusterOverride, unknown]>([
    ['replace', { op: 'replace', path: '/spec/replicas', value: 5 }, { replicas: 5 }],
    ['no op means replace', { path: '/spec/replicas', value: 5 }, { replicas: 5 }],
    ['an empty op means replace', { op: '', path: '/spec/replicas', value: 5 }, { replicas: 5 }],
    ['replace adds a member that is missing', { path: '/spec/minReadySeconds', value: 9 }, { minReadySeconds: 9 }],
    ['replace takes the place of null', { path: '/spec/paused', value: true }, { paused: true }],
    ['add', { op: 'add', path: '/spec/strategy', value: { type: 'Recreate' } }, { strategy: { type: 'Recreate' } }],
    ['add replaces what is there', { op: 'add', path: '/spec/replicas', value: 0 }, { replicas: 0 }],
    ['no value means null', { path: '/spec/replicas' }, { replicas: null }],
    ['the value may be null', { path: '/spec/replicas', value: null }, { replicas: null }],
  ])('%s', (_name, override, expected) => {
    expect(apply(override).spec).toMatchObject(expected as object);
  });

  it('removes', () => {
    expect(apply({ op: 'remove', path: '/spec/replicas' }).spec).not.toHaveProperty('replicas');
  });

  it('reaches members with "/" and "~" in their names', () => {
    const labels = apply({ path: '/metadata/labels/a.io~1b~0c', value: 'x' }).metadata.labels;
    expect(labels).toEqual({ app: 'web', 'a.io/b~c': 'x' });
  });

  it.each<[string, ClusterOverride, string]>([
    ['adds before an index', { op: 'add', path: `${containers}/1`, value: { name: 'x' } }, 'axbc'],
    ['adds at the end by "-"', { op: 'add', path: `${containers}/-`, value: { name: 'x' } }, 'abcx'],
    ['adds at the end by its index', { op: 'add', path: `${containers}/3`, value: { name: 'x' } }, 'abcx'],
    ['adds at the end by -1', { op: 'add', path: `${containers}/-1`, value: { name: 'x' } }, 'abcx'],
    ['adds before the last by -2', { op: 'add', path: `${containers}/-2`, value: { name: 'x' } }, 'abxc'],
    ['adds at the front by the lowest index', { op: 'add', path: `${containers}/-4`, value: { name: 'x' } }, 'xabc'],
    ['replaces by index', { path: `${containers}/0`, value: { name: 'x' } }, 'xbc'],
    ['replaces the last by -1', { path: `${containers}/-1`, value: { name: 'x' } }, 'abx'],
    ['replaces in an element counted from the end', { path: `${containers}/-3/name`, value: 'x' }, 'xbc'],
    ['removes by index', { op: 'remove', path: `${containers}/1` }, 'ac'],
    ['removes the last by -1', { op: 'remove', path: `${containers}/-1` }, 'ab'],
  ])('%s, in lists', (_name, override, expected) => {
    expect(names(apply(override))).toBe(expected);
  });

  it.each<[string, ClusterOverride, string]>([
    ['a missing parent', { path: '/spec/a/b', value: 1 }, 'replace "/spec/a/b": there is no "/spec/a" to hold it'],
    ['a parent that is null', { path: '/spec/paused/b', value: 1 }, 'there is no "/spec/paused" to hold it'],
    ['a parent that is no container', { path: '/kind/b', value: 1 }, 'there is no "/kind" to hold it'],
    ['removing what is missing', { op: 'remove', path: '/spec/a' }, 'remove "/spec/a": there is nothing to remove'],
    ['an index too high', { path: `${containers}/3`, value: 1 }, 'the list has 3 elements and no such index'],
    ['an index too low', { path: `${containers}/-4`, value: 1 }, 'the list has 3 elements and no such index'],
    ['adding beyond the end', { op: 'add', path: `${containers}/4`, value: 1 }, 'no such index'],
    ['an index that is no number', { op: 'add', path: `${containers}/a`, value: 1 }, 'no such index'],
    ['"-" for anything but add', { path: `${containers}/-`, value: 1 }, 'no such index'],
    ['a path that is no pointer', { path: 'spec/replicas', value: 1 }, 'the path is not a JSON pointer'],
    ['the whole object', { path: '', value: {} }, 'the whole object cannot be overridden'],
    ['an inherited member', { op: 'remove', path: '/spec/constructor' }, 'there is nothing to remove'],
    ['a way through a prototype', { path: '/spec/__proto__/polluted', value: 1 }, 'there is no "/spec/__proto__"'],
    ['another operation', { op: 'test' as 'add', path: '/spec/replicas', value: 1 }, 'none of add, remove, replace'],
  ])('refuses %s, naming cluster, operation and path', (_name, override, message) => {
    const result = applyOverrides(deployment, [override], 'earth');
    expect(result).toEqual({ error: expect.stringContaining(message) });
    expect(result).toEqual({
      error: expect.stringContaining(`overrides: cluster "earth": ${override.op || 'replace'} "${override.path}": `),
    });
  });

  it('applies in order: what one adds the next can change', () => {
    const object = apply(
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/a', value: '1' },
      { path: '/metadata/annotations/a', value: '2' },
    );
    expect(object.metadata.annotations).toEqual({ a: '2' });
  });

  it('shares with the input what was not changed', () => {
    const object = apply({ path: '/metadata/labels/b', value: 'x' });
    expect(object.spec).toBe(deployment.spec);
    expect(apply()).toBe(deployment);
  });

  it('cannot pollute a prototype', () => {
    const object = apply(
      { op: 'add', path: '/spec/__proto__', value: { polluted: true } },
      { op: 'add', path: '/spec/constructor', value: {} },
      { op: 'add', path: '/spec/constructor/prototype', value: { polluted: true } },
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(object.spec)).toBe(Object.prototype);
  });
});

describe('validateOverrides', () => {
  it.each([['/metadata/namespace'], ['/metadata/name'], ['/metadata/generateName'], ['/kind']])(
    'refuses %s: it ties the object to its federated one',
    (path) => {
      const overrides = [{ clusterName: 'earth', clusterOverrides: [{ path, value: 'x' }] }];
      expect(validateOverrides(overrides)).toBe(
        `overrides: cluster "earth": replace "${path}": this field cannot be overridden`,
      );
    },
  );

  it('refuses a cluster that appears twice', () => {
    expect(validateOverrides([{ clusterName: 'earth' }, { clusterName: 'earth' }])).toBe(
      'overrides: cluster "earth" appears more than once',
    );
  });

  it('refuses a path that appears twice for one cluster', () => {
    const clusterOverrides = [
      { path: '/spec/replicas', value: 1 },
      { op: 'add' as const, path: '/spec/replicas', value: 2 },
    ];
    expect(validateOverrides([{ clusterName: 'earth', clusterOverrides }])).toBe(
      'overrides: cluster "earth": add "/spec/replicas": the path appears more than once',
    );
  });

  it('lets different clusters override the same path, and apiVersion be overridden', () => {
    const clusterOverrides = [
      { path: '/spec/replicas', value: 1 },
      { path: '/apiVersion', value: 'apps/v2' },
    ];
    const overrides = [
      { clusterName: 'earth', clusterOverrides },
      { clusterName: 'vulcan', clusterOverrides },
    ];
    expect(validateOverrides(overrides)).toBeUndefined();
    expect(validateOverrides(undefined)).toBeUndefined();
  });
});

describe('overridesFor', () => {
  it('finds the overrides of one cluster, or none', () => {
    const clusterOverrides = [{ path: '/spec/replicas', value: 1 }];
    expect(overridesFor([{ clusterName: 'earth', clusterOverrides }], 'earth', {})).toBe(clusterOverrides);
    expect(overridesFor([{ clusterName: 'earth' }], 'earth', {})).toEqual([]);
    expect(overridesFor(undefined, 'earth', {})).toEqual([]);
  });
});

describe('overrides for clusters by their labels', () => {
  const replicas = (value: number): ClusterOverride => ({ path: '/spec/replicas', value });
  const image: ClusterOverride = { path: `${containers}/0/image`, value: 'web:2' };
  const burst = { matchLabels: { burst: 'true' } };
  const labels = { burst: 'true' };

  it('reach the clusters that are selected, an empty selector all of them', () => {
    const overrides = [{ clusterSelector: burst, clusterOverrides: [replicas(5)] }];
    expect(overridesFor(overrides, 'vulcan', labels)).toEqual([replicas(5)]);
    expect(overridesFor(overrides, 'earth', {})).toEqual([]);
    expect(overridesFor([{ clusterSelector: {}, clusterOverrides: [image] }], 'earth', {})).toEqual([image]);
  });

  it('add up in the order of the entries, and of two for one path the later wins, however it is named', () => {
    const byLabel = { clusterSelector: burst, clusterOverrides: [image, replicas(5)] };
    const byName = { clusterName: 'vulcan', clusterOverrides: [replicas(1)] };
    expect(overridesFor([byLabel, byName], 'vulcan', labels)).toEqual([image, replicas(1)]);
    expect(overridesFor([byName, byLabel], 'vulcan', labels)).toEqual([image, replicas(5)]);
    const removed = { clusterSelector: {}, clusterOverrides: [{ op: 'remove' as const, path: '/spec/replicas' }] };
    expect(overridesFor([removed, removed], 'vulcan', {})).toEqual(removed.clusterOverrides);
  });

  it('all append to a list: none of them contradicts another', () => {
    const append = (name: string) => ({ op: 'add' as const, path: `${containers}/-`, value: { name } });
    const overrides = ['x', 'y'].map((name) => ({ clusterSelector: {}, clusterOverrides: [append(name)] }));
    expect(overridesFor(overrides, 'earth', {})).toEqual([append('x'), append('y')]);
    expect(conflictsIn(overrides, 'earth', {})).toEqual([]);
  });

  it('that say different things of one path are told, with the one that wins', () => {
    const overrides = [
      { clusterSelector: {}, clusterOverrides: [replicas(2), image] },
      { clusterSelector: burst, clusterOverrides: [replicas(5)] },
      { clusterName: 'vulcan', clusterOverrides: [image] },
    ];
    expect(conflictsIn(overrides, 'vulcan', labels)).toEqual([
      'vulcan: "/spec/replicas" of overrides[1] wins over overrides[0]',
    ]);
    expect(conflictsIn(overrides, 'earth', {})).toEqual([]);
  });

  it('are refused as a whole when it is not clear which clusters are meant', () => {
    const bad = { matchExpressions: [{ key: 'a', operator: 'In' as const }] };
    expect(validateOverrides([{ clusterSelector: {} }, { clusterSelector: {} }])).toBeUndefined();
    expect(validateOverrides([{ clusterSelector: bad }])).toMatch(/^overrides\[0\]\.clusterSelector\.matchExpressions/);
    expect(validateOverrides([{ clusterName: 'earth', clusterSelector: {} }])).toMatch(/only one of them/);
    expect(validateOverrides([{ clusterSelector: {}, clusterOverrides: [image, image] }])).toMatch(
      /^overrides: entry 0: /,
    );
  });
});
