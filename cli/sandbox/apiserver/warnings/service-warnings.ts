import type {
  V1EndpointSlice,
  V1Endpoints,
  V1Ingress,
  V1LoadBalancerIngress,
  V1NetworkPolicy,
  V1NetworkPolicyIngressRule,
  V1Service,
} from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { addressWarnings, rangeWarnings } from './address-warnings.ts';
import type { Written } from './written.ts';

const OLD_HINTS = 'service.kubernetes.io/topology-aware-hints';
const INGRESS_CLASS = 'kubernetes.io/ingress.class';
/** They write addresses as they should be written. */
const SLICE_WRITERS = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

/** `pkg/api/service/warnings.go` */
export function serviceWarnings({ metadata, spec = {} }: Written<V1Service>): string[] {
  const { type, clusterIP, externalIPs = [], loadBalancerIP = '' } = spec;
  const isHeadless = type === 'ClusterIP' && clusterIP === 'None';
  const isExternal = type === 'ExternalName';
  const hasAddress = !isExternal && clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None';
  const ignored = (field: string): string => `spec.${field} is ignored for headless services`;
  return [
    ...said(
      metadata.annotations?.[OLD_HINTS] !== undefined,
      `annotation ${OLD_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    ),
    ...(hasAddress ? (spec.clusterIPs ?? []) : []).flatMap((address, i) =>
      addressWarnings(`spec.clusterIPs[${i}]`, address),
    ),
    ...said(isHeadless && loadBalancerIP !== '', ignored('loadBalancerIP')),
    ...said(isHeadless && externalIPs.length > 0, ignored('externalIPs')),
    ...said(isHeadless && spec.sessionAffinity !== 'None', ignored('SessionAffinity')),
    ...externalIPs.flatMap((address, i) => addressWarnings(`spec.externalIPs[${i}]`, address)),
    ...said(
      externalIPs.length > 0 && !isHeadless && !isExternal,
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    ),
    ...addressWarnings('spec.loadBalancerIP', loadBalancerIP),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, i) =>
      rangeWarnings(`spec.loadBalancerSourceRanges[${i}]`, range),
    ),
    ...said(isExternal && externalIPs.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"'),
    ...said(!isExternal && !!spec.externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'),
    ...said(
      spec.trafficDistribution === 'PreferClose',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}

/** Of a new one only. */
export function ingressWarnings({ metadata, spec }: Written<V1Ingress>, stored: unknown): string[] {
  const isOld = metadata.annotations?.[INGRESS_CLASS] !== undefined && spec?.ingressClassName === undefined;
  return said(
    stored === undefined && isOld,
    `annotation "${INGRESS_CLASS}" is deprecated, please use 'spec.ingressClassName' instead`,
  );
}

/** Where a balancer can be reached, as Services and Ingresses say it in their status. */
export function balancerWarnings({
  status,
}: DeepReadonly<{ status?: { loadBalancer?: { ingress?: Pick<V1LoadBalancerIngress, 'ip'>[] } } }>): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
    addressWarnings(`status.loadBalancer.ingress[${i}]`, ip),
  );
}

export function networkPolicyWarnings({ spec }: Written<V1NetworkPolicy>): string[] {
  const peers = [
    ...(spec?.ingress ?? []).flatMap((rule, i) =>
      (sources(rule) ?? []).map(({ ipBlock }, j) => ({ ipBlock, path: `spec.ingress[${i}].from[${j}].ipBlock` })),
    ),
    ...(spec?.egress ?? []).flatMap(({ to }, i) =>
      (to ?? []).map(({ ipBlock }, j) => ({ ipBlock, path: `spec.egress[${i}].to[${j}].ipBlock` })),
    ),
  ];
  return peers.flatMap(({ ipBlock, path }) =>
    ipBlock === undefined
      ? []
      : [
          ...rangeWarnings(`${path}.cidr`, ipBlock.cidr),
          ...(ipBlock.except ?? []).flatMap((range, k) => rangeWarnings(`${path}.except[${k}]`, range)),
        ],
  );
}

/** The field's name is a reserved word where the borrowed types come from. */
function sources(rule: DeepReadonly<V1NetworkPolicyIngressRule>): DeepReadonly<V1NetworkPolicyIngressRule>['_from'] {
  return 'from' in rule ? (rule.from as DeepReadonly<V1NetworkPolicyIngressRule>['_from']) : undefined;
}

export function endpointsWarnings({ metadata, subsets }: Written<V1Endpoints>): string[] {
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return (subsets ?? []).flatMap((subset, i) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((field) =>
      (subset[field] ?? []).flatMap(({ ip }, j) => addressWarnings(`subsets[${i}].${field}[${j}].ip`, ip)),
    ),
  );
}

export function endpointSliceWarnings(
  { metadata, addressType, endpoints }: Written<V1EndpointSlice>,
  stored: unknown,
): string[] {
  const writer = metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '';
  return [
    ...said(stored === undefined && addressType === 'FQDN', 'spec.addressType: FQDN endpoints are deprecated'),
    ...(SLICE_WRITERS.includes(writer) ? [] : (endpoints ?? [])).flatMap(({ addresses }, i) =>
      addresses.flatMap((address, j) => addressWarnings(`endpoints[${i}].addresses[${j}]`, address)),
    ),
  ];
}

function said(holds: boolean, text: string): string[] {
  return holds ? [text] : [];
}
