import { describe, expect, test } from 'vitest';
import type { FederatedObject, FederatedObjectSpec } from './federated-object.ts';
import { validateFederatedObject } from './federated-object-validation.ts';

const faultsOf = (spec: FederatedObjectSpec) =>
  validateFederatedObject({ metadata: { name: 'web' }, spec }).map((error) => error.path);

const overriding = (...clusterOverrides: object[]) =>
  faultsOf({ overrides: [{ clusterName: 'vulcan', clusterOverrides: clusterOverrides as never }] });

describe('a federated object', () => {
  test('an empty spec is fine: it goes nowhere', () => {
    expect(faultsOf({})).toEqual([]);
  });

  test('without a spec it is refused, as by its CRD', () => {
    expect(validateFederatedObject({ metadata: {} } as unknown as FederatedObject)).toEqual([
      { path: 'spec', message: 'is required' },
    ]);
  });

  test('each operation of KubeFed passes, said or unsaid', () => {
    expect(
      overriding(
        { path: '/spec/replicas', value: 5 },
        { op: '', path: '/a', value: null },
        { op: 'add', path: '/b', value: [] },
        { op: 'remove', path: '/c' },
        { op: 'replace', path: '/metadata/name/deeper', value: 1 },
      ),
    ).toEqual([]);
  });

  test.each(['/metadata/namespace', '/metadata/name', '/metadata/generateName', '/kind'])(
    '%s cannot be overridden: it says which object it is',
    (path) => {
      expect(overriding({ path, value: 'x' })).toEqual(['spec.overrides[0].clusterOverrides[0].path']);
    },
  );

  test('the same path twice, no path, no pointer and a strange operation are refused', () => {
    expect(overriding({ path: '/a' }, { path: '/a' })).toEqual(['spec.overrides[0].clusterOverrides[1].path']);
    expect(overriding({ value: 1 })).toEqual(['spec.overrides[0].clusterOverrides[0].path']);
    expect(overriding({ path: 'spec/replicas' })).toEqual(['spec.overrides[0].clusterOverrides[0].path']);
    expect(overriding({ path: '/spec/~2' })).toEqual(['spec.overrides[0].clusterOverrides[0].path']);
    expect(overriding({ op: 'move', path: '/a' })).toEqual(['spec.overrides[0].clusterOverrides[0].op']);
  });

  test('a cluster may be overridden in one place only', () => {
    expect(faultsOf({ overrides: [{ clusterName: 'a' }, { clusterName: 'b' }, { clusterName: 'a' }] })).toEqual([
      'spec.overrides[2].clusterName',
    ]);
  });

  test('an entry of overrides is for one cluster by its name or for many by their labels, not both', () => {
    const bad = { matchExpressions: [{ key: 'a', operator: 'In' as const }] };
    expect(faultsOf({ overrides: [{ clusterSelector: {} }, { clusterSelector: {} }, { clusterName: 'a' }] })).toEqual(
      [],
    );
    expect(faultsOf({ overrides: [{}, { clusterName: 'a', clusterSelector: {} }, { clusterSelector: bad }] })).toEqual([
      'spec.overrides[0].clusterName',
      'spec.overrides[1].clusterSelector',
      'spec.overrides[2].clusterSelector.matchExpressions[0].values',
    ]);
  });

  test('a placement names clusters, and its selector is one of Kubernetes', () => {
    expect(
      faultsOf({
        placement: {
          clusters: [{ name: 'earth' }, { name: '' }],
          clusterSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
        },
      }),
    ).toEqual(['spec.placement.clusters[1].name', 'spec.placement.clusterSelector.matchExpressions[0].values']);
  });

  test('no member would run fewer than no replicas, be it in the template or in one cluster', () => {
    const spec = {
      template: { spec: { replicas: -1 } },
      overrides: [{ clusterName: 'vulcan', clusterOverrides: [{ path: '/spec/replicas', value: -2 }] }],
    };
    const faults = (kind: string) => validateFederatedObject({ kind, metadata: {}, spec });
    expect(faults('FederatedDeployment')).toEqual([
      { path: 'spec.template.spec.replicas', message: '-1 must not be negative' },
      { path: 'spec.overrides[0].clusterOverrides[0].value', message: '-2 must not be negative' },
    ]);
    // What a custom resource means by it, nobody here knows.
    expect(faults('FederatedBalloon')).toEqual([]);
  });
});
