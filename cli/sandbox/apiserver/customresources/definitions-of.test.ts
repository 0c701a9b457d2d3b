import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { compareVersions, definitionsOf } from './definitions-of.ts';

function established(version: object = {}): KubeObject {
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['w'] };
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { host: { type: 'string' }, replicas: { type: 'integer' } } },
        status: { type: 'object', properties: { replicas: { type: 'integer', maximum: 5 } } },
      },
    },
  };
  const versions = [
    { name: 'v1beta1', served: true, storage: true, schema, ...version },
    { name: 'v1', served: true, storage: false, schema, ...version },
    { name: 'v1alpha1', served: false, storage: false, schema },
  ];
  return {
    metadata: { name: 'widgets.example.io' },
    spec: { group: 'example.io', scope: 'Namespaced', names, versions },
    status: { acceptedNames: names, conditions: [{ type: 'Established', status: 'True' }] },
  };
}

it('each served version is a resource, the stable one preferred, kept in the storage version', () => {
  const definitions = definitionsOf(established());
  expect(definitions.map(({ version }) => version)).toEqual(['v1', 'v1beta1']);
  expect(definitions[0]).toMatchObject({
    plural: 'widgets',
    kind: 'Widget',
    listKind: 'WidgetList',
    shortNames: ['w'],
    namespaced: true,
    storageKey: 'widgets.example.io',
    storageApiVersion: 'example.io/v1beta1',
    custom: true,
  });
});

it('a CRD that is not established serves nothing', () => {
  expect(definitionsOf({ ...established(), status: {} })).toEqual([]);
});

it('a thousand servers with the same CRD share its definitions', () => {
  const definitions = definitionsOf(established());
  const other = established();
  other.metadata.uid = 'of another server';
  expect(definitionsOf(other)).toBe(definitions);
  expect(definitionsOf(established({ subresources: { status: {} } }))).not.toBe(definitions);
});

it('a write to the status changes the status alone', () => {
  const [definition] = definitionsOf(established({ subresources: { status: {} } }));
  const view = definition?.subresources.status;
  if (view?.kind !== 'view') throw new Error('the status is a view');
  const stored = { metadata: { name: 'a', resourceVersion: '5', labels: { a: 'b' } }, spec: { host: 'x' } };
  const sent = {
    metadata: { name: 'a', resourceVersion: '5', labels: {} },
    spec: { host: 'y' },
    status: { replicas: 1 },
  };
  expect(view.merge(stored, sent)).toEqual({ ...stored, status: { replicas: 1 } });
});

it('columns and field selectors read what the CRD names', () => {
  const [definition] = definitionsOf(
    established({
      additionalPrinterColumns: [
        { name: 'Host', type: 'string', jsonPath: '.spec.host' },
        { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
        { name: 'Since', type: 'date', jsonPath: '.spec.since' },
      ],
      selectableFields: [{ jsonPath: '.spec.host' }, { jsonPath: '.spec.replicas' }],
    }),
  );
  const object = { metadata: { name: 'a' }, spec: { host: 'x', replicas: 2, since: '2026-01-01T00:00:00Z' } };
  const now = new Date('2026-01-01T00:00:42Z');
  expect(definition?.columns.map(({ name, priority, cell }) => [name, priority, cell(object, now)])).toEqual([
    ['Name', 0, 'a'],
    ['Host', 0, 'x'],
    ['Replicas', 1, 2],
    ['Since', 0, '42s'],
  ]);
  expect(definition?.selectableFields['spec.host']?.(object)).toBe('x');
  expect(definition?.selectableFields['spec.replicas']?.(object)).toBe('2');
  expect(definition?.selectableFields['spec.host']?.({ metadata: {} })).toBe('');
});

it('versions are preferred as Kubernetes prefers them', () => {
  const versions = ['v1alpha1', 'foo', 'v1', 'v10', 'v2beta1', 'v1beta2', 'v2', 'bar'];
  expect(versions.sort(compareVersions)).toEqual(['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1alpha1', 'bar', 'foo']);
});
