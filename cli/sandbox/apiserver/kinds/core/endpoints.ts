import type { V1Endpoints } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { listWithMore } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { endpointsWarnings } from '../../warnings/service-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateEndpoints, validateEndpointsUpdate } from './endpoints-validation.ts';

export const endpoints = builtInKind<V1Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  createOnUpdate: true,
  validatesMetadataAgain: true,
  columns: columnsOf<V1Endpoints>('v1/Endpoints', { Endpoints: addressesOf }),
  defaults({ subsets }) {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ??= 'TCP';
  },
  validate: validateEndpoints,
  validateUpdate: validateEndpointsUpdate,
  warnings: endpointsWarnings,
});

function addressesOf({ subsets }: DeepReadonly<V1Endpoints>): string {
  if (!subsets?.length) return '<none>';
  const all = subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`));
  });
  return listWithMore(all, 3, all.length);
}
