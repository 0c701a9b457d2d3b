import { expect, it } from 'vitest';
import { builtInDefinitions } from '../kinds/built-in-definitions.ts';
import { includeObjectOf, tableOf } from './table.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const METADATA = { resourceVersion: '540' };

function definitionOf(kind: string) {
  const definition = builtInDefinitions().find((served) => served.kind === kind);
  if (definition === undefined) throw new Error(`no kind ${kind}`);
  return definition;
}

const CONFIG_MAP = {
  metadata: { name: 'tt', namespace: 'default', creationTimestamp: '2026-03-04T05:00:00Z' },
  data: { a: 'b' },
};

it('a table has the columns of the kind and a row per object with its metadata', () => {
  const table = tableOf(definitionOf('ConfigMap'), [CONFIG_MAP], NOW, {
    includeObject: includeObjectOf(null),
    metadata: METADATA,
  });
  expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: METADATA });
  expect(table.columnDefinitions?.map(({ description, ...column }) => column)).toEqual([
    { name: 'Name', type: 'string', format: 'name', priority: 0 },
    { name: 'Data', type: 'string', format: '', priority: 0 },
    { name: 'Age', type: 'string', format: '', priority: 0 },
  ]);
  expect(table.rows).toEqual([
    {
      cells: ['tt', 1, '6m7s'],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: CONFIG_MAP.metadata },
    },
  ]);
});

it('rows bring along nothing or the whole object where that is asked for', () => {
  const rows = (parameter: string) =>
    tableOf(definitionOf('ConfigMap'), [CONFIG_MAP], NOW, {
      includeObject: includeObjectOf(parameter),
      metadata: METADATA,
    }).rows.map(({ object }) => object);
  expect(rows('None')).toEqual([null]);
  expect(rows('Object')).toEqual([{ kind: 'ConfigMap', apiVersion: 'v1', ...CONFIG_MAP }]);
  expect(() => rows('Foo')).toThrow(
    `Unable to convert to Table as requested: includeObject: Invalid value: "Foo": must be 'Metadata', 'Object', 'None', or empty`,
  );
});

it('the events of a watch after the first leave the columns out; old clients get v1beta1', () => {
  const table = tableOf(definitionOf('ConfigMap'), [CONFIG_MAP], NOW, {
    includeObject: 'Metadata',
    metadata: METADATA,
    apiVersion: 'meta.k8s.io/v1beta1',
    columns: false,
  });
  expect(table).toMatchObject({
    apiVersion: 'meta.k8s.io/v1beta1',
    columnDefinitions: null,
    rows: [{ object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1' } }],
  });
});

it('Pods that have ended are marked', () => {
  const pod = (phase: string) => ({ metadata: { name: 'p' }, spec: { containers: [] }, status: { phase } });
  const { rows } = tableOf(definitionOf('Pod'), [pod('Running'), pod('Failed')], NOW, {
    includeObject: 'None',
    metadata: METADATA,
  });
  expect(rows.map(({ conditions }) => conditions)).toEqual([
    undefined,
    [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
  ]);
});
