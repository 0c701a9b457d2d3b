import { describe, expect, test } from 'vitest';
import type { ClusterOverrides, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import {
  fieldsFor,
  isPlacedOn,
  overridesByLabels,
  type PlannedObject,
  plannedOnly,
  toldReplicas,
} from './planned-object.ts';

function object(placement?: Placement, overrides?: ClusterOverrides[]): PlannedObject {
  return {
    metadata: { name: 'web' },
    spec: { ...(placement === undefined ? {} : { placement }), ...(overrides === undefined ? {} : { overrides }) },
  };
}

const replicas = (counts: Record<string, number>) => new Map(Object.entries(counts));
const on = (...names: string[]): Placement => ({ clusters: names.map((name) => ({ name })) });
const told = (clusterName: string, value: unknown, ...others: object[]): ClusterOverrides => ({
  clusterName,
  clusterOverrides: [{ path: '/spec/replicas', value }, ...(others as { path: string }[])],
});
const image = { path: '/spec/template/spec/containers/0/image', value: 'web:2' };

describe('a plan is written', () => {
  test('as a placement on every planned cluster, also on those without replicas, and an override for each', () => {
    expect(fieldsFor(object(), replicas({ vulcan: 4, earth: 5, risa: 0 }))).toEqual({
      placement: on('earth', 'risa', 'vulcan'),
      overrides: [
        { clusterName: 'earth', clusterOverrides: [{ path: '/spec/replicas', value: 5 }] },
        { clusterName: 'risa', clusterOverrides: [{ path: '/spec/replicas', value: 0 }] },
        { clusterName: 'vulcan', clusterOverrides: [{ path: '/spec/replicas', value: 4 }] },
      ],
    });
  });

  test('not at all when the object says it already, in whatever order', () => {
    const planned = object(on('vulcan', 'earth'), [told('vulcan', 4), told('earth', 5)]);
    expect(fieldsFor(planned, replicas({ earth: 5, vulcan: 4 }))).toBeUndefined();
    expect(fieldsFor(object(on()), replicas({}))).toBeUndefined();
  });

  test('only as far as the object says otherwise', () => {
    expect(fieldsFor(object(on('earth'), [told('earth', 5)]), replicas({ earth: 6 }))).toEqual({
      overrides: [told('earth', 6)],
    });
    expect(fieldsFor(object({ clusterSelector: {} }, [told('earth', 5)]), replicas({ earth: 5 }))).toEqual({
      placement: on('earth'),
    });
  });

  test('beside the overrides of other fields, which stay as and where they are', () => {
    const before = object(on('earth', 'vulcan'), [
      { clusterName: 'earth', clusterOverrides: [image] },
      told('vulcan', 1, image),
      { clusterName: 'risa', clusterOverrides: [image] },
      told('bajor', 2),
      told('kronos', 2, image),
    ]);
    expect(fieldsFor(before, replicas({ earth: 3, vulcan: 4 }))?.overrides).toEqual([
      { clusterName: 'earth', clusterOverrides: [image, { path: '/spec/replicas', value: 3 }] },
      told('vulcan', 4, image),
      { clusterName: 'risa', clusterOverrides: [image] },
      { clusterName: 'kronos', clusterOverrides: [image] },
    ]);
  });

  test('into an override that is there with the operation it has, unless that takes the replicas away', () => {
    const withOp = (op: 'add' | 'remove' | 'replace', value?: number): ClusterOverrides => ({
      clusterName: 'earth',
      clusterOverrides: [{ op, path: '/spec/replicas', ...(value === undefined ? {} : { value }) }],
    });
    expect(fieldsFor(object(on('earth'), [withOp('add', 1)]), replicas({ earth: 2 }))?.overrides).toEqual([
      withOp('add', 2),
    ]);
    expect(fieldsFor(object(on('earth'), [withOp('remove')]), replicas({ earth: 2 }))?.overrides).toEqual([
      told('earth', 2),
    ]);
  });
});

test('what a cluster was told can be read back', () => {
  const planned = object(on('earth'), [told('earth', 5), { clusterName: 'vulcan', clusterOverrides: [image] }]);
  expect(['earth', 'vulcan', 'risa'].map((name) => toldReplicas(planned, name))).toEqual([5, undefined, undefined]);
  expect(['earth', 'vulcan'].map((name) => isPlacedOn(planned, name))).toEqual([true, false]);
});

test('replicas that somebody sets by labels stay as they are, and can be told of', () => {
  const byLabels = { clusterSelector: {}, clusterOverrides: [{ path: '/spec/replicas', value: 9 }] };
  const planned = object(on('earth'), [byLabels]);
  expect(overridesByLabels(planned)).toBe(true);
  expect(
    overridesByLabels(object(on('earth'), [told('earth', 5), { clusterSelector: {}, clusterOverrides: [image] }])),
  ).toBe(false);
  expect(fieldsFor(planned, replicas({ earth: 2 }))?.overrides).toEqual([byLabels, told('earth', 2)]);
});

test('of an object only what a plan reads is kept', () => {
  const whole = {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name: 'web' },
    spec: { template: { spec: {} }, placement: on('earth'), retainReplicas: true },
    status: { clusters: [] },
  };
  expect(plannedOnly(whole)).toEqual({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name: 'web' },
    spec: { placement: on('earth'), retainReplicas: true },
  });
});
