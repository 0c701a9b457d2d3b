import { isIP } from 'node:net';
import type { V1IPAddress, V1ServiceCIDR } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid, invalidFor, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsSubdomain } from '../../validation/fields.ts';
import { IMMUTABLE, immutable } from '../../validation/immutable.ts';
import { isPathSegmentName } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateIp } from '../services/cluster-ip-validation.ts';
import { validateCidr } from '../services/service-validation.ts';

type ServiceCidr = DeepReadonly<Typed<V1ServiceCIDR>>;
type IpAddress = DeepReadonly<Typed<V1IPAddress>>;

const CIDRS = 'spec.cidrs';

export function validateServiceCidr({ spec }: ServiceCidr): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [required(CIDRS, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid(CIDRS, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, i) => validateCidr(cidr, `${CIDRS}[${i}]`));
  const [first, second] = cidrs.map((cidr) => isIP(cidr.split('/')[0] ?? ''));
  if (second !== undefined && first === second && first !== 0) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalid(CIDRS, cidrs, why));
  }
  return errors;
}

export function validateServiceCidrUpdate(object: ServiceCidr, stored: ServiceCidr): FieldError[] {
  const now = object.spec?.cidrs ?? [];
  const before = stored.spec?.cidrs ?? [];
  const isGrowing = before.length === 1 && now.length === 2;
  if (!isGrowing && now.length !== before.length) return [invalid(CIDRS, now, IMMUTABLE)];
  const changed = before.flatMap((cidr, i) => (cidr === now[i] ? [] : [invalid(`${CIDRS}[${i}]`, now[i], IMMUTABLE)]));
  return isGrowing ? [...changed, ...validateServiceCidr(object)] : changed;
}

/** An IPAddress is named by the address. */
export function nameIsIpAddress(name: string): string[] {
  return validateIp(name, '').length === 0 ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
}

export function validateIpAddress({ spec }: IpAddress): FieldError[] {
  const parent = spec?.parentRef;
  if (!parent) return [required('spec.parentRef')];
  const at = 'spec.parentRef';
  const errors = parent.group ? validateDnsSubdomain(parent.group, `${at}.group`) : [];
  for (const field of ['resource', 'name'] as const) {
    const value = parent[field];
    if (!value) errors.push(required(`${at}.${field}`));
    else errors.push(...invalidFor(`${at}.${field}`, value, isPathSegmentName(value)));
  }
  if (parent.namespace) {
    errors.push(...invalidFor(`${at}.namespace`, parent.namespace, isPathSegmentName(parent.namespace)));
  }
  return errors;
}

export function validateIpAddressUpdate(object: IpAddress, stored: IpAddress): FieldError[] {
  return [
    ...validateIpAddress(object),
    ...immutable('spec.parentRef', object.spec?.parentRef ?? null, stored.spec?.parentRef),
  ];
}
