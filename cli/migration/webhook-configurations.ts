import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { apiVersionOf } from '../../controller/kube/resource.ts';
import {
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
  type WebhookConfiguration,
} from '../../controller/webhook/webhook-configurations.ts';
import { REPLACED_ANNOTATION } from '../../controller/webhook/webhook-registration.ts';
import { deleteIfPresent, getIfPresent, listIfServed } from '../apply.ts';
import { KUBEFED_WEBHOOKS } from '../install/deployments.ts';

const PART_OF = 'app.kubernetes.io/part-of';
const RESOURCES = [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS];

export interface FoundWebhooks {
  /** KubeFed's, as they would have to be created again. */
  readonly kubefed: readonly WebhookConfiguration[];
  /** Those that Fedmesh registered. */
  readonly fedmesh: readonly WebhookConfiguration[];
}

/** The webhook configurations of this control plane: those that call KubeFed's Service in its namespace, and Fedmesh's. */
export async function findWebhooks(client: Client, namespace: string, signal: AbortSignal): Promise<FoundWebhooks> {
  const all = (
    await Promise.all(
      RESOURCES.map(async (resource) =>
        (
          await listIfServed<WebhookConfiguration>(client, resource, { signal })
        ).map((each) => ({
          ...each,
          apiVersion: apiVersionOf(resource),
          kind: resource.kind,
        })),
      ),
    )
  ).flat();
  const ours = all.filter(isOurs);
  const replaced = ours.flatMap((each) => replacedBy(each) ?? []);
  return {
    kubefed: [...all.filter((each) => !isOurs(each) && callsKubeFed(each, namespace)), ...replaced].map(bare),
    fedmesh: ours,
  };
}

export async function removeWebhooks(
  client: Client,
  configurations: readonly KubeObject[],
  signal: AbortSignal,
  isUnwanted: (present: WebhookConfiguration) => boolean = () => true,
): Promise<string[]> {
  const removed: string[] = [];
  for (const configuration of configurations) {
    const resource = resourceOf(configuration);
    const ref = { name: configuration.metadata.name ?? '' };
    const present = await getIfPresent<WebhookConfiguration>(client, resource, ref, signal);
    if (present === undefined || !isUnwanted(present)) continue;
    const { uid } = present.metadata;
    await deleteIfPresent(
      client,
      resource,
      { ...ref, ...(uid === undefined ? {} : { uid }) },
      { signal, dryRun: false },
    );
    removed.push(`${configuration.kind?.toLowerCase() ?? ''}/${ref.name}`);
  }
  return removed;
}

/** Creates what is missing of them. What somebody else has put under the same name is left, and named. */
export async function restoreWebhooks(
  client: Client,
  configurations: readonly KubeObject[],
  signal: AbortSignal,
): Promise<{ readonly restored: string[]; readonly present: string[] }> {
  const outcome = { restored: [] as string[], present: [] as string[] };
  for (const configuration of configurations) {
    const resource = resourceOf(configuration);
    const name = configuration.metadata.name ?? '';
    const present = await getIfPresent<WebhookConfiguration>(client, resource, { name }, signal);
    if (present === undefined) await client.create<KubeObject>(resource, configuration, { signal });
    outcome[present === undefined ? 'restored' : 'present'].push(`${configuration.kind?.toLowerCase() ?? ''}/${name}`);
  }
  return outcome;
}

/** The policies of all of its webhooks: `Fail` means that with nobody behind them nothing can be written. */
export function failurePoliciesOf({ webhooks = [] }: WebhookConfiguration): string[] {
  return [...new Set(webhooks.map(({ failurePolicy }) => failurePolicy))].sort();
}

export function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[PART_OF] === 'fedmesh';
}

function callsKubeFed({ webhooks = [] }: WebhookConfiguration, namespace: string): boolean {
  return (
    webhooks.length > 0 &&
    webhooks.every(
      ({ clientConfig: { service } }) => service?.name === KUBEFED_WEBHOOKS && service.namespace === namespace,
    )
  );
}

/** What stood there before Fedmesh's controller took it over by itself. */
function replacedBy(ours: WebhookConfiguration): WebhookConfiguration | undefined {
  const text = ours.metadata.annotations?.[REPLACED_ANNOTATION];
  if (text === undefined) return undefined;
  const { [REPLACED_ANNOTATION]: _, ...annotations } = ours.metadata.annotations ?? {};
  const { [PART_OF]: __, ...labels } = ours.metadata.labels ?? {};
  return { ...ours, metadata: { ...ours.metadata, labels, annotations }, webhooks: JSON.parse(text) };
}

/** Without what the API server gives an object. */
function bare({ apiVersion, kind, metadata, webhooks }: WebhookConfiguration): WebhookConfiguration {
  const { name, labels = {}, annotations = {} } = metadata;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...(webhooks === undefined ? {} : { webhooks }),
  };
}

function resourceOf({ kind }: KubeObject) {
  return kind === MUTATING_WEBHOOKS.kind ? MUTATING_WEBHOOKS : VALIDATING_WEBHOOKS;
}
