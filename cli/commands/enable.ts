import type { Command } from 'commander';
import { type FederatedTypeConfig, targetResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_FEDERATED_GROUP, DEFAULT_FEDERATED_VERSION } from '../../apis/types/v1beta1/federated-type.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { adjustFollowing } from '../federation/following-rights.ts';
import { missingVerbs } from '../federation/kinds-to-federate.ts';
import { isInScope, readTargetNamespace } from '../federation/scope.ts';
import { readTypeConfigs } from '../federation/type-configs.ts';
import { widenMembers } from '../federation/widen-members.ts';
import { readObjects } from '../input.ts';
import { crdOf, enableTypes, type TypeNames, type TypeToEnable, typeFromServed } from '../install/enable-types.ts';
import { outputFormat, toJsonObjects, toYamlStream } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';

interface EnableCommandOptions {
  filename?: string;
  federatedGroup: string;
  federatedVersion: string;
  version?: string;
  allowRbacPropagation?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('enable')
    .description('federate kinds: any that the API server serves, custom resources included')
    .argument('[types...]', 'the kinds: pods, deploy, deployments.apps, widgets.example.com')
    .option('-f, --filename <file>', 'a FederatedTypeConfig or an EnableTypeDirective as YAML (-: stdin)')
    .option('--federated-group <group>', 'group of the federated kind', DEFAULT_FEDERATED_GROUP)
    .option('--federated-version <version>', 'version of the federated kind', DEFAULT_FEDERATED_VERSION)
    .option('--version <version>', 'version of the target kind (else the preferred one)')
    .option(
      '--allow-rbac-propagation',
      'let the controller write roles and bindings in the members: who may write their federated kinds on the host is then an administrator of every member',
    )
    .addHelpText('after', '\n-o yaml prints the objects and creates nothing.')
    .action((types: string[], options: EnableCommandOptions) => enable(context, types, options));
}

async function enable(context: CliContext, words: readonly string[], options: EnableCommandOptions): Promise<void> {
  if (words.length === 0 && options.filename === undefined) {
    throw usageError('which kind?', 'fedctl enable TYPE, or -f FILE; `kubectl api-resources` lists the kinds');
  }
  const format = outputFormat(context, ['text', 'yaml', 'json']);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const client = await context.hostClient();
  const types: TypeToEnable[] = [];
  for (const word of words) {
    const type = await typeNamed(client, word, options, context.signal);
    types.push(type);
    await tellOthers(client, word, type, progress, context.signal);
  }
  if (options.filename !== undefined) {
    for (const object of await readObjects(context, options.filename)) {
      types.push(await typeFromObject(client, object, options, context.signal));
    }
  }
  if (format !== 'text') {
    const { kubefedNamespace: namespace } = context.options;
    const objects = types.flatMap((type) => [
      crdOf(type),
      { ...type.config, metadata: { ...type.config.metadata, namespace } },
    ]);
    context.stdout.write(format === 'json' ? toJsonObjects(objects) : toYamlStream(objects));
    return;
  }
  const configs = await readTypeConfigs(context, client);
  const only = await readTargetNamespace(context, client);
  for (const { config } of types.filter((type) => !isInScope(type.config, only))) {
    progress.warn(
      `${config.metadata.name ?? ''} live in no namespace, and this control plane is limited to namespace ${only}: they are not propagated`,
    );
  }
  const allowRbac = options.allowRbacPropagation === true;
  await enableTypes(context, client, types, configs, progress, {
    resume: true,
    beforehand: async (enabling) => {
      await widenMembers(context, client, progress, { allowRbac, present: configs, enabling });
      await adjustFollowing(context, client, [...configs, ...enabling], progress);
    },
  });
}

async function typeNamed(
  client: Client,
  word: string,
  options: TypeNames & { version?: string },
  signal: AbortSignal,
): Promise<TypeToEnable> {
  const served = await client.discovery.resolve(word, signal);
  if (served === undefined) {
    throw new CliError(`${client.cluster} serves no kind "${word}"`, {
      hint: 'is its CRD installed on the host? `kubectl api-resources` lists the kinds',
    });
  }
  return typeFromServed(await inVersion(client, served, options.version, signal), options);
}

/** A word that means a kind in several groups is taken as kubectl takes it; here a person has to know which it was. */
async function tellOthers(
  client: Client,
  word: string,
  { config }: TypeToEnable,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (word.includes('.')) return;
  const target = targetResourceOf(config);
  const served = await client.discovery.resources(signal);
  const others = served.filter(
    (other) => other.kind === target.kind && other.group !== target.group && missingVerbs(other).length === 0,
  );
  if (others.length === 0) return;
  const names = [...new Set(others.map((other) => groupResourceOf(other)))].join(' and ');
  progress.warn(`"${word}" is taken for ${groupResourceOf(target)}; ${client.cluster} also serves ${names}`);
}

async function inVersion(
  client: Client,
  served: ServedResource,
  version: string | undefined,
  signal: AbortSignal,
): Promise<ServedResource> {
  if (version === undefined || version === served.version) return served;
  const other = await client.discovery.find({ group: served.group, version, plural: served.plural }, signal);
  if (other !== undefined) return other;
  throw new CliError(`${client.cluster} does not serve ${groupResourceOf(served)} in version ${version}`, {
    hint: `it serves ${served.version}`,
  });
}

/** KubeFed's directive for `enable -f`: it never was a kind of any API. */
interface EnableTypeDirective extends KubeObject {
  spec?: {
    targetVersion?: string;
    federatedGroup?: string;
    federationGroup?: string;
    federatedVersion?: string;
    federationVersion?: string;
  };
}

async function typeFromObject(
  client: Client,
  object: KubeObject,
  flags: EnableCommandOptions,
  signal: AbortSignal,
): Promise<TypeToEnable> {
  const name = object.metadata.name ?? '';
  if (isTypeConfig(object)) {
    const { crdOptions } = await typeNamed(client, name, { version: object.spec.targetType.version }, signal);
    return { config: object, crdOptions };
  }
  if (object.kind !== 'EnableTypeDirective') {
    throw usageError(
      `${flags.filename ?? ''} holds a ${object.kind ?? 'thing without a kind'}`,
      'enable -f takes FederatedTypeConfigs and EnableTypeDirectives',
    );
  }
  const { spec = {} }: EnableTypeDirective = object;
  const version = spec.targetVersion ?? flags.version;
  return typeNamed(
    client,
    name,
    {
      federatedGroup: spec.federatedGroup ?? spec.federationGroup ?? flags.federatedGroup,
      federatedVersion: spec.federatedVersion ?? spec.federationVersion ?? flags.federatedVersion,
      ...(version === undefined ? {} : { version }),
    },
    signal,
  );
}

function isTypeConfig(object: KubeObject): object is FederatedTypeConfig {
  return object.kind === 'FederatedTypeConfig' && typeof object.spec === 'object' && object.spec !== null;
}
