import { isIP } from 'node:net';
import { type FieldError, fault, invalid, oneOf, required } from '../../field-error.ts';
import { dns1123SubdomainFault } from '../../meta/names.ts';
import type { Resource } from '../../meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../meta/v1.ts';
import { DRAIN_ANNOTATION } from '../../well-known.ts';
import { type ClusterNetworkSpec, type ClusterNetworkStatus, validateClusterNetwork } from './cluster-network.ts';

export const KUBEFED_CLUSTERS: Resource = {
  group: 'core.kubefed.io',
  version: 'v1beta1',
  kind: 'KubeFedCluster',
  plural: 'kubefedclusters',
  namespaced: true,
};

/** Checks of the member's certificate that are left out. `*` stands for all of them, and then stands alone. */
export type TlsValidation = '*' | 'SubjectName' | 'ValidityPeriod';

/** A member of the federation: how its API server is reached, and what was last seen of it. */
export interface KubeFedCluster extends KubeObject {
  spec: KubeFedClusterSpec;
  status?: KubeFedClusterStatus;
}

export interface KubeFedClusterSpec {
  /** URL, host or host:port of the member's API server, as the controller reaches it. */
  apiEndpoint: string;
  /** PEM of the authorities that sign the server's certificate, base64. Missing: the system's own. */
  caBundle?: string;
  /** A Secret in the same namespace whose key `token` holds the bearer token. */
  secretRef: { name: string };
  disabledTLSValidations?: TlsValidation[];
  /** `http://`, `https://` or `socks5://` URL of a proxy on the way to `apiEndpoint`. */
  proxyURL?: string;
  /** Fedmesh: the name to expect in the server's certificate, when it is not the one in `apiEndpoint`. */
  tlsServerName?: string;
  /** Fedmesh: cordoned. What is there stays; no selector and no schedule brings anything new. */
  unschedulable?: boolean;
  /** Fedmesh: the member's address ranges, where they cannot be found or are found wrong. */
  network?: ClusterNetworkSpec;
}

/** KubeFed's types, and Fedmesh's word for a member that takes nothing new. Further ones may stand beside them. */
export const CLUSTER_CONDITIONS = {
  ready: 'Ready',
  offline: 'Offline',
  configMalformed: 'ConfigMalformed',
  cordoned: 'Cordoned',
} as const;

/** Fedmesh's condition on a member that is being drained: `True` when no scheduled replica is left in it, else what is and why. */
export const DRAINED_CONDITION = 'Drained';

/** Whether a member takes nothing new by selectors and schedules. */
export function isCordoned(cluster: DeepReadonly<KubeFedCluster>): boolean {
  return (cluster.spec as DeepReadonly<KubeFedClusterSpec> | undefined)?.unschedulable === true;
}

/** Whether scheduled replicas are to leave a member. Taking off the cordon ends that, whatever the annotation says. */
export function isDraining(cluster: DeepReadonly<KubeFedCluster>): boolean {
  return isCordoned(cluster) && cluster.metadata.annotations?.[DRAIN_ANNOTATION] === 'true';
}

export interface ClusterCondition {
  /** One of {@link CLUSTER_CONDITIONS}, or any other word. */
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** RFC 3339. Required by KubeFed's CRD. */
  lastProbeTime: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface KubeFedClusterStatus {
  /** Required by KubeFed's CRD, possibly empty. */
  conditions: ClusterCondition[];
  zones?: string[];
  region?: string;
  /** The member's `gitVersion`. */
  kubernetesVersion?: string;
  /** Fedmesh: the address ranges that were found. */
  network?: ClusterNetworkStatus;
}

const TLS_VALIDATIONS = ['*', 'SubjectName', 'ValidityPeriod'];
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The URL of a member's API server. A host or host:port without a scheme means https, as in client-go; more than that needs a whole URL.
 * Answers with what is wrong when it is neither.
 */
export function parseApiEndpoint(endpoint: string): URL | string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint);
  const text = whole ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(text)) return 'is neither a URL nor host:port';
  const url = new URL(text);
  if (url.host === '') return 'has no host';
  if (!whole && url.pathname !== '/') return 'must be a URL or host:port';
  if (url.port === '0') return 'has port 0';
  return url;
}

