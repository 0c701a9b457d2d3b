import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireApi } from '../clusters/testing/wire-api.ts';
import { createClient } from '../kube/client.ts';
import { endpointAt } from '../kube/testing/wire.ts';
import { DEFAULT_SETTINGS, settingsInFile, settingsOnHost } from './initial-settings.ts';

const CONFIGS = '/apis/core.kubefed.io/v1beta1/namespaces/system/kubefedconfigs';

describe('the settings at the start', () => {
  let directory: string;
  let host: WireApi;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fedmesh-settings-'));
    host = await WireApi.start([CONFIGS]);
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
    await host.close();
  });

  async function fromFile(text: string) {
    const file = join(directory, 'config.yaml');
    await writeFile(file, text);
    return settingsInFile(file);
  }

  const fromHost = () =>
    settingsOnHost(createClient(endpointAt(host.url, { cluster: 'host' }), {}), 'system', new AbortController().signal);

  it('are the defaults where there is no KubeFedConfig', async () => {
    expect(await fromHost()).toBeUndefined();
    expect(DEFAULT_SETTINGS).toMatchObject({ scope: 'Cluster', unavailableDelayMs: 60_000 });
  });

  it('are those on the host, and one clear error when they are not valid', async () => {
    const object = { metadata: { name: 'kubefed' }, spec: { scope: 'Cluster', leaderElect: { leaseDuration: '30s' } } };
    host.put(CONFIGS, object);
    expect((await fromHost())?.leaderElect.leaseDurationMs).toBe(30_000);
    host.put(CONFIGS, {
      ...object,
      spec: { scope: 'Cluster', featureGates: [{ name: 'X', configuration: 'Enabled' }] },
    });
    await expect(fromHost()).rejects.toThrow(
      /^KubeFedConfig kubefed is not valid: spec.featureGates\[\d\].name: "X" is/,
    );
  });

  it('are those of a file, whatever namespace stands in it', async () => {
    const settings = await fromFile(
      'kind: KubeFedConfig\nmetadata: { namespace: elsewhere }\nspec: { scope: Namespaced, clusterHealthCheck: { period: 7s } }\n',
    );
    expect(settings).toMatchObject({ scope: 'Namespaced', clusterHealthCheck: { periodMs: 7_000, timeoutMs: 3_000 } });
  });

  it.each([
    ['', 'this is no KubeFedConfig'],
    ['kind: Pod\nspec: {}', 'this is no KubeFedConfig'],
    ['spec: {}', 'spec.scope: is required'],
    ['spec: { scope: Cluster, clusterHealthCheck: { period: soon } }', '"soon" is not a duration'],
    ['spec: [', 'config.yaml:'],
  ])('name the file and what is wrong with %j', async (text, words) => {
    const error = await fromFile(text).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain(`--kubefed-config ${join(directory, 'config.yaml')}`);
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain('\n');
  });
});
