import { type Command, Option } from 'commander';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import { KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import { coreCrds } from '../../apis/crd/all.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_TYPES, KUBEFED_TYPES } from '../../apis/types/v1beta1/known-types.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { createIfMissing, outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { refused, usageError } from '../exit.ts';
import { readTypeConfigs } from '../federation/type-configs.ts';
import {
  type Found,
  findInstallation,
  kubeFedConfigObject,
  namespaceObject,
  type Scope,
} from '../install/control-plane.ts';
import { ensureCrds, waitUntilEstablished } from '../install/crds.ts';
import { createWhenServed } from '../install/create-when-served.ts';
import { crdOf, enableTypes, type TypeToEnable, typeFromKnown, typeFromServed } from '../install/enable-types.ts';
import { readPeopleRoles } from '../install/people-roles.ts';
import { widenExisting } from '../install/widen-existing.ts';
import { outputFormat, toJsonObjects, toYamlStream } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';

interface InitOptions {
  types: string;
  scope?: Scope;
  print?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('install the control plane on the host cluster, or complete it')
    .option(
      '--types <types>',
      'what to federate: "default", "kubefed" (adds secrets and clusterroles), "none", or kinds: pods,deployments.apps',
      'default',
    )
    .addOption(
      new Option(
        '--scope <scope>',
        'Cluster: all namespaces; Namespaced: the one of the control plane alone, on the host and in members. Never changes',
      ).choices(['Cluster', 'Namespaced']),
    )
    .option('--print', 'print the objects as YAML (or -o json), ask no server')
    .addHelpText(
      'after',
      `
By default these are federated: ${DEFAULT_TYPES.map(({ target }) => groupResourceOf(target)).join(', ')}
(with --scope Namespaced: but for namespaces).
Where KubeFed is installed, its CRDs are widened and nothing else is changed.`,
    )
    .action((options: InitOptions) => (options.print === true ? print(context, options) : init(context, options)));
}

/** Installs the control plane on the host of the context, or completes it. */
export async function init(context: CliContext, { types: words, scope: asked }: InitOptions): Promise<void> {
  outputFormat(context, ['text']);
  const { kubefedNamespace: namespace } = context.options;
  const progress = createProgress(context);
  const client = await context.hostClient();
  const found = await progress.during(`looking at ${client.cluster}`, () =>
    findInstallation(client, namespace, context.signal),
  );
  const scope = asked ?? found.scope ?? 'Cluster';
  refuseOtherScope(client.cluster, scope, found);
  if (found.installation === 'kubefed') return widenExisting(context, client, progress);

  const types = await typesToEnable(words, scope, client, context.signal);
  const uid = await ensureNamespace(context, client, progress);
  await ensureCoreCrds(context, client, progress);
  await ensureConfig(context, client, { uid, scope }, progress);
  await ensureRoles(context, client, scope, progress);
  const present = context.options.dryRun ? [] : await readTypeConfigs(context, client);
  await enableTypes(context, client, types, present, progress, { resume: false });

  if (context.options.dryRun) return;
  progress.line('');
  const limit = scope === 'Namespaced' ? `, and federates nothing but namespace ${namespace}` : '';
  const where = namespace === DEFAULT_KUBEFED_NAMESPACE ? '' : ` --kubefed-namespace ${namespace}`;
  progress.line(`${client.cluster} is a host now (namespace ${namespace})${limit}. Next:`);
  progress.line(`  fedmesh-controller --kubeconfig FILE${where}   # keeps everything in step; runs until stopped`);
  progress.line(`  fedctl join NAME --cluster-context CONTEXT --host-cluster-context ${client.cluster}${where}`);
}

/**
 * The scope of a control plane never changes. Several on one host share nothing but the kinds, as long as each is limited to
 * its own namespace; one for all namespaces would act on the others' objects.
 */
function refuseOtherScope(cluster: string, scope: Scope, found: Found): void {
  if (found.scope !== undefined && found.scope !== scope) {
    throw refused(
      `the control plane that is there has the scope ${found.scope}, which never changes`,
      `leave --scope out; another scope takes another control plane: \`fedctl uninstall\` first`,
    );
  }
  if (found.installation !== 'none') return;
  const other = found.elsewhere.find((each) => scope === 'Cluster' || each.scope === 'Cluster');
  if (other === undefined) return;
  const namespaces = found.elsewhere.map((each) => each.namespace).join(', ');
  throw refused(
    other.scope === 'Cluster'
      ? `${cluster} has a control plane already, in namespace ${other.namespace}`
      : `${cluster} has control planes of single namespaces already: ${namespaces}`,
    other.scope === 'Cluster'
      ? `name it: --kubefed-namespace ${other.namespace}`
      : 'one for all namespaces cannot live beside them; --scope Namespaced makes one more of their kind',
  );
}

async function ensureNamespace(context: CliContext, client: Client, progress: Progress): Promise<string | undefined> {
  const options = { signal: context.signal, dryRun: context.options.dryRun };
  const wanted = namespaceObject(context.options.kubefedNamespace);
  const { outcome, object } = await createIfMissing(client, NAMESPACES, wanted, options);
  if (object.metadata.deletionTimestamp !== undefined) {
    throw refused(
      `namespace ${object.metadata.name ?? ''} is being deleted`,
      'wait until it is gone, then run the command again',
    );
  }
  progress.line(outcomeLine(NAMESPACES, { name: wanted.metadata.name ?? '' }, outcome, options));
  return object.metadata.uid;
}

async function ensureCoreCrds(context: CliContext, client: Client, progress: Progress): Promise<void> {
  const options = { signal: context.signal, dryRun: context.options.dryRun };
  const crds = coreCrds();
  for await (const { crd, outcome } of ensureCrds(client, crds, options)) {
    progress.line(outcomeLine(CUSTOM_RESOURCE_DEFINITIONS, { name: crd.metadata.name ?? '' }, outcome, options));
  }
  if (context.options.dryRun) return;
  const names = crds.map((crd) => crd.metadata.name ?? '');
  await progress.during('waiting until the API server serves them', () => waitUntilEstablished(client, names, context));
}

async function ensureConfig(
  context: CliContext,
  client: Client,
  { uid, scope }: { uid: string | undefined; scope: Scope },
  progress: Progress,
): Promise<void> {
  const { dryRun, kubefedNamespace } = context.options;
  const config = kubeFedConfigObject(kubefedNamespace, uid, scope);
  const options = { signal: context.signal, dryRun, clock: context.clock };
  const { outcome } = await createWhenServed(client, KUBEFED_CONFIGS, config, options);
  progress.line(outcomeLine(KUBEFED_CONFIGS, { name: config.metadata.name ?? '' }, outcome, options));
}

async function ensureRoles(context: CliContext, client: Client, scope: Scope, progress: Progress): Promise<void> {
  const { dryRun, kubefedNamespace } = context.options;
  const options = { signal: context.signal, dryRun };
  for (const { resource, role } of await readPeopleRoles(scope, kubefedNamespace)) {
    const { outcome } = await createIfMissing(client, resource, role, options);
    progress.line(outcomeLine(resource, { name: role.metadata.name ?? '' }, outcome, options));
  }
}

/** Asks no server: kinds that are not known without one are refused. */
async function print(context: CliContext, { types: words, scope = 'Cluster' }: InitOptions): Promise<void> {
  const format = outputFormat(context, ['yaml', 'json']);
  const namespace = context.options.kubefedNamespace;
  const types = await typesToEnable(words, scope, undefined, context.signal);
  const objects: KubeObject[] = [
    namespaceObject(namespace),
    ...coreCrds(),
    ...types.map(crdOf),
    kubeFedConfigObject(namespace, undefined, scope),
    ...(await readPeopleRoles(scope, namespace)).map(({ role }) => role),
    ...types.map(({ config }) => ({ ...config, metadata: { ...config.metadata, namespace } })),
  ];
  context.stdout.write(format === 'json' ? toJsonObjects(objects) : toYamlStream(objects));
}

async function typesToEnable(
  words: string,
  scope: Scope,
  client: Client | undefined,
  signal: AbortSignal,
): Promise<TypeToEnable[]> {
  // What lives in no namespace would be enabled and not propagated.
  const defaults = DEFAULT_TYPES.filter(({ target }) => scope === 'Cluster' || target.namespaced);
  if (words === 'default') return defaults.map((known) => typeFromKnown(known));
  if (words === 'kubefed') return KUBEFED_TYPES.map((known) => typeFromKnown(known));
  if (words === 'none') return [];
  const types: TypeToEnable[] = [];
  for (const word of words.split(',').map((each) => each.trim())) {
    if (word === '') continue;
    types.push(await typeFromWord(word, client, signal));
  }
  return types;
}

async function typeFromWord(word: string, client: Client | undefined, signal: AbortSignal): Promise<TypeToEnable> {
  const wanted = word.toLowerCase();
  const known = KUBEFED_TYPES.find(({ target, shortNames }) =>
    [groupResourceOf(target), target.plural, target.kind.toLowerCase(), ...shortNames].includes(wanted),
  );
  if (known !== undefined) return typeFromKnown(known);
  if (client === undefined) {
    throw usageError(
      `--print asks no server and does not know "${word}"`,
      `run it with the usual types, then \`fedctl enable ${word}\``,
    );
  }
  const served = await client.discovery.resolve(word, signal);
  if (served === undefined) {
    throw usageError(`${client.cluster} serves no kind "${word}"`, '`kubectl api-resources` lists the kinds');
  }
  return typeFromServed(served);
}
