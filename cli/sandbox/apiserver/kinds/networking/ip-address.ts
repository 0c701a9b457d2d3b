import type { V1IPAddress } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { builtInKind } from '../built-in-kind.ts';
import { nameIsIpAddress, validateIpAddress, validateIpAddressUpdate } from './service-range-validation.ts';

export const ipAddresses = builtInKind<V1IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  validatesMetadataAgain: true,
  columns: columnsOf<V1IPAddress>('networking.k8s.io/v1/IPAddress', {
    ParentRef: ({ spec }) => {
      if (!spec?.parentRef) return '<none>';
      const { group, resource, namespace, name } = spec.parentRef;
      const what = (group ? `${resource}.${group}` : (resource ?? '')).toLowerCase();
      return [what, ...(namespace ? [namespace] : []), name ?? ''].join('/');
    },
  }),
  validateName: nameIsIpAddress,
  validate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
});
