import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import { settingsOf } from '../../apis/core/v1beta1/settings.ts';
import { MIGRATED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { WebhookConfiguration } from '../../controller/webhook/webhook-configurations.ts';
import { getIfPresent, listIfServed } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { refused } from '../exit.ts';
import { readTypeConfigs } from '../federation/type-configs.ts';
import { isOurs } from '../install/control-plane.ts';
import {
  DEPLOYMENTS,
  type Deployment,
  FEDMESH_CONTROLLER,
  KUBEFED_CONTROLLER,
  KUBEFED_WEBHOOKS,
  replicasOf,
} from '../install/deployments.ts';
import { widenings } from '../install/widen-existing.ts';
import { readController } from '../status/controller.ts';
import { isHeld, readLock } from './lock.ts';
import { checkMembers, type MemberFinding } from './members.ts';
import { type ObjectFindings, surveyObjects } from './objects.ts';
import { type MigrationRecord, readRecord } from './record.ts';
import { findWebhooks } from './webhook-configurations.ts';

export interface FoundDeployment {
  readonly name: string;
  readonly replicas: number;
  readonly image: string;
}

/** Everything that decides what a migration does, as it stands on the host now. */
export interface Survey {
  readonly host: string;
  readonly namespace: string;
  readonly config: KubeFedConfig;
  /** Why Fedmesh's controller would not start with this configuration. */
  readonly configFault: string | undefined;
  readonly marked: boolean;
  readonly record: MigrationRecord | undefined;
  /** KubeFed's. */
  readonly deployments: readonly FoundDeployment[];
  /** Who holds KubeFed's lock, where somebody does. */
  readonly kubefedLeader: string | undefined;
  readonly fedmesh: { readonly running: boolean; readonly detail: string; readonly deployment?: FoundDeployment };
  readonly webhooks: readonly WebhookConfiguration[];
  readonly fedmeshWebhooks: readonly WebhookConfiguration[];
  /** CRDs that lack something, with what. `created`: that are not there at all. */
  readonly widenings: readonly {
    readonly crd: string;
    readonly created: boolean;
    readonly changes: readonly string[];
  }[];
  readonly types: readonly { readonly name: string; readonly propagation: string }[];
  readonly members: readonly MemberFinding[];
  readonly objects: ObjectFindings;
}

/** @throws CliError where there is no installation of KubeFed's. */
export async function takeSurvey(context: CliContext, client: Client): Promise<Survey> {
  const { signal, clock } = context;
  const { kubefedNamespace: namespace } = context.options;
  const config = await readConfig(client, namespace, signal);
  const types = await readTypeConfigs(context, client);
  const onlyNamespace = config.spec.scope === 'Namespaced' ? namespace : undefined;
  const clusters = await listIfServed<KubeFedCluster>(client, KUBEFED_CLUSTERS, { namespace, signal });
  const [record, deployments, lock, fedmesh, webhooks, members, objects] = await Promise.all([
    readRecord(client, namespace, signal),
    Promise.all(
      [KUBEFED_CONTROLLER, KUBEFED_WEBHOOKS, FEDMESH_CONTROLLER].map((name) =>
        readDeployment(client, { name, namespace }, signal),
      ),
    ),
    readLock(client, namespace, signal),
    readController(context, client),
    findWebhooks(client, namespace, signal),
    checkMembers(context, client, clusters, types, onlyNamespace),
    surveyObjects(client, types, onlyNamespace, signal),
  ]);
  const [controller, admission, ours] = deployments;
  const missing: { crd: string; created: boolean; changes: readonly string[] }[] = [];
  for await (const { crd, outcome, changes } of widenings(context, client, { signal, dryRun: true })) {
    if (outcome === 'unchanged') continue;
    missing.push({ crd: crd.metadata.name ?? '', created: outcome === 'created', changes });
  }
  return {
    host: client.cluster,
    namespace,
    config,
    configFault: faultOf(config),
    marked: config.metadata.annotations?.[MIGRATED_FROM_ANNOTATION] !== undefined,
    record,
    deployments: [controller, admission].flatMap((each) => each ?? []),
    kubefedLeader: isHeld(lock, clock.now()) ? lock?.holder : undefined,
    fedmesh: {
      running: fedmesh.running,
      detail: fedmesh.detail,
      ...(ours === undefined ? {} : { deployment: ours }),
    },
    webhooks: webhooks.kubefed,
    fedmeshWebhooks: webhooks.fedmesh,
    widenings: missing,
    types: types.map(({ metadata, spec }) => ({ name: metadata.name ?? '', propagation: spec.propagation })),
    members,
    objects,
  };
}

export async function readConfig(client: Client, namespace: string, signal: AbortSignal): Promise<KubeFedConfig> {
  const configs = await listIfServed<KubeFedConfig>(client, KUBEFED_CONFIGS, { signal });
  const config = configs.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === KUBEFED_CONFIG_NAME,
  );
  if (config === undefined) {
    const elsewhere = configs.flatMap(({ metadata }) => metadata.namespace ?? []);
    throw refused(
      `there is no KubeFed in namespace ${namespace} of ${client.cluster}`,
      elsewhere.length === 0
        ? '--host-cluster-context names another host; `fedctl init` installs Fedmesh where there is none'
        : `there is one in ${elsewhere.join(', ')}: --kubefed-namespace ${elsewhere[0] ?? ''}`,
    );
  }
  if (isOurs(config)) {
    throw refused(`the control plane in ${client.cluster} is Fedmesh's own: there is nothing to migrate`);
  }
  return config;
}

async function readDeployment(
  client: Client,
  ref: { name: string; namespace: string },
  signal: AbortSignal,
): Promise<FoundDeployment | undefined> {
  const found = await getIfPresent<Deployment>(client, DEPLOYMENTS, ref, signal);
  if (found === undefined) return undefined;
  const image = found.spec?.template?.spec?.containers?.[0]?.image ?? '';
  return { name: ref.name, replicas: replicasOf(found), image };
}

function faultOf(config: KubeFedConfig): string | undefined {
  try {
    settingsOf(config);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
