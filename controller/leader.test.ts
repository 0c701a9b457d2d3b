import { expect, it } from 'vitest';
import type { KubeFedConfig } from '../apis/core/v1beta1/kubefed-config.ts';
import { settingsOf } from '../apis/core/v1beta1/settings.ts';
import { WireApi } from './clusters/testing/wire-api.ts';
import { createClient } from './kube/client.ts';
import { endpointAt } from './kube/testing/wire.ts';
import { candidacyOf } from './leader.ts';
import { LEADER_LEASE, type Lease } from './runtime/lease.ts';
import { fixedSettings } from './settings/settings-source.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { systemClock } from './time/clock.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/system/leases';
const EVENTS = '/api/v1/namespaces/system/events';
const TYPES = '/apis/core.kubefed.io/v1beta1/namespaces/system/federatedtypeconfigs';
const { signal } = new AbortController();

it('a candidate leads by a Lease whatever lock the config names, says so, shows it in its metrics, and gives it up', async () => {
  const host = await WireApi.start([LEASES, EVENTS, TYPES]);
  const lines: string[] = [];
  const metrics = createMetrics();
  const config: KubeFedConfig = {
    metadata: { name: 'kubefed' },
    spec: { scope: 'Cluster', leaderElect: { resourceLock: 'endpoints' } },
  };
  const candidacy = candidacyOf({
    controlPlane: { uid: 'uid', hostClusterUid: 'host', namespace: 'system', namespaceUid: 'home', scope: 'Cluster' },
    settings: fixedSettings(settingsOf(config)),
    identity: 'vm_1',
    metricsAddress: '127.0.0.1:9090',
    connect: ({ fence }) => createClient(endpointAt(host.url, { cluster: 'host' }), { fence }),
    clock: systemClock,
    random: Math.random,
    log: createLog({ level: 'warn', destination: { write: (line: string) => lines.push(line) } }),
    metrics,
  });
  expect(lines.join('')).toContain('Fedmesh locks a Lease, whatever leaderElect.resourceLock says');
  const lease = () => (host.get(LEASES, LEADER_LEASE) as Lease | undefined)?.spec;
  for (const component of candidacy.components) await component.start(signal);
  while (host.count('POST', EVENTS) === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(lease()?.holderIdentity).toBe('vm_1');
  expect(host.get(LEASES, LEADER_LEASE)?.metadata.annotations).toMatchObject({
    'fedmesh.io/metrics-address': '127.0.0.1:9090',
  });
  const status = async () => /^leader_election_master_status\{.*$/m.exec(await metrics.text())?.[0];
  expect(await status()).toBe('leader_election_master_status{name="kubefed-controller-manager"} 1');
  for (const component of [...candidacy.components].reverse()) await component.close();
  expect(lease()?.holderIdentity).toBe('');
  expect(await status()).toBe('leader_election_master_status{name="kubefed-controller-manager"} 0');
  await host.close();
});
