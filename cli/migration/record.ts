import {
  KUBEFED_CONFIG_NAME,
  KUBEFED_CONFIGS,
  type KubeFedConfigSpec,
} from '../../apis/core/v1beta1/kubefed-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { MIGRATED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { CONFIG_MAPS } from '../../controller/kube/core-kinds.ts';
import { deleteIfPresent, getIfPresent } from '../apply.ts';
import { CliError } from '../exit.ts';

/** A ConfigMap in the control plane's namespace. Written before anything is changed, so that every step can be undone. */
export const RECORD_NAME = 'fedmesh-migration';
const RECORD_KEY = 'record.json';

/** What a migration has to remember of KubeFed, as it was before the first step. */
export interface MigrationRecord {
  readonly version: 1;
  /** RFC 3339. */
  readonly startedAt: string;
  /** KubeFed's Deployments, with the replicas that they had. */
  readonly deployments: readonly { readonly name: string; readonly replicas: number }[];
  /** KubeFed's webhook configurations as they are to be created again. */
  readonly webhooks: readonly KubeObject[];
  readonly configSpec: KubeFedConfigSpec;
  /** CRDs that were not there before. */
  readonly createdCrds: readonly string[];
  /** RFC 3339. From then on there is no way back. */
  readonly finalizedAt?: string;
}

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export async function readRecord(
  client: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<MigrationRecord | undefined> {
  const map = await getIfPresent<ConfigMap>(client, CONFIG_MAPS, { namespace, name: RECORD_NAME }, signal);
  if (map === undefined) return undefined;
  const text = map.data?.[RECORD_KEY] ?? '';
  try {
    const record: MigrationRecord = JSON.parse(text);
    if (record.version === 1) return record;
  } catch (error) {
    throw unreadable(namespace, error);
  }
  throw unreadable(namespace);
}

function unreadable(namespace: string, cause?: unknown): CliError {
  return new CliError(
    `configmap/${RECORD_NAME} in ${namespace} is not the record of a migration that this fedctl knows`,
    {
      hint: 'use the fedctl that began the migration, or restore the ConfigMap: what KubeFed was is written there alone',
      cause,
    },
  );
}

export async function createRecord(
  client: Client,
  namespace: string,
  record: MigrationRecord,
  signal: AbortSignal,
): Promise<void> {
  const labels = { 'app.kubernetes.io/part-of': 'fedmesh', 'app.kubernetes.io/managed-by': 'fedctl' };
  const metadata = { name: RECORD_NAME, namespace, labels };
  const data = { [RECORD_KEY]: JSON.stringify(record) };
  await client.create<ConfigMap>(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, { signal });
}

export async function updateRecord(
  client: Client,
  namespace: string,
  record: MigrationRecord,
  signal: AbortSignal,
): Promise<void> {
  const body = { data: { [RECORD_KEY]: JSON.stringify(record) } };
  await client.patch(CONFIG_MAPS, { namespace, name: RECORD_NAME }, { type: 'merge', body }, { signal });
}

export async function deleteRecord(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  await deleteIfPresent(client, CONFIG_MAPS, { namespace, name: RECORD_NAME }, { signal, dryRun: false });
}

/** Says on the KubeFedConfig that a migration is under way: its controller keeps PropagatedVersions from then on. */
export async function setMarker(
  client: Client,
  namespace: string,
  record: MigrationRecord,
  signal: AbortSignal,
): Promise<void> {
  const value = JSON.stringify({ record: RECORD_NAME, startedAt: record.startedAt });
  await annotateConfig(client, namespace, value, signal);
}

export async function removeMarker(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  await annotateConfig(client, namespace, null, signal);
}

async function annotateConfig(
  client: Client,
  namespace: string,
  value: string | null,
  signal: AbortSignal,
): Promise<void> {
  const body = { metadata: { annotations: { [MIGRATED_FROM_ANNOTATION]: value } } };
  await client.patch(KUBEFED_CONFIGS, { namespace, name: KUBEFED_CONFIG_NAME }, { type: 'merge', body }, { signal });
}
