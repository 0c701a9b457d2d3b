import isEqual from 'lodash/isEqual.js';
import {
  MESH_CONFIG_NAME,
  MESH_CONFIGS,
  type MeshConfig,
  type MeshConfigSpec,
} from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { apiVersionOf } from '../../controller/kube/resource.ts';
import { getIfPresent, type Outcome, type WriteOptions } from '../apply.ts';
import { refused } from '../exit.ts';

/** On what `fedctl network setup` made. */
const SETUP_LABELS = { 'app.kubernetes.io/part-of': 'fedmesh', 'app.kubernetes.io/managed-by': 'fedctl' };

export function isOfSetup({ metadata }: KubeObject): boolean {
  return Object.entries(SETUP_LABELS).every(([name, value]) => metadata.labels?.[name] === value);
}

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

export interface TokenRef {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** The token that is kept on the host; undefined: none is. */
export async function readToken(host: Client, ref: TokenRef, signal: AbortSignal): Promise<string | undefined> {
  const { key, ...name } = ref;
  const secret = await getIfPresent<Secret>(host, SECRETS, name, signal);
  const encoded = secret?.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8').trim();
}

/** Keeps the token on the host. A Secret of another's making gets this one key, and keeps the rest. */
export async function writeToken(host: Client, ref: TokenRef, token: string, options: WriteOptions): Promise<Outcome> {
  const { key, name, namespace } = ref;
  const { signal } = options;
  const data = { [key]: Buffer.from(token).toString('base64') };
  const present = await getIfPresent<Secret>(host, SECRETS, { name, namespace }, signal);
  if (present?.data?.[key] === data[key]) return 'unchanged';
  if (options.dryRun) return present === undefined ? 'created' : 'updated';
  if (present === undefined) {
    const metadata = { name, namespace, labels: SETUP_LABELS };
    const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
    await host.create(SECRETS, secret, { signal });
    return 'created';
  }
  const { resourceVersion } = present.metadata;
  const body = { metadata: { resourceVersion }, data };
  await host.patch(SECRETS, { name, namespace }, { type: 'merge', body }, { signal });
  return 'updated';
}

/** Writes the MeshConfig; one that says the same already is left alone. */
export async function writeMeshConfig(
  host: Client,
  namespace: string,
  spec: MeshConfigSpec,
  present: MeshConfig | undefined,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; config: MeshConfig }> {
  if (present?.metadata.deletionTimestamp !== undefined) {
    throw refused(
      'the MeshConfig is being deleted',
      'wait until it is gone: `kubectl get meshconfig` shows why it is not',
    );
  }
  if (present !== undefined && isEqual(present.spec, spec)) return { outcome: 'unchanged', config: present };
  const object: MeshConfig = {
    apiVersion: apiVersionOf(MESH_CONFIGS),
    kind: MESH_CONFIGS.kind,
    metadata: { ...(present?.metadata ?? { name: MESH_CONFIG_NAME, namespace, labels: SETUP_LABELS }) },
    spec,
    ...(present?.status === undefined ? {} : { status: present.status }),
  };
  return present === undefined
    ? { outcome: 'created', config: await host.create(MESH_CONFIGS, object, { signal }) }
    : { outcome: 'updated', config: await host.replace(MESH_CONFIGS, object, { signal }) };
}
