import { expect, it } from 'vitest';
import { builtInSchema } from './built-in.ts';
import { builtInDocument } from './built-in-document.ts';

it('a built-in kind has its fields with their types, descriptions and merge keys', () => {
  const deployment = builtInSchema('apps', 'v1', 'Deployment');
  const spec = deployment?.properties?.spec;
  expect(spec?.properties?.replicas).toMatchObject({ type: 'integer', format: 'int32' });
  expect(spec?.properties?.replicas?.description).toContain('Number of desired pods');
  const containers = spec?.properties?.template?.properties?.spec?.properties?.containers;
  expect(containers).toMatchObject({
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  });
  expect(containers?.items?.properties?.ports?.items?.properties?.protocol?.default).toBe('TCP');
});

it('says of a field how Go has it, for answers leave out what Go leaves out', () => {
  const spec = builtInSchema('apps', 'v1', 'Deployment')?.properties?.spec;
  expect(spec?.properties?.replicas?.go).toEqual({
    type: '*int32',
    kind: '*int32',
    embedded: '',
    omitEmpty: true,
    omitZero: false,
  });
  expect(spec?.properties?.minReadySeconds?.go?.type).toBe('int32');
  const port = builtInSchema('', 'v1', 'Service')?.properties?.spec?.properties?.ports?.items?.properties;
  expect(port?.protocol?.go).toMatchObject({ type: 'v1.Protocol', kind: 'string' });
  expect(port?.targetPort?.['x-kubernetes-int-or-string']).toBe(true);
});

it('a type that contains itself is resolved, frozen and shared', () => {
  const crd = builtInSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition');
  const schema = crd?.properties?.spec?.properties?.versions?.items?.properties?.schema?.properties?.openAPIV3Schema;
  expect(schema?.properties?.not?.properties?.not?.properties?.description?.type).toBe('string');
  expect(Object.isFrozen(schema?.properties)).toBe(true);
  expect(builtInSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')).toBe(crd);
});

it('every type resolves, lists and what requests carry too', () => {
  for (const [name, { 'x-kubernetes-group-version-kind': kinds }] of Object.entries(builtInDocument().definitions)) {
    for (const { group, version, kind } of kinds ?? []) expect(builtInSchema(group, version, kind)?.name).toBe(name);
  }
  expect(builtInSchema('', 'v1', 'PodList')?.properties?.items?.items?.name).toBe('io.k8s.api.core.v1.Pod');
  expect(builtInSchema('', 'v1', 'DeleteOptions')?.properties?.gracePeriodSeconds?.type).toBe('integer');
  expect(builtInSchema('authentication.k8s.io', 'v1', 'TokenRequest')).toBeDefined();
  expect(builtInSchema('example.io', 'v1', 'Widget')).toBeUndefined();
});
