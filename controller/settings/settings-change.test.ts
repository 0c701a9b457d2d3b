import { describe, expect, it } from 'vitest';
import type { KubeFedConfigSpec } from '../../apis/core/v1beta1/kubefed-config.ts';
import { settingsOf } from '../../apis/core/v1beta1/settings.ts';
import { MIGRATED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { changesBetween, inWords } from './settings-change.ts';

const settings = (spec: Partial<KubeFedConfigSpec>) =>
  settingsOf({ metadata: { name: 'kubefed' }, spec: { scope: 'Cluster', ...spec } });

const CHANGES: readonly (readonly [Partial<KubeFedConfigSpec>, string])[] = [
  [{ replicaScheduling: { evictionDelay: '2m' } }, 'spec.replicaScheduling.evictionDelay 1m0s → 2m0s'],
  [{ replicaScheduling: { returnDelay: '1s' } }, 'spec.replicaScheduling.returnDelay 20s → 1s'],
  [{ controllerDuration: { cacheSyncTimeout: '90s' } }, 'spec.controllerDuration.cacheSyncTimeout 5m0s → 1m30s'],
  [{ clusterHealthCheck: { period: '30s' } }, 'spec.clusterHealthCheck.period 10s → 30s'],
  [{ clusterHealthCheck: { timeout: '500ms' } }, 'spec.clusterHealthCheck.timeout 3s → 500ms'],
  [{ clusterHealthCheck: { failureThreshold: 5 } }, 'spec.clusterHealthCheck.failureThreshold 3 → 5'],
  [{ clusterHealthCheck: { successThreshold: 2 } }, 'spec.clusterHealthCheck.successThreshold 1 → 2'],
  [{ leaderElect: { leaseDuration: '20s' } }, 'spec.leaderElect.leaseDuration 15s → 20s'],
  [{ leaderElect: { renewDeadline: '12s' } }, 'spec.leaderElect.renewDeadline 10s → 12s'],
  [{ leaderElect: { retryPeriod: '2s' } }, 'spec.leaderElect.retryPeriod 5s → 2s'],
];
const REBUILDS: typeof CHANGES = [
  [{ syncController: { adoptResources: 'Disabled' } }, 'spec.syncController.adoptResources Enabled → Disabled'],
  [{ syncController: { maxConcurrentReconciles: 9 } }, 'spec.syncController.maxConcurrentReconciles 1 → 9'],
  [{ statusController: { maxConcurrentReconciles: 9 } }, 'spec.statusController.maxConcurrentReconciles 1 → 9'],
  [gate('PushReconciler', 'Disabled'), 'spec.featureGates.PushReconciler Enabled → Disabled'],
  [gate('SchedulerPreferences', 'Disabled'), 'spec.featureGates.SchedulerPreferences Enabled → Disabled'],
  [gate('RawResourceStatusCollection', 'Enabled'), 'spec.featureGates.RawResourceStatusCollection Disabled → Enabled'],
  [gate('PropagatedVersions', 'Enabled'), 'spec.featureGates.PropagatedVersions Disabled → Enabled'],
];

function gate(name: string, configuration: 'Enabled' | 'Disabled'): Partial<KubeFedConfigSpec> {
  return { featureGates: [{ name, configuration }] };
}

describe('a changed KubeFedConfig', () => {
  it.each(CHANGES)('takes effect at once: %j', (spec, words) => {
    const changes = changesBetween(settings({}), settings(spec));
    expect(inWords(changes)).toBe(words);
    expect(changes.map(({ effect }) => effect)).toEqual(['atOnce']);
  });

  it.each(REBUILDS)('has what the leader runs made anew: %j', (spec, words) => {
    const changes = changesBetween(settings({}), settings(spec));
    expect(inWords(changes)).toBe(words);
    expect(changes.map(({ effect }) => effect)).toEqual(['rebuild']);
  });

  it('may be the end of a migration from KubeFed', () => {
    const { spec, metadata } = { metadata: { name: 'kubefed' }, spec: { scope: 'Cluster' } as KubeFedConfigSpec };
    const migrating = settingsOf({
      spec,
      metadata: { ...metadata, annotations: { [MIGRATED_FROM_ANNOTATION]: '{}' } },
    });
    const changes = changesBetween(migrating, settings({}));
    expect(inWords(changes)).toBe('metadata.annotations[fedmesh.io/migrated-from-kubefed] set → not set');
    expect(changes.map(({ effect }) => effect)).toEqual(['rebuild']);
  });

  it('may ask for another log level, which nobody is made anew for', () => {
    const { spec, metadata } = { metadata: { name: 'kubefed' }, spec: { scope: 'Cluster' } as KubeFedConfigSpec };
    const annotations = { 'fedmesh.io/log-level': 'debug' };
    const changes = changesBetween(settings({}), settingsOf({ spec, metadata: { ...metadata, annotations } }));
    expect(inWords(changes)).toBe('metadata.annotations[fedmesh.io/log-level] as started → debug');
    expect(changes.map(({ effect }) => effect)).toEqual(['atOnce']);
  });

  it("says what follows from a change too: replicas move by KubeFed's delays where they have none of their own", () => {
    const delays = { availableDelay: '1m', unavailableDelay: '5m' };
    const changes = changesBetween(settings({}), settings({ controllerDuration: delays }));
    expect(changes.map(({ path, to, effect }) => `${path} ${to} ${effect}`)).toEqual([
      'spec.controllerDuration.availableDelay 1m0s atOnce',
      'spec.controllerDuration.unavailableDelay 5m0s atOnce',
      'spec.replicaScheduling.evictionDelay 5m0s atOnce',
      'spec.replicaScheduling.returnDelay 1m0s atOnce',
    ]);
  });

  it('changes nothing that it only says in other words', () => {
    const spelled = settings({
      controllerDuration: { unavailableDelay: '1m' },
      clusterHealthCheck: { period: '10000ms' },
    });
    expect(changesBetween(settings({}), spelled)).toEqual([]);
  });
});
