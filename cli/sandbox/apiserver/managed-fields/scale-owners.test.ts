import { describe, expect, it } from 'vitest';
import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import { builtInSchema } from '../schema/built-in.ts';
import { patchScale, type ScaleWrite, trackScale } from './scale-owners.ts';
import { serverSideApply } from './server-side-apply.ts';

const entry = (manager: string, fieldsV1: object, over: object = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { ...fieldsV1 },
  ...over,
});

const parent: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    uid: 'u',
    managedFields: [
      entry('ada', { 'f:spec': { 'f:replicas': {} } }, { operation: 'Apply' }),
      entry('bob', { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } }),
    ],
  },
  spec: { replicas: 2 },
};

const scale = (replicas: number): KubeObject => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'web', uid: 'u' },
  spec: { replicas },
});

const write: ScaleWrite = {
  parent,
  apiVersion: 'apps/v1',
  replicasPath: ['spec', 'replicas'],
  current: scale(2),
  manager: 'autoscaler',
  now: new Date('2026-01-01T00:01:00Z'),
};

const applying = (force: boolean) => (stored: DeepReadonly<KubeObject>) =>
  serverSideApply({
    ...{ stored, applied: scale(5), force, kind: 'Scale', manager: write.manager, now: write.now },
    ...{ schema: builtInSchema('autoscaling', 'v1', 'Scale'), apiVersion: 'autoscaling/v1', subresource: 'scale' },
  });

function owned(entries: readonly ManagedFieldsEntry[]): unknown[] {
  return entries.map(({ manager, subresource, time, fieldsV1 }) => [manager, subresource, time, fieldsV1]);
}

describe('whoever scales', () => {
  it('owns the replicas of what is scaled, from everybody else', () => {
    expect(owned(trackScale(write, scale(5)))).toEqual([
      ['autoscaler', 'scale', undefined, { 'f:spec': { 'f:replicas': {} } }],
      ['bob', undefined, '2026-01-01T00:00:00Z', { 'f:spec': { 'f:paused': {} } }],
    ]);
  });

  it('to what it is already takes nothing', () => {
    expect(trackScale(write, scale(2))).toEqual(parent.metadata.managedFields);
  });

  it('by applying conflicts with who owns the replicas, named by the version of Scale', () => {
    const refused = () => patchScale(write, applying(false), true);
    expect(refused).toThrow(StatusError);
    expect(refused).toThrow('conflicts with "bob" using autoscaling/v1:\n- .spec.replicas');
  });

  it('by applying with force owns them as who applies', () => {
    const { scale: after, managedFields } = patchScale(write, applying(true), true);
    expect(after.spec).toEqual({ replicas: 5 });
    expect(
      managedFields.map(({ manager, operation, apiVersion, subresource }) => [
        manager,
        operation,
        apiVersion,
        subresource,
      ]),
    ).toEqual([
      ['autoscaler', 'Apply', 'apps/v1', 'scale'],
      ['bob', 'Update', 'apps/v1', undefined],
    ]);
  });

  it('a custom resource owns the field that its CRD names', () => {
    const managedFields = [entry('ada', { 'f:spec': { 'f:deep': { 'f:size': {} } } })];
    const custom: ScaleWrite = {
      ...write,
      parent: { ...parent, metadata: { ...parent.metadata, managedFields } },
      replicasPath: ['spec', 'deep', 'size'],
    };
    expect(owned(trackScale(custom, scale(5)))).toEqual([
      ['autoscaler', 'scale', undefined, { 'f:spec': { 'f:deep': { 'f:size': {} } } }],
    ]);
  });
});
