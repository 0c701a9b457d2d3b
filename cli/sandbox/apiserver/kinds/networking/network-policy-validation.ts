import type { V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node';
import type { DeepReadonly, LabelSelector } from '../../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { isPortName, isPortNumber } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateCidr } from '../services/service-validation.ts';

type Selector = DeepReadonly<LabelSelector>;

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const TYPES = ['Ingress', 'Egress'];

export function validateNetworkPolicy({ spec }: DeepReadonly<Typed<V1NetworkPolicy>>): FieldError[] {
  const { podSelector, ingress, egress, policyTypes = [] } = spec ?? {};
  const errors = validateLabelSelector(podSelector as Selector | undefined, 'spec.podSelector');
  for (const [i, rule] of (ingress ?? []).entries()) {
    const at = `spec.ingress[${i}]`;
    // The borrowed type calls the field `_from`.
    const { ports, from } = rule as typeof rule & { readonly from?: typeof rule._from };
    errors.push(...(ports ?? []).flatMap((port, j) => validatePort(port, `${at}.ports[${j}]`)));
    errors.push(...(from ?? []).flatMap((peer, j) => validatePeer(peer, `${at}.from[${j}]`)));
  }
  for (const [i, { ports, to }] of (egress ?? []).entries()) {
    const at = `spec.egress[${i}]`;
    errors.push(...(ports ?? []).flatMap((port, j) => validatePort(port, `${at}.ports[${j}]`)));
    errors.push(...(to ?? []).flatMap((peer, j) => validatePeer(peer, `${at}.to[${j}]`)));
  }
  if (policyTypes.length > TYPES.length) {
    return [...errors, invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')];
  }
  return [
    ...errors,
    ...policyTypes.flatMap((type, i) =>
      TYPES.includes(type) ? [] : [notSupported(`spec.policyTypes[${i}]`, type, TYPES)],
    ),
  ];
}

function validatePort({ protocol, port, endPort }: DeepReadonly<V1NetworkPolicyPort>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  }
  if (typeof port === 'number') {
    errors.push(...invalidFor(`${path}.port`, port, isPortNumber(port)));
    if (endPort !== undefined && endPort < port) {
      errors.push(invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'));
    }
    if (endPort !== undefined) errors.push(...invalidFor(`${path}.endPort`, endPort, isPortNumber(endPort)));
    return errors;
  }
  if (endPort !== undefined) {
    const what = port === undefined ? 'not specified' : 'non-numeric';
    errors.push(invalid(`${path}.endPort`, endPort, `may not be specified when \`port\` is ${what}`));
  }
  if (typeof port === 'string') errors.push(...invalidFor(`${path}.port`, port, isPortName(port)));
  return errors;
}

function validatePeer(peer: DeepReadonly<V1NetworkPolicyPeer>, path: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const errors = [
    ...validateLabelSelector(podSelector as Selector | undefined, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector as Selector | undefined, `${path}.namespaceSelector`),
  ];
  if (ipBlock) {
    const at = `${path}.ipBlock`;
    if (!ipBlock.cidr) errors.push(required(`${at}.cidr`));
    else errors.push(...validateCidr(ipBlock.cidr, `${at}.cidr`));
    errors.push(...(ipBlock.except ?? []).flatMap((cidr, i) => validateCidr(cidr, `${at}.except[${i}]`)));
  }
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}
