import { describe, expect, it, test } from 'vitest';
import { newKubeFedConfig } from '../../apis/core/v1beta1/kubefed-config-defaults.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import type { AdmissionRequest, Verdict } from './admission-review.ts';
import { defaultConfig, reviewCluster, reviewConfig, reviewTypeConfig } from './core-reviewers.ts';

function write(resource: string, object: object, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: 'u',
    operation: more.oldObject === undefined ? 'CREATE' : 'UPDATE',
    resource: { group: 'core.kubefed.io', version: 'v1beta1', resource },
    object: { metadata: {}, ...object } as KubeObject,
    ...more,
  };
}

const refusal = (verdict: Verdict | Promise<Verdict>) => ('message' in verdict ? verdict.message : verdict);

describe('a FederatedTypeConfig', () => {
  const target = { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true };
  const config = typeConfigFor(target);
  const review = (object: object, more?: Partial<AdmissionRequest>) =>
    refusal(reviewTypeConfig(write('federatedtypeconfigs', object, more)));

  it('comes in as fedctl makes it, and with everything left out that the controller fills in', () => {
    expect(review(config)).toEqual({ allowed: true });
    const { group: _, ...targetType } = config.spec.targetType;
    const { pluralName: __, ...federatedType } = config.spec.federatedType;
    expect(review({ ...config, spec: { ...config.spec, targetType, federatedType } })).toEqual({ allowed: true });
  });

  it('is refused, on its creation and later, with everything that is wrong', () => {
    const spec = { ...config.spec, federatedType: { ...config.spec.federatedType, group: '' }, propagation: 'Perhaps' };
    const message =
      'spec.propagation: "Perhaps" is not one of "Enabled", "Disabled"; spec.federatedType.group: is required';
    expect(review({ ...config, spec })).toBe(message);
    expect(review({ ...config, spec }, { oldObject: config })).toBe(message);
    expect(review({ ...config, metadata: { name: 'daemonsets' } })).toBe(
      'metadata.name: "daemonsets" must be <plural>[.<group>] of the target: daemonsets.apps',
    );
    expect(review({ ...config, spec: {} })).toBe('spec.targetType: is required');
  });

  it('is judged by its status alone where only that is written', () => {
    const subResource = 'status';
    const broken = { ...config, spec: {} };
    const status = { observedGeneration: 1, propagationController: 'Running' };
    expect(review({ ...broken, status }, { subResource })).toEqual({ allowed: true });
    expect(review({ ...config, status: { ...status, propagationController: 'Limping' } }, { subResource })).toBe(
      'status.propagationController: "Limping" is not one of "Running", "NotRunning"',
    );
  });

  it('that is going may go, whatever it says', () => {
    const metadata = { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(review({ metadata, spec: {} }, { oldObject: config })).toEqual({ allowed: true });
  });
});

describe('a KubeFedCluster', () => {
  const cluster = { metadata: { name: 'earth' }, spec: { apiEndpoint: 'https://earth', secretRef: { name: 'earth' } } };
  const review = (object: object, more?: Partial<AdmissionRequest>) =>
    refusal(reviewCluster(write('kubefedclusters', object, more)));

  it('is refused without an endpoint, or with one that is none', () => {
    expect(review(cluster)).toEqual({ allowed: true });
    expect(review({ ...cluster, spec: { ...cluster.spec, apiEndpoint: '' } })).toBe('spec.apiEndpoint: is required');
    expect(review({ ...cluster, spec: { ...cluster.spec, apiEndpoint: 'ftp://earth' } })).toBe(
      'spec.apiEndpoint: "ftp://earth" is not http or https',
    );
  });

  it('that came in faulty can be labelled and mended bit by bit: only new faults are refused', () => {
    const faulty = { ...cluster, spec: { apiEndpoint: '', secretRef: { name: 'A' } } };
    const labelled = { ...faulty, metadata: { name: 'earth', labels: { tier: 'gold' } } };
    expect(review(labelled, { oldObject: faulty })).toMatchObject({
      allowed: true,
      warnings: ['spec.apiEndpoint: is required', expect.stringContaining('spec.secretRef.name')],
    });
    const half = { ...faulty, spec: { ...cluster.spec, apiEndpoint: '' } };
    expect(review(half, { oldObject: faulty })).toMatchObject({ allowed: true });
    const worse = { ...faulty, spec: { ...faulty.spec, proxyURL: 'ftp://x' } };
    expect(review(worse, { oldObject: faulty })).toBe('spec.proxyURL: is not http, https or socks5');
  });

  it('has a status whose conditions say what they must', () => {
    const status = { conditions: [{ type: 'Ready', status: 'Yes' }] };
    expect(review({ ...cluster, status }, { subResource: 'status' })).toBe(
      'status.conditions[0].status: "Yes" is not one of "True", "False", "Unknown"; ' +
        'status.conditions[0].lastProbeTime: is required',
    );
  });
});

describe('a KubeFedConfig', () => {
  const config = newKubeFedConfig('system');
  const review = (object: object, more?: Partial<AdmissionRequest>) =>
    refusal(reviewConfig(write('kubefedconfigs', object, more)));
  const changed = (section: object) => ({ ...config, spec: { ...config.spec, ...section } });

  it('is refused when a section is missing, a word is unknown or its scope changes', () => {
    expect(review(config)).toEqual({ allowed: true });
    expect(review(changed({ leaderElect: undefined }))).toBe('spec.leaderElect: is required');
    expect(review(changed({ syncController: { ...config.spec.syncController, adoptResources: 'Maybe' } }))).toBe(
      'spec.syncController.adoptResources: "Maybe" is not one of "Enabled", "Disabled", "IfNoDiff"',
    );
    expect(review(changed({ scope: 'Namespaced' }), { oldObject: config })).toBe(
      'spec.scope: "Namespaced" may not change; it is Cluster',
    );
  });

  test('a new one gets what it leaves out, and keeps what it says', () => {
    const spec = { scope: 'Cluster', controllerDuration: { availableDelay: '31s' } };
    const verdict = defaultConfig(write('kubefedconfigs', { spec }));
    expect(verdict).toMatchObject({
      allowed: true,
      patch: [
        {
          op: 'replace',
          path: '/spec',
          value: {
            scope: 'Cluster',
            controllerDuration: { availableDelay: '31s', unavailableDelay: '60s', cacheSyncTimeout: '5m' },
            syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled' },
          },
        },
      ],
    });
  });

  test('one that says everything is left alone, and so is an update', () => {
    expect(defaultConfig(write('kubefedconfigs', config))).toEqual({ allowed: true });
    expect(defaultConfig(write('kubefedconfigs', { spec: {} }, { oldObject: config }))).toEqual({ allowed: true });
  });

  test('one without a spec gets one', () => {
    expect(defaultConfig(write('kubefedconfigs', {}))).toMatchObject({ patch: [{ op: 'add', path: '/spec' }] });
  });
});

it('lets through what is not asked for', () => {
  for (const review of [reviewTypeConfig, reviewCluster, reviewConfig, defaultConfig]) {
    expect(review(write('pods', { spec: {} }))).toEqual({ allowed: true });
  }
  const { object: _, ...deletion } = write('kubefedclusters', {}, { operation: 'DELETE' });
  expect(reviewCluster({ ...deletion, object: null })).toEqual({ allowed: true });
});
