import { describe, expect, test } from 'vitest';
import { InvalidObjectError } from '../../field-error.ts';
import type { KubeFedConfig, KubeFedConfigSpec } from './kubefed-config.ts';
import { defaultKubeFedConfig, newKubeFedConfig } from './kubefed-config-defaults.ts';
import { validateKubeFedConfig } from './kubefed-config-validation.ts';
import { settingsOf } from './settings.ts';

function config(spec: object = {}): KubeFedConfig {
  return { metadata: { name: 'kubefed' }, spec: { scope: 'Cluster', ...spec } as KubeFedConfigSpec };
}

const faultsOf = (spec: object) => validateKubeFedConfig(defaultKubeFedConfig(config(spec))).map((error) => error.path);

describe("KubeFed's defaults", () => {
  test('a config that says nothing but its scope gets them all', () => {
    expect(defaultKubeFedConfig(config()).spec).toEqual({
      scope: 'Cluster',
      controllerDuration: { availableDelay: '20s', unavailableDelay: '60s', cacheSyncTimeout: '5m' },
      leaderElect: { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '5s', resourceLock: 'configmaps' },
      featureGates: [
        { name: 'PushReconciler', configuration: 'Enabled' },
        { name: 'RawResourceStatusCollection', configuration: 'Disabled' },
        { name: 'SchedulerPreferences', configuration: 'Enabled' },
      ],
      clusterHealthCheck: { period: '10s', failureThreshold: 3, successThreshold: 1, timeout: '3s' },
      syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled' },
      statusController: { maxConcurrentReconciles: 1 },
    });
  });

  test('what is said stays, and so does what nobody knows', () => {
    const given = config({
      clusterHealthCheck: { period: '1m', jitter: '1s' },
      featureGates: [{ name: 'PushReconciler', configuration: 'Disabled' }],
      later: true,
    });
    const { spec } = defaultKubeFedConfig(given);
    expect(spec).toMatchObject({ clusterHealthCheck: { period: '1m', jitter: '1s', timeout: '3s' }, later: true });
    expect(spec.featureGates).toContainEqual({ name: 'PushReconciler', configuration: 'Disabled' });
    expect(spec.featureGates).toHaveLength(3);
  });

  test('they are filled in once: a second time changes nothing', () => {
    const once = defaultKubeFedConfig(config());
    expect(defaultKubeFedConfig(once)).toEqual(once);
  });

  test('a new installation is valid and takes over only what is equal', () => {
    const fresh = newKubeFedConfig('kube-federation-system');
    expect(validateKubeFedConfig(fresh)).toEqual([]);
    expect(fresh.spec.syncController.adoptResources).toBe('IfNoDiff');
  });
});

