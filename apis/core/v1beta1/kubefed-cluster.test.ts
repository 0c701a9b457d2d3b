import { describe, expect, test } from 'vitest';
import {
  type KubeFedCluster,
  type KubeFedClusterSpec,
  parseApiEndpoint,
  validateKubeFedCluster,
  validateKubeFedClusterStatus,
} from './kubefed-cluster.ts';

const GOOD: KubeFedClusterSpec = { apiEndpoint: 'https://vulcan:6443', secretRef: { name: 'vulcan-abcde' } };

function cluster(spec: Partial<Record<keyof KubeFedClusterSpec, unknown>> = {}): KubeFedCluster {
  return { metadata: { name: 'vulcan' }, spec: { ...GOOD, ...spec } as KubeFedClusterSpec };
}

const faultsOf = (spec: Parameters<typeof cluster>[0]) =>
  validateKubeFedCluster(cluster(spec)).map((error) => error.path);

describe('the endpoint of a member', () => {
  test.each([
    ['https://vulcan.example:6443', 'https://vulcan.example:6443/'],
    ['http://10.0.0.1:8080', 'http://10.0.0.1:8080/'],
    ['https://gateway.example/k8s/clusters/c-1', 'https://gateway.example/k8s/clusters/c-1'],
    ['vulcan:6443', 'https://vulcan:6443/'],
    ['10.0.0.1', 'https://10.0.0.1/'],
    ['[fd00::1]:6443', 'https://[fd00::1]:6443/'],
  ])('%s is read as client-go reads it', (endpoint, url) => {
    expect(faultsOf({ apiEndpoint: endpoint })).toEqual([]);
    expect(String(parseApiEndpoint(endpoint))).toBe(url);
  });

  test.each(['', 'ftp://vulcan', 'https://vulcan:99999', 'https://vulcan:0', 'vulcan/path', 'https://', 'a b'])(
    '%j is refused',
    (endpoint) => {
      expect(faultsOf({ apiEndpoint: endpoint })).toEqual(['spec.apiEndpoint']);
    },
  );
});

describe('a member', () => {
  test('everything KubeFed allows is allowed', () => {
    const spec = {
      caBundle: Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64'),
      disabledTLSValidations: ['SubjectName', 'ValidityPeriod'],
      proxyURL: 'socks5://proxy:1080',
      tlsServerName: 'kubernetes.default',
    };
    expect(faultsOf(spec)).toEqual([]);
  });

  test('a spec that is not there is one error, not a crash', () => {
    expect(validateKubeFedCluster({ metadata: {} } as unknown as KubeFedCluster)).toEqual([
      { path: 'spec', message: 'is required' },
    ]);
  });

  test.each([
    [{ secretRef: undefined }, 'spec.secretRef.name'],
    [{ secretRef: { name: 'Not_A_Name' } }, 'spec.secretRef.name'],
    [{ disabledTLSValidations: ['Everything'] }, 'spec.disabledTLSValidations[0]'],
    [{ disabledTLSValidations: ['*', 'SubjectName'] }, 'spec.disabledTLSValidations'],
    [{ proxyURL: 'ftp://proxy' }, 'spec.proxyURL'],
    [{ proxyURL: 'proxy' }, 'spec.proxyURL'],
    [{ caBundle: '-----BEGIN' }, 'spec.caBundle'],
    [{ tlsServerName: 'not a name' }, 'spec.tlsServerName'],
  ])('%j is refused', (spec, path) => {
    expect(faultsOf(spec)).toEqual([path]);
  });

  test('a password in a proxy URL does not reach the message', () => {
    const errors = validateKubeFedCluster(cluster({ proxyURL: 'ftp://user:hunter2@proxy' }));
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });
});

describe('the status of a member', () => {
  const statusFaults = (condition: object) =>
    validateKubeFedClusterStatus({
      ...cluster(),
      status: { conditions: [condition as never] },
    }).map((error) => error.path);

  test('a condition of a type that KubeFed does not know is fine', () => {
    expect(statusFaults({ type: 'PermissionMissing', status: 'True', lastProbeTime: '2026-01-01T00:00:00Z' })).toEqual(
      [],
    );
  });

  test('type, status and probe time are demanded', () => {
    expect(statusFaults({ status: 'Maybe' })).toEqual([
      'status.conditions[0].type',
      'status.conditions[0].status',
      'status.conditions[0].lastProbeTime',
    ]);
  });
});
