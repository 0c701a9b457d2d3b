import type { V1EndpointSlice } from '@kubernetes/client-node';
import { listWithMore } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import { endpointSliceWarnings } from '../../warnings/service-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation.ts';

export const endpointSlices = builtInKind<V1EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  hasGeneration: true,
  bumpsGeneration: (object, stored) => !semanticallyEqual(object.metadata.labels, stored.metadata.labels),
  validatesMetadataAgain: true,
  columns: columnsOf<V1EndpointSlice>('discovery.k8s.io/v1/EndpointSlice', {
    AddressType: ({ addressType }) => addressType,
    Ports: ({ ports }) => {
      const all = (ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port)));
      return listWithMore(all, 3, all.length) || '<unset>';
    },
    Endpoints: ({ endpoints }) => {
      const all = (endpoints ?? []).flatMap(({ addresses }) => addresses);
      return listWithMore(all, 3, all.length) || '<unset>';
    },
  }),
  defaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warnings: endpointSliceWarnings,
});
