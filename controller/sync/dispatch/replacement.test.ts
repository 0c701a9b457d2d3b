import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, RECREATE_ANNOTATION } from '../../../apis/well-known.ts';
import type { Resource } from '../../kube/resource.ts';
import { refuseReplacement, replacementWish, replacingOptions } from './replacement.ts';

const UID = 'control-plane-1';
const kind = (group: string, name: string): Resource => ({
  group,
  version: 'v1',
  kind: name,
  plural: `${name.toLowerCase()}s`,
  namespaced: true,
});
const DEPLOYMENTS = kind('apps', 'Deployment');
const STATEFUL_SETS = kind('apps', 'StatefulSet');

function copy(more: object = {}, annotations: Record<string, string> = { [CREATED_BY_ANNOTATION]: UID }): KubeObject {
  return { metadata: { name: 'web', annotations }, ...more };
}

function refusal(resource: Resource, wish: 'no' | 'yes' | 'with data', present = copy(), adopts = false) {
  return refuseReplacement({ wish, adopts, deleteOptions: {} }, resource, present, UID);
}

describe('a copy whose immutable field is to change', () => {
  it('stays unless people wish it replaced, and they are told how', () => {
    expect(refusal(DEPLOYMENTS, 'no')).toContain(`${RECREATE_ANNOTATION}=true`);
    expect(refusal(DEPLOYMENTS, 'yes')).toBeUndefined();
  });

  it.each([
    ['PersistentVolumeClaim', kind('', 'PersistentVolumeClaim'), {}],
    ['PersistentVolume', kind('', 'PersistentVolume'), {}],
    ['CustomResourceDefinition', kind('apiextensions.k8s.io', 'CustomResourceDefinition'), {}],
    [
      'StatefulSet whose claims go with it',
      STATEFUL_SETS,
      { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } },
    ],
  ])('stays when it takes data along, until they say that too: %s', (_, resource, more) => {
    expect(refusal(resource, 'yes', copy(more))).toContain(`${RECREATE_ANNOTATION}=delete-data`);
    expect(refusal(resource, 'with data', copy(more))).toBeUndefined();
  });

  it('may be a StatefulSet whose claims stay', () => {
    expect(refusal(STATEFUL_SETS, 'yes', copy({ spec: {} }))).toBeUndefined();
  });

  it('is never a namespace', () => {
    expect(refusal(kind('', 'Namespace'), 'with data')).toContain('never');
  });

  it('stays when it was there before, unless taking over was wished too', () => {
    expect(refusal(DEPLOYMENTS, 'yes', copy({}, {}))).toContain('fedmesh.io/adopt=true');
    expect(refusal(DEPLOYMENTS, 'yes', copy({}, {}), true)).toBeUndefined();
  });

  it.each([
    [undefined, 'no'],
    ['true', 'yes'],
    ['delete-data', 'with data'],
    ['yes please', 'no'],
  ])('annotation %s means: %s', (value, wish) => {
    expect(replacementWish(value === undefined ? {} : { [RECREATE_ANNOTATION]: value })).toBe(wish);
  });

  it('takes its dependents along unless the delete options say otherwise', () => {
    expect(replacingOptions({})).toEqual({ propagationPolicy: 'Background' });
    expect(replacingOptions({ orphanDependents: true })).toEqual({ orphanDependents: true });
    expect(replacingOptions({ propagationPolicy: 'Orphan' })).toEqual({ propagationPolicy: 'Orphan' });
  });
});
