import { isIP } from 'node:net';
import type {
  V1HTTPIngressPath,
  V1Ingress,
  V1IngressBackend,
  V1IngressClass,
  V1IngressRule,
  V1IngressSpec,
  V1IngressTLS,
} from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { forbiddenField, invalid, invalidFor, notSupported, required, tooLong } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { validateDnsLabel, validateDnsSubdomain } from '../../validation/fields.ts';
import { immutable } from '../../validation/immutable.ts';
import {
  isDns1123Subdomain,
  isPathSegmentName,
  isPortName,
  isPortNumber,
  isWildcardDns1123Subdomain,
} from '../../validation/names.ts';
import type { Typed } from '../built-in-kind.ts';

type Ingress = DeepReadonly<Typed<V1Ingress>>;
type IngressClass = DeepReadonly<Typed<V1IngressClass>>;

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_ENDS = ['/..', '/.'];
const MAX_CONTROLLER_BYTES = 250;

export function validateIngress({ metadata, spec = {} }: Ingress): FieldError[] {
  const errors = validateSpec(spec);
  const annotated = metadata.annotations?.[CLASS_ANNOTATION];
  if (annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName) {
    const why = 'must match `ingressClassName` when both are specified';
    errors.push(invalid(`annotations.${CLASS_ANNOTATION}`, annotated, why));
  }
  return errors;
}

export function validateIngressUpdate({ spec = {} }: Ingress): FieldError[] {
  return validateSpec(spec);
}

function validateSpec({ rules, defaultBackend, tls, ingressClassName }: DeepReadonly<V1IngressSpec>): FieldError[] {
  return [
    ...(rules?.length || defaultBackend
      ? []
      : [invalid('spec', rules ?? null, 'either `defaultBackend` or `rules` must be specified')]),
    ...(defaultBackend ? validateBackend(defaultBackend, 'spec.defaultBackend') : []),
    ...(rules ?? []).flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)),
    ...(tls ?? []).flatMap((one, i) => validateTls(one, `spec.tls[${i}]`)),
    ...(ingressClassName === undefined ? [] : validateDnsSubdomain(ingressClassName, 'spec.ingressClassName')),
  ];
}

function validateRule({ host = '', http }: DeepReadonly<V1IngressRule>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (host !== '') {
    if (isIP(host) !== 0) errors.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'));
    errors.push(...validateHost(host, `${path}.host`));
  }
  if (http === undefined) return errors;
  if (!http.paths?.length) errors.push(required(`${path}.http.paths`));
  return [...errors, ...(http.paths ?? []).flatMap((one, i) => validatePath(one, `${path}.http.paths[${i}]`))];
}

function validateHost(host: string, path: string): FieldError[] {
  return invalidFor(path, host, host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host));
}

function validateTls({ hosts, secretName }: DeepReadonly<V1IngressTLS>, path: string): FieldError[] {
  return [
    ...(hosts ?? []).flatMap((host, i) => validateHost(host, `${path}.hosts[${i}]`)),
    ...(secretName ? validateDnsSubdomain(secretName, `${path}.secretName`) : []),
  ];
}

function validatePath(
  { path: url = '', pathType, backend }: DeepReadonly<V1HTTPIngressPath>,
  path: string,
): FieldError[] {
  if (!pathType) return [required(`${path}.pathType`, 'pathType must be specified')];
  const errors: FieldError[] = [];
  const refuse = (why: string): number => errors.push(invalid(`${path}.path`, url, why));
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!url.startsWith('/')) refuse('must be an absolute path');
    for (const part of FORBIDDEN_SEQUENCES) if (url.includes(part)) refuse(`must not contain '${part}'`);
    for (const end of FORBIDDEN_ENDS) if (url.endsWith(end)) refuse(`cannot end with '${end}'`);
  } else if (pathType === 'ImplementationSpecific') {
    if (url !== '' && !url.startsWith('/')) refuse('must be an absolute path');
  } else errors.push(notSupported(`${path}.pathType`, pathType, PATH_TYPES));
  return [...errors, ...validateBackend(backend ?? {}, `${path}.backend`)];
}

function validateBackend({ resource, service }: DeepReadonly<V1IngressBackend>, path: string): FieldError[] {
  if (resource && service) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) {
    return [
      ...(resource.kind ? [] : [required(`${path}.resource.kind`)]),
      ...(resource.name ? [] : [required(`${path}.resource.name`)]),
    ];
  }
  if (!service) return [invalid(path, '', 'resource or service backend is required')];
  const { name: portName = '', number = 0 } = service.port ?? {};
  const at = `${path}.service`;
  const errors = service.name ? validateDnsLabel(service.name, `${at}.name`) : [required(`${at}.name`)];
  if (portName !== '' && number !== 0) return [...errors, invalid(path, '', 'cannot set both port name & port number')];
  if (portName !== '') return [...errors, ...invalidFor(`${at}.port.name`, portName, isPortName(portName))];
  if (number !== 0) return [...errors, ...invalidFor(`${at}.port.number`, number, isPortNumber(number))];
  return [...errors, required(path, 'port name or number is required')];
}

export function validateIngressClass({ spec = {} }: IngressClass): FieldError[] {
  const { controller = '', parameters } = spec;
  const errors = Buffer.byteLength(controller) > MAX_CONTROLLER_BYTES ? [tooLong('spec.controller', 250)] : [];
  errors.push(...validateDomainPath(controller, 'spec.controller'));
  if (parameters === undefined) return errors;
  const at = 'spec.parameters';
  const { apiGroup, kind, name, scope = '', namespace } = parameters;
  if (apiGroup !== undefined) errors.push(...validateDnsSubdomain(apiGroup, `${at}.apiGroup`));
  for (const [field, value] of Object.entries({ kind, name })) {
    if (!value) errors.push(required(`${at}.${field}`));
    else errors.push(...invalidFor(`${at}.${field}`, value, isPathSegmentName(value)));
  }
  if (scope === 'Namespace') {
    if (namespace === undefined) {
      errors.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    } else errors.push(...validateDnsLabel(namespace, `${at}.namespace`));
  } else if (scope !== 'Cluster') errors.push(notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace']));
  else if (namespace !== undefined) {
    errors.push(forbiddenField(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}

export function validateIngressClassUpdate(object: IngressClass, stored: IngressClass): FieldError[] {
  return [
    ...immutable('spec.controller', object.spec?.controller ?? '', stored.spec?.controller),
    ...validateIngressClass(object),
  ];
}

function validateDomainPath(value: string, path: string): FieldError[] {
  if (value === '') return [required(path)];
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1) {
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const host = value.slice(0, slash);
  const rest = value.slice(slash + 1);
  const pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
  return [
    ...invalidFor(path, host, isDns1123Subdomain(host)),
    ...(new RegExp(`^${pattern}$`).test(rest)
      ? []
      : [invalid(path, rest, `Invalid path (regex used for validation is '${pattern}')`)]),
  ];
}
