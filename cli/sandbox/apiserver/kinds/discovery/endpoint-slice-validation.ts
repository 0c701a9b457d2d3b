import { isIP } from 'node:net';
import type { V1Endpoint, V1EndpointSlice } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { duplicate, invalid, notSupported, required, tooMany } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel, validateDnsSubdomain, validateQualifiedName } from '../../validation/fields.ts';
import { immutable, semanticallyEqual } from '../../validation/immutable.ts';
import { canonicalIpv6 } from '../../warnings/address-warnings.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateIp } from '../services/cluster-ip-validation.ts';
import { PROTOCOLS, validateExternalIp } from '../services/service-validation.ts';

type Slice = DeepReadonly<Typed<V1EndpointSlice>>;

const TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;

export function validateEndpointSlice(slice: Slice): FieldError[] {
  return [...validateTypeAndPorts(slice), ...validateEndpoints(slice)];
}

/** Endpoints that were let pass once may stay as they are. */
export function validateEndpointSliceUpdate(slice: Slice, stored: Slice): FieldError[] {
  const same = semanticallyEqual(slice.endpoints, stored.endpoints);
  return [
    ...validateTypeAndPorts(slice),
    ...(same ? [] : validateEndpoints(slice)),
    ...immutable('addressType', slice.addressType, stored.addressType),
  ];
}

function validateTypeAndPorts({ addressType, ports }: Slice): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required('addressType'));
  else if (!TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, TYPES));
  const names = new Set<string>();
  for (const [i, { name = '', protocol = '', appProtocol }] of (ports ?? []).entries()) {
    const at = `ports[${i}]`;
    if (name !== '') errors.push(...validateDnsLabel(name, `${at}.name`));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    if (appProtocol !== undefined) errors.push(...validateQualifiedName(appProtocol, `${at}.appProtocol`));
  }
  return errors;
}

function validateEndpoints({ addressType, endpoints }: Slice): FieldError[] {
  const all = endpoints ?? [];
  if (all.length > MAX_ENDPOINTS) return [tooMany('endpoints', all.length, MAX_ENDPOINTS)];
  return all.flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`));
}

function validateEndpoint(endpoint: DeepReadonly<V1Endpoint>, type: string, path: string): FieldError[] {
  const { addresses, nodeName, hostname } = endpoint;
  const at = `${path}.addresses`;
  const errors: FieldError[] = [];
  if (!addresses?.length) errors.push(required(at, 'must contain at least 1 address'));
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(at, addresses.length, MAX_ADDRESSES));
  for (const [i, address] of (addresses ?? []).entries()) {
    if (type === 'FQDN') {
      errors.push(...validateDnsSubdomain(address, `${at}[${i}]`));
      continue;
    }
    if (type !== 'IPv4' && type !== 'IPv6') continue;
    const malformed = validateIp(address, `${at}[${i}]`);
    errors.push(...malformed);
    if (malformed.length > 0) continue;
    if (isIP(address) === 6 && canonicalIpv6(address) !== address) {
      const why = `must be in canonical form ("${canonicalIpv6(address)}")`;
      errors.push(invalid(`${at}[${i}]`, address, why));
      continue;
    }
    if (isIP(address) !== (type === 'IPv4' ? 4 : 6)) errors.push(invalid(at, address, `must be an ${type} address`));
    errors.push(...validateExternalIp(address, `${at}[${i}]`));
  }
  if (nodeName !== undefined) errors.push(...validateDnsSubdomain(nodeName, `${path}.nodeName`));
  if (hostname !== undefined) errors.push(...validateDnsLabel(hostname, `${path}.hostname`));
  return errors;
}
