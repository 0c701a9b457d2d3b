import type { V1Ingress } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { columnsOf } from '../../columns/column.ts';
import { balancerWarnings, ingressWarnings } from '../../warnings/service-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateIngress, validateIngressUpdate } from './ingress-validation.ts';

const MAX_HOSTS = 3;

export const ingresses = builtInKind<V1Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  hasGeneration: true,
  status: 'cleared',
  validatesMetadataAgain: true,
  columns: columnsOf<V1Ingress>('networking.k8s.io/v1/Ingress', {
    Class: ({ spec }) => spec?.ingressClassName ?? '<none>',
    Hosts: hostsOf,
    Address: ({ status }) => {
      const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
      return [...new Set(addresses.filter((address) => address !== ''))].sort().join(',');
    },
    Ports: ({ spec }) => (spec?.tls?.length ? '80, 443' : '80'),
  }),
  validate: validateIngress,
  validateUpdate: validateIngressUpdate,
  warnings: ingressWarnings,
  statusWarnings: balancerWarnings,
});

function hostsOf({ spec }: DeepReadonly<V1Ingress>): string {
  const rules = spec?.rules ?? [];
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === MAX_HOSTS) more = true;
    if (!more && host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - MAX_HOSTS} more...` : hosts.join(',');
}
