import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import { builtInSchema } from '../schema/built-in.ts';
import { setOfPaths } from './field-set.ts';
import { type Application, serverSideApply } from './server-side-apply.ts';
import { trackUpdate } from './track-update.ts';

const START = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T00:01:00Z');
const schema = builtInSchema('apps', 'v1', 'Deployment');

function apply(spec: object, over: Partial<Application> = {}): KubeObject {
  const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'd' }, spec };
  return serverSideApply({
    stored: undefined,
    applied,
    schema,
    manager: 'ada',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    force: false,
    now: START,
    ...over,
  });
}

function update(stored: KubeObject, change: object, manager = 'kubectl', over: object = {}): KubeObject {
  const next = { ...stored, ...change };
  const managedFields = trackUpdate({ stored, next, schema, manager, apiVersion: 'apps/v1', now: LATER, ...over });
  return { ...next, metadata: { ...next.metadata, managedFields } };
}

function specOf(object: KubeObject): Record<string, unknown> {
  return object.spec as Record<string, unknown>;
}

function fieldsOf(object: KubeObject, manager: string): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}

function refusal(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
}

const pod = (...containers: object[]) => ({ template: { spec: { containers } } });

describe('server-side apply', () => {
  it('creates what is not there, with the applier as its owner', () => {
    const object = apply({ replicas: 2 });
    expect(specOf(object).replicas).toBe(2);
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'ada',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]);
  });

  it('changes nothing, not even a time, when it is repeated', () => {
    const stored = apply({ replicas: 2, ...pod({ name: 'a', image: 'x' }) });
    const again = apply({ replicas: 2, ...pod({ name: 'a', image: 'x' }) }, { stored, now: LATER });
    expect(again).toEqual(stored);
  });

  it('takes away what the applier no longer wants and nobody else owns', () => {
    const stored = apply({ replicas: 2, paused: true, ...pod({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }) });
    const object = apply({ replicas: 2, ...pod({ name: 'b', image: 'y' }) }, { stored });
    expect(specOf(object)).toMatchObject({ replicas: 2, template: { spec: { containers: [{ name: 'b' }] } } });
    expect(specOf(object)).not.toHaveProperty('paused');
  });

  it('keeps what somebody else owns too', () => {
    const first = apply({ replicas: 2, paused: true });
    const both = apply({ replicas: 2 }, { stored: first, manager: 'bob' });
    expect(specOf(apply({}, { stored: both }))).toMatchObject({ replicas: 2 });
    expect(specOf(apply({}, { stored: both }))).not.toHaveProperty('paused');
  });

  it('takes an item away with whatever others put into it', () => {
    const stored = apply(pod({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }));
    const updated = update(stored, { spec: pod({ name: 'a', image: 'x', tty: true }, { name: 'b', image: 'y' }) });
    const object = apply(pod({ name: 'b', image: 'y' }), { stored: updated });
    expect(specOf(object)).toEqual({ ...specOf(updated), ...pod({ name: 'b', image: 'y' }) });
    expect(fieldsOf(object, 'kubectl')).toBeUndefined();
  });

  it('puts items in the order of the applier, and others where they were', () => {
    const stored = apply(pod({ name: 'a' }, { name: 'b' }, { name: 'c' }));
    const object = apply(pod({ name: 'd' }, { name: 'c' }, { name: 'a' }), { stored, manager: 'bob' });
    expect(specOf(object).template).toMatchObject({
      spec: { containers: [{ name: 'b' }, { name: 'd' }, { name: 'c' }, { name: 'a' }] },
    });
  });

  it('conflicts with who owns a field of another value', () => {
    const stored = update(apply({ replicas: 2 }), { spec: { replicas: 3 } });
    expect(refusal(() => apply({ replicas: 2 }, { stored }))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    });
    expect(specOf(apply({ replicas: 3 }, { stored }))).toMatchObject({ replicas: 3 });
  });

  it('names all conflicts, by manager', () => {
    const applied = apply({ replicas: 2, ...pod({ name: 'a', ports: [{ containerPort: 80, name: 'x' }] }) });
    const stored = update(applied, { spec: { ...specOf(applied), minReadySeconds: 3 } }, 'tool', {
      subresource: 'scale',
    });
    const spec = { replicas: 4, minReadySeconds: 5, ...pod({ name: 'a', ports: [{ containerPort: 80, name: 'y' }] }) };
    expect(refusal(() => apply(spec, { stored, manager: 'bob' }))).toMatchObject({
      message:
        'Apply failed with 3 conflicts: conflicts with "ada":\n- .spec.replicas\n- .spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].name\nconflicts with "tool" with subresource "scale" using apps/v1:\n- .spec.minReadySeconds',
    });
  });

  it('by force takes the fields', () => {
    const stored = update(apply({ replicas: 2, paused: true }), { spec: { replicas: 3, paused: true } });
    const object = apply({ replicas: 2 }, { stored, force: true, manager: 'bob' });
    expect(specOf(object)).toMatchObject({ replicas: 2, paused: true });
    expect(fieldsOf(object, 'bob')).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(fieldsOf(object, 'kubectl')).toBeUndefined();
    expect(fieldsOf(object, 'ada')).toEqual({ 'f:spec': { 'f:paused': {} } });
  });

  it('gives what was there before the first apply an owner', () => {
    const stored: KubeObject = { metadata: { name: 'web', uid: 'u' }, spec: { replicas: 2, paused: true } };
    const object = apply({ replicas: 2 }, { stored });
    expect(object.metadata.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([
      ['ada', 'Apply'],
      ['before-first-apply', 'Update'],
    ]);
    expect(refusal(() => apply({ replicas: 5 }, { stored }))).toMatchObject({ code: 409 });
  });

  it('of the status does not own the rest', () => {
    const resetFields = setOfPaths(['f:spec']);
    const over = { subresource: 'status', resetFields } as const;
    const applied = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 9 },
      status: { replicas: 1 },
    };
    const object = serverSideApply({
      ...{ stored: apply({ replicas: 2 }), applied, schema, manager: 'bob', apiVersion: 'apps/v1' },
      ...{ force: false, now: START, ...over },
    });
    expect(fieldsOf(object, 'bob')).toEqual({ 'f:status': { 'f:replicas': {} } });
  });

  it('carries what kubectl applied by itself over without a conflict', () => {
    const text = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 2 },
    });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': text };
    const first = { metadata: { name: 'web', annotations }, spec: { replicas: 2 } };
    const managedFields = trackUpdate({
      ...{
        stored: undefined,
        next: first,
        schema,
        manager: 'kubectl-client-side-apply',
        apiVersion: 'apps/v1',
        now: START,
      },
    });
    const stored: KubeObject = { ...first, metadata: { ...first.metadata, uid: 'u', managedFields } };
    expect(refusal(() => apply({ replicas: 3 }, { stored }))).toMatchObject({ code: 409 });
    const object = apply({ replicas: 3 }, { stored, manager: 'kubectl' });
    expect(specOf(object).replicas).toBe(3);
    expect(object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']).toBe(
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"d"},"spec":{"replicas":3}}\n',
    );
  });

  it('keeps the creation time of the object, whatever empty one is applied', () => {
    const stored: KubeObject = { metadata: { name: 'web', creationTimestamp: '2025-01-01T00:00:00Z' }, spec: {} };
    const metadata = { name: 'web', creationTimestamp: null } as unknown as KubeObject['metadata'];
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
    expect(apply({}, { stored, applied }).metadata.creationTimestamp).toBe('2025-01-01T00:00:00Z');
  });

  it.each([
    ['an unknown field', { replicaz: 1 }, '.spec.replicaz: field not declared in schema'],
    ['a wrong type', { replicas: 'two' }, '.spec.replicas: expected numeric (int or float), got string'],
    [
      'several wrong types',
      { selector: [], paused: 'a', strategy: 5 },
      'errors:\n  .spec.paused: expected boolean, got &{a}\n  .spec.selector: expected map, got &{[]}\n  .spec.strategy: expected map, got &{5}',
    ],
    [
      'an item twice',
      pod({ name: 'a' }, { name: 'a' }),
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
  ])('refuses %s as Kubernetes does', (_, spec, problem) => {
    expect(refusal(() => apply(spec))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `failed to create typed patch object (d/web; apps/v1, Kind=Deployment): ${problem}`,
      code: 500,
    });
  });

  it('refuses another kind, another version, and owners', () => {
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
    const answer = (over: object) => refusal(() => apply({}, { applied: { ...applied, ...over } }));
    expect(answer({ kind: 'Pod' })).toMatchObject({ code: 400, message: 'invalid object type: apps/v1, Kind=Pod' });
    expect(answer({ apiVersion: 'apps/v2' })).toMatchObject({
      code: 400,
      message: 'invalid object type: apps/v2, Kind=Deployment',
    });
    expect(answer({ metadata: { name: 'web', managedFields: [] } })).toMatchObject({
      code: 400,
      message: 'metadata.managedFields must be nil',
    });
  });
});