/** What is wrong with what a person wrote: KubeFed's rules for the way to the member, and those for its address ranges. */
export function validateKubeFedCluster(cluster: DeepReadonly<KubeFedCluster>): FieldError[] {
  return [...validateWayIn(cluster), ...validateClusterNetwork(cluster.spec?.network)];
}

/** KubeFed's rules for how a member is reached: whatever else is wrong with the object, a member is not cut off for it. */
export function validateWayIn(cluster: DeepReadonly<KubeFedCluster>): FieldError[] {
  const spec = cluster.spec as DeepReadonly<KubeFedClusterSpec> | undefined;
  if (spec === undefined) return [required('spec')];
  return [
    ...validateApiEndpoint(spec.apiEndpoint),
    ...validateSecretName(spec.secretRef?.name),
    ...validateTlsValidations(spec.disabledTLSValidations ?? []),
    ...validateProxyUrl(spec.proxyURL ?? ''),
    ...validateCaBundle(spec.caBundle ?? ''),
    ...validateServerName(spec.tlsServerName ?? ''),
  ];
}

/** KubeFed's rules for what the controller writes, but for the types of conditions, which are free. */
export function validateKubeFedClusterStatus(cluster: DeepReadonly<KubeFedCluster>): FieldError[] {
  return (cluster.status?.conditions ?? []).flatMap((condition, index) => {
    const path = `status.conditions[${index}]`;
    return [
      ...(condition.type ? [] : [required(`${path}.type`)]),
      ...oneOf(`${path}.status`, condition.status, ['True', 'False', 'Unknown']),
      ...(condition.lastProbeTime ? [] : [required(`${path}.lastProbeTime`)]),
    ];
  });
}

function validateApiEndpoint(endpoint: string | undefined): FieldError[] {
  const path = 'spec.apiEndpoint';
  if (!endpoint) return [required(path)];
  const url = parseApiEndpoint(endpoint);
  if (typeof url === 'string') return [invalid(path, endpoint, url)];
  return ['http:', 'https:'].includes(url.protocol) ? [] : [invalid(path, endpoint, 'is not http or https')];
}

function validateSecretName(name: string | undefined): FieldError[] {
  const path = 'spec.secretRef.name';
  return name ? fault(path, name, dns1123SubdomainFault(name)) : [required(path)];
}

function validateTlsValidations(validations: readonly string[]): FieldError[] {
  const path = 'spec.disabledTLSValidations';
  const errors = validations.flatMap((word, index) => oneOf(`${path}[${index}]`, word, TLS_VALIDATIONS));
  if (validations.includes('*') && validations.length > 1) {
    errors.push(invalid(path, validations, 'names more than "*", which must stand alone'));
  }
  return errors;
}

function validateProxyUrl(proxy: string): FieldError[] {
  if (proxy === '') return [];
  // The value may carry a password, so it is not quoted.
  const path = 'spec.proxyURL';
  if (!URL.canParse(proxy)) return [{ path, message: 'is not a URL' }];
  const url = new URL(proxy);
  if (!['http:', 'https:', 'socks5:'].includes(url.protocol))
    return [{ path, message: 'is not http, https or socks5' }];
  return url.host === '' ? [{ path, message: 'has no host' }] : [];
}

function validateCaBundle(bundle: string): FieldError[] {
  return BASE64.test(bundle.replace(/[\r\n]/g, '')) ? [] : [{ path: 'spec.caBundle', message: 'is not base64' }];
}

function validateServerName(name: string): FieldError[] {
  if (name === '' || isIP(name) !== 0) return [];
  return fault('spec.tlsServerName', name, dns1123SubdomainFault(name.toLowerCase()));
}
