import type { V1Service } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { nameIsDnsLabel } from '../../validation/object-meta.ts';
import { balancerWarnings, serviceWarnings } from '../../warnings/service-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { SERVICE_CELLS } from '../services/service-cells.ts';
import { prepareChangedService, prepareNewService } from '../services/service-changes.ts';
import { defaultService } from '../services/service-defaults.ts';
import { validateBalancer, validateService, validateServiceUpdate } from '../services/service-validation.ts';

export const services = builtInKind<V1Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  createOnUpdate: true,
  validateName: nameIsDnsLabel,
  returnsDeletedObject: true,
  status: 'cleared',
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
  columns: columnsOf<V1Service>('v1/Service', SERVICE_CELLS),
  defaults: defaultService,
  prepareForCreate: prepareNewService,
  prepareForUpdate: prepareChangedService,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatus: validateBalancer,
  warnings: serviceWarnings,
  statusWarnings: balancerWarnings,
});
