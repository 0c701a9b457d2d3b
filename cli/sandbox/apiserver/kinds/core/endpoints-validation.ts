import type { V1EndpointAddress, V1EndpointSubset, V1Endpoints } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel, validateDnsSubdomain, validateQualifiedName } from '../../validation/fields.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import { isPortNumber } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateIp } from '../services/cluster-ip-validation.ts';
import { PROTOCOLS, validateExternalIp } from '../services/service-validation.ts';

type Endpoints = DeepReadonly<Typed<V1Endpoints>>;
type Subset = DeepReadonly<V1EndpointSubset>;

export function validateEndpoints({ subsets }: Endpoints): FieldError[] {
  return (subsets ?? []).flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`));
}

/** Subsets that were let pass once may stay as they are. */
export function validateEndpointsUpdate(endpoints: Endpoints, stored: Endpoints): FieldError[] {
  return semanticallyEqual(endpoints.subsets, stored.subsets) ? [] : validateEndpoints(endpoints);
}

function validateSubset({ addresses, notReadyAddresses, ports }: Subset, path: string): FieldError[] {
  const isEmpty = !addresses?.length && !notReadyAddresses?.length;
  const errors = isEmpty ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : [];
  for (const [field, all] of Object.entries({ addresses, notReadyAddresses })) {
    for (const [i, address] of (all ?? []).entries())
      errors.push(...validateAddress(address, `${path}.${field}[${i}]`));
  }
  const needsName = (ports?.length ?? 0) > 1;
  for (const [i, { name = '', port, protocol = '', appProtocol }] of (ports ?? []).entries()) {
    const at = `${path}.ports[${i}]`;
    if (name !== '') errors.push(...validateDnsLabel(name, `${at}.name`));
    else if (needsName) errors.push(required(`${at}.name`));
    errors.push(...invalidFor(`${at}.port`, port, isPortNumber(port)));
    if (protocol === '') errors.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    if (appProtocol !== undefined) errors.push(...validateQualifiedName(appProtocol, `${at}.appProtocol`));
  }
  return errors;
}

function validateAddress({ ip, hostname, nodeName }: DeepReadonly<V1EndpointAddress>, path: string): FieldError[] {
  const at = `${path}.ip`;
  const malformed = validateIp(ip, at);
  const errors = [...malformed];
  if (hostname) errors.push(...validateDnsLabel(hostname, `${path}.hostname`));
  if (nodeName !== undefined) errors.push(...validateDnsSubdomain(nodeName, `${path}.nodeName`));
  // Looked at twice, in words of their own.
  if (malformed.length > 0) errors.push(invalid(at, ip, 'must be a valid IP address'));
  else errors.push(...validateExternalIp(ip, at));
  return errors;
}
