import { isDeepStrictEqual } from 'node:util';
import {
  type FederatedTypeConfig,
  federatedResourceOf,
  targetResourceOf,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject, Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { federate, placementFor } from '../../controller/following/federated-object.ts';
import type { Client } from '../../controller/kube/client.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { outcomeLine } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused, usageError } from '../exit.ts';
import { createWhenServed } from '../install/create-when-served.ts';
import { enableTypes, type TypeToEnable, typeFromServed } from '../install/enable-types.ts';
import { outputFormat, toJsonObjects, toYamlStream } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { readContents } from './contents.ts';
import { assertFollowable, assertNotSkipped, followed, following, startFollowing, takeUp } from './follow.ts';
import { adjustFollowing } from './following-rights.ts';
import { describePlacement, parseClusters, readMembers } from './members.ts';
import { NamespacePlacements } from './namespace-placements.ts';
import { readTargetNamespace } from './scope.ts';
import { readTypeConfigs } from './type-configs.ts';
import { widenMembers } from './widen-members.ts';

const CREATES_AT_A_TIME = 8;

/** Namespaces whose FederatedNamespace says where their contents may go, and which are never written to members themselves. */
const NEVER_TARGETS = ['default', 'kube-public', 'kube-system'];

export interface FederateLiveOptions {
  namespace?: string;
  enableType?: boolean;
  contents?: boolean;
  skipApiResources?: string;
  clusters?: string;
  follow?: boolean;
}

/** One federated object that is to be, with the type it needs. */
interface Item {
  readonly config: FederatedTypeConfig;
  readonly object: FederatedObject;
}

interface Plan {
  readonly items: readonly Item[];
  readonly enable: readonly TypeToEnable[];
}

/** Federates what stands in the host: an object, a namespace, a namespace with its contents. */
export async function federateLive(
  context: CliContext,
  asked: { type: string; name: string },
  options: FederateLiveOptions,
): Promise<void> {
  const format = outputFormat(context, ['text', 'yaml', 'json']);
  const printing = format !== 'text';
  if (printing && options.enableType === true) {
    throw usageError('--enable-type changes the host, -o only prints', 'leave one of the two out');
  }
  const progress = createProgress(context, { structuredOutput: printing });
  if (options.follow === true) assertFollowable(context, asked.name);
  const client = await context.hostClient();
  const configs = printing ? await readTypeConfigsIfAny(context, client) : await readTypeConfigs(context, client);
  const members = await readMembers(context, client);
  const placement = placementFor(parseClusters(options.clusters, members));

  const only = await readTargetNamespace(context, client);
  const plan = await progress.during(`reading ${asked.type} ${asked.name}`, () =>
    makePlan(context, client, { asked, options, configs, placement, progress, printing, only }),
  );
  if (printing) {
    const objects = plan.items.map((item) => item.object);
    context.stdout.write(format === 'json' ? toJsonObjects(objects) : toYamlStream(objects));
    return;
  }
  if (plan.enable.length > 0) {
    await enableTypes(context, client, plan.enable, configs, progress, {
      resume: false,
      beforehand: async (enabling) => {
        await widenMembers(context, client, progress, { allowRbac: false, present: configs, enabling });
        await adjustFollowing(context, client, [...configs, ...enabling], progress);
      },
    });
  }
  const follow = options.follow === true;
  await createAll(context, client, {
    plan,
    configs,
    members,
    progress,
    only,
    single: options.contents !== true,
    follow,
  });
  if (!follow) return;
  const enabled = [...configs, ...plan.enable.map(({ config }) => config)];
  await startFollowing(context, client, { namespace: asked.name, configs: enabled, progress });
}

interface Planning {
  asked: { type: string; name: string };
  options: FederateLiveOptions;
  configs: readonly FederatedTypeConfig[];
  placement: Placement;
  progress: Progress;
  printing: boolean;
  /** The only namespace that is federated; undefined: all. */
  only: string | undefined;
}

async function makePlan(context: CliContext, client: Client, planning: Planning): Promise<Plan> {
  const { asked, options, configs, placement, progress } = planning;
  const served = await client.discovery.resolve(asked.type, context.signal);
  if (served === undefined) {
    throw new CliError(`${client.cluster} serves no kind "${asked.type}"`, {
      hint: '`kubectl api-resources` lists the kinds',
    });
  }
  const isNamespace = served.kind === 'Namespace' && served.group === '';
  if (options.contents === true && !isNamespace) {
    throw usageError('--contents is for namespaces', `fedctl federate namespace NAME --contents`);
  }
  refuseOutOfScope(asked, options, { isNamespace, namespaced: served.namespaced }, planning.only);
  const enable = new Map<string, TypeToEnable>();
  const configOf = (kind: typeof served): FederatedTypeConfig => {
    const name = groupResourceOf(kind);
    const present = configs.find((config) => config.metadata.name === name);
    if (present !== undefined) return present;
    const type = typeFromServed(kind);
    enable.set(name, type);
    return type.config;
  };

  const config = configOf(served);
  const target = targetResourceOf(config);
  const namespace = target.namespaced
    ? (options.namespace ?? planning.only ?? (await contextNamespace(context)))
    : undefined;
  const object = await readTarget(context, client, config, asked.name, namespace);
  if (isNamespace && NEVER_TARGETS.includes(asked.name)) {
    progress.warn(
      `namespace ${asked.name} itself is never written to members: this only says where its contents may go`,
    );
  }
  const follow = options.follow === true;
  const home = federate(object, config.spec, placement);
  // Where it is not only printed the label comes last: the controller is not to be faster than this.
  // A namespace that is in every member needs no FederatedNamespace; one would limit what is in it.
  const inEveryMember = isNamespace && planning.only !== undefined;
  const items: Item[] = inEveryMember ? [] : [{ config, object: follow && planning.printing ? followed(home) : home }];

  if (options.contents === true) {
    const skip = (options.skipApiResources ?? '').split(',').filter((word) => word.trim() !== '');
    if (follow) await assertNotSkipped(context, client, configs, skip);
    const contents = await readContents(client, asked.name, { configs, skip, follow, signal: context.signal });
    for (const { served: kind, objects } of contents.kinds) {
      const ofKind = configOf(kind);
      for (const each of objects) {
        const one = federate(each, ofKind.spec, placement);
        items.push({ config: ofKind, object: follow ? following(one, each) : one });
      }
    }
    for (const problem of contents.unreadable) progress.warn(`left out, could not be read: ${problem}`);
    tellLeftOut(context, contents.leftOut, progress);
  }
  if (enable.size > 0 && options.enableType !== true && !planning.printing) {
    const names = [...enable.keys()];
    throw new CliError(`not federated yet: ${names.join(', ')}`, {
      hint: `--enable-type enables ${names.length === 1 ? 'it' : 'them'}${options.contents === true ? ', --skip-api-resources leaves kinds out' : ''}`,
    });
  }
  return { items, enable: [...enable.values()] };
}

/** A control plane that is limited to its namespace never propagates anything else. */
function refuseOutOfScope(
  asked: { type: string; name: string },
  options: FederateLiveOptions,
  kind: { isNamespace: boolean; namespaced: boolean },
  only: string | undefined,
): void {
  if (only === undefined) return;
  const limit = `this control plane is limited to namespace ${only}`;
  if (options.follow === true) throw refused(`${limit}, which holds the control plane too: it is not followed`);
  if (kind.isNamespace && asked.name === only) {
    if (options.contents === true) return;
    throw refused(`${limit}, which is in every member as it is`, '--contents federates what is in it');
  }
  if (!kind.namespaced) throw refused(`${limit}: ${asked.type} ${asked.name} would never be propagated`);
  if (options.namespace !== undefined && options.namespace !== only) {
    throw refused(`${limit}: nothing in ${options.namespace} would be propagated`, `-n ${only}`);
  }
}

async function readTarget(
  context: CliContext,
  client: Client,
  config: FederatedTypeConfig,
  name: string,
  namespace: string | undefined,
): Promise<KubeObject> {
  const target = targetResourceOf(config);
  try {
    const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
    return await client.get(target, ref, { signal: context.signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
    throw new CliError(`there is no ${target.kind} "${name}"${where} of ${client.cluster}`, {
      hint: namespace === undefined ? 'federate reads what stands in the host' : '-n names another namespace',
      cause: error,
    });
  }
}

interface Creating {
  plan: Plan;
  configs: readonly FederatedTypeConfig[];
  members: readonly KubeFedCluster[];
  progress: Progress;
  only: string | undefined;
  /** One object was asked for by name: that it is there already and different is a failure then. */
  single: boolean;
  /** What is there already is to follow too, unless it is a person's own. */
  follow: boolean;
}

/** FederatedNamespaces first, so that nothing waits for its namespace. */
async function createAll(context: CliContext, client: Client, creating: Creating): Promise<void> {
  const { plan, progress, single } = creating;
  const { dryRun } = context.options;
  const namespaces = new NamespacePlacements(context, client, creating.configs, creating.only !== undefined);
  const isNamespace = (item: Item) => item.config.metadata.name === 'namespaces';

  const createOne = async (item: Item): Promise<string> => {
    const resource = federatedResourceOf(item.config);
    const options = { signal: context.signal, dryRun, clock: context.clock };
    const known = isNamespace(item) ? await namespaces.federatedNamespace(item.object) : undefined;
    const { outcome, object } =
      known === undefined
        ? await createWhenServed(client, resource, item.object, options)
        : { outcome: 'unchanged' as const, object: known };
    if (isNamespace(item)) namespaces.note(object);
    const differs =
      outcome === 'unchanged' && !isDeepStrictEqual(object.spec.template ?? {}, item.object.spec.template ?? {});
    if (differs && single) throw differentTemplate(resource, object);
    const crossed = isNamespace(item) || !targetResourceOf(item.config).namespaced;
    const placed = describePlacement(
      object,
      creating.members,
      crossed ? undefined : await namespaces.placementIn(item.object.metadata.namespace ?? ''),
    );
    const wanted = item.object;
    const note =
      creating.follow && outcome === 'unchanged' && !isNamespace(item)
        ? await takeUp(context, client, resource, { present: object, wanted })
        : differs
          ? ', with another template: left as it is'
          : '';
    return `${outcomeLine(resource, object.metadata, outcome, { dryRun })}${note} → ${placed}`;
  };

  for (const item of plan.items.filter(isNamespace)) progress.line(await createOne(item));
  const rest = plan.items.filter((item) => !isNamespace(item));
  const lines = await progress.during(`creating ${rest.length} federated objects`, () =>
    mapConcurrently(rest, CREATES_AT_A_TIME, createOne),
  );
  for (const line of lines) progress.line(line);
}

function differentTemplate(resource: Parameters<typeof groupResourceOf>[0], object: FederatedObject): CliError {
  const { name = '', namespace } = object.metadata;
  const flag = namespace === undefined ? '' : ` -n ${namespace}`;
  return new CliError(`${groupResourceOf(resource)}/${name} exists already, with another template`, {
    hint: `it was left as it is: \`kubectl edit ${groupResourceOf(resource)} ${name}${flag}\` changes it`,
  });
}

function tellLeftOut(context: CliContext, leftOut: readonly string[], progress: Progress): void {
  if (leftOut.length === 0) return;
  if (context.options.verbosity >= 1) {
    for (const line of leftOut) progress.warn(`left out: ${line}`);
    return;
  }
  const objects = leftOut.length === 1 ? '1 object' : `${leftOut.length} objects`;
  progress.line(`left out ${objects} that controllers or every namespace make by themselves (--v=1 names them)`);
}

async function readTypeConfigsIfAny(context: CliContext, client: Client): Promise<FederatedTypeConfig[]> {
  try {
    return await readTypeConfigs(context, client);
  } catch (error) {
    // Printing works without a control plane, as in KubeFed.
    if (error instanceof CliError) return [];
    throw error;
  }
}

async function contextNamespace(context: CliContext): Promise<string> {
  const name = await context.hostContextName();
  const { contexts } = await context.kubeconfig();
  return contexts.find((each) => each.name === name)?.namespace ?? 'default';
}
