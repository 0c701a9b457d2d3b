import { describe, expect, it } from 'vitest';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { ANONYMOUS } from '../kube/credentials.ts';
import { endpointOf, fingerprintOf, MalformedClusterError, tokenOf } from './endpoint.ts';

function cluster(spec: Partial<KubeFedCluster['spec']>): KubeFedCluster {
  return {
    metadata: { name: 'earth', namespace: 'system' },
    spec: { apiEndpoint: 'https://earth:6443', secretRef: { name: 's' }, ...spec },
  };
}

describe('endpointOf', () => {
  it("reads every field of KubeFed's, and the server name", () => {
    const endpoint = endpointOf(
      cluster({
        apiEndpoint: '10.0.0.1:6443',
        disabledTLSValidations: ['SubjectName', 'ValidityPeriod'],
        proxyURL: 'socks5://proxy:1080',
        tlsServerName: 'earth.internal',
      }),
      ANONYMOUS,
    );
    expect(endpoint).toEqual({
      cluster: 'earth',
      server: 'https://10.0.0.1:6443',
      tls: { serverName: 'earth.internal', skip: { all: false, subjectName: true, validityPeriod: true } },
      proxyUrl: 'socks5://proxy:1080',
      credentials: ANONYMOUS,
    });
  });

  it('keeps the path under which an API is served behind a gateway', () => {
    expect(endpointOf(cluster({ apiEndpoint: 'https://gateway/k8s/clusters/c-1/' }), ANONYMOUS).server).toBe(
      'https://gateway/k8s/clusters/c-1',
    );
  });

  it('says what is wrong with an object that tells nobody how to reach the member', () => {
    const bundle = (text: string) => Buffer.from(text).toString('base64');
    const broken: [Partial<KubeFedCluster['spec']>, RegExp][] = [
      [{ apiEndpoint: 'https://' }, /spec\.apiEndpoint/],
      [{ secretRef: { name: '' } }, /spec\.secretRef\.name/],
      [{ caBundle: bundle('no certificate') }, /spec\.caBundle holds no PEM certificate/],
      [
        { caBundle: bundle('-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n') },
        /spec\.caBundle holds a certificate that cannot be read/,
      ],
    ];
    for (const [spec, message] of broken) {
      expect(() => endpointOf(cluster(spec), ANONYMOUS)).toThrow(MalformedClusterError);
      expect(() => endpointOf(cluster(spec), ANONYMOUS)).toThrow(message);
    }
  });
});

describe('fingerprintOf', () => {
  it('changes with the way to the member and not with the credentials', () => {
    const fingerprint = (spec: Partial<KubeFedCluster['spec']>) => fingerprintOf(endpointOf(cluster(spec), ANONYMOUS));
    expect(fingerprint({ secretRef: { name: 'other' } })).toBe(fingerprint({}));
    expect(fingerprint({ proxyURL: 'http://proxy' })).not.toBe(fingerprint({}));
    expect(fingerprint({ tlsServerName: 'other' })).not.toBe(fingerprint({}));
  });
});

describe('tokenOf', () => {
  it('finds the token, and nothing in a Secret that has none', () => {
    const secret = (token: string) => ({ metadata: {}, data: { token: Buffer.from(token).toString('base64') } });
    expect(tokenOf(secret('abc\n'))).toBe('abc');
    expect(tokenOf(secret(' '))).toBeUndefined();
    expect(tokenOf({ metadata: {}, data: {} })).toBeUndefined();
    expect(tokenOf(undefined)).toBeUndefined();
  });
});
