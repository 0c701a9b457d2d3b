import { CLUSTER_PROPAGATED_VERSIONS, PROPAGATED_VERSIONS } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import { settingsOf } from '../../apis/core/v1beta1/settings.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SERVICES } from '../../controller/kube/core-kinds.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import { deleteIfPresent } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { DEPLOYMENTS, KUBEFED_CONTROLLER, KUBEFED_WEBHOOKS } from '../install/deployments.ts';
import type { Progress } from '../output/progress.ts';
import { type MigrationRecord, removeMarker, updateRecord } from './record.ts';

const PAGE = 500;
const DELETES_AT_A_TIME = 16;
/** The controller makes some anew until it has seen that the mark is gone; one that does not look at the mark would go on for ever. */
const MOST_TIMES = 20;

export interface Finalization {
  readonly context: CliContext;
  readonly client: Client;
  readonly config: KubeFedConfig;
  readonly record: MigrationRecord;
  readonly progress: Progress;
  /** KubeFed's Deployments and its webhooks' Service go too. */
  readonly removeKubeFed: boolean;
}

/** Whether the installation keeps PropagatedVersions by itself: then they are not a migration's to remove. */
export function keepsVersions(config: KubeFedConfig): boolean {
  return settingsOf(config).featureGates.PropagatedVersions;
}

/** There is no way back from here. Run again after an interruption, it goes on. */
export async function finalize(work: Finalization): Promise<{ readonly versions: number }> {
  const { context, client, config, record, progress } = work;
  const { signal, clock } = context;
  const namespace = config.metadata.namespace ?? '';
  await removeMarker(client, namespace, signal);
  progress.line('kubefedconfig.core.kubefed.io/kubefed bears no mark any more');
  const versions = keepsVersions(config) ? 0 : await removeVersions(work);
  if (work.removeKubeFed) await removeKubeFed(work);
  await updateRecord(client, namespace, { ...record, finalizedAt: new Date(clock.now()).toISOString() }, signal);
  return { versions };
}

/** Page after page from the front: what is deleted is not listed again. */
async function removeVersions({ context, client, config, progress }: Finalization): Promise<number> {
  const { signal } = context;
  const { namespace = '' } = config.metadata;
  const where = config.spec.scope === 'Namespaced' ? { namespace } : {};
  let removed = 0;
  const times = new Map<string, number>();
  for (const resource of [PROPAGATED_VERSIONS, CLUSTER_PROPAGATED_VERSIONS]) {
    if (!resource.namespaced && config.spec.scope === 'Namespaced') continue;
    await progress.during(
      () => `removing PropagatedVersions: ${removed}`,
      async () => {
        for (;;) {
          const page = await pageOf(client, resource, where, signal);
          if (page.length === 0) return;
          await mapConcurrently(page, DELETES_AT_A_TIME, async ({ metadata: { name = '', namespace: home } }) => {
            const ref = { name, ...(home === undefined ? {} : { namespace: home }) };
            await deleteIfPresent(client, resource, ref, { signal, dryRun: false });
            const key = `${home ?? ''}/${name}`;
            const before = times.get(key) ?? 0;
            if (before >= MOST_TIMES) throw madeAnew(key);
            if (before === 0) removed += 1;
            times.set(key, before + 1);
          });
        }
      },
    );
  }
  progress.line(`${removed} PropagatedVersions deleted: the record is in the federated objects`);
  return removed;
}

function madeAnew(key: string): CliError {
  return new CliError(`somebody keeps making PropagatedVersions anew: ${key}`, {
    hint: 'is a controller of KubeFed or an older Fedmesh running? Stop it, then run the command again',
  });
}

async function pageOf(
  client: Client,
  resource: Resource,
  where: { namespace?: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    const options = { ...where, metadataOnly: true, limit: PAGE, signal };
    return (await client.list<KubeObject>(resource, options)).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function removeKubeFed({ context, client, config, progress }: Finalization): Promise<void> {
  const { namespace = '' } = config.metadata;
  const options = { signal: context.signal, dryRun: false };
  for (const [resource, name] of [
    [DEPLOYMENTS, KUBEFED_CONTROLLER],
    [DEPLOYMENTS, KUBEFED_WEBHOOKS],
    [SERVICES, KUBEFED_WEBHOOKS],
  ] as const) {
    const outcome = await deleteIfPresent(client, resource, { name, namespace }, options);
    if (outcome === 'deleted') progress.line(`${resource.kind.toLowerCase()}/${name} deleted`);
  }
}
