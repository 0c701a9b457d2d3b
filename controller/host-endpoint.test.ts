import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hostEndpoint, runsInCluster } from './host-endpoint.ts';

const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
const KUBECONFIG = `
clusters: [{ name: a, cluster: { server: 'https://a.example' } }]
users: [{ name: a, user: { token: t0ken } }]
contexts: [{ name: a, context: { cluster: a, user: a } }]
current-context: a
`;

it('--master takes the place of the server in the kubeconfig, and of the pod without its token', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fedmesh-host-'));
  const kubeconfig = join(directory, 'config');
  await writeFile(kubeconfig, KUBECONFIG);
  const signal = new AbortController().signal;
  const master = 'http://127.0.0.1:8001';
  const both = await hostEndpoint({ kubeconfig, master }, POD);
  expect([both.server, await both.credentials.get(signal)]).toEqual([master, { authorization: 'Bearer t0ken' }]);
  const alone = await hostEndpoint({ master }, POD);
  expect([alone.server, await alone.credentials.get(signal)]).toEqual([master, {}]);
  const outside = await hostEndpoint({ master }, { KUBECONFIG: kubeconfig });
  expect([outside.server, await outside.credentials.get(signal)]).toEqual([master, { authorization: 'Bearer t0ken' }]);
  await rm(directory, { recursive: true });
});

it('a pod without flags is in the cluster; one that is told of another is not', () => {
  expect(runsInCluster({}, POD)).toBe(true);
  expect(runsInCluster({ master: 'http://127.0.0.1:8001' }, POD)).toBe(false);
  expect(runsInCluster({ kubeconfig: '/k' }, POD)).toBe(false);
  expect(runsInCluster({}, {})).toBe(false);
});
