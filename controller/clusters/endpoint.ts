import { X509Certificate } from 'node:crypto';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { parseApiEndpoint, validateWayIn } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { describeFieldErrors } from '../../apis/field-error.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Credentials } from '../kube/credentials.ts';
import type { Endpoint, EndpointTls } from '../kube/endpoint.ts';

/** A KubeFedCluster, or the Secret that it names, does not say how to reach the member. The message says what is wrong. */
export class MalformedClusterError extends Error {
  override readonly name = 'MalformedClusterError';
  readonly code = 'ClusterConfigMalformed';
  readonly cluster: string;

  constructor(cluster: string, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.cluster = cluster;
  }
}

export interface Secret extends KubeObject {
  type?: string;
  /** Values are base64. */
  data?: Record<string, string>;
}

/** The key under which KubeFed keeps a member's bearer token. */
export const TOKEN_KEY = 'token';

/** The bearer token in a member's Secret, or `undefined` when there is none in it. */
export function tokenOf(secret: DeepReadonly<Secret> | undefined): string | undefined {
  const encoded = secret?.data?.[TOKEN_KEY];
  const token = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8').trim();
  return token === '' ? undefined : token;
}

/**
 * Where a member is and how to speak to it.
 * @throws MalformedClusterError when the object does not say so.
 */
export function endpointOf(cluster: DeepReadonly<KubeFedCluster>, credentials: Credentials): Endpoint {
  const name = cluster.metadata.name ?? '';
  const errors = validateWayIn(cluster);
  if (errors.length > 0) throw new MalformedClusterError(name, describeFieldErrors(errors));
  const { apiEndpoint, proxyURL } = cluster.spec;
  const server = parseApiEndpoint(apiEndpoint);
  if (typeof server === 'string') throw new MalformedClusterError(name, `spec.apiEndpoint ${server}`);
  return {
    cluster: name,
    server: server.href.replace(/\/$/, ''),
    tls: tlsOf(name, cluster.spec),
    ...(proxyURL ? { proxyUrl: proxyURL } : {}),
    credentials,
  };
}

function tlsOf(cluster: string, spec: DeepReadonly<KubeFedCluster>['spec']): EndpointTls {
  const skipped = spec.disabledTLSValidations ?? [];
  return {
    ...(spec.caBundle ? { ca: authorities(cluster, spec.caBundle) } : {}),
    ...(spec.tlsServerName ? { serverName: spec.tlsServerName } : {}),
    ...(skipped.length === 0
      ? {}
      : {
          skip: {
            all: skipped.includes('*'),
            subjectName: skipped.includes('SubjectName'),
            validityPeriod: skipped.includes('ValidityPeriod'),
          },
        }),
  };
}

function authorities(cluster: string, caBundle: string): string {
  const pem = Buffer.from(caBundle, 'base64').toString('utf8');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw new MalformedClusterError(cluster, 'spec.caBundle holds no PEM certificate');
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw new MalformedClusterError(cluster, 'spec.caBundle holds a certificate that cannot be read', { cause });
    }
  }
  return pem;
}

/** Two endpoints with equal fingerprints are reached the same way; credentials aside, which are read anew anyway. */
export function fingerprintOf(endpoint: Endpoint): string {
  return JSON.stringify([endpoint.server, endpoint.tls, endpoint.proxyUrl ?? '']);
}
