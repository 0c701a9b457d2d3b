import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { formatSelector } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { networkPolicyWarnings } from '../../warnings/service-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateNetworkPolicy } from './network-policy-validation.ts';

export const networkPolicies = builtInKind<V1NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  hasGeneration: true,
  columns: columnsOf<V1NetworkPolicy>('networking.k8s.io/v1/NetworkPolicy', {
    'Pod-Selector': ({ spec }) => formatSelector(spec?.podSelector),
  }),
  defaults({ spec }) {
    if (spec === undefined) return;
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of ports ?? []) port.protocol ??= 'TCP';
    }
    spec.policyTypes ??= spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: validateNetworkPolicy,
  validateUpdate: validateNetworkPolicy,
  warnings: networkPolicyWarnings,
});
