import { BlockList, isIP } from 'node:net';
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { duplicate, forbiddenField, invalid, invalidFor, notSupported, required } from '../../errors/field-errors.ts';
import { GoStruct } from '../../errors/go-text.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel, validatePortNumberOrName, validateQualifiedName } from '../../validation/fields.ts';
import { validateLabels } from '../../validation/labels.ts';
import { isDns1123Subdomain, isPortNumber } from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';
import { validateClusterIps, validateIp } from './cluster-ip-validation.ts';
import type { StoredSpec } from './cluster-ips.ts';
import { needsHealthCheck } from './node-ports.ts';
import { isExternallyAccessible } from './service-defaults.ts';

type Service = DeepReadonly<Typed<V1Service>>;
type Port = DeepReadonly<V1ServicePort>;

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_AFFINITY_SECONDS = 86400;

/** What is wrong with a Service, old or new, after Kubernetes' `validateService` and in its order. */
export function validateService(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  return [
    ...(ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...validateForType(spec),
    ...validatePorts(ports),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateClusterIps(spec),
    ...(spec.externalIPs ?? []).flatMap((address, i) => validateExternalIp(address, `spec.externalIPs[${i}]`)),
    ...(TYPES.includes(spec.type ?? '') ? [] : [notSupported('spec.type', spec.type ?? '', TYPES)]),
    ...validateNodePorts(spec, ports),
    ...validateUniquePorts(ports),
    ...validateLoadBalancer(spec),
    ...validateTrafficPolicies(spec),
  ];
}

/** What may not change: an address that was given, a load balancer's class, the health check's port. */
export function validateServiceUpdate(service: Service, stored: Service): FieldError[] {
  const spec = service.spec ?? {};
  const old = stored.spec ?? {};
  const errors = [...validateKeptAddress(spec, old), ...validateKeptFamilies(spec, old)];
  const bothBalanced = old.type === 'LoadBalancer' && spec.type === 'LoadBalancer';
  if (bothBalanced && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  }
  if (needsHealthCheck(old) && needsHealthCheck(spec) && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  }
  return [...errors, ...validateService(service)];
}

/** Only of a LoadBalancer is there an address outside; and that is an address or a name, and says how it is used. */
export function validateBalancer({ spec, status }: Service): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (spec?.type !== 'LoadBalancer') {
    return ingress.length === 0 ? [] : [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const modes = ['Proxy', 'VIP'];
  return ingress.flatMap(({ ip = '', hostname = '', ipMode }, i) => {
    const at = `${path}[${i}]`;
    const errors = ip === '' ? [] : validateIp(ip, `${at}.ip`);
    if (ipMode === undefined) {
      if (ip !== '') errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    } else if (ip === '') errors.push(forbiddenField(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    else if (!modes.includes(ipMode)) errors.push(notSupported(`${at}.ipMode`, ipMode, modes));
    if (hostname === '') return errors;
    errors.push(...invalidFor(`${at}.hostname`, hostname, isDns1123Subdomain(hostname)));
    if (isIP(hostname) !== 0) {
      errors.push(invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'));
    }
    return errors;
  });
}

function isHeadless({ clusterIPs }: StoredSpec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === 'None';
}

function validateForType(spec: StoredSpec): FieldError[] {
  switch (spec.type) {
    case 'LoadBalancer':
    case 'NodePort':
      return isHeadless(spec)
        ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)]
        : [];
    case 'ExternalName': {
      const why = 'may not be set for ExternalName services';
      const name = (spec.externalName ?? '').replace(/\.$/, '');
      return [
        ...(spec.clusterIPs?.length ? [forbiddenField('spec.clusterIPs', why)] : []),
        ...(spec.ipFamilies?.length ? [forbiddenField('spec.ipFamilies', why)] : []),
        ...(spec.ipFamilyPolicy === undefined ? [] : [forbiddenField('spec.ipFamilyPolicy', why)]),
        ...(name === ''
          ? [required('spec.externalName')]
          : invalidFor('spec.externalName', name, isDns1123Subdomain(name))),
      ];
    }
    default:
      return [];
  }
}

function validatePorts(ports: readonly Port[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => validatePort(port, ports.length > 1, names, `spec.ports[${i}]`));
}

function validatePort(port: Port, needsName: boolean, names: Set<string>, path: string): FieldError[] {
  const { name = '', protocol = '', targetPort, appProtocol } = port;
  const errors: FieldError[] = [];
  if (name === '') {
    if (needsName) errors.push(required(`${path}.name`));
  } else {
    errors.push(...validateDnsLabel(name, `${path}.name`));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  }
  errors.push(...invalidFor(`${path}.port`, port.port, isPortNumber(port.port)));
  if (protocol === '') errors.push(required(`${path}.protocol`));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  errors.push(...validatePortNumberOrName(targetPort ?? 0, `${path}.targetPort`));
  if (appProtocol !== undefined) errors.push(...validateQualifiedName(appProtocol, `${path}.appProtocol`));
  return errors;
}

function validateAffinity({ sessionAffinity = '', sessionAffinityConfig }: StoredSpec): FieldError[] {
  const kinds = ['ClientIP', 'None'];
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === '') return [required('spec.sessionAffinity')];
  if (!kinds.includes(sessionAffinity)) return [notSupported('spec.sessionAffinity', sessionAffinity, kinds)];
  if (sessionAffinity === 'None') {
    return sessionAffinityConfig === undefined
      ? []
      : [forbiddenField(path, 'must not be set when session affinity is None')];
  }
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return [];
  const why = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
  return [invalid(`${path}.clientIP.timeoutSeconds`, seconds, why)];
}

const NOT_FOR_ENDPOINTS: readonly (readonly [cidrs: readonly string[], why: string])[] = [
  [['127.0.0.0/8', '::1/128'], 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [['169.254.0.0/16', 'fe80::/10'], 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [['224.0.0.0/24', 'ff02::/16'], 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

/** An address that traffic can be sent to: `ValidateEndpointIP`. */
export function validateExternalIp(address: string, path: string): FieldError[] {
  const malformed = validateIp(address, path);
  if (malformed.length > 0) return malformed;
  if (address === '0.0.0.0' || address === '::') return [invalid(path, address, `may not be unspecified (${address})`)];
  return NOT_FOR_ENDPOINTS.flatMap(([cidrs, why]) => (isWithin(address, cidrs) ? [invalid(path, address, why)] : []));
}

function isWithin(address: string, cidrs: readonly string[]): boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function validateNodePorts({ type }: StoredSpec, ports: readonly Port[]): FieldError[] {
  const seen = new Set<string>();
  const forbidden = ports.flatMap(({ nodePort }, i) =>
    type === 'ClusterIP' && nodePort
      ? [forbiddenField(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")]
      : [],
  );
  const twice = ports.flatMap(({ nodePort, protocol }, i) => {
    if (!nodePort) return [];
    const key = `${protocol}/${nodePort}`;
    const found = seen.has(key);
    seen.add(key);
    return found ? [duplicate(`spec.ports[${i}].nodePort`, nodePort)] : [];
  });
  return [...forbidden, ...twice];
}

function validateUniquePorts(ports: readonly Port[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ port, protocol }, i) => {
    const key = `${protocol}/${port}`;
    const found = seen.has(key);
    seen.add(key);
    if (!found) return [];
    // Go shows the whole internal struct.
    return [
      duplicate(
        `spec.ports[${i}]`,
        new GoStruct({
          Name: '',
          Protocol: protocol,
          AppProtocol: null,
          Port: port,
          TargetPort: 0,
          NodePort: 0,
        }),
      ),
    ];
  });
}

function validateLoadBalancer(spec: StoredSpec): FieldError[] {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const isBalanced = spec.type === 'LoadBalancer';
  const errors: FieldError[] = [];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    if (!isBalanced) errors.push(forbiddenField('spec.LoadBalancerSourceRanges', only));
    for (const [i, range] of ranges.entries()) {
      errors.push(...validateCidr(range.trim(), `spec.LoadBalancerSourceRanges[${i}]`));
    }
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalanced) {
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', only));
  }
  if (spec.loadBalancerClass === undefined) return errors;
  errors.push(
    ...(isBalanced
      ? validateQualifiedName(spec.loadBalancerClass, 'spec.loadBalancerClass')
      : [forbiddenField('spec.loadBalancerClass', only)]),
  );
  return errors;
}

export function validateCidr(cidr: string, path: string): FieldError[] {
  const [address = '', bits = '', ...rest] = cidr.split('/');
  const maximum = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= maximum && rest.length === 0) return [];
  return [invalid(path, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

function validateTrafficPolicies(spec: StoredSpec): FieldError[] {
  const { externalTrafficPolicy = '', internalTrafficPolicy, trafficDistribution, healthCheckNodePort = 0 } = spec;
  const policies = ['Cluster', 'Local'];
  const errors: FieldError[] = [];
  if (!isExternallyAccessible(spec as Parameters<typeof isExternallyAccessible>[0])) {
    if (externalTrafficPolicy !== '') {
      const why = 'may only be set for externally-accessible services';
      errors.push(invalid('spec.externalTrafficPolicy', externalTrafficPolicy, why));
    }
  } else if (!policies.includes(externalTrafficPolicy)) {
    errors.push(notSupported('spec.externalTrafficPolicy', externalTrafficPolicy, policies));
  }
  if (!needsHealthCheck(spec)) {
    if (healthCheckNodePort !== 0) {
      const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(invalid('spec.healthCheckNodePort', healthCheckNodePort, why));
    }
  } else if (healthCheckNodePort === 0) errors.push(required('spec.healthCheckNodePort'));
  else errors.push(...invalidFor('spec.healthCheckNodePort', healthCheckNodePort, isPortNumber(healthCheckNodePort)));
  if (internalTrafficPolicy !== undefined && !policies.includes(internalTrafficPolicy)) {
    errors.push(notSupported('spec.internalTrafficPolicy', internalTrafficPolicy, policies));
  }
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, distributions));
  }
  return errors;
}

function validateKeptAddress(spec: StoredSpec, old: StoredSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(spec) && isHeadless(old)) return [];
  const now = spec.clusterIPs ?? [];
  const before = old.clusterIPs ?? [];
  if (before.length > now.length && now.length === 0) {
    return [invalid('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset')];
  }
  const compared = before.length === now.length ? before : before.slice(0, 1);
  return compared.flatMap((address, i) =>
    address === now[i] ? [] : [invalid(`spec.clusterIPs[${i}]`, now, 'may not change once set')],
  );
}

function validateKeptFamilies(spec: StoredSpec, old: StoredSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(spec) || isHeadless(old)) return [];
  const now = spec.ipFamilies ?? [];
  const before = old.ipFamilies ?? [];
  const compared = before.length === now.length ? before : before.slice(0, 1);
  return compared.flatMap((family, i) =>
    family === now[i] ? [] : [invalid('spec.ipFamilies[0]', now, 'may not change once set')],
  );
}