describe("KubeFed's rules", () => {
  test('every section is demanded of a config that was not defaulted', () => {
    expect(validateKubeFedConfig(config()).map((error) => error.path)).toEqual([
      'spec.controllerDuration',
      'spec.leaderElect',
      'spec.featureGates',
      'spec.clusterHealthCheck',
      'spec.syncController',
      'spec.statusController',
    ]);
  });

  test.each([
    [{ scope: 'Galaxy' }, 'spec.scope'],
    [{ scope: '' }, 'spec.scope'],
    [{ controllerDuration: { availableDelay: '0s' } }, 'spec.controllerDuration.availableDelay'],
    [{ controllerDuration: { unavailableDelay: '-1s' } }, 'spec.controllerDuration.unavailableDelay'],
    [{ controllerDuration: { cacheSyncTimeout: 'soon' } }, 'spec.controllerDuration.cacheSyncTimeout'],
    [{ leaderElect: { leaseDuration: '10s' } }, 'spec.leaderElect.leaseDuration'],
    [{ leaderElect: { retryPeriod: '9s' } }, 'spec.leaderElect.renewDeadline'],
    [{ leaderElect: { resourceLock: 'padlock' } }, 'spec.leaderElect.resourceLock'],
    [{ clusterHealthCheck: { failureThreshold: 0 } }, 'spec.clusterHealthCheck.failureThreshold'],
    [{ clusterHealthCheck: { successThreshold: 1.5 } }, 'spec.clusterHealthCheck.successThreshold'],
    [{ clusterHealthCheck: { timeout: 3 } }, 'spec.clusterHealthCheck.timeout'],
    [{ syncController: { maxConcurrentReconciles: -1 } }, 'spec.syncController.maxConcurrentReconciles'],
    [{ syncController: { adoptResources: 'Sometimes' } }, 'spec.syncController.adoptResources'],
    [{ statusController: { maxConcurrentReconciles: 0 } }, 'spec.statusController.maxConcurrentReconciles'],
    [{ replicaScheduling: { evictionDelay: '0s' } }, 'spec.replicaScheduling.evictionDelay'],
    [{ replicaScheduling: { returnDelay: 'soon' } }, 'spec.replicaScheduling.returnDelay'],
    [{ featureGates: [{ name: 'Telepathy', configuration: 'Enabled' }] }, 'spec.featureGates[3].name'],
    [{ featureGates: [{ name: 'PushReconciler', configuration: 'On' }] }, 'spec.featureGates[0].configuration'],
  ])('%j is refused', (spec, path) => {
    expect(faultsOf(spec)).toEqual([path]);
  });

  test('a renew deadline of exactly 1.2 retry periods is too short', () => {
    expect(faultsOf({ leaderElect: { renewDeadline: '6s', retryPeriod: '5s' } })).toEqual([
      'spec.leaderElect.renewDeadline',
    ]);
  });

  test('a gate may stand there once', () => {
    const gate = { name: 'PushReconciler', configuration: 'Enabled' };
    expect(faultsOf({ featureGates: [gate, gate] })).toEqual(['spec.featureGates[1].name']);
  });

  test('the scope never changes', () => {
    const old = defaultKubeFedConfig(config({ scope: 'Namespaced' }));
    expect(validateKubeFedConfig(defaultKubeFedConfig(config()), old)).toEqual([
      { path: 'spec.scope', message: '"Cluster" may not change; it is Namespaced' },
    ]);
    expect(validateKubeFedConfig(old, old)).toEqual([]);
  });
});

describe('the settings that the controller reads', () => {
  test('durations are milliseconds, and what is missing is the default', () => {
    expect(settingsOf(config({ clusterHealthCheck: { period: '1m30s' } }))).toEqual({
      scope: 'Cluster',
      availableDelayMs: 20_000,
      unavailableDelayMs: 60_000,
      cacheSyncTimeoutMs: 300_000,
      clusterHealthCheck: { periodMs: 90_000, failureThreshold: 3, successThreshold: 1, timeoutMs: 3_000 },
      leaderElect: {
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 5_000,
        resourceLock: undefined,
      },
      syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled' },
      statusController: { maxConcurrentReconciles: 1 },
      replicaScheduling: { evictionDelayMs: 60_000, returnDelayMs: 20_000 },
      featureGates: {
        PushReconciler: true,
        SchedulerPreferences: true,
        RawResourceStatusCollection: false,
        PropagatedVersions: false,
      },
      migratesFromKubeFed: false,
      logLevel: undefined,
    });
  });

  test('replicas follow members after delays of their own, and without them after those for everything', () => {
    const controllerDuration = { availableDelay: '5s', unavailableDelay: '90s' };
    expect(settingsOf(config({ controllerDuration })).replicaScheduling).toEqual({
      evictionDelayMs: 90_000,
      returnDelayMs: 5_000,
    });
    const replicaScheduling = { evictionDelay: '30m', returnDelay: '2m' };
    expect(settingsOf(config({ controllerDuration, replicaScheduling })).replicaScheduling).toEqual({
      evictionDelayMs: 1_800_000,
      returnDelayMs: 120_000,
    });
  });

  test('a migration from KubeFed that is not finalised is told by its annotation, whatever that says', () => {
    const { spec, metadata } = config();
    const annotations = { 'fedmesh.io/migrated-from-kubefed': '' };
    expect(settingsOf({ spec, metadata: { ...metadata, annotations } }).migratesFromKubeFed).toBe(true);
  });

  test('a gate that is written counts', () => {
    const gates = [{ name: 'PropagatedVersions', configuration: 'Enabled' }];
    expect(settingsOf(config({ featureGates: gates })).featureGates.PropagatedVersions).toBe(true);
  });

  test('a config that makes no sense is refused with everything that is wrong', () => {
    const bad = config({ clusterHealthCheck: { period: 'often' }, syncController: { adoptResources: 'No' } });
    expect(() => settingsOf(bad)).toThrow(InvalidObjectError);
    expect(() => settingsOf(bad)).toThrow(/kubefed is not valid: spec\.clusterHealthCheck\.period.*adoptResources/);
  });
});
