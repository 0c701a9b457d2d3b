import { expect, it } from 'vitest';
import { warningOf } from './cluster-events.ts';
import type { Probe } from './conditions.ts';

it.each<[Probe, string | undefined]>([
  [{ outcome: 'healthy' }, undefined],
  [
    { outcome: 'malformed', detail: 'secret "x" does not exist' },
    'MalformedClusterConfig: The configuration for this cluster may be malformed: secret "x" does not exist',
  ],
  [
    { outcome: 'unreachable', detail: 'connection refused' },
    'RetrievingClusterHealthFailed: Failed to retrieve health of the cluster: connection refused',
  ],
  [
    { outcome: 'unhealthy', detail: '500 etcd failed' },
    'RetrievingClusterHealthFailed: Failed to retrieve health of the cluster: 500 etcd failed',
  ],
])("a look at a member is told in KubeFed's words: %j", (probe, words) => {
  const warning = warningOf(probe);
  expect(warning && `${warning.reason}: ${warning.message}`).toBe(words);
});
