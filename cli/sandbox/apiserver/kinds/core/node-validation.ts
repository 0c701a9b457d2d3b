import type { V1Node, V1Taint } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { duplicate, forbiddenField, invalid, notSupported, required } from '../../errors/field-errors.ts';
import { GoStruct } from '../../errors/go-text.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateQualifiedName } from '../../validation/fields.ts';
import { isLabelValue } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { parseIpv4 } from '../services/ipv4.ts';

type Node = DeepReadonly<Typed<V1Node>>;

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const TAINTS = 'metadata.taints';
const ONCE = (field: string): string => `node updates may not change ${field} except from "" to valid`;

export function validateNode({ spec }: Node): FieldError[] {
  const errors = validateTaints(spec?.taints ?? []);
  const cidrs = spec?.podCIDRs ?? [];
  for (const [i, cidr] of cidrs.entries()) errors.push(...validateCidr(cidr, `spec.podCIDRs[${i}]`));
  return [...errors, ...validateFamilies(cidrs)];
}

/** What tells where a Node is and which addresses its Pods have is said once. The taints are looked at twice, as in Kubernetes. */
export function validateNodeUpdate(node: Node, { spec: old }: Node): FieldError[] {
  const { spec } = node;
  const errors = validateNode(node);
  const cidrs = spec?.podCIDRs ?? [];
  const before = old?.podCIDRs ?? [];
  const changed = before.length !== cidrs.length ? 1 : before.filter((cidr, i) => cidr !== cidrs[i]).length;
  for (let i = 0; before.length > 0 && i < changed; i++) errors.push(forbiddenField('spec.podCIDRs', ONCE('podCIDR')));
  if (old?.providerID && old.providerID !== spec?.providerID) {
    errors.push(forbiddenField('spec.providerID', ONCE('providerID')));
  }
  return [...errors, ...validateTaints(spec?.taints ?? [])];
}

function validateTaints(taints: readonly DeepReadonly<V1Taint>[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap(({ key, value = '', effect, timeAdded }, i) => {
    const at = `${TAINTS}[${i}]`;
    const errors = validateQualifiedName(key, `${at}.key`);
    const problems = isLabelValue(value);
    if (problems.length > 0) errors.push(invalid(`${at}.value`, value, problems.join(';')));
    if (effect === '') errors.push(required(`${at}.effect`));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    const identity = `${effect} ${key}`;
    if (seen.has(identity)) {
      const same = duplicate(
        at,
        new GoStruct({ Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null }),
      );
      errors.push({ ...same, message: `${same.message}: taints must be unique by key and effect pair` });
    }
    seen.add(identity);
    return errors;
  });
}

function validateFamilies(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length < 2) return [];
  const path = 'spec.podCIDRs';
  const broken = cidrs.findIndex((cidr, i) => validateCidr(cidr, `${path}[${i}]`).length > 0);
  const isV6 = (cidr: string): boolean => cidr.includes(':');
  const errors: FieldError[] = [];
  if (broken >= 0) {
    const why = `invalid CIDR[${broken}]: <nil> (invalid CIDR address: ${cidrs[broken]})`;
    const message = `Internal error: invalid PodCIDRs. failed to check with dual stack with error:${why}`;
    errors.push({ field: path, reason: 'InternalError', message });
  }
  const isPair = broken < 0 && cidrs.some(isV6) && !cidrs.every(isV6);
  if (!isPair || cidrs.length > 2) {
    errors.push(invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
}

function validateCidr(cidr: string, path: string): FieldError[] {
  const [address = '', bits = '', ...more] = cidr.split('/');
  const isOne =
    more.length === 0 &&
    /^\d{1,3}$/.test(bits) &&
    (parseIpv4(address) === undefined ? address.includes(':') : Number(bits) <= 32);
  return isOne ? [] : [invalid(path, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}
