import type { Command } from 'commander';
import { federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import { ORPHAN_ANNOTATION } from '../../apis/well-known.ts';
import type { Client, ObjectRef } from '../../controller/kube/client.ts';
import { objectName } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { findTypeConfig, readTypeConfigs } from '../federation/type-configs.ts';
import { outputFormat } from '../output/format.ts';

/** KubeFed's verb for the annotation that lets copies stay when a federated object is deleted. */
export function register(program: Command, context: CliContext): void {
  const group = program
    .command('orphaning-deletion')
    .description('say whether the copies in the members stay when a federated object is deleted');
  const verbs = [
    ['enable', 'let the copies stay, released'],
    ['disable', 'let the copies be deleted with it (the default)'],
    ['status', 'print Enabled or Disabled'],
  ] as const;
  for (const [verb, description] of verbs) {
    group
      .command(verb)
      .description(description)
      .argument('<type>', 'the federated type or its target: FederatedDeployment, deployments.apps, deploy')
      .argument('<name>', 'name of the federated object')
      .option('-n, --namespace <namespace>', 'its namespace', 'default')
      .action((type: string, name: string, options: { namespace: string }) =>
        orphaning(context, verb, { type, name, namespace: options.namespace }),
      );
  }
}

async function orphaning(
  context: CliContext,
  verb: 'enable' | 'disable' | 'status',
  asked: { type: string; name: string; namespace: string },
): Promise<void> {
  outputFormat(context, ['text']);
  const client = await context.hostClient();
  const resource = await federatedTypeOf(context, client, asked.type);
  const ref = { name: asked.name, ...(resource.namespaced ? { namespace: asked.namespace } : {}) };
  const object = await client.get(resource, ref, { signal: context.signal });
  const enabled = object.metadata.annotations?.[ORPHAN_ANNOTATION] === 'true';

  if (verb === 'status') {
    context.stdout.write(`${enabled ? 'Enabled' : 'Disabled'}\n`);
    return;
  }
  const wanted = verb === 'enable';
  if (enabled !== wanted && !context.options.dryRun) await annotate(client, resource, ref, wanted, context.signal);
  const note = enabled === wanted ? ' already' : context.options.dryRun ? ' (dry run)' : '';
  context.stdout.write(`${objectName(resource, ref)}: orphaning deletion ${verb}d${note}\n`);
}

async function federatedTypeOf(context: CliContext, client: Client, word: string): Promise<Resource> {
  const configs = await readTypeConfigs(context, client);
  const config = await findTypeConfig(client, configs, word, context.signal);
  if (config !== undefined) return federatedResourceOf(config);
  throw new CliError(`"${word}" is not a federated type`, {
    hint: `enabled are: ${configs.map((each) => each.metadata.name).join(', ') || 'none'}`,
  });
}

async function annotate(
  client: Client,
  resource: Resource,
  ref: ObjectRef,
  orphan: boolean,
  signal: AbortSignal,
): Promise<void> {
  const body = { metadata: { annotations: { [ORPHAN_ANNOTATION]: orphan ? 'true' : null } } };
  await client.patch(resource, ref, { type: 'merge', body }, { signal });
}
