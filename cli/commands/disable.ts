import type { Command } from 'commander';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import {
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  federatedResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_FEDERATED_GROUP, typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { TYPE_CONFIG_FINALIZER } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { groupResourceOf, type Resource } from '../../controller/kube/resource.ts';
import { sleep } from '../../controller/time/clock.ts';
import { deleteIfPresent, getIfPresent, listIfServed, outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused, usageError } from '../exit.ts';
import { adjustFollowing } from '../federation/following-rights.ts';
import { findTypeConfig, readTypeConfigs } from '../federation/type-configs.ts';
import { outputFormat } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { readController } from '../status/controller.ts';

const POLL_MS = 100;
/** KubeFed gives up after ten seconds, which a busy host may take. */
const STOPPED_WITHIN_MS = 60_000;

interface DisableOptions {
  deleteCrd?: boolean;
  federatedGroup: string;
  version?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('disable')
    .description('stop federating a kind; what is in the members stays as it is')
    .argument('<type>', 'the kind: deployments.apps, deploy')
    .option('--delete-crd', 'delete the federated kind too; refused while objects of it exist')
    .option(
      '--federated-group <group>',
      'group of the federated kind, where its type config is gone',
      DEFAULT_FEDERATED_GROUP,
    )
    .option('--version <version>', 'version of the target kind, where its type config is gone')
    .action((type: string, options: DisableOptions) => disable(context, type, options));
}

async function disable(context: CliContext, word: string, options: DisableOptions): Promise<void> {
  if (
    options.deleteCrd !== true &&
    (options.version !== undefined || options.federatedGroup !== DEFAULT_FEDERATED_GROUP)
  ) {
    throw usageError('--version and --federated-group go with --delete-crd');
  }
  outputFormat(context, ['text']);
  const progress = createProgress(context);
  const client = await context.hostClient();
  const configs = await readTypeConfigs(context, client);
  const present = await findTypeConfig(client, configs, word, context.signal);
  if (present === undefined && options.deleteCrd !== true) {
    await assertServed(client, word, context.signal);
    progress.line(`${word} is not federated: nothing to do`);
    return;
  }
  const config = present ?? (await configOfGoneType(client, word, options, context.signal));
  const resource = federatedResourceOf(config);
  const objects = await listIfServed(client, resource, { signal: context.signal });
  if (options.deleteCrd === true && objects.length > 0) throw refuseDeletion(resource, objects);
  if (options.deleteCrd === true) await refuseShared(context, client, resource);

  if (present !== undefined) await stopPropagation(context, client, present, configs, progress);
  if (options.deleteCrd === true) {
    const writing = { signal: context.signal, dryRun: context.options.dryRun };
    const crd = { name: groupResourceOf(resource) };
    const outcome = await deleteIfPresent(client, CUSTOM_RESOURCE_DEFINITIONS, crd, writing);
    progress.line(outcomeLine(CUSTOM_RESOURCE_DEFINITIONS, crd, outcome, writing));
  }
  if (present !== undefined) {
    await deleteConfig(context, client, present, progress);
    const left = configs.filter((each) => each !== present);
    await adjustFollowing(context, client, left, progress);
  }
  if (objects.length > 0) {
    const stay = objects.length === 1 ? `1 ${resource.kind} stays` : `${objects.length} ${resource.kind}s stay`;
    progress.line(`${stay}, and the copies in the members; a deletion takes effect once the kind is enabled again`);
  }
}

async function stopPropagation(
  context: CliContext,
  client: Client,
  config: FederatedTypeConfig,
  configs: readonly FederatedTypeConfig[],
  progress: Progress,
): Promise<void> {
  const name = config.metadata.name ?? '';
  const others = configs.filter((each) => each !== config && each.spec.targetType.scope === 'Namespaced');
  if (name === 'namespaces' && others.length > 0) {
    progress.warn(`without namespaces, none of the ${others.length} namespaced kinds is federated any more`);
  }
  const { namespace } = config.metadata;
  const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
  if (context.options.dryRun) {
    progress.line(`propagation of ${name} disabled (dry run)`);
    return;
  }
  if (config.spec.propagation === 'Enabled') {
    const body = { spec: { propagation: 'Disabled' } };
    await client.patch(FEDERATED_TYPE_CONFIGS, ref, { type: 'merge', body }, { signal: context.signal });
    progress.line(`propagation of ${name} disabled`);
  }
  if ((await readController(context, client)).running) {
    await progress.during(`waiting until the controller has stopped ${name}`, () =>
      waitUntilStopped(context, client, ref),
    );
  }
}

async function waitUntilStopped(
  context: CliContext,
  client: Client,
  ref: { name: string; namespace?: string },
): Promise<void> {
  const { clock, signal } = context;
  const deadline = clock.monotonic() + STOPPED_WITHIN_MS;
  for (;;) {
    const config = await getIfPresent<FederatedTypeConfig>(client, FEDERATED_TYPE_CONFIGS, ref, signal);
    if (config === undefined || config.status?.propagationController === 'NotRunning') return;
    if (clock.monotonic() > deadline) {
      throw new CliError(`the controller still propagates ${ref.name} after ${STOPPED_WITHIN_MS / 1000} s`, {
        hint: 'propagation is disabled; look into the log of the controller, then run the command again',
      });
    }
    await sleep(clock, POLL_MS, signal);
  }
}

async function deleteConfig(
  context: CliContext,
  client: Client,
  config: FederatedTypeConfig,
  progress: Progress,
): Promise<void> {
  const writing = { signal: context.signal, dryRun: context.options.dryRun };
  const { name = '', namespace } = config.metadata;
  const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
  const running = (await readController(context, client)).running;
  const finalizers = config.metadata.finalizers ?? [];
  if (!running && !writing.dryRun && finalizers.includes(TYPE_CONFIG_FINALIZER)) {
    // Nobody is there to take it off, and there is nothing that would have to be stopped first.
    const body = { metadata: { finalizers: finalizers.filter((each) => each !== TYPE_CONFIG_FINALIZER) } };
    await client.patch(FEDERATED_TYPE_CONFIGS, ref, { type: 'merge', body }, { signal: context.signal });
  }
  const outcome = await deleteIfPresent(client, FEDERATED_TYPE_CONFIGS, ref, writing);
  progress.line(outcomeLine(FEDERATED_TYPE_CONFIGS, { name }, outcome, writing));
}

async function configOfGoneType(
  client: Client,
  word: string,
  options: DisableOptions,
  signal: AbortSignal,
): Promise<FederatedTypeConfig> {
  const served = await assertServed(client, word, signal);
  const target = { ...served, version: options.version ?? served.version };
  return typeConfigFor(target, { federatedGroup: options.federatedGroup });
}

/** A word that means nothing is a slip, not a kind that happens not to be federated. */
async function assertServed(client: Client, word: string, signal: AbortSignal): Promise<ServedResource> {
  const served = await client.discovery.resolve(word, signal);
  if (served !== undefined) return served;
  throw new CliError(`${client.cluster} serves no kind "${word}"`, {
    hint: '`kubectl api-resources` lists the kinds',
  });
}

/** Control planes of single namespaces share the kinds. */
async function refuseShared(context: CliContext, client: Client, resource: Resource): Promise<void> {
  const all = await listIfServed<FederatedTypeConfig>(client, FEDERATED_TYPE_CONFIGS, { signal: context.signal });
  const other = all.find(
    (config) =>
      config.metadata.namespace !== context.options.kubefedNamespace &&
      groupResourceOf(federatedResourceOf(config)) === groupResourceOf(resource),
  );
  if (other === undefined) return;
  throw refused(
    `the control plane in namespace ${other.metadata.namespace ?? ''} federates this kind too: it cannot be deleted`,
    'leave --delete-crd out',
  );
}

function refuseDeletion(resource: Resource, objects: readonly KubeObject[]): CliError {
  const first = objects[0]?.metadata;
  const example = first?.namespace === undefined ? (first?.name ?? '') : `${first.namespace}/${first.name ?? ''}`;
  return refused(
    `${objects.length} ${resource.kind}${objects.length === 1 ? ' exists' : 's exist'} (${example}${objects.length > 1 ? ', …' : ''}): the kind cannot be deleted`,
    'delete them first, or leave --delete-crd out',
  );
}
