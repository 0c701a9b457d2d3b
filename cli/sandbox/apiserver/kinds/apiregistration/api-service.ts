import type { V1APIService } from '@kubernetes/client-node';
import { columnsOf } from '../../columns/column.ts';
import { builtInKind } from '../built-in-kind.ts';

/** Only those of the server itself are here: nothing is aggregated. */
export const apiServices = builtInKind<V1APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  unconditionalUpdate: false,
  status: 'cleared',
  columns: columnsOf<V1APIService>('apiregistration.k8s.io/v1/APIService', {
    Service: ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local'),
    Available: ({ status }) => {
      const available = status?.conditions?.find(({ type }) => type === 'Available');
      if (available === undefined) return 'Unknown';
      return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
    },
  }),
  defaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
});
