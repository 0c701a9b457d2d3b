import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { inClusterEndpoint } from './in-cluster.ts';

const signal = new AbortController().signal;
const clock = new FakeClock();
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'in-cluster-'));
  await writeFile(join(directory, 'ca.crt'), 'THE CA');
  await writeFile(join(directory, 'token'), 'first');
});
afterAll(() => rm(directory, { recursive: true }));

it('is where the pod’s environment says, with the service account that is mounted', async () => {
  const endpoint = await inClusterEndpoint({ cluster: 'host', host: '10.96.0.1', port: '443', directory, clock });
  expect([endpoint.cluster, endpoint.server, endpoint.tls]).toEqual([
    'host',
    'https://10.96.0.1:443',
    { ca: 'THE CA' },
  ]);
  expect(await endpoint.credentials.get(signal)).toEqual({ authorization: 'Bearer first' });
});

it('takes up the token that the kubelet renews', async () => {
  const { credentials } = await inClusterEndpoint({ cluster: 'host', host: 'h', port: '443', directory, clock });
  await credentials.get(signal);
  await writeFile(join(directory, 'token'), 'second');
  clock.advance(60_000);
  expect(await credentials.get(signal)).toEqual({ authorization: 'Bearer second' });
});

it('may be an IPv6 address', async () => {
  const endpoint = await inClusterEndpoint({ cluster: 'host', host: 'fd00::1', port: '443', directory });
  expect(endpoint.server).toBe('https://[fd00::1]:443');
});

it('is nowhere outside a cluster', async () => {
  await expect(inClusterEndpoint({ cluster: 'host', host: undefined, port: undefined })).rejects.toThrow(
    'not inside a cluster (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set)',
  );
});

it('says that no service account is mounted', async () => {
  const nowhere = join(directory, 'nowhere');
  await expect(inClusterEndpoint({ cluster: 'host', host: 'h', port: '1', directory: nowhere })).rejects.toMatchObject({
    code: 'ENDPOINT',
    message: expect.stringContaining('the pod’s service account is not mounted'.replace('’', "'")),
  });
});
