import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KUBEFED_CONFIGS, type KubeFedConfigSpec } from '../../apis/core/v1beta1/kubefed-config.ts';
import { settingsOf } from '../../apis/core/v1beta1/settings.ts';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { createClient } from '../kube/client.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { createLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import { LiveSettings } from './live-settings.ts';
import { inWords } from './settings-change.ts';

const CONFIGS = '/apis/core.kubefed.io/v1beta1/namespaces/system/kubefedconfigs';

describe('the settings of a running controller', () => {
  let host: WireApi;
  let settings: LiveSettings;
  let heard: string[];
  let log: string[];

  beforeEach(async () => {
    host = await WireApi.start([CONFIGS]);
    heard = [];
    log = [];
    const client = createClient(endpointAt(host.url, { cluster: 'host' }), {});
    settings = new LiveSettings({
      host: client,
      namespace: 'system',
      initial: settingsOf({ metadata: { name: 'kubefed' }, spec: { scope: 'Cluster' } }),
      clock: systemClock,
      random: Math.random,
      log: createLog({ level: 'info', destination: { write: (line: string) => log.push(line) } }),
    });
    settings.subscribe((news) => heard.push(news.kind === 'taken' ? inWords(news.changes) : `refused: ${news.why}`));
    await settings.start();
    await until(() => host.requests.some(({ path }) => path.includes('watch=true')));
  });

  afterEach(async () => {
    await settings.close();
    await host.close();
  });

  const config = (spec: Partial<KubeFedConfigSpec>, name = 'kubefed') =>
    host.put(CONFIGS, {
      apiVersion: apiVersionOf(KUBEFED_CONFIGS),
      kind: KUBEFED_CONFIGS.kind,
      metadata: { name, namespace: 'system' },
      spec: { scope: 'Cluster', ...spec },
    });

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };

  it('are those of the KubeFedConfig, as soon as it comes and whenever it changes', async () => {
    config({ syncController: { adoptResources: 'Disabled' } });
    await until(() => settings.current.syncController.adoptResources === 'Disabled');
    config({ syncController: { adoptResources: 'IfNoDiff' }, clusterHealthCheck: { period: '1s' } });
    await until(() => settings.current.clusterHealthCheck.periodMs === 1_000);
    expect(heard).toEqual([
      'spec.syncController.adoptResources Enabled → Disabled',
      'spec.clusterHealthCheck.period 10s → 1s, spec.syncController.adoptResources Disabled → IfNoDiff',
    ]);
    expect(log.join('')).toContain('the KubeFedConfig changed');
  });

  it('stay as they were when a change is not valid, which is said once, and follow the next one that is', async () => {
    config({ clusterHealthCheck: { period: '-1s' } });
    config({ clusterHealthCheck: { period: '-1s' }, syncController: { adoptResources: 'Disabled' } });
    config({ clusterHealthCheck: { period: '2s' } });
    await until(() => settings.current.clusterHealthCheck.periodMs === 2_000);
    expect(heard).toEqual([
      'refused: KubeFedConfig kubefed is not valid: spec.clusterHealthCheck.period: "-1s" must be greater than 0',
      'spec.clusterHealthCheck.period 10s → 2s',
    ]);
    expect(settings.current.syncController.adoptResources).toBe('Enabled');
  });

  it('do not follow another scope, nor a config of another name, nor one that was deleted', async () => {
    config({ syncController: { adoptResources: 'IfNoDiff' } });
    config({ scope: 'Namespaced', syncController: { adoptResources: 'Disabled' } });
    config({ syncController: { adoptResources: 'Disabled' } }, 'other');
    host.remove(CONFIGS, 'kubefed');
    await until(() => log.join('').includes('was deleted'));
    expect(settings.current).toMatchObject({ scope: 'Cluster', syncController: { adoptResources: 'IfNoDiff' } });
    expect(heard.slice(1)).toEqual([
      'refused: spec.scope: Namespaced needs a control plane of its own; this one began with Cluster',
    ]);
  });
});
