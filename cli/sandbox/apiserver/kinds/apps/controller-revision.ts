import type { V1ControllerRevision } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { validateControllerRevision, validateControllerRevisionUpdate } from './controller-revision-validation.ts';

export const controllerRevisions = builtInKind<V1ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  columns: columnsOf<Typed<V1ControllerRevision>>('apps/v1/ControllerRevision', {
    Controller: ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      if (owner === undefined) return '<none>';
      const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
      return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    },
    Revision: ({ revision }) => revision ?? 0,
  }),
  validate: validateControllerRevision,
  validateUpdate: validateControllerRevisionUpdate,
});
