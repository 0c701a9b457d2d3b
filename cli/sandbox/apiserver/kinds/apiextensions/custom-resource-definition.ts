import type { V1CustomResourceDefinition } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { crdStrategy } from '../../customresources/crd-strategy.ts';
import { builtInKind } from '../built-in-kind.ts';

export const customResourceDefinitions = builtInKind<V1CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  hasGeneration: true,
  unconditionalUpdate: false,
  status: 'cleared',
  columns: columnsOf('apiextensions.k8s.io/v1/CustomResourceDefinition'),
  ...crdStrategy,
});
