import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { formatLabels } from '../../columns/cells.ts';
import type { Cell } from '../../columns/column.ts';

type Service = DeepReadonly<V1Service>;

export const SERVICE_CELLS: Readonly<Record<string, Cell<V1Service>>> = {
  Type: ({ spec }) => spec?.type ?? '',
  'Cluster-IP': ({ spec }) => spec?.clusterIPs?.[0] ?? '<none>',
  'External-IP': externalAddresses,
  'Port(s)': ({ spec }) => (spec?.ports ?? []).map(portText).join(',') || '<none>',
  Selector: ({ spec }) => formatLabels(spec?.selector),
};

function externalAddresses({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer': {
      const balanced = new Set((status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ''));
      balanced.delete('');
      return [...[...balanced].sort(), ...external].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portText({ port, nodePort, protocol }: DeepReadonly<V1ServicePort>): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}
