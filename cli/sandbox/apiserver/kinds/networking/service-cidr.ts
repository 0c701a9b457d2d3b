import type { V1ServiceCIDR } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateServiceCidr, validateServiceCidrUpdate } from './service-range-validation.ts';

export const serviceCidrs = builtInKind<V1ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  status: 'cleared',
  columns: columnsOf<V1ServiceCIDR>('networking.k8s.io/v1/ServiceCIDR', {
    CIDRs: ({ spec }) => (spec?.cidrs ?? []).join(','),
  }),
  validate: validateServiceCidr,
  validateUpdate: validateServiceCidrUpdate,
});
