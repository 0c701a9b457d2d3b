import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import { type Settings, settingsOf } from '../../apis/core/v1beta1/settings.ts';
import type { Client } from '../kube/client.ts';
import { optional } from '../kube/optional.ts';

/** What holds where there is no KubeFedConfig. */
export const DEFAULT_SETTINGS: Settings = settingsOf({
  metadata: { name: KUBEFED_CONFIG_NAME },
  spec: { scope: 'Cluster' },
});

/** What the KubeFedConfig of a control plane says, if there is one. Rejects with an InvalidObjectError when it is not valid. */
export async function settingsOnHost(
  host: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<Settings | undefined> {
  const ref = { namespace, name: KUBEFED_CONFIG_NAME };
  const config = await optional(host.get<KubeFedConfig>(KUBEFED_CONFIGS, ref, { signal }));
  return config === undefined ? undefined : settingsOf(config);
}

/**
 * What a file with a KubeFedConfig says, in place of the one on the host, which is neither read nor written. As in KubeFed
 * the namespace in it does not count. Rejects with one line that names the file.
 */
export async function settingsInFile(file: string): Promise<Settings> {
  try {
    const config: unknown = parse(await readFile(file, 'utf8'));
    return settingsOf(kubeFedConfigOf(config));
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Error(`--kubefed-config ${file}: ${why}`, { cause: error });
  }
}

function kubeFedConfigOf(value: unknown): KubeFedConfig {
  const object = isObject(value) ? value : {};
  if (!isObject(object.spec) || (object.kind ?? KUBEFED_CONFIGS.kind) !== KUBEFED_CONFIGS.kind) {
    throw new Error('this is no KubeFedConfig: it has no kind KubeFedConfig with a spec');
  }
  return { metadata: { name: KUBEFED_CONFIG_NAME }, ...object } as KubeFedConfig;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
