import { isIP } from 'node:net';
import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { duplicate, invalid, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { parseIpv4 } from './ipv4.ts';

type Spec = DeepReadonly<V1ServiceSpec>;

const AT = 'spec.clusterIPs';
const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy by themselves and among each other. */
export function validateClusterIps(spec: Spec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors = [...validateFirst(clusterIP, clusterIPs), ...validateFamilies(ipFamilies)];
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES));
  }
  const malformed = clusterIPs.flatMap((address, i) => validateAddress(address, i, clusterIPs));
  errors.push(...malformed);
  if (clusterIPs.length > 2) errors.push(invalid(AT, clusterIPs, 'may only hold up to 2 values'));
  if (malformed.length > 0) return errors;
  if (clusterIPs.length > 1 && !isDualStack(clusterIPs)) {
    errors.push(invalid(AT, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (clusterIPs[0] === 'None') return errors;
  for (const [i, address] of clusterIPs.entries()) {
    const family = ipFamilies[i];
    if (family === undefined) continue;
    const actual = isIP(address) === 6 ? 'IPv6' : 'IPv4';
    if (FAMILIES.includes(family) && family !== actual) {
      errors.push(invalid(`${AT}[${i}]`, address, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``));
    }
  }
  return errors;
}

function validateFirst(clusterIP: string, clusterIPs: readonly string[]): FieldError[] {
  if (clusterIP === '') {
    return clusterIPs.length === 0 ? [] : [invalid(AT, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIPs.length === 0) return [required(AT)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(AT, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(families: readonly string[]): FieldError[] {
  return families.flatMap((family, i) => [
    ...(FAMILIES.includes(family) ? [] : [notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES)]),
    ...(families.indexOf(family) < i ? [duplicate(`spec.ipFamilies[${i}]`, family)] : []),
  ]);
}

function validateAddress(address: string, i: number, all: readonly string[]): FieldError[] {
  if (i === 0 && address === 'None') {
    return all.length > 1 ? [invalid(AT, all, "'None' must be the first and only value")] : [];
  }
  return validateIp(address, `${AT}[${i}]`);
}

export function validateIp(address: string, path: string): FieldError[] {
  if (isIP(address) === 6 || parseIpv4(address) !== undefined) return [];
  return [invalid(path, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

function isDualStack(addresses: readonly string[]): boolean {
  return new Set(addresses.map((address) => isIP(address))).size === addresses.length;
}
